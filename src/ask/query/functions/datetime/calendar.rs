//! Days and texts of times: `from_iso8601_date`, `to_iso8601`, `last_day_of_month`, `year_of_week`.

use std::sync::Arc;

use alblog::time::DAY;
use datafusion::arrow::array::{ArrayRef, AsArray, Date32Array, Int64Array, StringViewArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type, TimestampMicrosecondType};
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::ColumnarValue;
use jiff::civil;
use jiff::{Timestamp, ToSpan};

use super::{Date, iso, micros, quoted, zone};
use crate::ask::query::functions::scalar::{Argument, Function};

fn epoch() -> civil::Date {
    civil::Date::constant(1970, 1, 1)
}

fn day(days: i32) -> Option<civil::Date> {
    epoch().checked_add(days.days()).ok()
}

fn number(day: civil::Date) -> Option<i32> {
    epoch().until(day).ok().map(|span| span.get_days())
}

/// `from_iso8601_date`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct FromIso8601Date;

impl Function for FromIso8601Date {
    const NAME: &'static str = "from_iso8601_date";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Date32
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let texts = arguments[0].to_array(rows)?;
        let read = |text: Option<&str>| {
            let refused = |text| exec_datafusion_err!("from_iso8601_date cannot read {}", quoted(text));
            let day =
                |text: &str| iso::read(text).filter(|_| !text.contains(['T', 't'])).map(|time| time.div_euclid(DAY));
            let number = |text| day(text).and_then(|day| i32::try_from(day).ok()).ok_or_else(|| refused(text));
            text.map(number).transpose()
        };
        let days: Date32Array = texts.as_string_view().iter().map(read).collect::<Result<_>>()?;
        Ok(Arc::new(days))
    }
}

/// `to_iso8601`: a day such as `2026-11-20`, a time such as `2026-11-20T10:00:00.000`, with its zone's offset or `Z` if it has a zone.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct ToIso8601;

impl Function for ToIso8601 {
    const NAME: &'static str = "to_iso8601";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Date], &[Argument::Time]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Utf8View
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let kind = arguments[0].data_type();
        if kind == DataType::Date32 {
            return Ok(cast(&arguments[0].to_array(rows)?, &DataType::Utf8View)?);
        }
        let (times, zone) = (micros(&arguments[0], rows)?, zone(&kind)?);
        let is_zoned = matches!(kind, DataType::Timestamp(_, Some(_)));
        let text = |time: i64| {
            let shown = Timestamp::from_microsecond(time).ok()?.to_zoned(zone.clone());
            let clock = shown.strftime("%Y-%m-%dT%H:%M:%S%.3f");
            Some(match (is_zoned, shown.offset().is_zero()) {
                (false, _) if shown.subsec_nanosecond() == 0 => shown.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
                (false, _) => clock.to_string(),
                (true, true) => format!("{clock}Z"),
                (true, false) => format!("{clock}{}", shown.strftime("%:z")),
            })
        };
        let texts = times.as_primitive::<TimestampMicrosecondType>().iter().map(|time| time.and_then(text));
        Ok(Arc::new(texts.collect::<StringViewArray>()))
    }
}

macro_rules! of_day {
    ($function:ident, $name:literal, $aliases:expr, $answer:expr, $made:ty, $value:expr) => {
        #[doc = concat!("`", $name, "`.")]
        #[derive(Debug, Default, PartialEq, Eq, Hash)]
        pub(in crate::ask::query::functions) struct $function;

        impl Function for $function {
            const NAME: &'static str = $name;
            const ALIASES: &'static [&'static str] = &$aliases;
            const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Time]];

            fn answer(_arguments: &[DataType]) -> DataType {
                $answer
            }

            fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
                let days = Date::call(arguments, rows)?;
                let days = days.as_primitive::<Date32Type>().iter();
                let made: $made = days.map(|number| number.and_then(day).and_then($value)).collect();
                Ok(Arc::new(made))
            }
        }
    };
}

of_day!(LastDayOfMonth, "last_day_of_month", [], DataType::Date32, Date32Array, |day: civil::Date| {
    number(day.last_of_month())
});
of_day!(YearOfWeek, "year_of_week", ["yow"], DataType::Int64, Int64Array, |day: civil::Date| {
    Some(i64::from(day.iso_week_date().year()))
});
