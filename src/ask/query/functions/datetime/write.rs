//! Times to text, by a format.

use std::fmt::Write;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use super::item::{Field, Form, Item, MONTHS, SHORT, WEEKDAYS};

/// What clocks in this zone show at a time, microseconds since 1970 in UTC; `None` before the year −9999 and after 9999.
pub(super) fn write(items: &[Item], micros: i64, zone: &TimeZone) -> Option<String> {
    let timestamp = Timestamp::from_microsecond(micros).ok()?;
    let offset = zone.to_offset(timestamp);
    let time = offset.to_datetime(timestamp);
    let mut text = String::with_capacity(items.len() * 2);
    for item in items {
        match item {
            Item::Offset { colon } => put_offset(offset, *colon, &mut text),
            Item::Zone => match zone.iana_name() {
                Some(name) => text.push_str(name),
                None => put_offset(offset, true, &mut text),
            },
            item => put(*item, time, &mut text).ok()?,
        }
    }
    Some(text)
}

fn put_offset(offset: Offset, colon: bool, text: &mut String) {
    let minutes = offset.seconds() / 60;
    let (sign, colon) = (if minutes < 0 { '-' } else { '+' }, if colon { ":" } else { "" });
    let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
    // Writing to text cannot fail.
    let _ = write!(text, "{sign}{hours:02}{colon}{minutes:02}");
}

/// What clocks in UTC show at this microsecond.
pub(super) fn utc(micros: i64) -> Option<DateTime> {
    Some(Offset::UTC.to_datetime(Timestamp::from_microsecond(micros).ok()?))
}

fn put(item: Item, time: DateTime, text: &mut String) -> std::fmt::Result {
    match item {
        Item::Literal(character) => text.push(character),
        Item::Number { field, least, .. } => write!(text, "{:0least$}", number(field, time))?,
        Item::TwoDigits(field) => write!(text, "{:02}", number(field, time).rem_euclid(100))?,
        Item::Fraction { least, .. } => {
            let digits = format!("{:09}", time.subsec_nanosecond());
            write!(text, "{:0<least$}", &digits[..least.min(digits.len())])?;
        }
        Item::Month(form) => text.push_str(name(&MONTHS, i32::from(time.month()), form)),
        Item::Weekday(form) => text.push_str(name(&WEEKDAYS, number(Field::DayOfWeek, time), form)),
        Item::Half => text.push_str(if time.hour() < 12 { "AM" } else { "PM" }),
        Item::Offset { .. } | Item::Zone => {}
    }
    Ok(())
}

fn number(field: Field, time: DateTime) -> i32 {
    let from_one = |hour: i8, hours: i8| (hour + hours - 1) % hours + 1;
    match field {
        Field::Year => time.year().into(),
        Field::Month => time.month().into(),
        Field::Day => time.day().into(),
        Field::DayOfYear => time.date().day_of_year().into(),
        Field::YearOfWeek => time.date().iso_week_date().year().into(),
        Field::Week => time.date().iso_week_date().week().into(),
        Field::DayOfWeek => time.weekday().to_monday_one_offset().into(),
        Field::Hour => time.hour().into(),
        Field::HourFromOne => from_one(time.hour(), 24).into(),
        Field::HalfHour => (time.hour() % 12).into(),
        Field::HalfHourFromOne => from_one(time.hour() % 12, 12).into(),
        Field::Minute => time.minute().into(),
        Field::Second => time.second().into(),
    }
}

fn name<'a>(names: &[&'a str], number: i32, form: Form) -> &'a str {
    let name = usize::try_from(number - 1).ok().and_then(|index| names.get(index)).copied().unwrap_or("");
    match form {
        Form::Short => &name[..SHORT.min(name.len())],
        Form::Long => name,
    }
}
