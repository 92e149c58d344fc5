//! Keeping one row's value for each group: what `min_by`, `max_by` and `any_value` have in common.
//!
//! Which row it is, is decided by a [`Contest`]. Within a batch only the number of the row that leads is noted; a
//! value is copied once for each group whose leader changed, when the batch is done.

use std::fmt::Debug;
use std::mem::{replace, size_of, size_of_val};

use datafusion::arrow::array::{ArrayRef, BooleanArray, new_empty_array};
use datafusion::arrow::compute::nullif;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};

use super::rows::wanted;

/// Decides which row of a group is kept.
pub(super) trait Contest: Debug + Send + Sync + 'static {
    /// Makes room for this many groups; new ones have no row yet.
    fn resize(&mut self, groups: usize);

    /// Lets rows compete and calls `leads(group, row)` for each that is now the one to keep. `columns` are the values
    /// and then what [`Self::take`] gives; a row of theirs that stands for a group without a row never wins.
    fn run(
        &mut self,
        columns: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        leads: impl FnMut(usize, usize),
    ) -> Result<()>;

    /// What has to be known beside the value to go on with the contest elsewhere, a row for each group that is removed.
    fn take(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>>;

    /// The bytes it holds, itself included.
    fn size(&self) -> usize;
}

/// The value that is kept for each group.
#[derive(Debug)]
pub(super) struct GroupSelection<C> {
    contest: C,
    none: ScalarValue,
    values: Vec<ScalarValue>,
    /// What all values hold on the heap.
    heap_size: usize,
    /// The row that leads in a group within the current batch, [`NO_ROW`] between batches.
    leaders: Vec<usize>,
    /// The groups that have one.
    changed: Vec<usize>,
}

const NO_ROW: usize = usize::MAX;

impl<C: Contest> GroupSelection<C> {
    /// For values of this type.
    pub(super) fn try_new(values: &DataType, contest: C) -> Result<Self> {
        let none = ScalarValue::try_new_null(values)?;
        Ok(Self { contest, none, values: Vec::new(), heap_size: 0, leaders: Vec::new(), changed: Vec::new() })
    }

    fn resize(&mut self, groups: usize) {
        self.contest.resize(groups);
        self.heap_size += groups.saturating_sub(self.values.len()) * heap_size(&self.none);
        self.values.resize(groups, self.none.clone());
        self.leaders.resize(groups, NO_ROW);
    }

    fn update(&mut self, columns: &[ArrayRef], groups: &[usize], filter: Option<&BooleanArray>) -> Result<()> {
        let (leaders, changed) = (&mut self.leaders, &mut self.changed);
        self.contest.run(columns, groups, filter, |group, row| {
            if leaders[group] == NO_ROW {
                changed.push(group);
            }
            leaders[group] = row;
        })?;
        for group in self.changed.drain(..) {
            let row = replace(&mut self.leaders[group], NO_ROW);
            // Compact, for a nested value would otherwise hold on to the whole batch.
            let value = ScalarValue::try_from_array(&columns[0], row)?.compacted();
            let before = replace(&mut self.values[group], value);
            self.heap_size = self.heap_size + heap_size(&self.values[group]) - heap_size(&before);
        }
        Ok(())
    }

    fn take_values(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let values = emit_to.take_needed(&mut self.values);
        self.leaders.truncate(self.values.len());
        self.heap_size -= values.iter().map(heap_size).sum::<usize>();
        if values.is_empty() { Ok(new_empty_array(&self.none.data_type())) } else { ScalarValue::iter_to_array(values) }
    }
}

fn heap_size(value: &ScalarValue) -> usize {
    value.size() - size_of::<ScalarValue>()
}

impl<C: Contest> GroupsAccumulator for GroupSelection<C> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.resize(total_num_groups);
        self.update(values, group_indices, opt_filter)
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], total_num_groups: usize) -> Result<()> {
        self.resize(total_num_groups);
        self.update(values, group_indices, None)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        self.contest.take(emit_to)?;
        self.take_values(emit_to)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let contest = self.contest.take(emit_to)?;
        Ok(std::iter::once(self.take_values(emit_to)?).chain(contest).collect())
    }

    /// Each row is a group of its own. What decides the contest, or the value itself, is NULL where there is none.
    fn convert_to_state(&self, values: &[ArrayRef], opt_filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let mut columns = values.to_vec();
        if let Some(last) = columns.last_mut()
            && let Some(wanted) = wanted(last, opt_filter)
        {
            *last = nullif(last, &BooleanArray::new(!wanted.inner(), None))?;
        }
        Ok(columns)
    }

    fn size(&self) -> usize {
        let numbers = self.leaders.capacity() + self.changed.capacity();
        let values = self.values.capacity() * size_of::<ScalarValue>() + self.heap_size;
        size_of_val(self) - size_of_val(&self.contest) + self.contest.size() + values + numbers * size_of::<usize>()
    }
}

/// The value that is kept of all rows, for a query without groups or a window.
#[derive(Debug)]
pub(super) struct OverallSelection<C> {
    selection: GroupSelection<C>,
    /// As many zeros as the longest batch has rows: the group of each.
    groups: Vec<usize>,
}

impl<C: Contest> OverallSelection<C> {
    /// For values of this type.
    pub(super) fn try_new(values: &DataType, contest: C) -> Result<Self> {
        Ok(Self { selection: GroupSelection::try_new(values, contest)?, groups: Vec::new() })
    }
}

impl<C: Contest> Accumulator for OverallSelection<C> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let rows = values[0].len();
        self.groups.resize(rows.max(self.groups.len()), 0);
        self.selection.resize(1);
        self.selection.update(values, &self.groups[..rows], None)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.update_batch(states)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.selection.values.first().unwrap_or(&self.selection.none).clone())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.selection.resize(1);
        let columns = self.selection.state(EmitTo::All)?;
        columns.iter().map(|column| ScalarValue::try_from_array(column, 0)).collect()
    }

    fn size(&self) -> usize {
        size_of_val(self) - size_of_val(&self.selection)
            + self.selection.size()
            + self.groups.capacity() * size_of::<usize>()
    }
}
