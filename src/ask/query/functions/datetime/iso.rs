//! Text to times in ISO 8601, with as much of it left out as Trino's `from_iso8601_timestamp` allows.
//!
//! A year, with a month and a day, a day of the year, or a week and its day; then, after a `T`, an hour, with minutes and
//! seconds, the last of which may have a fraction; then an offset from UTC. A time alone is on 1970-01-01.

use jiff::civil::{Date, ISOWeekDate, Time, Weekday};
use jiff::tz::Offset;

use super::read::{fraction, micros, number, offset};

/// Microseconds since 1970 in UTC, which is also where there is no offset.
pub(super) fn read(text: &str) -> Option<i64> {
    let (date, rest) = if text.starts_with(['T', 't']) { (Date::constant(1970, 1, 1), text) } else { date(text)? };
    let Some(rest) = rest.strip_prefix(['T', 't']) else {
        return if rest.is_empty() { micros(date.into(), None) } else { None };
    };
    let (nanoseconds, rest) = if rest.starts_with(|c: char| c.is_ascii_digit()) { time(rest)? } else { (0, rest) };
    let (offset, rest) =
        if rest.is_empty() { (None, rest) } else { offset(rest).map(|(offset, rest)| (Some(offset), rest))? };
    let midnight = micros(date.into(), offset.map(Offset::to_time_zone))?;
    if rest.is_empty() { midnight.checked_add(nanoseconds / 1000) } else { None }
}

/// Digits of exactly this number.
fn exactly(text: &str, digits: usize) -> Option<(i32, &str)> {
    number(text, digits).filter(|(_, rest)| text.len() - rest.len() == digits)
}

fn date(text: &str) -> Option<(Date, &str)> {
    let (year, rest) = exactly(text, 4)?;
    let year = i16::try_from(year).ok()?;
    let first = Date::new(year, 1, 1).ok()?;
    let Some(rest) = rest.strip_prefix('-') else { return Some((first, rest)) };
    if let Some(rest) = rest.strip_prefix(['W', 'w']) {
        let (week, rest) = exactly(rest, 2)?;
        let (day, rest) = rest.strip_prefix('-').map_or(Some((1, rest)), |rest| exactly(rest, 1))?;
        let weekday = Weekday::from_monday_one_offset(i8::try_from(day).ok()?).ok()?;
        return Some((ISOWeekDate::new(year, i8::try_from(week).ok()?, weekday).ok()?.into(), rest));
    }
    if let Some((day, rest)) = exactly(rest, 3) {
        return Some((first.with().day_of_year(i16::try_from(day).ok()?).build().ok()?, rest));
    }
    let (month, rest) = exactly(rest, 2)?;
    let (day, rest) = rest.strip_prefix('-').map_or(Some((1, rest)), |rest| exactly(rest, 2))?;
    Some((Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?, rest))
}

/// Nanoseconds since midnight.
fn time(text: &str) -> Option<(i64, &str)> {
    /// Nanoseconds in a second.
    const SECOND: i64 = 1_000_000_000;
    let (mut parts, mut rest) = ([0, 0, 0], text);
    let mut unit = 3600;
    for (index, part) in parts.iter_mut().enumerate() {
        let Some(digits) = (if index == 0 { Some(rest) } else { rest.strip_prefix(':') }) else { break };
        (*part, rest) = exactly(digits, 2)?;
        unit = [3600, 60, 1][index];
    }
    let [hour, minute, second] = parts.map(|part| i8::try_from(part).unwrap_or(i8::MAX));
    Time::new(hour, minute, second, 0).ok()?;
    let whole = i64::from(parts[0] * 3600 + parts[1] * 60 + parts[2]) * SECOND;
    let Some(digits) = rest.strip_prefix(['.', ',']) else { return Some((whole, rest)) };
    let (fraction, rest) = fraction(digits, usize::MAX)?;
    Some((whole + i64::from(fraction) * unit, rest))
}
