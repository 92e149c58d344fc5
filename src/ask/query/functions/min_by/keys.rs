//! The contest for `min_by` and `max_by`: the least or greatest key of each group so far.
//!
//! Numbers and times are compared as they are; any other type as Arrow's row format, whose bytes sort as values do.

use std::fmt::Debug;
use std::mem::{size_of, size_of_val};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray, new_null_array};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::row::{RowConverter, Rows, SortField};
use datafusion::common::Result;
use datafusion::logical_expr::EmitTo;

use crate::ask::query::functions::rows::wanted;
use crate::ask::query::functions::selection::Contest;

/// Keys of a type with a number behind it.
#[derive(Debug)]
pub(super) struct Numbers<T: ArrowPrimitiveType, const GREATEST: bool> {
    data_type: DataType,
    best: Vec<T::Native>,
    known: Vec<bool>,
}

impl<T: ArrowPrimitiveType, const GREATEST: bool> Numbers<T, GREATEST> {
    pub(super) fn new(data_type: DataType) -> Self {
        Self { data_type, best: Vec::new(), known: Vec::new() }
    }
}

/// Whether a key wins against the best so far. What is not a number loses against what is.
fn wins<V: PartialOrd, const GREATEST: bool>(key: &V, best: &V) -> bool {
    let is_number = |value: &V| value.partial_cmp(value).is_some();
    (if GREATEST { key > best } else { key < best }) || (!is_number(best) && is_number(key))
}

impl<T: ArrowPrimitiveType + Debug, const GREATEST: bool> Contest for Numbers<T, GREATEST> {
    fn resize(&mut self, groups: usize) {
        self.best.resize(groups, T::Native::default());
        self.known.resize(groups, false);
    }

    fn run(
        &mut self,
        columns: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        mut leads: impl FnMut(usize, usize),
    ) -> Result<()> {
        let keys = columns[1].as_primitive::<T>();
        let values = keys.values();
        let mut enter = |row: usize| {
            let (group, key) = (groups[row], values[row]);
            let (best, known) = (&mut self.best[group], &mut self.known[group]);
            if !*known || wins::<_, GREATEST>(&key, best) {
                (*best, *known) = (key, true);
                leads(group, row);
            }
        };
        match wanted(keys, filter) {
            None => (0..groups.len()).for_each(enter),
            Some(wanted) => wanted.valid_indices().for_each(&mut enter),
        }
        Ok(())
    }

    fn take(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let keys = emit_to.take_needed(&mut self.best);
        let known = NullBuffer::from(emit_to.take_needed(&mut self.known));
        let keys = PrimitiveArray::<T>::try_new(keys.into(), Some(known))?.with_data_type(self.data_type.clone());
        Ok(vec![Arc::new(keys)])
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.best.capacity() * size_of::<T::Native>() + self.known.capacity()
    }
}

/// Keys of any other type.
#[derive(Debug)]
pub(super) struct Others<const GREATEST: bool> {
    converter: RowConverter,
    /// The keys of the current batch; kept because it is as large as the next one needs.
    batch: Rows,
    /// The best key of each group as a row, empty if it has none.
    best: Vec<Vec<u8>>,
    /// What all of these hold.
    heap_size: usize,
    null: Vec<u8>,
}

impl<const GREATEST: bool> Others<GREATEST> {
    pub(super) fn try_new(data_type: &DataType) -> Result<Self> {
        let converter = RowConverter::new(vec![SortField::new(data_type.clone())])?;
        let null = converter.convert_columns(&[new_null_array(data_type, 1)])?.row(0).data().to_vec();
        let batch = converter.empty_rows(0, 0);
        Ok(Self { converter, batch, best: Vec::new(), heap_size: 0, null })
    }
}

impl<const GREATEST: bool> Contest for Others<GREATEST> {
    fn resize(&mut self, groups: usize) {
        self.best.resize_with(groups, Vec::new);
    }

    fn run(
        &mut self,
        columns: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        mut leads: impl FnMut(usize, usize),
    ) -> Result<()> {
        let keys = &columns[1];
        self.batch.clear();
        self.converter.append(&mut self.batch, std::slice::from_ref(keys))?;
        let (batch, heap_size) = (&self.batch, &mut self.heap_size);
        let mut enter = |row: usize| {
            let (group, key) = (groups[row], batch.row(row));
            let best = &mut self.best[group];
            let wins = if GREATEST { key.data() > best.as_slice() } else { key.data() < best.as_slice() };
            if wins || best.is_empty() {
                let before = best.capacity();
                best.clear();
                best.extend_from_slice(key.data());
                *heap_size = *heap_size + best.capacity() - before;
                leads(group, row);
            }
        };
        match wanted(keys, filter) {
            None => (0..groups.len()).for_each(enter),
            Some(wanted) => wanted.valid_indices().for_each(&mut enter),
        }
        Ok(())
    }

    fn take(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let keys = emit_to.take_needed(&mut self.best);
        self.heap_size -= keys.iter().map(Vec::capacity).sum::<usize>();
        let parser = self.converter.parser();
        let rows = keys.iter().map(|key| parser.parse(if key.is_empty() { &self.null } else { key }));
        Ok(self.converter.convert_rows(rows)?)
    }

    fn size(&self) -> usize {
        let best = self.best.capacity() * size_of::<Vec<u8>>() + self.heap_size;
        size_of_val(self) + self.batch.size() + self.converter.size() + best + self.null.capacity()
    }
}
