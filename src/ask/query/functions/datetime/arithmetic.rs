//! `date_diff(unit, from, to)` and `date_add(unit, count, time)`.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type, TimestampMicrosecondType};
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use datafusion::logical_expr::ColumnarValue;

use super::unit::Unit;
use super::{micros, moment_of, quoted, shown, times, zone};
use crate::ask::query::functions::scalar::{Argument, Function, constant, utc};

/// The units of a batch's rows.
struct Units {
    /// For all rows.
    constant: Option<Unit>,
    names: ArrayRef,
}

impl Units {
    fn new(function: &str, argument: &ColumnarValue, rows: usize) -> Result<Self> {
        let constant = constant(argument).map(|name| unit(function, name)).transpose()?;
        Ok(Self { constant, names: argument.to_array(rows)? })
    }

    fn unit(&self, function: &str, row: usize) -> Result<Option<Unit>> {
        let names = self.names.as_string_view();
        match self.constant {
            None if names.is_null(row) => Ok(None),
            None => unit(function, names.value(row)).map(Some),
            constant => Ok(constant),
        }
    }
}

fn unit(function: &str, name: &str) -> Result<Unit> {
    let hint = "millisecond, second, minute, hour, day, week, month, quarter or year";
    Unit::named(name).ok_or_else(|| exec_datafusion_err!("{function} knows no unit {}: {hint}", quoted(name)))
}

/// `date_diff`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct DateDiff;

impl Function for DateDiff {
    const NAME: &'static str = "date_diff";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text, Argument::Time, Argument::Time]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Int64
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let units = Units::new(Self::NAME, &arguments[0], rows)?;
        let zone = zone(&arguments[1].data_type())?;
        let (from, to) = (micros(&arguments[1], rows)?, micros(&arguments[2], rows)?);
        let times =
            from.as_primitive::<TimestampMicrosecondType>().iter().zip(to.as_primitive::<TimestampMicrosecondType>());
        let between = |(row, (from, to)): (usize, (Option<i64>, Option<i64>))| {
            let unit = units.unit(Self::NAME, row)?;
            let count = |unit: Unit, from: i64, to: i64| {
                if unit.is_of_days() {
                    unit.between(shown(from, &zone)?, shown(to, &zone)?)
                } else {
                    unit.between(from, to)
                }
            };
            Ok(unit.zip(from.zip(to)).and_then(|(unit, (from, to))| count(unit, from, to)))
        };
        Ok(Arc::new(times.enumerate().map(between).collect::<Result<Int64Array>>()?))
    }
}

/// `date_add`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct DateAdd;

impl Function for DateAdd {
    const NAME: &'static str = "date_add";
    const ARGUMENTS: &'static [&'static [Argument]] =
        &[&[Argument::Text, Argument::Integer, Argument::Date], &[Argument::Text, Argument::Integer, Argument::Time]];

    fn answer(arguments: &[DataType]) -> DataType {
        match &arguments[2] {
            kind @ (DataType::Date32 | DataType::Timestamp(..)) => kind.clone(),
            _ => utc(),
        }
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let units = Units::new(Self::NAME, &arguments[0], rows)?;
        let zone = zone(&arguments[2].data_type())?;
        let (counts, from) = (arguments[1].to_array(rows)?, micros(&arguments[2], rows)?);
        let times_and_counts =
            from.as_primitive::<TimestampMicrosecondType>().iter().zip(counts.as_primitive::<Int64Type>());
        let is_date = arguments[2].data_type() == DataType::Date32;
        let after = |(row, (from, count)): (usize, (Option<i64>, Option<i64>))| {
            let unit = units.unit(Self::NAME, row)?;
            if is_date && unit.is_some_and(|unit| !unit.is_of_days()) {
                return exec_err!("date_add counts days and more from a date: CAST(… AS timestamp) has a time of day");
            }
            let later = |unit: Unit, from: i64, count: i64| {
                if unit.is_of_days() {
                    moment_of(unit.after(shown(from, &zone)?, count)?, &zone)
                } else {
                    unit.after(from, count)
                }
            };
            Ok(unit.zip(from.zip(count)).and_then(|(unit, (from, count))| later(unit, from, count)))
        };
        let answer = times(times_and_counts.enumerate().map(after))?;
        Ok(cast(&answer, &Self::answer(&arguments.iter().map(ColumnarValue::data_type).collect::<Vec<_>>()))?)
    }
}
