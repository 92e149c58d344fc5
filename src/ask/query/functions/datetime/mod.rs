//! Times and text: `date_parse`, `date_format`, `parse_datetime`, `format_datetime`, `from_iso8601_timestamp`; and counting
//! time in units: `date_diff(unit, from, to)`, `date_add(unit, count, time)`.
//!
//! As in Trino, text that does not have the format is an error. Answers are times in UTC, to the microsecond where Trino
//! cuts them to milliseconds; the session's time zone is UTC. Times `AT TIME ZONE` another are written as its clocks show them,
//! which count days, months and years. Days of a week in text are read over.

mod arithmetic;
mod calendar;
mod date_trunc;
mod durations;
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

use alblog::time::DAY;
use datafusion::arrow::array::{ArrayRef, AsArray, Date32Array, TimestampMicrosecondArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, TimestampMicrosecondType};
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::ColumnarValue;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::scalar::{Argument, Function, utc};
pub(super) use arithmetic::{DateAdd, DateDiff};
pub(super) use calendar::{FromIso8601Date, LastDayOfMonth, ToIso8601, YearOfWeek};
pub(super) use date_trunc::DateTrunc;
pub(super) use durations::{CurrentTimezone, HumanReadableSeconds, ParseDuration, TimezoneHour, TimezoneMinute};
pub(super) use formatting::{Joda, MySql, Reads, Writes};

/// `from_iso8601_timestamp`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct FromIso8601Timestamp;

impl Function for FromIso8601Timestamp {
    const NAME: &'static str = "from_iso8601_timestamp";
    // Times of these tables are no text any more: reading one answers it, so that queries for Athena need no change.
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text], &[Argument::Time]];

    fn answer(_arguments: &[DataType]) -> DataType {
        utc()
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        if matches!(arguments[0].data_type(), DataType::Timestamp(..)) {
            return micros(&arguments[0], rows);
        }
        let texts = arguments[0].to_array(rows)?;
        let time = |text: Option<&str>| {
            let refused = |text| exec_datafusion_err!("from_iso8601_timestamp cannot read {}", quoted(text));
            let read = |text| iso::read(text).ok_or_else(|| refused(text));
            text.map(read).transpose()
        };
        times(texts.as_string_view().iter().map(time))
    }
}

/// `date`: the day that a time's clocks show, or that text in ISO 8601 names.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Date;

impl Function for Date {
    const NAME: &'static str = "date";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Time], &[Argument::Text]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Date32
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let kind = arguments[0].data_type();
        let times = match kind {
            DataType::Timestamp(..) => micros(&arguments[0], rows)?,
            _ => FromIso8601Timestamp::call(arguments, rows)?,
        };
        let shown = shown_by_clocks(&times, &kind)?;
        let day = |shown: i64| i32::try_from(shown.div_euclid(DAY)).ok();
        let days = shown.iter().map(|shown| shown.and_then(day));
        Ok(Arc::new(days.collect::<Date32Array>()))
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

/// What the clocks show of the zone that times of this type have, as times without one.
///
/// # Errors
/// When there is no such zone.
pub(in crate::ask::query) fn shown_by_clocks(times: &ArrayRef, kind: &DataType) -> Result<TimestampMicrosecondArray> {
    let zone = zone(kind)?;
    let micros = cast(times, &utc())?;
    let times = micros.as_primitive::<TimestampMicrosecondType>().iter();
    Ok(times.map(|time| time.and_then(|time| shown(time, &zone))).collect())
}

/// What a zone's clocks show at a moment; both microseconds since the epoch.
fn shown(time: i64, zone: &TimeZone) -> Option<i64> {
    let offset = zone.to_offset(Timestamp::from_microsecond(time).ok()?);
    time.checked_add(i64::from(offset.seconds()) * 1_000_000)
}

/// The moment at which a zone's clocks show this; the first of two, and later by the gap if there is none.
fn moment_of(shown: i64, zone: &TimeZone) -> Option<i64> {
    Some(zone.to_ambiguous_timestamp(write::utc(shown)?).compatible().ok()?.as_microsecond())
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
