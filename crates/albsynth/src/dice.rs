//! Chance: one reproducible stream of random numbers per purpose, and the few ways in which the generator draws.
//!
//! Nothing here knows what is drawn.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// A stream of random numbers.
pub(super) struct Dice(ChaCha8Rng);

/// What a stream is for. Streams of different purposes, nodes or intervals are independent of each other.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    World,
    Weight,
    Key,
    Connections,
    Lines,
    Incident,
}

impl Dice {
    /// The stream of `seed` for one purpose and one number (of a node, of an object).
    pub(super) fn new(seed: u64, purpose: Purpose, number: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(mix(number.wrapping_mul(8) + purpose as u64));
        Self(rng)
    }

    /// A whole number in `0..end`; 0 if `end` is 0.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        if end == 0 { 0 } else { self.0.random_range(0..end) }
    }

    /// An index into something of length `len`, which must not be 0.
    pub(super) fn index(&mut self, len: usize) -> usize {
        self.0.random_range(0..len)
    }

    /// A number in `[0, 1)`.
    pub(super) fn unit(&mut self) -> f64 {
        self.0.random()
    }

    /// True with this probability, from 0 to 1.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of these, all equally likely.
    pub(super) fn pick<'t, T>(&mut self, items: &'t [T]) -> &'t T {
        &items[self.index(items.len())]
    }

    /// One of these, each with its weight. At least one weight must be greater than 0.
    pub(super) fn weighted<T: Copy>(&mut self, items: &[(T, u32)]) -> T {
        let mut left = self.below(items.iter().map(|item| item.1).sum());
        for &(item, weight) in items {
            match left.checked_sub(weight) {
                Some(rest) => left = rest,
                None => return item,
            }
        }
        items[0].0
    }

    /// 64 random bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// 128 random bits.
    pub(super) fn wide_bits(&mut self) -> u128 {
        u128::from(self.bits()) << 64 | u128::from(self.bits())
    }

    /// A whole number from the log-normal distribution with this median and sigma, e.g. milliseconds or bytes.
    pub(super) fn size(&mut self, median: f64, spread: f64) -> u32 {
        let normal: f64 = StandardNormal.sample(&mut self.0);
        u32::try_from(whole(median * (spread * normal).exp())).unwrap_or(u32::MAX)
    }

    /// A rank in `1..=last`, by Zipf's law: the n-th is n times as rare as the first.
    pub(super) fn rank(&mut self, last: u32) -> u64 {
        whole((f64::from(last) + 1.0).powf(self.unit()))
    }

    /// How many steps back from the newest: mostly none, sometimes very many.
    pub(super) fn steps_back(&mut self) -> usize {
        let steps = (1.0 - self.unit()).powi(-4) - 1.0;
        usize::try_from(whole(steps)).unwrap_or(usize::MAX)
    }
}

/// Relative weights of a list of things.
pub(super) struct Weights(Vec<u32>);

impl Weights {
    /// The weights of things in their order. At least one must be greater than 0.
    pub(super) fn new(weights: impl IntoIterator<Item = u32>) -> Self {
        let running_total = |total: &mut u32, weight: u32| {
            *total += weight;
            Some(*total)
        };
        Self(weights.into_iter().scan(0, running_total).collect())
    }

    /// The index of one of the things.
    pub(super) fn pick(&self, dice: &mut Dice) -> usize {
        let drawn = dice.below(self.0.last().copied().unwrap_or(0));
        self.0.partition_point(|&total| total <= drawn)
    }
}

/// Spreads a number's bits (`SplitMix64`'s finaliser, <https://prng.di.unimi.it/splitmix64.c>): for facts that must be
/// the same wherever they are asked for, such as the address of the client with a given number.
pub(super) fn mix(number: u64) -> u64 {
    let z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// An index in `0..len` out of random bits.
pub(super) fn index_of(bits: u64, len: usize) -> usize {
    usize::try_from(bits % (len as u64)).unwrap_or(0)
}

/// The whole part; 0 for anything negative or not a number.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "such casts saturate")]
pub(super) fn whole(number: f64) -> u64 {
    number as u64
}

/// A count or a duration as a double; exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts and microseconds of a day are far below 2^53")]
pub(super) fn double(number: u64) -> f64 {
    number as f64
}
