//! Distributions as Arrow columns: how partial aggregation hands its groups to final aggregation, or to disk.
//!
//! A row is one group: its values, how often each occurred, and whether they are exact. Values that were rounded look
//! like any others; rounding them again changes nothing.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, ListArray, PrimitiveArray};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use datafusion::arrow::datatypes::{ArrowNativeType, DataType, Field, FieldRef, UInt64Type};
use datafusion::common::{Result, exec_datafusion_err, internal_err};
use datafusion::logical_expr::utils::format_state_name;

use super::distribution::Distribution;
use super::value::Value;

/// The columns, for an aggregate of this name over values of this type.
pub(super) fn fields(name: &str, values: &DataType) -> Vec<FieldRef> {
    let list = |name, values: &DataType| Field::new(name, DataType::List(item(values.clone())), true);
    vec![
        Arc::new(list(format_state_name(name, "values"), values)),
        Arc::new(list(format_state_name(name, "counts"), &DataType::UInt64)),
        Arc::new(Field::new(format_state_name(name, "exact"), DataType::Boolean, true)),
    ]
}

/// One row for each distribution.
pub(super) fn write<T>(distributions: &[Distribution<T::Native>]) -> Result<Vec<ArrayRef>>
where
    T: ArrowPrimitiveType<Native: Value>,
{
    let (mut values, mut counts, mut offsets) = (Vec::new(), Vec::new(), vec![0]);
    for distribution in distributions {
        for (value, count) in distribution.iter() {
            values.push(value);
            counts.push(count);
        }
        offsets.push(offset(values.len())?);
    }
    let exact = distributions.iter().map(|distribution| Some(distribution.is_exact())).collect();
    Ok(columns::<T>(offsets, values.into(), counts, None, exact))
}

/// One row for each value that is not NULL here, as if each were a group of its own; no rows are saved, nothing copied.
pub(super) fn write_each<T>(values: &PrimitiveArray<T>, nulls: Option<NullBuffer>) -> Result<Vec<ArrayRef>>
where
    T: ArrowPrimitiveType<Native: Value>,
{
    let rows = values.len();
    let exact = BooleanArray::from(vec![true; rows]);
    Ok(columns::<T>((0..=offset(rows)?).collect(), values.values().clone(), vec![1; rows], nulls, exact))
}

fn columns<T: ArrowPrimitiveType>(
    offsets: Vec<i32>,
    values: ScalarBuffer<T::Native>,
    counts: Vec<u64>,
    nulls: Option<NullBuffer>,
    exact: BooleanArray,
) -> Vec<ArrayRef> {
    let offsets = OffsetBuffer::new(offsets.into());
    let values = PrimitiveArray::<T>::new(values, None);
    let counts = PrimitiveArray::<UInt64Type>::new(counts.into(), None);
    vec![
        Arc::new(ListArray::new(item(T::DATA_TYPE), offsets.clone(), Arc::new(values), nulls.clone())),
        Arc::new(ListArray::new(item(DataType::UInt64), offsets, Arc::new(counts), nulls)),
        Arc::new(exact),
    ]
}

fn item(values: DataType) -> FieldRef {
    Arc::new(Field::new_list_field(values, true))
}

fn offset(values: usize) -> Result<i32> {
    i32::try_from(values)
        .map_err(|_| exec_datafusion_err!("approx_percentile has too many values to hand on: {values}"))
}

/// Rows that [`write`] or [`write_each`] wrote.
pub(super) struct States<'a, T: ArrowPrimitiveType> {
    values: &'a ListArray,
    counts: &'a ListArray,
    exact: &'a BooleanArray,
    numbers: &'a [T::Native],
    times: &'a [u64],
}

impl<'a, T: ArrowPrimitiveType<Native: Value>> States<'a, T> {
    pub(super) fn read(columns: &'a [ArrayRef]) -> Result<Self> {
        let [values, counts, exact] = columns else {
            return internal_err!("approx_percentile got {} columns of state", columns.len());
        };
        let (values, counts) = (values.as_list::<i32>(), counts.as_list::<i32>());
        Ok(Self {
            values,
            counts,
            exact: exact.as_boolean(),
            numbers: values.values().as_primitive::<T>().values(),
            times: counts.values().as_primitive::<UInt64Type>().values(),
        })
    }

    pub(super) fn rows(&self) -> usize {
        self.values.len()
    }

    /// Counts what this row has counted.
    pub(super) fn add_to(&self, distribution: &mut Distribution<T::Native>, row: usize) {
        if self.values.is_null(row) {
            return;
        }
        if !self.exact.value(row) {
            distribution.round();
        }
        let numbers = &self.numbers[range(self.values, row)];
        let times = &self.times[range(self.counts, row)];
        for (number, times) in numbers.iter().zip(times) {
            distribution.add(*number, *times);
        }
    }
}

/// Where the items of a row are among those of all rows.
fn range(lists: &ListArray, row: usize) -> Range<usize> {
    let offsets = lists.value_offsets();
    offsets[row].as_usize()..offsets[row + 1].as_usize()
}
