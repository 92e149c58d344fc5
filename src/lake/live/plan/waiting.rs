//! Objects that are yet to be read: slot by slot, the newest first, and not more than can be remembered.

use std::collections::{BTreeMap, HashMap, HashSet};

use alblog::time::{MINUTE, SECOND};

use super::ObjectId;
use crate::lake::export::{Slot, SlotLength};
use crate::read::storage::LogObject;

/// So many objects are remembered: half a megabyte for each thousand. What is older is listed again.
const MAX: usize = 50_000;
/// An object that could not be read is tried again after a second, then after twice as long each time, up to this.
const MAX_PAUSE: i64 = 5 * MINUTE;

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) object: LogObject,
    /// When it was seen, by the steady clock.
    pub(super) since: i64,
    /// It is not tried before.
    pub(super) not_before: i64,
}

#[derive(Debug, Default)]
pub(super) struct Waiting {
    slots: BTreeMap<Slot, BTreeMap<ObjectId, Entry>>,
    /// The slot of each.
    of: HashMap<ObjectId, Slot>,
    /// How often each could not be read.
    failures: HashMap<ObjectId, u32>,
    /// Those that may keep a batch from being made: they are read alone.
    suspects: HashSet<ObjectId>,
    overflow: bool,
}

impl Waiting {
    /// An object was seen, in this version.
    pub(super) fn add(&mut self, id: ObjectId, slot: Slot, object: LogObject, now: i64) {
        let before = self.remove(id);
        let (since, not_before) = before.map_or((now, now), |entry| (entry.since, entry.not_before));
        self.insert(id, slot, Entry { object, since, not_before });
    }

    /// An object could not be read.
    pub(super) fn again(&mut self, id: ObjectId, object: LogObject, now: i64) {
        let failures = self.failures.entry(id).or_default();
        *failures += 1;
        let pause = (SECOND << (*failures).min(16)).min(MAX_PAUSE);
        self.put_back(id, object, now, now + pause);
    }

    /// An object was not read, for which it is not to blame.
    pub(super) fn back(&mut self, id: ObjectId, object: LogObject, now: i64) {
        self.put_back(id, object, now, now);
    }

    /// It may be what keeps a batch from being made.
    pub(super) fn suspect(&mut self, id: ObjectId) {
        self.suspects.insert(id);
    }

    pub(super) fn is_suspect(&self, id: ObjectId) -> bool {
        self.suspects.contains(&id)
    }

    /// Whether all that wait were tried before.
    pub(super) fn is_tried(&self) -> bool {
        self.of.keys().all(|id| self.failures.contains_key(id))
    }

    /// Whether any could not be read so far.
    pub(super) fn has_failed(&self) -> bool {
        !self.failures.is_empty()
    }

    /// What was seen of it meanwhile goes before.
    fn put_back(&mut self, id: ObjectId, object: LogObject, now: i64, not_before: i64) {
        let slot = object.key.as_ref().map(|key| Slot::of(key, SlotLength::Hour));
        let entry = self.remove(id).unwrap_or(Entry { object, since: now, not_before });
        if let Some(slot) = slot {
            self.insert(id, slot, Entry { not_before, ..entry });
        }
    }

    fn insert(&mut self, id: ObjectId, slot: Slot, entry: Entry) {
        self.of.insert(id, slot.clone());
        self.slots.entry(slot).or_default().insert(id, entry);
    }

    /// It is being read, or need not be.
    pub(super) fn remove(&mut self, id: ObjectId) -> Option<Entry> {
        let slot = self.of.remove(&id)?;
        let objects = self.slots.get_mut(&slot)?;
        let entry = objects.remove(&id)?;
        if objects.is_empty() {
            self.slots.remove(&slot);
        }
        Some(entry)
    }

    /// It is gone, or read.
    pub(super) fn forget(&mut self, id: ObjectId) {
        self.remove(id);
        self.failures.remove(&id);
        self.suspects.remove(&id);
    }

    /// An object as it was seen last.
    pub(super) fn get(&self, id: ObjectId) -> Option<&LogObject> {
        Some(&self.slots.get(self.of.get(&id)?)?.get(&id)?.object)
    }

    /// Slots with objects, the newest first.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = (&Slot, &BTreeMap<ObjectId, Entry>)> {
        self.slots.iter().rev()
    }

    /// Drops the oldest ones of too many, and gives them.
    pub(super) fn keep_newest(&mut self) -> Vec<ObjectId> {
        let mut dropped = Vec::new();
        while self.of.len() > MAX {
            let Some(id) = self.slots.values().next().and_then(|objects| objects.keys().next().copied()) else { break };
            self.remove(id);
            dropped.push(id);
        }
        self.overflow |= !dropped.is_empty();
        dropped
    }

    /// Drops what ended by then, and gives it.
    pub(super) fn drop_until(&mut self, floor: i64) -> Vec<ObjectId> {
        let old = self.slots.iter().take_while(|(slot, _)| slot.start < floor).filter(|(slot, _)| slot.end() <= floor);
        let old: Vec<ObjectId> = old.flat_map(|(_, objects)| objects.keys().copied()).collect();
        for id in &old {
            self.forget(*id);
        }
        old
    }

    pub(super) fn len(&self) -> usize {
        self.of.len()
    }

    pub(super) fn oldest(&self) -> Option<i64> {
        let (_, objects) = self.slots.first_key_value()?;
        objects.values().filter_map(|entry| Some(entry.object.key.as_ref()?.interval_end)).min()
    }

    pub(super) fn take_overflow(&mut self) -> bool {
        self.of.is_empty() && std::mem::take(&mut self.overflow)
    }
}
