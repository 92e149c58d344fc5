//! What an export's records say, for whoever reads the export beside the logs that it was made from.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::panic::AssertUnwindSafe;

use alblog::time::{self, DAY};
use anyhow::{Result, anyhow};
use futures::FutureExt;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt};

use super::flaws::record_of_note;
use super::folders::{all_of, files_of_days, folders_in, parent};
use super::open::OpenExport;
use super::plan::{Stored, is_whole};
use super::record::Record;
use super::slot::{Slot, region_folder};
use crate::base::tables::{PARTITIONS, Table};

/// A slot that has a record.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub slot: Slot,
    /// The file of its record, as it was listed.
    pub file: ObjectMeta,
    /// Whether a note says that there is something to be said of its objects.
    pub is_noted: bool,
}

/// What is in a slot.
#[derive(Debug)]
pub struct Contents {
    pub record: Record,
    /// The files that its record names, as they were listed; none if they are not all there, or others.
    pub files: Option<Vec<ObjectMeta>>,
}

impl OpenExport {
    /// The slots with records that may hold objects whose intervals end after the start and not after the end (microseconds
    /// since the epoch).
    ///
    /// # Errors
    /// When the export cannot be listed.
    pub async fn recorded(&self, ends: &Range<i64>) -> Result<Vec<Recorded>> {
        let store = self.store.as_ref();
        let mut folders = vec![(Path::from(Table::LogObjects.name()), Vec::new())];
        for partition in PARTITIONS {
            let inside = all_of(folders.iter().map(|(path, _)| folders_in(store, path, partition).boxed()));
            let inside = inside.await.map_err(|error| self.unlisted(&error))?;
            let below = folders.iter().zip(inside).flat_map(|((_, values), inside)| {
                inside.into_iter().map(move |(path, value)| (path, [&values[..], &[value]].concat()))
            });
            folders = below.collect::<Vec<(Path, Vec<String>)>>();
        }
        folders.retain(|(_, values)| {
            values.get(2).and_then(|day| times_of_day(day)).is_some_and(|day| overlap(&day, ends))
        });
        let paths: Vec<Path> = folders.iter().map(|(path, _)| path.clone()).collect();
        let listed = files_of_days(store, &paths).await.map_err(|error| self.unlisted(&error))?;
        let notes = listed.iter().filter_map(|(_, file)| record_of_note(file.location.as_ref()));
        let notes: HashSet<String> = notes.collect();
        // A record of which nothing is left says nothing.
        let recorded = listed.into_iter().filter(|(_, file)| file.size > 0).filter_map(|(folder, file)| {
            let values = &folders[folder].1;
            let slot = Slot::of_record(&values[0], &values[1], file.location.filename()?)?;
            let is_at_home = slot.day() == values[2] && overlap(&(slot.start..slot.end()), ends);
            let is_noted = notes.contains(file.location.as_ref());
            (is_at_home && !self.is_through_link(file.location.as_ref())).then_some(Recorded { slot, file, is_noted })
        });
        Ok(recorded.collect())
    }

    /// Reads records. One that cannot be read as one is an error of its own.
    ///
    /// # Errors
    /// None of its own.
    pub async fn records(&self, recorded: &[Recorded]) -> Result<Vec<Result<Record>>> {
        all_of(recorded.iter().map(|slot| async { Ok::<_, anyhow::Error>(self.record(slot).await) }.boxed())).await
    }

    /// Reads records, and looks whether their files are there. A record that cannot be read as one is an error of its own.
    ///
    /// # Errors
    /// When the export cannot be listed.
    pub async fn contents(&self, recorded: &[Recorded]) -> Result<Vec<Result<Contents>>> {
        let records = self.records(recorded).await?;
        let outputs = records.iter().flatten().flat_map(|record| &record.outputs);
        let folders: BTreeSet<Path> = outputs.filter_map(|output| parent(&Path::parse(&output.path).ok()?)).collect();
        let also = recorded.iter().flat_map(|recorded| own_folders(&recorded.slot));
        let folders: Vec<Path> = folders.into_iter().chain(also).collect::<BTreeSet<_>>().into_iter().collect();
        let listed = files_of_days(self.store.as_ref(), &folders).await.map_err(|error| self.unlisted(&error))?;
        let there: BTreeMap<String, ObjectMeta> =
            listed.into_iter().map(|(_, file)| (file.location.to_string(), file)).collect();
        let contents = |(recorded, record): (&Recorded, Result<Record>)| {
            let record = record?;
            let named: BTreeSet<&str> = record.outputs.iter().map(|output| output.path.as_str()).collect();
            let at_home = own_folders(&recorded.slot).map(|folder| folder.to_string());
            let own = [recorded.slot.table(), Table::RejectedLines].map(|table| recorded.slot.file_name(table));
            // What lies where the slot's own files do is one of them, whatever its record says.
            let is_own = |path: &str| {
                named.contains(path)
                    || at_home.iter().zip(&own).any(|(folder, name)| path == format!("{folder}/{name}"))
            };
            let files: Vec<ObjectMeta> =
                there.iter().filter(|(path, _)| is_own(path)).map(|(_, file)| file.clone()).collect();
            let mark = |file: &ObjectMeta| file.e_tag.clone().unwrap_or_default();
            let stored = |file: &ObjectMeta| (file.location.to_string(), Stored { size: file.size, mark: mark(file) });
            let is_whole = is_whole(&record, &files.iter().map(stored).collect());
            let is_linked = files.iter().any(|file| self.is_through_link(file.location.as_ref()));
            Ok(Contents { record, files: (is_whole && !is_linked).then_some(files) })
        };
        Ok(recorded.iter().zip(records).map(contents).collect())
    }

    async fn record(&self, recorded: &Recorded) -> Result<Record> {
        let content = self.store.get(&recorded.file.location).await?.bytes().await?;
        // The reader panics at some of the damage that a file may have.
        let read = || Record::from_parquet(recorded.file.location.as_ref(), content.to_vec());
        std::panic::catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(anyhow!("it is damaged")))
    }

    fn unlisted(&self, error: &object_store::Error) -> anyhow::Error {
        anyhow!(self.explained(error, "s3:ListBucket", ""))
    }
}

/// Where a slot's files lie whose rows did not come late.
fn own_folders(slot: &Slot) -> [Path; 2] {
    let folder = |table| Path::from(format!("{}day={}", region_folder(table, &slot.account, &slot.region), slot.day()));
    [folder(slot.table()), folder(Table::RejectedLines)]
}

fn times_of_day(day: &str) -> Option<Range<i64>> {
    let start = time::parse(format!("{day}T00:00:00Z").as_bytes())?;
    Some(start..start + DAY)
}

/// Whether objects of slots in this time may end after the start and not after the end.
fn overlap(slots: &Range<i64>, ends: &Range<i64>) -> bool {
    slots.start < ends.end && slots.end > ends.start
}
