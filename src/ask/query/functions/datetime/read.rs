//! Text to times, by a format.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, ISOWeekDate, Time, Weekday};
use jiff::tz::{Offset, TimeZone};

use super::item::{Field, Item, MONTHS, SHORT, WEEKDAYS};

/// The year whose last two digits are the first ones of [`Item::TwoDigits`].
const FIRST_OF_TWO_DIGITS: i32 = 1970;

/// Microseconds since 1970 in UTC; `None` if the text does not have this format, or no such day or time exists.
///
/// What the format does not say is that of 1970-01-01 00:00 in UTC.
pub(super) fn read(items: &[Item], text: &str) -> Option<i64> {
    let mut reading = Reading::default();
    let mut rest = text;
    for item in items {
        rest = reading.item(*item, rest)?;
    }
    if rest.is_empty() { reading.micros() } else { None }
}

/// What was read so far.
#[derive(Debug, Default)]
struct Reading {
    year: Option<i32>,
    month: Option<i32>,
    day: Option<i32>,
    day_of_year: Option<i32>,
    year_of_week: Option<i32>,
    week: Option<i32>,
    day_of_week: Option<i32>,
    hour: i32,
    /// The hour since midnight or noon.
    half_hour: Option<i32>,
    is_afternoon: bool,
    minute: i32,
    second: i32,
    nanosecond: i32,
    zone: Option<TimeZone>,
}

impl Reading {
    /// Reads one item off the text; the rest of it.
    fn item<'a>(&mut self, item: Item, text: &'a str) -> Option<&'a str> {
        match item {
            Item::Literal(character) => {
                let first = text.chars().next().filter(|first| first.eq_ignore_ascii_case(&character))?;
                Some(&text[first.len_utf8()..])
            }
            Item::Number { field, most, .. } => {
                let (number, rest) = number(text, most)?;
                self.set(field, number)?;
                Some(rest)
            }
            Item::TwoDigits(field) => {
                let (number, rest) = number(text, 2)?;
                self.set(field, FIRST_OF_TWO_DIGITS + (number - FIRST_OF_TWO_DIGITS % 100).rem_euclid(100))?;
                Some(rest)
            }
            Item::Fraction { most, .. } => {
                let (fraction, rest) = fraction(text, most)?;
                self.nanosecond = fraction;
                Some(rest)
            }
            Item::Month(_) => {
                let (month, rest) = name(text, &MONTHS)?;
                self.month = Some(month);
                Some(rest)
            }
            Item::Weekday(_) => name(text, &WEEKDAYS).map(|(_, rest)| rest),
            Item::Half => {
                let (half, rest) = text.split_at_checked(2)?;
                self.is_afternoon = half.eq_ignore_ascii_case("pm");
                (self.is_afternoon || half.eq_ignore_ascii_case("am")).then_some(rest)
            }
            Item::Offset { .. } => {
                let (offset, rest) = offset(text)?;
                self.zone = Some(offset.to_time_zone());
                Some(rest)
            }
            Item::Zone => {
                let belongs = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'/' | b'+' | b'-');
                let (name, rest) = text.split_at(text.bytes().take_while(belongs).count());
                self.zone = Some(TimeZone::get(name).ok()?);
                Some(rest)
            }
        }
    }

    fn set(&mut self, field: Field, number: i32) -> Option<()> {
        match field {
            Field::Year => self.year = Some(number),
            Field::Month => self.month = Some(number),
            Field::Day => self.day = Some(number),
            Field::DayOfYear => self.day_of_year = Some(number),
            Field::YearOfWeek => self.year_of_week = Some(number),
            Field::Week => self.week = Some(number),
            Field::DayOfWeek => self.day_of_week = Some(number),
            Field::Hour => self.hour = number,
            Field::HourFromOne => self.hour = (1..=24).contains(&number).then_some(number % 24)?,
            Field::HalfHour => self.half_hour = Some((0..12).contains(&number).then_some(number)?),
            Field::HalfHourFromOne => self.half_hour = Some((1..=12).contains(&number).then_some(number % 12)?),
            Field::Minute => self.minute = number,
            Field::Second => self.second = (number < 60).then_some(number)?,
        }
        Some(())
    }

    fn date(&self) -> Option<Date> {
        let year = i16::try_from(self.year.unwrap_or(FIRST_OF_TWO_DIGITS)).ok()?;
        if let Some(day) = self.day_of_year {
            return Date::new(year, 1, 1).ok()?.with().day_of_year(i16::try_from(day).ok()?).build().ok();
        }
        if self.week.is_some() || self.year_of_week.is_some() {
            let year = self.year_of_week.map_or(Some(year), |year| i16::try_from(year).ok())?;
            let week = i8::try_from(self.week.unwrap_or(1)).ok()?;
            let weekday = Weekday::from_monday_one_offset(i8::try_from(self.day_of_week.unwrap_or(1)).ok()?).ok()?;
            return ISOWeekDate::new(year, week, weekday).ok().map(Date::from);
        }
        let part = |part: Option<i32>| i8::try_from(part.unwrap_or(1)).ok();
        Date::new(year, part(self.month)?, part(self.day)?).ok()
    }

    fn micros(self) -> Option<i64> {
        let hour = self.half_hour.map_or(self.hour, |hour| hour + if self.is_afternoon { 12 } else { 0 });
        let part = |part: i32| i8::try_from(part).ok();
        let time = Time::new(part(hour)?, part(self.minute)?, part(self.second)?, self.nanosecond).ok()?;
        micros(self.date()?.to_datetime(time), self.zone)
    }
}

/// The microsecond when clocks in this zone, or in UTC, show this.
pub(super) fn micros(shown: DateTime, zone: Option<TimeZone>) -> Option<i64> {
    let zone = zone.unwrap_or(TimeZone::UTC);
    let timestamp: Timestamp = zone.to_timestamp(shown).ok()?;
    Some(timestamp.as_microsecond())
}

/// A number of at most so many digits, and what follows it.
pub(super) fn number(text: &str, most: usize) -> Option<(i32, &str)> {
    let (digits, rest) = text.split_at(text.bytes().take(most).take_while(u8::is_ascii_digit).count());
    Some((digits.parse().ok()?, rest))
}

/// The nanoseconds that digits after a point stand for, and what follows them.
pub(super) fn fraction(text: &str, most: usize) -> Option<(i32, &str)> {
    /// Digits of a nanosecond; what is finer is passed over.
    const DIGITS: usize = 9;
    let (digits, rest) = text.split_at(text.bytes().take(most).take_while(u8::is_ascii_digit).count());
    let nanoseconds: i32 = digits[..digits.len().min(DIGITS)].parse().ok()?;
    let missing = u32::try_from(DIGITS.saturating_sub(digits.len())).ok()?;
    Some((nanoseconds * 10_i32.pow(missing), rest))
}

/// `Z`, `+01`, `+0100` or `-01:00`, and what follows it.
pub(super) fn offset(text: &str) -> Option<(Offset, &str)> {
    if let Some(rest) = text.strip_prefix(['Z', 'z']) {
        return Some((Offset::UTC, rest));
    }
    let sign = match text.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let two = |text: &str| text.bytes().take(2).filter(u8::is_ascii_digit).count() == 2;
    let (hours, rest) = number(&text[1..], 2).filter(|_| two(&text[1..]))?;
    let after = rest.strip_prefix(':').unwrap_or(rest);
    let (minutes, rest) = if two(after) { number(after, 2)? } else { (0, rest) };
    let seconds = sign * (hours * 60 + minutes) * 60;
    Some((Offset::from_seconds(seconds).ok().filter(|_| minutes < 60)?, rest))
}

/// The place of a name, from 1, and what follows it. Names may be cut to their first letters.
fn name<'a>(text: &'a str, names: &[&str]) -> Option<(i32, &'a str)> {
    let begins = |length: usize, name: &str| {
        text.split_at_checked(length).filter(|(begin, _)| begin.eq_ignore_ascii_case(&name[..length]))
    };
    (1..).zip(names).find_map(|(number, name)| {
        let (_, rest) = begins(name.len(), name).or_else(|| begins(SHORT, name))?;
        Some((number, rest))
    })
}
