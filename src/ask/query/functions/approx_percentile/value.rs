//! What a [`Distribution`](super::distribution::Distribution) has to know of a type to count its values: integers
//! and doubles.
//!
//! Three views of a value: its *cell* (common values have a small number, so that counting one is an array access),
//! its *key* (any value as an integer that sorts the same way) and its *rounded* form (the one value that stands for
//! all its neighbours once there are too many to count apart). Nothing here counts.

/// How many values have a cell.
pub(super) const CELLS: usize = 4096;

/// The cell of a value that has none.
const NO_CELL: usize = usize::MAX;

/// Bits of precision that rounding keeps below the leading one. The 512 buckets of an octave are at most 1/512 of
/// their values wide, so their middle is at most 1/1024, less than 0.1 %, away from any value in them.
const KEPT_BITS: u32 = 9;

/// A type whose values can be counted.
pub(super) trait Value: Copy {
    /// The number of this value's cell, below [`CELLS`] for the common values and out of any array's range for others.
    fn cell(self) -> usize;

    /// The value whose cell this is.
    fn of_cell(cell: u16) -> Self;

    /// An integer that stands for this value alone and sorts as it does; `None` if it is not a number.
    fn key(self) -> Option<i64>;

    /// The value whose key this is.
    fn of_key(key: i64) -> Self;

    /// The value in the middle of this value's bucket: at most 0.1 % away, of the same sign, itself unchanged by
    /// rounding, and never one that has a cell.
    fn rounded(self) -> Self;
}

/// Integers have cells from 0, which holds every status code and port-free count.
impl Value for i64 {
    #[inline]
    fn cell(self) -> usize {
        usize::try_from(self).unwrap_or(NO_CELL)
    }

    fn of_cell(cell: u16) -> Self {
        Self::from(cell)
    }

    fn key(self) -> Option<i64> {
        Some(self)
    }

    fn of_key(key: i64) -> Self {
        key
    }

    fn rounded(self) -> Self {
        let magnitude = self.unsigned_abs();
        let dropped_bits = magnitude.checked_ilog2().unwrap_or(0).saturating_sub(KEPT_BITS);
        if dropped_bits == 0 {
            return self;
        }
        // The middle of the last bucket is still below 2^63, so only the sign remains to be put back.
        let middle = (magnitude >> dropped_bits << dropped_bits) | 1 << (dropped_bits - 1);
        i64::try_from(middle).map_or(self, |middle| if self < 0 { -middle } else { middle })
    }
}

/// Doubles have cells for whole thousandths from 0: latencies are seconds written with three decimals.
impl Value for f64 {
    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "what does not fit differs from itself"
    )]
    #[expect(clippy::float_cmp, reason = "a value has a cell only if it is that cell's value to the last bit")]
    fn cell(self) -> usize {
        let thousandths = (self * 1000.0 + 0.5) as u32;
        if f64::from(thousandths) / 1000.0 == self { thousandths as usize } else { NO_CELL }
    }

    fn of_cell(cell: u16) -> Self {
        Self::from(cell) / 1000.0
    }

    fn key(self) -> Option<i64> {
        // Adding zero makes one of the two zeros. Negative numbers sort backwards by their bits: turn those round.
        let bits = (self + 0.0).to_bits().cast_signed();
        (!self.is_nan()).then_some(if bits < 0 { bits ^ i64::MAX } else { bits })
    }

    fn of_key(key: i64) -> Self {
        Self::from_bits((if key < 0 { key ^ i64::MAX } else { key }).cast_unsigned())
    }

    fn rounded(self) -> Self {
        let dropped_bits = f64::MANTISSA_DIGITS - 1 - KEPT_BITS;
        let middle = (self.to_bits() >> dropped_bits << dropped_bits) | 1 << (dropped_bits - 1);
        // Infinity has no middle; below the smallest normal number the bits would not keep their precision.
        if self.is_normal() { Self::from_bits(middle) } else { self }
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "what is exact is compared exactly")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_cell_is_found_again() {
        for cell in 0..u16::try_from(CELLS).unwrap() {
            assert_eq!(f64::of_cell(cell).cell(), usize::from(cell));
            assert_eq!(i64::of_cell(cell).cell(), usize::from(cell));
            let parsed: f64 = format!("{}.{:03}", cell / 1000, cell % 1000).parse().unwrap();
            assert_eq!(parsed.cell(), usize::from(cell));
        }
    }

    #[test]
    fn other_values_have_no_cell() {
        for value in [-0.001, 0.0005, 0.1 + 0.2, f64::NAN, f64::INFINITY, -f64::INFINITY, 1e300, f64::MIN_POSITIVE] {
            assert!(value.cell() >= CELLS, "{value}");
        }
        for value in [-1, 4096, i64::MIN, i64::MAX] {
            assert!(value.cell() >= CELLS, "{value}");
        }
        assert_eq!((-0.0_f64).cell(), 0);
        assert_eq!(f64::NAN.key(), None);
    }

    fn double() -> impl Strategy<Value = f64> {
        any::<f64>().prop_filter("a number", |value| !value.is_nan())
    }

    proptest! {
        #[test]
        fn keys_sort_as_doubles_do(a in double(), b in double()) {
            let (key_a, key_b) = (a.key().unwrap(), b.key().unwrap());
            prop_assert_eq!(key_a.cmp(&key_b), a.partial_cmp(&b).unwrap());
            prop_assert_eq!(f64::of_key(key_a), a);
        }

        #[test]
        fn doubles_are_rounded_by_less_than_a_thousandth(value in double(), other in double()) {
            let rounded = value.rounded();
            prop_assert!(value == rounded || (value - rounded).abs() <= value.abs() / 1024.0);
            prop_assert_eq!(rounded.rounded(), rounded);
            prop_assert!(rounded == value || rounded.cell() >= CELLS);
            prop_assert!(value > other || rounded <= other.rounded());
        }

        #[test]
        fn integers_are_rounded_by_less_than_a_thousandth(value: i64, shift in 0..63_u32, other: i64) {
            let (value, other) = (value >> shift, other >> shift);
            let rounded = value.rounded();
            prop_assert!(rounded.abs_diff(value) <= value.unsigned_abs() / 1024);
            prop_assert_eq!(rounded.rounded(), rounded);
            prop_assert!(value > other || rounded <= other.rounded());
        }
    }

    #[test]
    fn the_ends_of_the_integers_round() {
        assert_eq!(i64::MIN.rounded(), i64::MIN);
        assert_eq!(i64::MAX.rounded().rounded(), i64::MAX.rounded());
        assert_eq!(0.rounded(), 0);
        assert_eq!((-1).rounded(), -1);
    }
}
