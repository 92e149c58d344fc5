//! Feeding distributions from Arrow arrays, for `DataFusion`: one for a query without GROUP BY, many for one with it.
//!
//! What a percentile is, and how memory is kept small, is decided in [`distribution`](super::distribution).

use std::fmt::Debug;
use std::mem::{size_of, size_of_val};

use datafusion::arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};

use super::distribution::Distribution;
use super::rounding::Rounding;
use super::shares::Shares;
use super::state::{self, States};
use super::value::Value;
use crate::ask::query::functions::rows::wanted;

/// Rows that are looked at, and how often their values count; those that count less than once are none.
fn weighted<T: ArrowPrimitiveType>(
    values: &PrimitiveArray<T>,
    weights: &ArrayRef,
    filter: Option<&BooleanArray>,
) -> Vec<(usize, u64)> {
    let weights = weights.as_primitive::<Int64Type>();
    let wanted = wanted(values, filter);
    let is_wanted = |row: &usize| wanted.as_ref().is_none_or(|wanted| wanted.is_valid(*row)) && weights.is_valid(*row);
    let times = |row: usize| Some((row, u64::try_from(weights.value(row)).ok().filter(|times| *times > 0)?));
    (0..values.len()).filter(is_wanted).filter_map(times).collect()
}

/// Counts for all groups of a query.
#[derive(Debug)]
pub(super) struct GroupPercentiles<T: ArrowPrimitiveType> {
    shares: Shares,
    is_weighted: bool,
    rounding: Rounding,
    groups: Vec<Distribution<T::Native>>,
    /// What all groups hold on the heap, kept up to date because it is asked for after every batch.
    heap_size: usize,
}

impl<T: ArrowPrimitiveType<Native: Value>> GroupPercentiles<T> {
    pub(super) fn new(shares: Shares, is_weighted: bool, rounding: Rounding) -> Self {
        Self { shares, is_weighted, rounding, groups: Vec::new(), heap_size: 0 }
    }

    /// Changes a group in a way that may take memory.
    fn grow(&mut self, group: usize, change: impl FnOnce(&mut Distribution<T::Native>)) {
        let distribution = &mut self.groups[group];
        let before = distribution.heap_size();
        change(distribution);
        self.heap_size = self.heap_size + distribution.heap_size() - before;
    }

    fn add(&mut self, group: usize, value: T::Native) {
        if !self.groups[group].try_add(value) {
            self.grow(group, |distribution| distribution.add(value, 1));
        }
    }

    fn take(&mut self, emit_to: EmitTo) -> Vec<Distribution<T::Native>> {
        let taken = emit_to.take_needed(&mut self.groups);
        self.heap_size -= taken.iter().map(Distribution::heap_size).sum::<usize>();
        taken
    }
}

impl<T: ArrowPrimitiveType<Native: Value>> GroupsAccumulator for GroupPercentiles<T> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.groups.resize_with(total_num_groups, Distribution::default);
        let array = values[0].as_primitive::<T>();
        if self.is_weighted {
            for (row, times) in weighted(array, &values[1], opt_filter) {
                self.grow(group_indices[row], |distribution| distribution.add(array.value(row), times));
            }
            return Ok(());
        }
        let values = array.values();
        match wanted(array, opt_filter) {
            None => group_indices.iter().zip(values).for_each(|(group, value)| self.add(*group, *value)),
            Some(wanted) => wanted.valid_indices().for_each(|row| self.add(group_indices[row], values[row])),
        }
        Ok(())
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], total_num_groups: usize) -> Result<()> {
        self.groups.resize_with(total_num_groups, Distribution::default);
        let states = States::<T>::read(values)?;
        for (row, group) in group_indices.iter().enumerate() {
            self.grow(*group, |distribution| states.add_to(distribution, row));
        }
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let groups = self.take(emit_to);
        self.rounding.note(&groups);
        self.shares.percentiles::<T>(&groups)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        state::write::<T>(&self.take(emit_to))
    }

    fn convert_to_state(&self, values: &[ArrayRef], opt_filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let array = values[0].as_primitive::<T>();
        if self.is_weighted {
            let mut rows: Vec<Distribution<T::Native>> = Vec::new();
            rows.resize_with(array.len(), Distribution::default);
            for (row, times) in weighted(array, &values[1], opt_filter) {
                rows[row].add(array.value(row), times);
            }
            return state::write::<T>(&rows);
        }
        state::write_each(array, wanted(array, opt_filter))
    }

    fn size(&self) -> usize {
        size_of_val(self)
            + self.shares.heap_size()
            + self.groups.capacity() * size_of::<Distribution<T::Native>>()
            + self.heap_size
    }
}

/// Counts for a query without groups, or for a window.
#[derive(Debug)]
pub(super) struct Percentile<T: ArrowPrimitiveType> {
    shares: Shares,
    is_weighted: bool,
    rounding: Rounding,
    distribution: Distribution<T::Native>,
}

impl<T: ArrowPrimitiveType<Native: Value>> Percentile<T> {
    pub(super) fn new(shares: Shares, is_weighted: bool, rounding: Rounding) -> Self {
        Self { shares, is_weighted, rounding, distribution: Distribution::default() }
    }

    fn add(&mut self, value: T::Native) {
        if !self.distribution.try_add(value) {
            self.distribution.add(value, 1);
        }
    }
}

impl<T: ArrowPrimitiveType<Native: Value> + Debug> Accumulator for Percentile<T> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let array = values[0].as_primitive::<T>();
        if self.is_weighted {
            for (row, times) in weighted(array, &values[1], None) {
                self.distribution.add(array.value(row), times);
            }
            return Ok(());
        }
        match wanted(array, None) {
            None => array.values().iter().for_each(|value| self.add(*value)),
            Some(wanted) => wanted.valid_indices().for_each(|row| self.add(array.values()[row])),
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let states = States::<T>::read(states)?;
        for row in 0..states.rows() {
            states.add_to(&mut self.distribution, row);
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let groups = std::slice::from_ref(&self.distribution);
        self.rounding.note(groups);
        let percentiles = self.shares.percentiles::<T>(groups)?;
        ScalarValue::try_from_array(&percentiles, 0)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let columns = state::write::<T>(std::slice::from_ref(&self.distribution))?;
        columns.iter().map(|column| ScalarValue::try_from_array(column, 0)).collect()
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.shares.heap_size() + self.distribution.heap_size()
    }
}
