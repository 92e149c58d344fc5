//! Lengths of time that are of no use if they are too short. Which parameter is of which kind is decided where it is declared;
//! what each kind takes is decided here, for flags, the file and parameters of addresses alike.

use std::str::FromStr;
use std::time::Duration;

use super::timespan::TimeSpan;
use super::value::{Unreadable, Value};

/// A length of time of at least so many milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtLeast<const MILLIS: u64>(TimeSpan);

/// From one look at something to the next: less would do nothing but look.
pub type Pause = AtLeast<100>;
/// What is counted together, compared, or waited for. Times of objects are of whole seconds.
pub type Stretch = AtLeast<1_000>;
/// From one look of an alert to the next: looking takes a question each time.
pub type Every = AtLeast<10_000>;
/// What a live store keeps. A node writes an object in five minutes: of less, nothing would stay.
pub type Keep = AtLeast<300_000>;

impl<const MILLIS: u64> AtLeast<MILLIS> {
    /// As the standard library's type.
    pub const fn get(self) -> Duration {
        self.0.get()
    }

    /// The same as a length that may be of any kind.
    pub const fn span(self) -> TimeSpan {
        self.0
    }
}

impl<const MILLIS: u64> Value for AtLeast<MILLIS> {
    const EXPECTED: &str = match MILLIS {
        100 => "a length of time of 100ms or more, such as 30s",
        1_000 => "a length of time of 1s or more, such as 5m or 2h",
        10_000 => "a length of time of 10s or more, such as 1m",
        300_000 => "a length of time of 5m or more, such as 48h",
        _ => "a longer time",
    };

    fn read(text: &str) -> Option<Self> {
        let least = Duration::from_millis(MILLIS);
        TimeSpan::read(text).filter(|span| span.get() >= least).map(Self)
    }
}

impl<const MILLIS: u64> FromStr for AtLeast<MILLIS> {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        Self::read(text).ok_or(Unreadable::as_a::<Self>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is refused says what would not be.
    fn takes<const MILLIS: u64>(least: &str, too_short: &[&str]) {
        assert_eq!(least.parse::<AtLeast<MILLIS>>().unwrap().get(), Duration::from_millis(MILLIS));
        for text in too_short.iter().chain(&["", "0s", "1ns", "-5m", "NaN", "36526d"]) {
            let refused = text.parse::<AtLeast<MILLIS>>().unwrap_err().to_string();
            assert!(refused.contains(&format!("of {least} or more, such as ")), "{text}: {refused}");
        }
    }

    #[test]
    fn each_kind_has_its_least() {
        takes::<100>("100ms", &["99ms"]);
        takes::<1_000>("1s", &["999ms"]);
        takes::<10_000>("10s", &["9s"]);
        takes::<300_000>("5m", &["299s"]);
    }
}
