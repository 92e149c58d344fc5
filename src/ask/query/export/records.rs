//! What the records of an export say about its files: which count, and which are missing.

use std::collections::{BTreeSet, HashSet};
use std::panic::AssertUnwindSafe;

use datafusion::common::{DataFusionError, Result};
use futures::FutureExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

use super::files::{Candidate, File, Files, Pruner, day_folders};
use crate::base::tables::{PARTITIONS, Table};
use crate::lake::export::{
    Flaw, OpenExport, Slot, all_of, files_of_days, files_of_record, flaws_of_record, is_under_own_day, parent,
    record_of_file, record_of_note,
};
use crate::read::storage::{KeyFilter, Settled};

/// Why a file does not count that looks like one of the export's.
const UNRECORDED: &str = "no record of the export names it";
/// Why rows are missing.
pub(super) const GONE: &str = "it is gone, and the export's record names it; albstats export writes it again";

/// Why it is not known whether rows are missing.
const UNREADABLE: &str = "this record cannot be read, and objects of its hour are damaged or were left out";

/// The record in which a file of a table must be named.
fn record_of(table: Table, file: &File) -> Option<Path> {
    let [account, region, _] = &file.values;
    Path::parse(record_of_file(table, account, region, file.meta.location.filename()?)?).ok()
}

/// What is in the folders of records.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) records: HashSet<Path>,
    /// Paths of records that there are notes about.
    pub(super) noted: Vec<String>,
}

/// Records of the days that are asked for, and of the slots that the wanted files are of.
pub(super) async fn records(
    store: &dyn ObjectStore,
    table: Table,
    files: &Files,
    pruner: &Pruner<'_>,
) -> Result<Records> {
    if table == Table::LogObjects {
        return Ok(Records::default());
    }
    let mut folders: BTreeSet<Path> = files.wanted.iter().filter_map(|file| parent(&record_of(table, file)?)).collect();
    if table.kind().is_some() || pruner.margin.is_some() {
        let asked = day_folders(store, Table::LogObjects, pruner, &mut Vec::new()).await?;
        folders.extend(asked.into_iter().map(|folder| folder.path));
    }
    let folders: Vec<Path> = folders.into_iter().collect();
    let listed = files_of_days(store, &folders).await?;
    let noted = listed.iter().filter_map(|(_, meta)| record_of_note(meta.location.as_ref())).collect();
    // A record of which nothing is left says nothing.
    let records =
        listed.into_iter().filter(|(_, meta)| meta.size > 0 && record_of_note(meta.location.as_ref()).is_none());
    Ok(Records { records: records.map(|(_, meta)| meta.location).collect(), noted })
}

/// Reads what is to be said of the objects of slots that there are notes about, as far as they may be asked about.
pub(super) async fn flaws(export: &OpenExport, table: Table, noted: Vec<String>, asked: &KeyFilter, files: &mut Files) {
    let is_asked = |path: &String| {
        let mut parts = path.split('/').skip(1).filter_map(|part| Some(part.split_once('=')?.1));
        let (Some(account), Some(region), Some(name)) = (parts.next(), parts.next(), path.rsplit('/').next()) else {
            return false;
        };
        let slot = Slot::of_record(account, region, name);
        slot.is_some_and(|slot| {
            let of_table = table.kind().is_none_or(|kind| slot.kind == kind);
            of_table && slot.start < asked.ends.end && slot.end() > asked.ends.start
        })
    };
    let paths: Vec<String> = noted.into_iter().filter(is_asked).collect::<BTreeSet<_>>().into_iter().collect();
    let read =
        all_of(paths.iter().map(|path| async { Ok::<_, DataFusionError>(flaws_of(export, path).await) }.boxed()));
    for (path, flaws) in paths.iter().zip(read.await.unwrap_or_default()) {
        match flaws {
            Some(flaws) => files.flaws.extend(flaws),
            None => files.strange.push((path.clone(), UNREADABLE)),
        }
    }
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

/// What a record says of its objects; none if it cannot be read as one.
async fn flaws_of(export: &OpenExport, record: &str) -> Option<Vec<Flaw>> {
    read(export.store.as_ref(), &Path::from(record), flaws_of_record).await.ok().flatten()
}

/// The files that a record names; none if it cannot be read as one.
async fn files_named_by(store: &dyn ObjectStore, record: &Path) -> Result<Vec<String>> {
    Ok(read(store, record, files_of_record).await?.unwrap_or_default())
}

/// Something that is read of a record; none if it cannot be read as one.
async fn read<T>(
    store: &dyn ObjectStore,
    record: &Path,
    of: fn(&str, Vec<u8>) -> anyhow::Result<T>,
) -> Result<Option<T>> {
    let content = store.get(record).await?.bytes().await?;
    // The reader panics at some of the damage that a file may have.
    let read = || of(record.as_ref(), content.to_vec()).ok();
    Ok(std::panic::catch_unwind(AssertUnwindSafe(read)).ok().flatten())
}
