//! Times as casts make them: with so many digits.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, TimestampMicrosecondArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use datafusion::common::Result;

/// Digits of a second's fraction where a type names none, which all times have in Trino that functions answer.
pub(super) const USUAL: u32 = 3;
/// Digits that are kept here.
const MOST: u32 = 6;

/// Times that were read from text, rounded to so many digits, halves up.
pub(super) fn rounded(times: &ArrayRef, digits: u32) -> Result<ArrayRef> {
    let unit = unit(digits);
    each(times, |micros| micros.saturating_add(unit / 2).div_euclid(unit).saturating_mul(unit))
}

/// Times that are known to the microsecond, as if they had as many digits as Trino's: what lies behind those is cut off before.
pub(super) fn rounded_from_usual(times: &ArrayRef, digits: u32) -> Result<ArrayRef> {
    if digits > USUAL {
        return rounded(times, digits);
    }
    let usual = unit(USUAL);
    rounded(&each(times, |micros| micros.div_euclid(usual) * usual)?, digits)
}

/// Microseconds of the last of so many digits.
fn unit(digits: u32) -> i64 {
    10_i64.pow(MOST.saturating_sub(digits))
}

/// Other microseconds with the same zone.
fn each(times: &ArrayRef, made: impl Fn(i64) -> i64) -> Result<ArrayRef> {
    let DataType::Timestamp(_, zone) = times.data_type() else { return Ok(Arc::clone(times)) };
    let micros = cast(times, &DataType::Timestamp(TimeUnit::Microsecond, zone.clone()))?;
    let made: TimestampMicrosecondArray = micros.as_primitive::<TimestampMicrosecondType>().unary(made);
    Ok(Arc::new(made.with_timezone_opt(zone.clone())))
}
