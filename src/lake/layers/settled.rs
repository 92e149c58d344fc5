//! Which hours need not be listed. Pure.
//!
//! An hour's slot that was recorded some time ago is the truth: what comes later is taken in by the next export. So nothing of
//! it has to be listed, if its record stands for all places that are read, and left nothing out that was there.

use std::collections::{BTreeMap, BTreeSet};

use alblog::LogKind;
use alblog::time::HOUR;

use crate::lake::export::Slot;
use crate::read::storage::Settled;

/// An export, as far as this goes.
pub(super) struct Recording<'a> {
    /// What the places are called that it was made from.
    pub(super) sources: BTreeSet<&'a str>,
    /// Slots that have records.
    pub(super) slots: Vec<&'a Slot>,
    /// Those of them whose records say that objects were left out.
    pub(super) lacking: Vec<&'a Slot>,
}

/// Kind, account, region and start of an hour.
type Hour<'a> = (LogKind, &'a str, &'a str, i64);

/// The hours that need not be listed: recorded with all objects, over before a time, for every place that is read, and by no two exports of
/// one place, whose records alone tell what both have. A slot of a day is settled whole or not at all.
pub(super) fn settled(exports: &[Recording], raw: &BTreeSet<String>, before: i64) -> Settled {
    let mut by_hour: BTreeMap<Hour, Vec<usize>> = BTreeMap::new();
    for (at, export) in exports.iter().enumerate() {
        for slot in export.slots.iter().filter(|slot| slot.end() <= before) {
            hours(slot).for_each(|hour| by_hour.entry(hour).or_default().push(at));
        }
    }
    by_hour.retain(|_, recording| {
        let sources: Vec<&str> = recording.iter().flat_map(|at| exports[*at].sources.iter().copied()).collect();
        let each: BTreeSet<&str> = sources.iter().copied().collect();
        !raw.is_empty() && each.len() == sources.len() && raw.iter().all(|place| each.contains(place.as_str()))
    });
    for slot in exports.iter().flat_map(|export| &export.lacking) {
        for hour in hours(slot) {
            by_hour.remove(&hour);
        }
    }
    let mut hours_left: BTreeSet<Hour> = by_hour.into_keys().collect();
    loop {
        let before = hours_left.len();
        for slot in exports.iter().flat_map(|export| &export.slots) {
            if !hours(slot).all(|hour| hours_left.contains(&hour)) {
                for hour in hours(slot) {
                    hours_left.remove(&hour);
                }
            }
        }
        if hours_left.len() == before {
            break;
        }
    }
    let mut settled = Settled::default();
    for (kind, account, region, start) in hours_left {
        settled.add(kind, account, region, start..start + HOUR);
    }
    settled
}

/// Whether all of a slot is settled.
pub(super) fn is_settled(slot: &Slot, settled: &Settled) -> bool {
    hours(slot).all(|(kind, account, region, start)| settled.holds_hour(kind, account, region, start))
}

fn hours(slot: &Slot) -> impl Iterator<Item = Hour<'_>> {
    let step = usize::try_from(HOUR).unwrap_or(usize::MAX);
    (slot.start..slot.end()).step_by(step).map(|start| (slot.kind, slot.account.as_str(), slot.region.as_str(), start))
}
