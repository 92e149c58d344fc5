//! `sequence(first, last [, step])`: integers, days or times from one to another, both among them. A step of days and times is an
//! interval; days need none.

use std::sync::Arc;

use alblog::time::DAY;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, Field, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit, TimeUnit,
};
use datafusion::common::{Result, exec_datafusion_err, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{item, list_of};
use crate::ask::query::functions::scalar::Extent;

/// Items that a list may have, as in Trino.
const MOST: i64 = 10_000;

const INTERVAL: DataType = DataType::Interval(IntervalUnit::MonthDayNano);

/// `sequence`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct Sequence {
    signature: Signature,
}

impl Default for Sequence {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Sequence {
    fn name(&self) -> &'static str {
        "sequence"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        let is_number = |kind: &DataType| kind.is_integer() || kind.is_null();
        let is_interval = |kind: &DataType| matches!(kind, DataType::Interval(_)) || kind.is_null();
        match kinds {
            [_, _] | [_, _, _] if kinds.iter().all(is_number) => Ok(vec![DataType::Int64; kinds.len()]),
            [DataType::Date32, DataType::Date32] => Ok(kinds.to_vec()),
            [DataType::Date32, DataType::Date32, step] if is_interval(step) => {
                Ok(vec![DataType::Date32, DataType::Date32, INTERVAL])
            }
            [DataType::Timestamp(_, zone), DataType::Timestamp(_, other), step]
                if is_interval(step) && zone == other =>
            {
                let time = DataType::Timestamp(TimeUnit::Microsecond, zone.clone());
                Ok(vec![time.clone(), time, INTERVAL])
            }
            _ => plan_err!(
                "sequence takes two integers and perhaps a step, two dates and perhaps an interval, or two times and an interval"
            ),
        }
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        Ok(list_of(&kinds[0]))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let extent = Extent::of(&args);
        let arrays = args.args.iter().map(|argument| argument.to_array(extent.rows)).collect::<Result<Vec<_>>>()?;
        let kind = item(args.return_type()).unwrap_or(&DataType::Int64).clone();
        let (firsts, lasts) = (numbers(&arrays[0])?, numbers(&arrays[1])?);
        let (mut items, mut lengths, mut known) = (Vec::new(), Vec::new(), Vec::new());
        for row in 0..extent.rows {
            let is_known = arrays.iter().all(|values| !values.is_null(row));
            let before = items.len();
            if is_known {
                let ends = (firsts.value(row), lasts.value(row));
                let step = Step::of(arrays.get(2), row, &kind, ends)?;
                step.push(ends, &mut items)?;
            }
            lengths.push(items.len() - before);
            known.push(is_known);
        }
        let items = made(Int64Array::from(items), &kind)?;
        let field = Arc::new(Field::new_list_field(kind, true));
        let known = Some(NullBuffer::from(known));
        extent.answer(Arc::new(ListArray::try_new(field, OffsetBuffer::from_lengths(lengths), items, known)?))
    }
}

/// Integers as they are; days and times as microseconds.
fn numbers(values: &ArrayRef) -> Result<Int64Array> {
    let micros = match values.data_type() {
        DataType::Date32 => &cast(values, &DataType::Timestamp(TimeUnit::Microsecond, None))?,
        _ => values,
    };
    Ok(cast(micros, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}

/// The other way.
fn made(numbers: Int64Array, kind: &DataType) -> Result<ArrayRef> {
    let numbers: ArrayRef = Arc::new(numbers);
    let numbers = match kind {
        DataType::Date32 => cast(&numbers, &DataType::Timestamp(TimeUnit::Microsecond, None))?,
        _ => numbers,
    };
    Ok(cast(&numbers, kind)?)
}

enum Step {
    /// Of integers, or microseconds.
    By(i64),
    Months(i32),
}

impl Step {
    /// The step of a row, which leads from the first item to the last.
    fn of(steps: Option<&ArrayRef>, row: usize, kind: &DataType, (first, last): (i64, i64)) -> Result<Self> {
        let usual = if kind.is_integer() { 1 } else { DAY };
        let step = match steps {
            None => Self::By(if first <= last { usual } else { -usual }),
            Some(steps) if kind.is_integer() => Self::By(steps.as_primitive::<Int64Type>().value(row)),
            Some(steps) => Self::of_interval(steps.as_primitive::<IntervalMonthDayNanoType>().value(row), kind)?,
        };
        let direction = match step {
            Self::By(step) => step.signum(),
            Self::Months(months) => i64::from(months.signum()),
        };
        if direction == 0 || (last > first && direction < 0) || (last < first && direction > 0) {
            return exec_err!("sequence takes a step that leads from the first item to the last");
        }
        Ok(step)
    }

    fn of_interval(step: IntervalMonthDayNano, kind: &DataType) -> Result<Self> {
        let micros = i64::from(step.days) * DAY + step.nanoseconds / 1000;
        match (step.months, micros) {
            (0, micros) if *kind == DataType::Date32 && micros % DAY != 0 => {
                exec_err!("sequence of dates takes a step of whole days, or of months")
            }
            (0, micros) => Ok(Self::By(micros)),
            (_, 0) if matches!(kind, DataType::Timestamp(_, Some(zone)) if zone.as_ref() != "UTC") => {
                exec_err!("sequence takes no months in a zone: CAST the times AS timestamp")
            }
            (months, 0) => Ok(Self::Months(months)),
            _ => exec_err!("sequence takes a step of months or of days and less, not of both"),
        }
    }

    fn push(&self, (first, last): (i64, i64), items: &mut Vec<i64>) -> Result<()> {
        let too_many = || exec_err!("sequence makes at most {MOST} items");
        match *self {
            Self::By(step) => {
                let count = (i128::from(last) - i128::from(first)) / i128::from(step) + 1;
                let Some(count) = i64::try_from(count).ok().filter(|count| *count <= MOST) else { return too_many() };
                // The last one lies between the ends.
                items.extend((0..count).map(|nth| first.wrapping_add(nth.wrapping_mul(step))));
                Ok(())
            }
            Self::Months(months) => {
                for nth in 0..=MOST {
                    let item = months_later(first, nth * i64::from(months))?;
                    if (months > 0 && item > last) || (months < 0 && item < last) {
                        return Ok(());
                    }
                    items.push(item);
                }
                too_many()
            }
        }
    }
}

/// Microseconds so many months later by the calendar: the 31st becomes the last of a shorter month.
fn months_later(micros: i64, months: i64) -> Result<i64> {
    let refused = || exec_datafusion_err!("sequence leaves the calendar");
    let time = Timestamp::from_microsecond(micros).map_err(|_| refused())?.to_zoned(TimeZone::UTC);
    let span = jiff::Span::new().try_months(months).map_err(|_| refused())?;
    Ok(time.checked_add(span).map_err(|_| refused())?.timestamp().as_microsecond())
}

#[cfg(test)]
mod tests {
    use crate::ask::query::functions::testing::{error, rows, session};

    #[test]
    fn days_and_times_follow_each_other() {
        let context = session(1, 10, None);
        for (call, expected) in [
            ("sequence(DATE '2026-02-27', DATE '2026-03-01')", "[2026-02-27, 2026-02-28, 2026-03-01]"),
            ("sequence(DATE '2026-03-01', DATE '2026-02-28')", "[2026-03-01, 2026-02-28]"),
            (
                "sequence(DATE '2026-01-31', DATE '2026-03-31', INTERVAL '1' MONTH)",
                "[2026-01-31, 2026-02-28, 2026-03-31]",
            ),
            (
                "sequence(TIMESTAMP '2026-01-01 00:00:00', TIMESTAMP '2026-01-01 00:12:00', INTERVAL '5' MINUTE)",
                "[2026-01-01T00:00:00, 2026-01-01T00:05:00, 2026-01-01T00:10:00]",
            ),
            (
                "cardinality(sequence(-9223372036854775807, -9223372036854775800)), sequence(3, 1), sequence(1, 5, 2)",
                "8 [3, 2, 1] [1, 3, 5]",
            ),
            ("sequence(1, NULL) IS NULL", "true"),
        ] {
            assert_eq!(rows(&context, &format!("SELECT {call}")), [expected], "{call}");
        }
        for (call, words) in [
            ("sequence(DATE '2026-01-01', DATE '2026-01-03', INTERVAL '1' HOUR)", "whole days"),
            ("sequence(DATE '2026-01-01', DATE '2026-01-03', INTERVAL '-1' DAY)", "leads from the first item"),
            (
                "sequence(TIMESTAMP '2026-01-01 00:00:00', TIMESTAMP '2027-01-01 00:00:00', INTERVAL '1' SECOND)",
                "at most 10000",
            ),
            ("sequence(1, 100000)", "at most 10000"),
        ] {
            assert!(error(&context, &format!("SELECT {call}")).contains(words), "{call}");
        }
    }
}
