//! Which of very many values are frequent, and how many there are: in one pass, in memory that does not grow with them.
//!
//! Values come as hashes of 63 bits, numbers that a statement can write, so that a long one costs no more than a short one. Frequent ones are found by space
//! saving (Metwally, Agrawal and El Abbadi, 2005): a fixed number of counters, of which a value that has none takes over
//! the smallest. How many different ones there are is estimated by `HyperLogLog` (Flajolet and others, 2007).

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
    counters: HashMap<u64, Counter>,
    /// The counters again, smallest first.
    by_count: BTreeSet<(u64, u64)>,
    registers: Vec<u8>,
}

/// How often a value came: at most `count`, at least `count - taken_over`.
#[derive(Debug, Clone, Copy)]
struct Counter {
    count: u64,
    /// What the counter stood at when the value got it.
    taken_over: u64,
}

impl HeavyHitters {
    /// With so many counters, at least one.
    pub fn new(capacity: usize) -> Self {
        let registers = vec![0; 1 << REGISTER_BITS];
        Self { capacity: capacity.max(1), counters: HashMap::new(), by_count: BTreeSet::new(), registers }
    }

    /// Counts a value by its hash.
    pub fn add(&mut self, hash: u64) {
        self.note(hash);
        let counter = match self.counters.get(&hash) {
            Some(&counter) => {
                self.by_count.remove(&(counter.count, hash));
                Counter { count: counter.count + 1, ..counter }
            }
            None if self.counters.len() < self.capacity => Counter { count: 1, taken_over: 0 },
            None => {
                let (smallest, holder) = self.by_count.pop_first().unwrap_or_default();
                self.counters.remove(&holder);
                Counter { count: smallest + 1, taken_over: smallest }
            }
        };
        self.counters.insert(hash, counter);
        self.by_count.insert((counter.count, hash));
    }

    /// The most frequent ones, most frequent first: of the so many largest counters, those whose values are known to have
    /// come more than once.
    pub fn most(&self, number: usize) -> Vec<u64> {
        let largest = self.by_count.iter().rev().take(number).map(|&(_, hash)| hash);
        let came_again = |hash: &u64| self.counters.get(hash).is_some_and(|it| it.count - it.taken_over > 1);
        largest.filter(came_again).collect()
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
        let empty = self.registers.iter().map(|&run| usize::from(run == 0)).sum::<usize>();
        // Few values leave registers empty, and how many says more.
        let estimate =
            if raw <= 2.5 * registers && empty > 0 { registers * (registers / empty as f64).ln() } else { raw };
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
            prop_assert_eq!(hitters.counters.values().map(|it| it.count).sum::<u64>(), all);
            prop_assert!(hitters.counters.len() <= capacity);
            prop_assert_eq!(hitters.by_count.len(), hitters.counters.len());
            for (value, it) in &hitters.counters {
                let truth = exact[value];
                prop_assert!(it.count >= truth && it.count - it.taken_over <= truth);
                prop_assert!(it.taken_over <= all / capacity as u64);
            }
            let asked = asked.min(capacity);
            let most = hitters.most(asked);
            for (value, &truth) in &exact {
                let is_frequent = truth * asked as u64 > all && truth > 1 + all / capacity as u64;
                prop_assert!(!is_frequent || most.contains(value), "{} of {} is missing", truth, all);
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
