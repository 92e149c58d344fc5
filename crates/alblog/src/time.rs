//! Times as these logs write them, and UTC calendar days. Microseconds since the epoch throughout, proleptic Gregorian.
//!
//! Not a general date library: it reads the few fixed shapes AWS writes, fast, and prints them again.

use std::fmt;

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Microseconds in a day.
pub const DAY: i64 = 24 * HOUR;

/// Reads `yyyy-MM-ddTHH:mm:ss[.f]Z` with one to nine decimals (digits after the sixth are dropped).
///
/// `None` for anything else, also for days and times that do not exist.
#[must_use]
pub fn parse(text: &[u8]) -> Option<i64> {
    let (date_time, rest) = text.split_first_chunk::<19>()?;
    // Looked at all together, without a branch for each: this is done for every line.
    let shaped = b"0000-00-00T00:00:00".iter().zip(date_time).fold(true, |shaped, (&model, &byte)| {
        shaped & if model == b'0' { byte.is_ascii_digit() } else { byte == model }
    });
    if !shaped {
        return None;
    }
    let two = |at: usize| i64::from(date_time[at] & 15) * 10 + i64::from(date_time[at + 1] & 15);
    let (year, month, day) = (two(0) * 100 + two(2), two(5), two(8));
    let (hour, minute, second) = (two(11), two(14), two(17));
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = days_from_civil(year, month, day)?;
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    Some(seconds * SECOND + parse_fraction(rest)?)
}

/// Microseconds of `.f…Z` or `Z`.
fn parse_fraction(text: &[u8]) -> Option<i64> {
    let digits = match text {
        b"Z" => return Some(0),
        [b'.', digits @ .., b'Z'] if (1..=9).contains(&digits.len()) => digits,
        _ => return None,
    };
    let mut micros = 0;
    for position in 0..6 {
        let digit = digits.get(position).map_or(Some(0), |&byte| digit(byte))?;
        micros = micros * 10 + digit;
    }
    digits.iter().all(u8::is_ascii_digit).then_some(micros)
}

fn digit(byte: u8) -> Option<i64> {
    byte.is_ascii_digit().then(|| i64::from(byte - b'0'))
}

/// Reads `yyyyMMddTHHmmZ`, the end of an interval in an object's name.
#[must_use]
pub fn parse_interval_end(text: &str) -> Option<i64> {
    let bytes: &[u8; 14] = text.as_bytes().try_into().ok()?;
    let shape = bytes[8] == b'T' && bytes[13] == b'Z';
    let number =
        |from: usize, to: usize| bytes[from..to].iter().try_fold(0, |number, &byte| Some(number * 10 + digit(byte)?));
    let days = days_from_civil(number(0, 4)?, number(4, 6)?, number(6, 8)?)?;
    let (hour, minute) = (number(9, 11)?, number(11, 13)?);
    (shape && hour < 24 && minute < 60).then_some(days * DAY + hour * HOUR + minute * MINUTE)
}

/// Days since 1970-01-01; `None` when there is no such day.
///
/// Algorithm: Howard Hinnant, <https://howardhinnant.github.io/date_algorithms.html#days_from_civil>.
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// A UTC calendar day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date {
    /// Year, e.g. 2026.
    pub year: i64,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, 1 to 31.
    pub day: u8,
}

impl Date {
    /// The day that holds the given time.
    #[must_use]
    pub fn of(micros: i64) -> Self {
        let days = micros.div_euclid(DAY) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        let small = |number: i64| u8::try_from(number).unwrap_or_default();
        Self { year, month: small(month), day: small(day) }
    }
}

/// Prints `yyyy-MM-dd`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// Prints a time as the logs write it: `yyyy-MM-ddTHH:mm:ss.ffffffZ`.
#[derive(Debug, Clone, Copy)]
pub struct Iso(pub i64);

impl fmt::Display for Iso {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_day = self.0.rem_euclid(DAY);
        let (hour, minute, second) = (of_day / HOUR, of_day / MINUTE % 60, of_day / SECOND % 60);
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}.{:06}Z", Date::of(self.0), of_day % SECOND)
    }
}

/// Prints the end of an interval as object names write it: `yyyyMMddTHHmmZ`.
#[derive(Debug, Clone, Copy)]
pub struct IntervalEnd(pub i64);

impl fmt::Display for IntervalEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Date { year, month, day } = Date::of(self.0);
        let of_day = self.0.rem_euclid(DAY);
        write!(f, "{year:04}{month:02}{day:02}T{:02}{:02}Z", of_day / HOUR, of_day / MINUTE % 60)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_times() {
        assert_eq!(parse(b"1970-01-01T00:00:00.000000Z"), Some(0));
        assert_eq!(parse(b"2018-07-02T22:23:00.186641Z"), Some(1_530_570_180_186_641));
        assert_eq!(parse(b"2018-07-02T22:23:00Z"), Some(1_530_570_180_000_000));
        assert_eq!(parse(b"2018-07-02T22:23:00.1Z"), Some(1_530_570_180_100_000));
        assert_eq!(parse(b"2018-07-02T22:23:00.186641999Z"), Some(1_530_570_180_186_641));
        assert_eq!(parse(b"2024-02-29T00:00:00Z"), Some(1_709_164_800_000_000));
        assert_eq!(parse_interval_end("20240229T0005Z"), Some(1_709_165_100_000_000));
    }

    #[test]
    fn what_is_not_a_time() {
        for text in [
            "",
            "-",
            "2018-07-02",
            "2018-07-02T22:23:00",
            "2018-07-02 22:23:00Z",
            "2018-02-29T00:00:00Z",
            "2018-13-01T00:00:00Z",
            "2018-00-01T00:00:00Z",
            "2018-01-00T00:00:00Z",
            "2018-01-01T24:00:00Z",
            "2018-01-01T00:60:00Z",
            "2018-01-01T00:00:61Z",
            "2018-01-01T00:00:00.Z",
            "2018-01-01T00:00:00.12x456Z",
            "2018-01-01T00:00:00.123456x89Z",
            "2018-01-01T00:00:00.1234567890Z",
            "2018-01-01T00:00:00.123456",
            "٢018-01-01T00:00:00Z",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
        for text in ["", "20240230T0005Z", "20240229T2400Z", "20240229T0060Z", "20240229T0005", "2024022xT0005Z"] {
            assert_eq!(parse_interval_end(text), None, "{text}");
        }
    }

    proptest! {
        /// 0000-01-01 to 9999-12-31.
        #[test]
        fn printed_times_read_back(micros in -62_167_219_200_000_000..253_402_300_800_000_000i64) {
            prop_assert_eq!(parse(Iso(micros).to_string().as_bytes()), Some(micros));
            let minute = micros.div_euclid(MINUTE) * MINUTE;
            prop_assert_eq!(parse_interval_end(&IntervalEnd(minute).to_string()), Some(minute));
        }
    }
}
