//! Values as Trino writes them, and texts as it reads them.

use std::net::IpAddr;
use std::sync::Arc;

use alblog::time::DAY;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, Float64Type, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit, TimeUnit,
    TimestampMicrosecondType,
};
use datafusion::common::Result;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

/// Every value as text, NULL where there is none.
pub(super) fn written(values: &ArrayRef) -> Result<ArrayRef> {
    match values.data_type() {
        DataType::Float32 | DataType::Float64 => {
            let doubles = cast(values, &DataType::Float64)?;
            let doubles = doubles.as_primitive::<Float64Type>();
            Ok(each(values, |row| double(doubles.value(row))))
        }
        DataType::Timestamp(_, zone) => {
            let micros = cast(values, &DataType::Timestamp(TimeUnit::Microsecond, zone.clone()))?;
            let micros = micros.as_primitive::<TimestampMicrosecondType>();
            Ok(each(values, |row| moment(micros.value(row), zone.as_deref())))
        }
        DataType::Duration(_) => {
            let micros = cast(&cast(values, &DataType::Duration(TimeUnit::Microsecond))?, &DataType::Int64)?;
            let micros = micros.as_primitive::<Int64Type>();
            Ok(each(values, |row| length(micros.value(row))))
        }
        DataType::Interval(_) => {
            let intervals = cast(values, &DataType::Interval(IntervalUnit::MonthDayNano))?;
            let intervals = intervals.as_primitive::<IntervalMonthDayNanoType>();
            Ok(each(values, |row| interval(intervals.value(row))))
        }
        _ => Ok(cast(values, &DataType::Utf8View)?),
    }
}

/// `1 12:00:00.000`: days, and the rest of a length of time.
fn length(micros: i64) -> String {
    let (sign, size) = (if micros < 0 { "-" } else { "" }, micros.unsigned_abs() / 1000);
    let (seconds, millis) = (size / 1000, size % 1000);
    let (minutes, hours) = (seconds / 60 % 60, seconds / 3600 % 24);
    format!("{sign}{} {hours:02}:{minutes:02}:{:02}.{millis:03}", seconds / 86_400, seconds % 60)
}

/// Months as `1-2`, years and months; anything else as a length of time.
fn interval(interval: IntervalMonthDayNano) -> String {
    let IntervalMonthDayNano { months, days, nanoseconds } = interval;
    if months != 0 && days == 0 && nanoseconds == 0 {
        let sign = if months < 0 { "-" } else { "" };
        return format!("{sign}{}-{}", months.unsigned_abs() / 12, months.unsigned_abs() % 12);
    }
    length(i64::from(days).saturating_mul(DAY).saturating_add(nanoseconds / 1000))
}

fn each(values: &ArrayRef, text: impl Fn(usize) -> String) -> ArrayRef {
    let mut made = StringViewBuilder::with_capacity(values.len());
    for row in 0..values.len() {
        made.append_option((!values.is_null(row)).then(|| text(row)));
    }
    Arc::new(made.finish())
}

/// As Java writes doubles: `1.0`, `1.0E10`, `1.0E-5`, with the fewest digits that tell the value.
pub(super) fn double(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let size = value.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{value:?}");
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let point = if digits.contains('.') { "" } else { ".0" };
    format!("{digits}{point}E{exponent}")
}

/// `2026-11-20 10:00:00.123`, and its zone's name behind it.
fn moment(micros: i64, zone: Option<&str>) -> String {
    let Ok(timestamp) = Timestamp::from_microsecond(micros) else { return micros.to_string() };
    let known = zone.and_then(|zone| TimeZone::get(zone).ok()).unwrap_or(TimeZone::UTC);
    let text = strtime::format("%Y-%m-%d %H:%M:%S.%3f", &timestamp.to_zoned(known)).unwrap_or_default();
    match zone {
        Some(zone) => format!("{text} {}", if zone == "+00:00" { "UTC" } else { zone }),
        None => text,
    }
}

/// The first characters.
pub(super) fn beginning(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end])
}

/// An integer: digits behind a sign, and nothing around them.
pub(super) fn integer(text: &str) -> Option<String> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_integer = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_integer.then(|| text.strip_prefix('+').unwrap_or(text).to_owned())
}

/// `true` and `false`, by their first letters and by 1 and 0 too.
pub(super) fn boolean(text: &str) -> Option<String> {
    match text.to_lowercase().as_str() {
        "t" | "true" | "1" => Some("true".to_owned()),
        "f" | "false" | "0" => Some("false".to_owned()),
        _ => None,
    }
}

/// A day such as `2026-11-20`, also with blanks around it.
pub(super) fn day(text: &str) -> Option<String> {
    let date: Date = strtime::parse("%Y-%m-%d", text.trim()).ok()?.to_date().ok()?;
    Some(date.to_string())
}

/// A time such as `2026-11-20 10:00:00.5`: a day, and perhaps a blank and a time of day. Text with a `T` or a zone is refused,
/// for what Trino makes of it is never what was meant.
pub(super) fn time(text: &str) -> Option<String> {
    let text = text.trim();
    let format = ["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S%.f"];
    let read = format.iter().find_map(|format| {
        let parsed = strtime::parse(format, text).ok()?;
        parsed.to_datetime().ok().or_else(|| parsed.to_date().ok().map(DateTime::from))
    })?;
    Some(read.to_string())
}

/// An address in its usual form.
pub(super) fn address(text: &str) -> Option<String> {
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical().to_string())
}

/// A UUID in small letters.
pub(super) fn uuid(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('-').collect();
    let is_hex = |part: &&str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    (lengths == [8, 4, 4, 4, 12] && parts.iter().all(is_hex)).then(|| text.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_written_as_by_java() {
        for (value, text) in [
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e10, "1.0E10"),
            (123_456_789.0, "1.23456789E8"),
            (1e-5, "1.0E-5"),
            (0.001, "0.001"),
            (9_999_999.0, "9999999.0"),
            (-0.0, "-0.0"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(double(value), text);
        }
    }

    #[test]
    fn lengths_of_time_are_written_as_by_trino() {
        assert_eq!(length(6000), "0 00:00:00.006");
        assert_eq!(length(-129_600_000_000), "-1 12:00:00.000");
        assert_eq!(interval(IntervalMonthDayNano::new(14, 0, 0)), "1-2");
        assert_eq!(interval(IntervalMonthDayNano::new(0, 1, 3_600_000_000_000)), "1 01:00:00.000");
    }

    #[test]
    fn texts_are_read_strictly() {
        assert_eq!(integer("+12").as_deref(), Some("12"));
        assert_eq!((integer(" 12 "), integer("1.5"), integer("-"), integer("")), (None, None, None, None));
        assert_eq!(time("2026-11-20").as_deref(), Some("2026-11-20T00:00:00"));
        assert_eq!(time("2026-11-20 10:00:00.25").as_deref(), Some("2026-11-20T10:00:00.25"));
        assert_eq!(time("2026-11-20T10:00:00Z"), None);
        assert_eq!(day("2026-02-30"), None);
        assert_eq!(address("::FFFF:10.0.0.1").as_deref(), Some("10.0.0.1"));
    }
}
