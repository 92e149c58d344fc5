//! Several batches of a slot as one: their rows, in the order of their times, and a record of their objects.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};
use arrow::array::RecordBatch;

use super::batch::{Batch, BatchFile, BatchId};
use super::rows;
use super::written::Written;
use crate::base::tables::Table;
use crate::lake::export::target::Target;
use crate::lake::export::{DayFile, Encoder, RowOrder, Slot};

/// A batch to be taken apart, and the locations of objects that do not go into the new one.
pub(super) struct Part<'a> {
    pub(super) batch: &'a Batch,
    pub(super) without: BTreeSet<&'a str>,
}

/// Writes the files of a batch that holds what is in others. They are whole and have their names afterwards.
///
/// # Errors
/// When one of the files cannot be read, or nothing can be written; files that are there by then are removed.
pub(super) fn merge(id: BatchId, slot: &Slot, parts: &[Part], store: &Path, target: &dyn Target) -> Result<Batch> {
    let mut written = Written::new(id, slot, target);
    let merged = merge_into(&mut written, slot, parts, store, target);
    match merged {
        Ok(batch) => Ok(batch),
        Err(error) => {
            written.remove();
            Err(error)
        }
    }
}

fn merge_into(written: &mut Written, slot: &Slot, parts: &[Part], store: &Path, target: &dyn Target) -> Result<Batch> {
    // Files of the same rows' day become one, and so do those of rejected lines.
    let mut files = BTreeMap::<(&str, &str), Vec<(&Part, &BatchFile)>>::new();
    let mut in_order: Vec<&Part> = parts.iter().collect();
    in_order.sort_by_key(|part| part.batch.times());
    for part in in_order {
        for file in part.batch.files.iter().filter(|file| file.table != Table::LogObjects) {
            files.entry((file.table.name(), &file.day)).or_default().push((part, file));
        }
    }
    for ((_, day), sources) in files {
        let table = sources.first().map(|(_, file)| file.table).context("a file of something")?;
        let path = Batch::path(written.id, slot, table, day);
        let open = || target.begin(&path, None);
        let read = |each: &mut dyn FnMut(RecordBatch) -> Result<()>| {
            sources
                .iter()
                .try_for_each(|(part, file)| rows::each(store, (part.batch.id, &file.path), table, &part.without, each))
        };
        let (done, times) = if table == slot.table() {
            let mut file = DayFile::new(table, RowOrder::ByTime, &path, open()?)?;
            read(&mut |rows| file.write(&rows))?;
            file.finish()?
        } else {
            let mut file = Encoder::new(table, &path, open()?)?;
            read(&mut |rows| file.write(&rows))?;
            (file.finish(&[])?, None)
        };
        if done.rows > 0 {
            written.complete(table, day, done, times)?;
        }
    }
    let mut described = Vec::new();
    for part in parts {
        let record = part.batch.record().context("a batch has a record")?;
        rows::each(store, (part.batch.id, &record.path), Table::LogObjects, &part.without, &mut |rows| {
            described.push(rows);
            Ok(())
        })?;
    }
    written.record(&described)
}
