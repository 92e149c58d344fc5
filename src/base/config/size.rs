//! Amounts of memory and disk, as people write them: `128MiB`, `10GiB`, `500MB`, `1073741824`.

use std::fmt;
use std::str::FromStr;

use super::value::{Unreadable, Value};

/// A number of bytes.
///
/// Printed with the unit that leaves the smallest whole number, so that what is printed reads back as the same value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(pub u64);

/// Units and their bytes. A bare `G` is not one: Docker reads it as 2^30, Kubernetes as 10^9.
const UNITS: [(&str, u64); 9] = [
    ("B", 1),
    ("kB", 1_000),
    ("KiB", 1 << 10),
    ("MB", 1_000_000),
    ("MiB", 1 << 20),
    ("GB", 1_000_000_000),
    ("GiB", 1 << 30),
    ("TB", 1_000_000_000_000),
    ("TiB", 1 << 40),
];

impl ByteSize {
    pub const fn mebibytes(count: u64) -> Self {
        Self(count << 20)
    }

    /// So many GB, as AWS counts what it charges for.
    pub const fn gigabytes(count: u64) -> Self {
        Self(count * 1_000_000_000)
    }

    pub const fn gibibytes(count: u64) -> Self {
        Self(count << 30)
    }
}

impl Value for ByteSize {
    const EXPECTED: &str = "a size such as 128MiB, 10GB or 1073741824";

    fn read(text: &str) -> Option<Self> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let is_unit = |(name, _): &&(&str, u64)| name.eq_ignore_ascii_case(unit.trim_start_matches(' '));
        let bytes = if unit.is_empty() { 1 } else { UNITS.iter().find(is_unit)?.1 };
        number.parse::<u64>().ok()?.checked_mul(bytes).map(Self)
    }
}

impl FromStr for ByteSize {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        Self::read(text).ok_or(Unreadable::as_a::<Self>())
    }
}

/// What a live store may hold: of less than a file of it, nothing would stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreSize(ByteSize);

impl StoreSize {
    const LEAST: ByteSize = ByteSize::mebibytes(1);

    pub const fn size(self) -> ByteSize {
        self.0
    }
}

impl Value for StoreSize {
    const EXPECTED: &str = "a size of 1MiB or more, such as 20GiB";

    fn read(text: &str) -> Option<Self> {
        ByteSize::read(text).filter(|size| *size >= Self::LEAST).map(Self)
    }
}

impl FromStr for StoreSize {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        Self::read(text).ok_or(Unreadable::as_a::<Self>())
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = UNITS.iter().filter(|(_, bytes)| self.0.is_multiple_of(*bytes));
        let (unit, bytes) = whole.min_by_key(|(_, bytes)| self.0 / bytes).unwrap_or(&UNITS[0]);
        write!(f, "{}{unit}", self.0 / bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_numbers_with_and_without_a_unit() {
        for (text, bytes) in [
            ("1073741824", 1 << 30),
            ("0", 0),
            ("7B", 7),
            ("128MiB", 128 << 20),
            ("128mib", 128 << 20),
            ("128 MiB", 128 << 20),
            ("10GiB", 10 << 30),
            ("500MB", 500_000_000),
            ("3kB", 3000),
            ("2TiB", 2 << 40),
        ] {
            assert_eq!(text.parse(), Ok(ByteSize(bytes)), "{text}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for text in
            ["", "MiB", "12apples", "-1", "+1", "1.5GiB", "2G", " 1", "1 ", "99999999TiB", "18446744073709551616"]
        {
            assert!(text.parse::<ByteSize>().is_err(), "{text}");
        }
    }

    #[test]
    fn prints_the_unit_that_fits() {
        for (bytes, text) in [
            (0, "0B"),
            (999, "999B"),
            (1 << 30, "1GiB"),
            (128 << 20, "128MiB"),
            (500_000_000, "500MB"),
            (10_000_000_000, "10GB"),
            (1025, "1025B"),
        ] {
            assert_eq!(ByteSize(bytes).to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn reads_back_what_it_prints(bytes: u64) {
            prop_assert_eq!(ByteSize(bytes).to_string().parse(), Ok(ByteSize(bytes)));
        }

        #[test]
        fn reads_back_round_numbers(count in 0_u64..1 << 20, unit in 0..UNITS.len()) {
            let size = ByteSize(count * UNITS[unit].1);
            prop_assert_eq!(size.to_string().parse(), Ok(size));
        }

        #[test]
        fn reading_is_total(text: String) {
            let _ = text.parse::<ByteSize>();
        }
    }
}
