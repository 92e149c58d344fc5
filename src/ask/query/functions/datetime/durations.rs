//! Lengths of time and zones: `human_readable_seconds`, `parse_duration`, `timezone_hour`, `timezone_minute`, `current_timezone`.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, DurationMillisecondArray, Int64Array, StringViewArray};
use datafusion::arrow::datatypes::{DataType, Float64Type, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::ColumnarValue;
use jiff::Timestamp;

use super::{micros, quoted, zone};
use crate::ask::query::functions::scalar::{Argument, Function};

/// `human_readable_seconds`: `1 minute, 36 seconds`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct HumanReadableSeconds;

impl Function for HumanReadableSeconds {
    const NAME: &'static str = "human_readable_seconds";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Double]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Utf8View
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let seconds = arguments[0].to_array(rows)?;
        let texts = seconds.as_primitive::<Float64Type>().iter().map(|seconds| seconds.and_then(readable));
        Ok(Arc::new(texts.collect::<StringViewArray>()))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "its size is checked")]
fn readable(seconds: f64) -> Option<String> {
    const UNITS: [(i64, &str); 5] = [(604_800, "week"), (86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
    let mut rest = (seconds.abs() < 1e15).then(|| seconds.round().abs() as i64)?;
    if rest == 0 {
        return Some("0 seconds".to_owned());
    }
    let mut parts = Vec::new();
    for (unit, name) in UNITS {
        let count = rest / unit;
        rest %= unit;
        if count > 0 {
            parts.push(format!("{count} {name}{}", if count == 1 { "" } else { "s" }));
        }
    }
    Some(parts.join(", "))
}

/// `parse_duration`: `42.8ms` as a length of time, to the millisecond.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct ParseDuration;

impl Function for ParseDuration {
    const NAME: &'static str = "parse_duration";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Duration(TimeUnit::Millisecond)
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let texts = arguments[0].to_array(rows)?;
        let read = |text: Option<&str>| {
            let refused = |text| exec_datafusion_err!("parse_duration cannot read {}", quoted(text));
            text.map(|text| milliseconds(text).ok_or_else(|| refused(text))).transpose()
        };
        let lengths: DurationMillisecondArray = texts.as_string_view().iter().map(read).collect::<Result<_>>()?;
        Ok(Arc::new(lengths))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "its size is checked")]
fn milliseconds(text: &str) -> Option<i64> {
    let at = text.find(|char: char| char.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(at);
    let number: f64 = number.trim().parse().ok()?;
    let unit = match unit {
        "ns" => 1e-6,
        "us" => 1e-3,
        "ms" => 1.0,
        "s" => 1e3,
        "m" => 6e4,
        "h" => 3.6e6,
        "d" => 8.64e7,
        _ => return None,
    };
    let length = (number * unit).round();
    (length.abs() < 1e15).then_some(length as i64)
}

macro_rules! of_offset {
    ($function:ident, $name:literal, $value:expr) => {
        #[doc = concat!("`", $name, "`.")]
        #[derive(Debug, Default, PartialEq, Eq, Hash)]
        pub(in crate::ask::query::functions) struct $function;

        impl Function for $function {
            const NAME: &'static str = $name;
            const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Time]];

            fn answer(_arguments: &[DataType]) -> DataType {
                DataType::Int64
            }

            fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
                let (times, zone) = (micros(&arguments[0], rows)?, zone(&arguments[0].data_type())?);
                let value: fn(i64) -> i64 = $value;
                let offset = |time: i64| {
                    let time = Timestamp::from_microsecond(time).ok()?;
                    Some(value(i64::from(zone.to_offset(time).seconds())))
                };
                let times = times.as_primitive::<TimestampMicrosecondType>().iter();
                Ok(Arc::new(times.map(|time| time.and_then(offset)).collect::<Int64Array>()))
            }
        }
    };
}

of_offset!(TimezoneHour, "timezone_hour", |seconds| seconds / 3600);
of_offset!(TimezoneMinute, "timezone_minute", |seconds| seconds / 60 % 60);

/// `current_timezone`: UTC, which is the session's.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct CurrentTimezone;

impl Function for CurrentTimezone {
    const NAME: &'static str = "current_timezone";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Utf8View
    }

    fn call(_arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        Ok(Arc::new(StringViewArray::from(vec!["UTC"; rows])))
    }
}
