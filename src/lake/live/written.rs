//! The files of a batch as they come to be there; and that they go again if the batch does not come to be.

use anyhow::{Context, Result};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;

use super::batch::{Batch, BatchFile, BatchId};
use crate::base::tables::Table;
use crate::lake::export::target::{Target, Upload, put};
use crate::lake::export::{Encoded, Output, Slot, Stored, record_file};

/// Files that are whole and have their names.
pub(super) struct Written<'a> {
    pub(super) id: BatchId,
    slot: &'a Slot,
    target: &'a dyn Target,
    files: Vec<(BatchFile, Stored)>,
}

impl<'a> Written<'a> {
    pub(super) fn new(id: BatchId, slot: &'a Slot, target: &'a dyn Target) -> Self {
        Self { id, slot, target, files: Vec::new() }
    }

    /// A file that was begun under its path appears there.
    pub(super) fn complete(
        &mut self,
        table: Table,
        day: &str,
        file: Encoded<Box<dyn Upload>>,
        times: Option<(i64, i64)>,
    ) -> Result<()> {
        let path = Batch::path(self.id, self.slot, table, day);
        let (rows, stored) = (file.rows, file.sink.complete()?);
        self.add(BatchFile { table, day: day.to_owned(), path, rows, size: stored.size, times }, stored);
        Ok(())
    }

    fn add(&mut self, file: BatchFile, stored: Stored) {
        self.files.push((file, stored));
    }

    /// Puts the record, with these rows of `log_objects`; then the batch is complete.
    pub(super) fn record(&mut self, described: &[RecordBatch]) -> Result<Batch> {
        let output =
            |file: &BatchFile| Output { path: file.path.clone(), rows: file.rows, size: file.size, etag: None };
        let outputs: Vec<Output> = self.files.iter().map(|(file, _)| output(file)).collect();
        let day = self.slot.day();
        let path = Batch::path(self.id, self.slot, Table::LogObjects, &day);
        let stored = put(self.target, &path, record_file(&path, &outputs, described)?, None)?;
        let objects = described.iter().map(|rows| rows.num_rows() as u64).sum();
        let file = BatchFile { table: Table::LogObjects, day, path, rows: objects, size: stored.size, times: None };
        self.add(file, stored);
        Ok(Batch {
            id: self.id,
            slot: self.slot.clone(),
            objects,
            rejected_lines: sum(described, "rejected_lines")?,
            damaged: damaged(described)?,
            raw: sum(described, "size")?,
            files: self.files.iter().map(|(file, _)| file.clone()).collect(),
        })
    }

    /// Removes what is there. What cannot be removed now is when the store is opened again.
    pub(super) fn remove(self) {
        for (file, stored) in self.files {
            let _ = self.target.delete(&file.path, &stored);
        }
    }
}

fn sum(described: &[RecordBatch], column: &str) -> Result<u64> {
    let of = |rows: &RecordBatch| {
        let numbers = rows.column_by_name(column).with_context(|| format!("a record has no column {column}"))?;
        Ok(numbers.as_primitive::<Int64Type>().values().iter().map(|number| number.unsigned_abs()).sum::<u64>())
    };
    described.iter().map(of).sum()
}

fn damaged(described: &[RecordBatch]) -> Result<u64> {
    let of = |rows: &RecordBatch| {
        let errors = rows.column_by_name("error").context("a record has no column error")?;
        Ok((errors.len() - errors.null_count()) as u64)
    };
    described.iter().map(of).sum()
}
