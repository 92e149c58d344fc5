//! Times and text: `date_parse`, `date_format`, `parse_datetime`, `format_datetime`, `from_iso8601_timestamp`; and counting
//! time in units: `date_diff(unit, from, to)`, `date_add(unit, count, time)`.
//!
//! As in Trino, text that does not have the format is an error. Answers are times in UTC, to the microsecond where Trino
//! cuts them to milliseconds; the session's time zone is UTC. Times `AT TIME ZONE` another are written as its clocks show them;
//! days, months and years are counted in UTC. Days of a week in text are read over.

mod arithmetic;
mod formatting;
mod iso;
mod item;
mod joda;
mod mysql;
mod read;
#[cfg(test)]
mod tests;
mod unit;
mod write;

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, TimestampMicrosecondArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::ColumnarValue;
use jiff::tz::TimeZone;

use super::scalar::{Argument, Function, utc};
pub(super) use arithmetic::{DateAdd, DateDiff};
pub(super) use formatting::{Joda, MySql, Reads, Writes};

/// `from_iso8601_timestamp`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct FromIso8601Timestamp;

impl Function for FromIso8601Timestamp {
    const NAME: &'static str = "from_iso8601_timestamp";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text]];

    fn answer(_arguments: &[DataType]) -> DataType {
        utc()
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let texts = arguments[0].to_array(rows)?;
        let time = |text: Option<&str>| {
            let refused = |text| exec_datafusion_err!("from_iso8601_timestamp cannot read {}", quoted(text));
            let read = |text| iso::read(text).ok_or_else(|| refused(text));
            text.map(read).transpose()
        };
        times(texts.as_string_view().iter().map(time))
    }
}

fn times(times: impl Iterator<Item = Result<Option<i64>>>) -> Result<ArrayRef> {
    let times: TimestampMicrosecondArray = times.collect::<Result<_>>()?;
    Ok(Arc::new(times.with_timezone("UTC")))
}

/// The argument as times in UTC, to the microsecond.
fn micros(argument: &ColumnarValue, rows: usize) -> Result<ArrayRef> {
    Ok(cast(&argument.to_array(rows)?, &utc())?)
}

/// The zone whose clocks a time of this type is shown by: UTC where it says nothing.
fn zone(time: &DataType) -> Result<TimeZone> {
    let DataType::Timestamp(_, Some(name)) = time else { return Ok(TimeZone::UTC) };
    let offset = read::offset(name).filter(|(_, rest)| rest.is_empty()).map(|(offset, _)| offset.to_time_zone());
    let zone = offset.or_else(|| TimeZone::get(name).ok());
    zone.ok_or_else(|| exec_datafusion_err!("there is no time zone {name}"))
}

/// Text for a message: as in a program, and not too much of it.
fn quoted(text: &str) -> String {
    /// Characters that are shown.
    const SHOWN: usize = 60;
    let shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() { format!("{shown:?}…") } else { format!("{shown:?}") }
}
