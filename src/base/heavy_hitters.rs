//! Which of very many values are frequent, and how many there are: in one pass, in memory that does not grow with them.
//!
//! Values come as hashes of 63 bits, numbers that a statement can write, so that a long one costs no more than a short one. Frequent ones are found by space
//! saving (Metwally, Agrawal and El Abbadi, 2005): a fixed number of counters, of which a value that has none takes over
//! the smallest. How many different ones there are is estimated by `HyperLogLog` (Flajolet and others, 2007).

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

/// Registers of the estimate, as a power of two: 4096 of them, with an error of 1.6 %.
const REGISTER_BITS: u32 = 12;
/// Bits of a hash.
const HASH_BITS: u32 = 63;

/// Frequent values of a stream.
///
/// After `n` values, the counters together hold `n`; each is at least the true count of its value and at most
/// `n / capacity` above it. So of any `k` up to the capacity, the `k` largest hold every value that makes more than
/// `n / k` of the stream.
#[derive(Debug)]
pub struct HeavyHitters {
    capacity: usize,
    counters: HashMap<u64, u64>,
    /// The counters again, smallest first.
    by_count: BTreeSet<(u64, u64)>,
    registers: Vec<u8>,
    seen: u64,
}

impl HeavyHitters {
    /// With so many counters, at least one.
    pub fn new(capacity: usize) -> Self {
        let registers = vec![0; 1 << REGISTER_BITS];
        Self {
            capacity: capacity.max(1),
            counters: HashMap::new(),
            by_count: BTreeSet::new(),
            registers,
            seen: 0,
        }
    }

    /// Counts a value by its hash.
    pub fn add(&mut self, hash: u64) {
        self.seen += 1;
        self.note(hash);
        let before = match self.counters.get(&hash) {
            Some(&count) => Some((count, hash)),
            None if self.counters.len() >= self.capacity => self.by_count.first().copied(),
            None => None,
        };
        if let Some((count, holder)) = before {
            self.by_count.remove(&(count, holder));
            if holder != hash {
                self.counters.remove(&holder);
            }
        }
        let count = before.map_or(0, |(count, _)| count) + 1;
        self.counters.insert(hash, count);
        self.by_count.insert((count, hash));
    }

    /// The most frequent ones, most frequent first.
    pub fn most(&self, number: usize) -> Vec<u64> {
        let mut largest: Vec<(u64, u64)> = self.by_count.iter().rev().take(number).copied().collect();
        largest.sort_by_key(|&(count, hash)| (Reverse(count), hash));
        largest.into_iter().map(|(_, hash)| hash).collect()
    }

    /// How many values came, equal ones each time.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// How many different ones: exactly while there is a counter for each, within about 3 % after.
    pub fn distinct(&self) -> u64 {
        if self.counters.len() < self.capacity { self.counters.len() as u64 } else { self.estimate() }
    }

    /// A register holds the longest run of zeros, and one, that its part of the hashes began with.
    fn note(&mut self, hash: u64) {
        let hash = hash << (u64::BITS - HASH_BITS);
        let register = usize::try_from(hash >> (u64::BITS - REGISTER_BITS)).unwrap_or(0);
        let run = ((hash << REGISTER_BITS) | (1 << (REGISTER_BITS - 1))).leading_zeros() + 1;
        let run = u8::try_from(run).unwrap_or(u8::MAX);
        self.registers[register] = self.registers[register].max(run);
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate, of a number that is not negative"
    )]
    fn estimate(&self) -> u64 {
        let registers = self.registers.len() as f64;
        let sum: f64 = self.registers.iter().map(|&run| 2_f64.powi(-i32::from(run))).sum();
        let raw = 0.7213 / (1.0 + 1.079 / registers) * registers * registers / sum;
        let empty = self.registers.iter().filter(|&&run| run == 0).count();
        // Few values leave registers empty, and how many says more.
        let estimate = if raw <= 2.5 * registers && empty > 0 { registers * (registers / empty as f64).ln() } else { raw };
        estimate.round() as u64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A hash for a number: every bit depends on all of it.
    fn hash(value: u64) -> u64 {
        let mut mixed = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) >> 1
    }

    proptest! {
        /// Against exact counts: counters are never below the truth, never above it by more than `n / capacity`, and the
        /// `k` largest hold whatever makes more than `n / k`.
        #[test]
        fn counters_are_within_their_bound(
            values in prop::collection::vec(prop_oneof![0_u64..8, 0_u64..2000], 0..3000),
            capacity in 1_usize..64,
            asked in 1_usize..64,
        ) {
            let mut hitters = HeavyHitters::new(capacity);
            let mut exact: HashMap<u64, u64> = HashMap::new();
            for &value in &values {
                hitters.add(hash(value));
                *exact.entry(hash(value)).or_default() += 1;
            }
            let all = values.len() as u64;
            prop_assert_eq!(hitters.seen(), all);
            prop_assert_eq!(hitters.counters.values().sum::<u64>(), all);
            prop_assert!(hitters.counters.len() <= capacity);
            prop_assert_eq!(hitters.by_count.len(), hitters.counters.len());
            for (value, &count) in &hitters.counters {
                let truth = exact[value];
                prop_assert!(count >= truth && count - truth <= all / capacity as u64);
            }
            let asked = asked.min(capacity);
            let most = hitters.most(asked);
            for (value, &truth) in &exact {
                prop_assert!(truth * asked as u64 <= all || most.contains(value), "{} of {} is missing", truth, all);
            }
            if exact.len() < capacity {
                prop_assert_eq!(hitters.distinct(), exact.len() as u64);
            }
        }
    }

    #[test]
    fn many_different_ones_are_counted_nearly() {
        for number in [100_u64, 5_000, 20_000, 300_000] {
            let mut hitters = HeavyHitters::new(50);
            (0..number).for_each(|value| hitters.add(hash(value)));
            let found = hitters.distinct();
            assert!(found.abs_diff(number) * 20 <= number, "{found} of {number}");
        }
    }
}
