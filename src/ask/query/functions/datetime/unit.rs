//! Units of time, and what lies between two times or after one, counted in them.

use jiff::Span;
use jiff::civil::DateTime;

use super::read::micros;
use super::write::utc;

/// Microseconds in a millisecond.
const MILLI: i64 = 1000;

/// Milliseconds in a day of 24 hours.
const DAY: i64 = 24 * 3600 * 1000;

/// What `date_diff` and `date_add` count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Always as long: so many milliseconds.
    Millis(i64),
    Months(i64),
}

impl Unit {
    /// By its name in SQL, in any case.
    pub(super) fn named(name: &str) -> Option<Self> {
        const SECOND: i64 = 1000;
        Some(match name.to_ascii_lowercase().as_str() {
            "millisecond" => Self::Millis(1),
            "second" => Self::Millis(SECOND),
            "minute" => Self::Millis(60 * SECOND),
            "hour" => Self::Millis(3600 * SECOND),
            "day" => Self::Millis(DAY),
            "week" => Self::Millis(7 * DAY),
            "month" => Self::Months(1),
            "quarter" => Self::Months(3),
            "year" => Self::Months(12),
            _ => return None,
        })
    }

    /// Whether it is a day or longer: those are counted by a zone's clocks.
    pub(super) fn is_of_days(self) -> bool {
        match self {
            Self::Millis(millis) => millis % DAY == 0,
            Self::Months(_) => true,
        }
    }

    /// How many whole units lie between two times in UTC, microseconds since 1970; negative if the second is earlier.
    ///
    /// As in Trino, times are cut to their milliseconds before. A month is whole when the day of the month and the time
    /// of day are reached again, or the month has no such day and its last one is.
    pub(super) fn between(self, from: i64, to: i64) -> Option<i64> {
        match self {
            Self::Millis(millis) => Some((to.div_euclid(MILLI) - from.div_euclid(MILLI)) / millis),
            Self::Months(months) if from <= to => Some(whole_months(cut(from)?, cut(to)?) / months),
            Self::Months(months) => Some(-whole_months(cut(to)?, cut(from)?) / months),
        }
    }

    /// The time so many units later; the last day of a month that has no such day.
    pub(super) fn after(self, from: i64, count: i64) -> Option<i64> {
        match self {
            Self::Millis(millis) => from.checked_add(count.checked_mul(millis)?.checked_mul(MILLI)?),
            Self::Months(months) => {
                let span: Span = Span::new().try_months(count.checked_mul(months)?).ok()?;
                micros(utc(from)?.checked_add(span).ok()?, None)
            }
        }
    }
}

/// What clocks show at this microsecond, to the millisecond.
fn cut(micros: i64) -> Option<DateTime> {
    utc(micros.div_euclid(MILLI) * MILLI)
}

fn whole_months(from: DateTime, to: DateTime) -> i64 {
    let months = |time: DateTime| i64::from(time.year()) * 12 + i64::from(time.month());
    let is_last_day = to.day() == to.date().days_in_month();
    let day = if is_last_day { from.day().min(to.day()) } else { from.day() };
    months(to) - months(from) - i64::from((to.day(), to.time()) < (day, from.time()))
}
