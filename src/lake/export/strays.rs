//! Files in an export that are none of its own, wherever they lie in it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::flaws::record_of_note;
use super::record::files_of_record;
use super::slot::{is_under_own_day, record_of_file};
use super::target::Target;
use crate::base::tables::Table;

/// Paths in the folders of the tables that no record names, sorted: of other names, of slots without a record, and copies
/// under another day. `due` are records that are yet to be written, by their paths.
///
/// # Errors
/// When the export cannot be listed or read.
pub(super) fn strays(target: &dyn Target, due: &BTreeSet<String>) -> Result<BTreeSet<String>> {
    let mut strays = BTreeSet::new();
    let mut records = BTreeSet::new();
    // Files under another day than their slot's, by the record that has to name them.
    let mut late: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let of_records = target.list(&format!("{}/", Table::LogObjects.name()))?;
    for path in of_records.into_keys().filter(|path| record_of_note(path).is_none()) {
        match Place::of(&path) {
            Some(place) if is_under_own_day(place.name, place.day) => _ = records.insert(path),
            _ => _ = strays.insert(path),
        }
    }
    for table in Table::ALL.into_iter().filter(|table| *table != Table::LogObjects) {
        for path in target.list(&format!("{}/", table.name()))?.into_keys() {
            let place = Place::of(&path);
            let record = place.as_ref().and_then(|it| record_of_file(table, it.account, it.region, it.name));
            match (place, record) {
                (Some(place), Some(record)) if records.contains(&record) => {
                    if !is_under_own_day(place.name, place.day) {
                        late.entry(record).or_default().push(path);
                    }
                }
                (Some(_), Some(record)) if due.contains(&record) => {}
                _ => _ = strays.insert(path),
            }
        }
    }
    let paths: Vec<String> = late.keys().cloned().collect();
    for (record, content) in paths.iter().zip(target.read(&paths)?) {
        let named =
            content.map(|content| files_of_record(record, content)).transpose().ok().flatten().unwrap_or_default();
        let files = late.remove(record).unwrap_or_default();
        strays.extend(files.into_iter().filter(|file| !named.contains(file)));
    }
    Ok(strays)
}

/// `table/account=…/region=…/day=…/name`
struct Place<'a> {
    account: &'a str,
    region: &'a str,
    day: &'a str,
    name: &'a str,
}

impl<'a> Place<'a> {
    fn of(path: &'a str) -> Option<Self> {
        let parts: Vec<&str> = path.split('/').collect();
        let [_, account, region, day, name] = parts[..] else { return None };
        let account = account.strip_prefix("account=")?;
        Some(Self { account, region: region.strip_prefix("region=")?, day: day.strip_prefix("day=")?, name })
    }
}
