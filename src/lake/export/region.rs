//! What an export already has of one account and region.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use alblog::LogKind;
use alblog::time::parse;
use anyhow::Result;

use super::flaws::record_of_note;
use super::plan::Stored;
use super::slot::{Slot, SlotLength, region_folder};
use super::target::Target;
use crate::base::tables::Table;

/// The files of an account and region.
pub(super) struct RegionFiles {
    account: String,
    region: String,
    length: SlotLength,
    /// By table and file name: path and what is there. A slot has one file for each day of its rows.
    files: HashMap<(Table, String), BTreeMap<String, Stored>>,
    /// The start of the last slot that has a record.
    newest: Option<i64>,
    /// Paths of records that there are notes about.
    noted: BTreeSet<String>,
    /// Files that no slot has.
    pub(super) foreign: Vec<String>,
}

impl RegionFiles {
    /// Lists the region's folders of all tables.
    pub(super) fn list(target: &dyn Target, account: &str, region: &str, length: SlotLength) -> Result<Self> {
        let (account, region) = (account.to_owned(), region.to_owned());
        let (files, newest, foreign) = (HashMap::new(), None, Vec::new());
        let mut stock = Self { account, region, length, files, newest, noted: BTreeSet::new(), foreign };
        for table in Table::ALL {
            for (path, stored) in target.list(&region_folder(table, &stock.account, &stock.region))? {
                stock.add(table, path, stored);
            }
        }
        Ok(stock)
    }

    fn add(&mut self, table: Table, path: String, stored: Stored) {
        if let Some(record) = record_of_note(&path).filter(|_| table == Table::LogObjects) {
            self.noted.insert(record);
            return;
        }
        let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
        match self.slot(table, &name) {
            Some(slot) => {
                if table == Table::LogObjects {
                    self.newest = self.newest.max(Some(slot.start));
                }
                self.files.entry((table, name)).or_default().insert(path, stored);
            }
            None => self.foreign.push(path),
        }
    }

    /// The slot that a file's name is of.
    fn slot(&self, table: Table, name: &str) -> Option<Slot> {
        let stem = name.strip_suffix(".parquet")?;
        let (kind, time) = match table.kind() {
            Some(kind) => (kind, stem),
            None => LogKind::ALL.into_iter().find_map(|kind| Some((kind, stem.strip_prefix(&format!("{kind}-"))?)))?,
        };
        let start = match self.length {
            SlotLength::Hour => parse(format!("{time}:00:00Z").as_bytes())?,
            SlotLength::Day => parse(format!("{time}T00:00:00Z").as_bytes())?,
        };
        let (account, region) = (self.account.clone(), self.region.clone());
        let slot = Slot { start, length: self.length, kind, account, region };
        (slot.file_name(table) == name).then_some(slot)
    }

    /// Where a slot's record is, if it has one.
    pub(super) fn record(&self, slot: &Slot) -> Option<&Stored> {
        let files = self.files.get(&(Table::LogObjects, slot.file_name(Table::LogObjects)))?;
        files.get(&slot.record_path())
    }

    /// Whether there is a note about a slot's record.
    pub(super) fn is_noted(&self, slot: &Slot) -> bool {
        self.noted.contains(&slot.record_path())
    }

    /// A slot's files by path, without its record.
    pub(super) fn files(&self, slot: &Slot) -> BTreeMap<String, Stored> {
        let tables = [slot.table(), Table::RejectedLines];
        let files = tables.iter().filter_map(|table| self.files.get(&(*table, slot.file_name(*table))));
        files.flatten().map(|(path, stored)| (path.clone(), stored.clone())).collect()
    }

    /// Slots that have a record, whatever is left of their sources.
    pub(super) fn recorded(&self) -> impl Iterator<Item = Slot> + '_ {
        let records = self.files.keys().filter(|(table, _)| *table == Table::LogObjects);
        records.filter_map(|(table, name)| self.slot(*table, name))
    }

    /// Files of slots of this time that have no record and are none of `expected`: copies, or what a run left that was
    /// killed before its sources expired.
    pub(super) fn unrecorded(&self, window: &Range<i64>, expected: &BTreeSet<Slot>) -> Vec<String> {
        let data = self.files.iter().filter(|((table, _), _)| *table != Table::LogObjects);
        let is_stray =
            |slot: &Slot| window.contains(&slot.start) && self.record(slot).is_none() && !expected.contains(slot);
        let stray = data.filter(|((table, name), _)| self.slot(*table, name).is_some_and(|slot| is_stray(&slot)));
        let mut paths: Vec<String> = stray.flat_map(|(_, files)| files.keys().cloned()).collect();
        paths.sort();
        paths
    }

    /// Whether a later slot than this has been exported.
    pub(super) fn is_behind(&self, slot: &Slot) -> bool {
        self.newest.is_some_and(|newest| slot.start < newest)
    }
}
