//! Times as casts make them: cut to so many digits, and with the clocks of a zone.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, TimestampMicrosecondArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use datafusion::common::Result;

use crate::ask::query::functions::shown_by_clocks;

/// Digits of a second's fraction where a type names none.
pub(super) const USUAL: u32 = 3;
/// Digits that are kept here.
const MOST: u32 = 6;
const MILLISECOND: i64 = 1000;

/// Times of microseconds, rounded to so many digits, halves up.
pub(super) fn rounded(times: &ArrayRef, digits: u32) -> Result<ArrayRef> {
    if digits >= MOST {
        return Ok(Arc::clone(times));
    }
    let unit = 10_i64.pow(MOST - digits);
    let DataType::Timestamp(_, zone) = times.data_type() else { return Ok(Arc::clone(times)) };
    let micros = cast(times, &DataType::Timestamp(TimeUnit::Microsecond, zone.clone()))?;
    let round = |micros: i64| micros.saturating_add(unit / 2).div_euclid(unit).saturating_mul(unit);
    let made: TimestampMicrosecondArray = micros.as_primitive::<TimestampMicrosecondType>().unary(round);
    Ok(Arc::new(made.with_timezone_opt(zone.clone())))
}

/// What the clocks of their zone show, as times without one.
pub(super) fn clocks(times: &ArrayRef, kind: &DataType) -> Result<ArrayRef> {
    let made = shown_by_clocks(times, kind)?;
    Ok(Arc::new(made))
}

/// Times to the millisecond, what lies behind cut off: such are all that functions answer in Trino.
pub(super) fn to_milliseconds(times: &ArrayRef) -> Result<ArrayRef> {
    let DataType::Timestamp(_, zone) = times.data_type() else { return Ok(Arc::clone(times)) };
    let micros = cast(times, &DataType::Timestamp(TimeUnit::Microsecond, zone.clone()))?;
    let cut = |micros: i64| micros.div_euclid(MILLISECOND) * MILLISECOND;
    let made: TimestampMicrosecondArray = micros.as_primitive::<TimestampMicrosecondType>().unary(cut);
    Ok(Arc::new(made.with_timezone_opt(zone.clone())))
}
