//! What the records of an export say about its files: which count, and which are missing.

use std::collections::{BTreeSet, HashSet};
use std::panic::AssertUnwindSafe;

use datafusion::common::Result;
use futures::FutureExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

use super::files::{Candidate, File, Files, Pruner, day_folders};
use crate::base::tables::{PARTITIONS, Table};
use crate::lake::export::{
    OpenExport, Slot, all_of, files_of_days, files_of_record, is_under_own_day, parent, record_of_file,
};
use crate::read::storage::Settled;

/// Why a file does not count that looks like one of the export's.
const UNRECORDED: &str = "no record of the export names it";
/// Why rows are missing.
pub(super) const GONE: &str = "it is gone, and the export's record names it; albstats export writes it again";

/// The record in which a file of a table must be named.
fn record_of(table: Table, file: &File) -> Option<Path> {
    let [account, region, _] = &file.values;
    Path::parse(record_of_file(table, account, region, file.meta.location.filename()?)?).ok()
}

/// Records of the days that are asked for, and of the slots that the wanted files are of.
pub(super) async fn records(
    store: &dyn ObjectStore,
    table: Table,
    files: &Files,
    pruner: &Pruner<'_>,
) -> Result<HashSet<Path>> {
    if table == Table::LogObjects {
        return Ok(HashSet::new());
    }
    let mut folders: BTreeSet<Path> = files.wanted.iter().filter_map(|file| parent(&record_of(table, file)?)).collect();
    if table.kind().is_some() {
        let asked = day_folders(store, Table::LogObjects, pruner, &mut Vec::new()).await?;
        folders.extend(asked.into_iter().map(|folder| folder.path));
    }
    let folders: Vec<Path> = folders.into_iter().collect();
    let listed = files_of_days(store, &folders).await?;
    Ok(listed.into_iter().map(|(_, meta)| meta.location).collect())
}

/// Files that a record names and that are not there any more: somebody removed them, as by a rule of the bucket's. Looked for are
/// those under their slots' own days. A record without such a file is read; most of those had no rows.
pub(super) async fn gone(
    export: &OpenExport,
    table: Table,
    records: &HashSet<Path>,
    there: &HashSet<Path>,
    settled: Option<&Settled>,
    pruner: &Pruner<'_>,
) -> Result<Vec<Path>> {
    let suspect = |record: &Path| -> Option<(Path, Candidate)> {
        let values: Vec<String> = record
            .as_ref()
            .split('/')
            .skip(1)
            .zip(PARTITIONS)
            .map_while(|(part, name)| Some(part.strip_prefix(name)?.strip_prefix('=')?.to_owned()))
            .collect();
        let [account, region, day] = &values[..] else { return None };
        let slot =
            Slot::of_record(account, region, record.filename()?).filter(|slot| Some(slot.kind) == table.kind())?;
        if settled.is_some_and(|settled| !settled.holds_hour(slot.kind, account, region, slot.start)) {
            return None;
        }
        let path = Path::parse(slot.path(table, day)).ok().filter(|path| !there.contains(path))?;
        let slot = Some((slot.start, slot.end()));
        Some((record.clone(), Candidate { path, values, slot }))
    };
    let (records, suspects): (Vec<Path>, Vec<Candidate>) = records.iter().filter_map(suspect).unzip();
    let wanted = pruner.keep(&suspects)?;
    let suspects = records.iter().zip(&suspects).zip(wanted).filter_map(|(suspect, wanted)| wanted.then_some(suspect));
    let looks = suspects.map(|(record, Candidate { path, .. })| if_gone(export, record, path).boxed());
    Ok(all_of(looks).await?.into_iter().flatten().collect())
}

/// The file, if its record names it and it is not there.
async fn if_gone(export: &OpenExport, record: &Path, path: &Path) -> Result<Option<Path>> {
    let is_named = files_named_by(export.store.as_ref(), record).await?.iter().any(|named| named == path.as_ref());
    // A slot that was written a moment ago is whole the next time.
    Ok((is_named && !export.has(path).await).then(|| path.clone()))
}

/// Leaves out files that no record names: copies, whose rows would count twice, and what a run has not finished. Where a file lies
/// under its slot's own day it is enough that there is a record; rows that came late lie elsewhere, as copies may, and for
/// them the record is read.
pub(super) async fn leave_out_unrecorded(
    store: &dyn ObjectStore,
    table: Table,
    files: &mut Files,
    records: &HashSet<Path>,
) -> Result<()> {
    let is_at_home =
        |file: &File| file.meta.location.filename().is_some_and(|name| is_under_own_day(name, &file.values[2]));
    if table == Table::LogObjects {
        files.leave_out(UNRECORDED, |file| !is_at_home(file));
        return Ok(());
    }
    files.leave_out(UNRECORDED, |file| record_of(table, file).is_none_or(|path| !records.contains(&path)));
    let late: BTreeSet<Path> =
        files.wanted.iter().filter(|file| !is_at_home(file)).filter_map(|file| record_of(table, file)).collect();
    let named = all_of(late.iter().map(|path| files_named_by(store, path).boxed())).await?;
    let named: HashSet<String> = named.into_iter().flatten().collect();
    files.leave_out(UNRECORDED, |file| !is_at_home(file) && !named.contains(file.meta.location.as_ref()));
    Ok(())
}

/// The files that a record names; none if it cannot be read as one.
async fn files_named_by(store: &dyn ObjectStore, record: &Path) -> Result<Vec<String>> {
    let content = store.get(record).await?.bytes().await?;
    // The reader panics at some of the damage that a file may have.
    let read = || files_of_record(record.as_ref(), content.to_vec()).ok();
    Ok(std::panic::catch_unwind(AssertUnwindSafe(read)).ok().flatten().unwrap_or_default())
}
