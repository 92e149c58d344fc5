//! Lengths of time, as people write them: `65m`, `2h`, `1d`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::SpanRelativeTo;
use jiff::fmt::friendly::{Spacing, SpanParser, SpanPrinter};

use super::value::{Unreadable, Value};

/// No log is older, and no time that is so far away can be written everywhere.
const MOST: Duration = Duration::from_hours(24 * 36_525);

/// A length of time, not negative, of a hundred years at most. A day is 24 hours and a week seven days; months and years vary and are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeSpan(Duration);

impl TimeSpan {
    pub const fn minutes(count: u32) -> Self {
        Self(Duration::from_mins(count as u64))
    }

    /// So many microseconds, as the logs' times count them.
    pub const fn micros(count: i64) -> Self {
        Self(Duration::from_micros(count.unsigned_abs()))
    }

    /// As the standard library's type.
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl Value for TimeSpan {
    const EXPECTED: &str = "a length of time such as 65m, 2h or 1d";

    fn read(text: &str) -> Option<Self> {
        let span = SpanParser::new().parse_span(text).ok()?;
        let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
        Duration::try_from(duration).ok().filter(|length| *length <= MOST).map(Self)
    }
}

impl FromStr for TimeSpan {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        Self::read(text).ok_or(Unreadable::as_a::<Self>())
    }
}

impl fmt::Display for TimeSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&SpanPrinter::new().spacing(Spacing::None).unsigned_duration_to_string(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, seconds) in [
            ("65m", 65 * 60),
            ("2h", 2 * 3600),
            ("1d", 24 * 3600),
            ("1w", 7 * 24 * 3600),
            ("1h 5m", 65 * 60),
            ("1h5m", 65 * 60),
            ("90 seconds", 90),
            ("0s", 0),
        ] {
            assert_eq!(text.parse(), Ok(TimeSpan(Duration::from_secs(seconds))), "{text}");
        }
        assert_eq!("1.5s".parse(), Ok(TimeSpan(Duration::from_millis(1500))));
    }

    #[test]
    fn refuses_everything_else() {
        for text in ["", "65", "m", "1mo", "1y", "-5m", "5m ago", "soon", "NaN", "PT5M", "36526d", "9999999999w"] {
            assert!(text.parse::<TimeSpan>().is_err(), "{text}");
        }
    }

    #[test]
    fn prints_without_spaces() {
        assert_eq!(TimeSpan::minutes(65).to_string(), "1h5m");
        assert_eq!("1d".parse::<TimeSpan>().unwrap().to_string(), "24h");
        assert_eq!("0m".parse::<TimeSpan>().unwrap().to_string(), "0s");
    }

    proptest! {
        #[test]
        fn reads_back_what_it_prints(seconds in 0..MOST.as_secs(), nanos in 0_u32..1_000_000_000) {
            let span = TimeSpan(Duration::new(seconds, nanos));
            prop_assert_eq!(span.to_string().parse(), Ok(span));
        }

        #[test]
        fn reading_is_total(text: String) {
            let _ = text.parse::<TimeSpan>();
        }
    }
}
