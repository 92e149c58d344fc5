//! Rows of files of a store, read back to be put into others.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::batch::BatchId;
use crate::base::shown::Shown;
use crate::base::tables::Table;
use crate::lake::export::{seal, stored_schema};

/// Rows that are read at once.
const BATCH_ROWS: usize = 2048;

/// A file of a batch cannot be read, is damaged, or is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot read {}", Shown(.path))]
pub struct Unreadable {
    pub batch: BatchId,
    path: String,
}

impl Unreadable {
    /// A file of a batch with this path below its store.
    pub(super) fn of(batch: BatchId, store: &Path, path: &str) -> Self {
        Self { batch, path: store.join(path).display().to_string() }
    }
}

/// Reads a file of a table, with this path below its store, but for the rows of some objects.
///
/// # Errors
/// An [`Unreadable`] when it cannot be read; or as `each`.
pub(super) fn each(
    store: &Path,
    (batch, path): (BatchId, &str),
    table: Table,
    without: &BTreeSet<&str>,
    each: &mut dyn FnMut(RecordBatch) -> Result<()>,
) -> Result<()> {
    let failed = || Unreadable::of(batch, store, path);
    let file = File::open(store.join(path)).with_context(failed)?;
    // Or damage would go into the merged file, under its seal.
    seal::check(&file, path).with_context(failed)?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).with_context(failed)?;
    for rows in reader.with_batch_size(BATCH_ROWS).build().with_context(failed)? {
        let rows = as_stored(&rows.with_context(failed)?, table).with_context(failed)?;
        let rows = leave_out(rows, without).with_context(failed)?;
        if rows.num_rows() > 0 {
            each(rows)?;
        }
    }
    Ok(())
}

/// The rows with the types of [`stored_schema`]: Parquet knows fewer.
fn as_stored(rows: &RecordBatch, table: Table) -> Result<RecordBatch> {
    let schema = stored_schema(table);
    let column = |field: &Arc<arrow::datatypes::Field>| {
        let column = rows.column_by_name(field.name()).with_context(|| format!("it has no column {}", field.name()))?;
        Ok(cast(column, field.data_type())?)
    };
    let columns = schema.fields().iter().map(column).collect::<Result<Vec<_>>>()?;
    Ok(RecordBatch::try_new(schema, columns)?)
}

fn leave_out(rows: RecordBatch, without: &BTreeSet<&str>) -> Result<RecordBatch> {
    if without.is_empty() {
        return Ok(rows);
    }
    let names = cast(rows.column_by_name("log_object").context("it has no column log_object")?, &DataType::Utf8View)?;
    let stays = |name: Option<&str>| name.is_none_or(|name| !without.contains(name));
    let stays: BooleanArray = names.as_string_view().iter().map(|name| Some(stays(name))).collect();
    Ok(filter_record_batch(&rows, &stays)?)
}
