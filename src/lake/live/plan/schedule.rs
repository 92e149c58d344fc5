//! What is worked on next: new objects before anything else, of the newest hour first; then what makes reading cheaper; and hours
//! that are complete go to the export.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use alblog::time::{HOUR, MINUTE, SECOND};

use super::known::Known;
use super::waiting::Entry;
use super::{BatchId, Effect, ExportState, Held, ObjectId, Order, State, Work};
use crate::lake::export::Slot;
use crate::read::storage::LogObject;

/// So long it is waited for more objects of a slot: nodes write theirs at nearly the same time.
const GATHER: i64 = SECOND;
/// Objects of a batch have so many bytes as stored, about; one may have more.
const BATCH_BYTES: u64 = 32 << 20;
const BATCH_OBJECTS: usize = 1024;
/// So many batches of about the same size become one.
const FAN: usize = 8;
/// Sizes are about the same that lie between two powers of this.
const TIER: u64 = 8;
/// After its end an hour gets little that is new: what there is becomes one batch, once there are so many.
const SETTLED: i64 = 20 * MINUTE;
const SETTLED_FAN: usize = 4;
/// Hours are handed over when nothing waits to be read, or so much later than they could be.
const PATIENCE: i64 = HOUR;

impl State {
    /// Begins what can be begun.
    pub(super) fn begin(&mut self, effects: &mut Vec<Effect>) {
        if self.stopped {
            return;
        }
        while self.builds() < self.policy.workers && self.paused <= self.moment.steady {
            let Some(order) = self.new_objects().or_else(|| self.merge()) else { break };
            effects.push(Effect::Build(order));
        }
        effects.extend(self.hand_over());
    }

    fn builds(&self) -> usize {
        self.works.values().filter(|work| matches!(work, Work::Build { .. })).count()
    }

    /// Objects of the newest slot that has some to be read now.
    fn new_objects(&mut self) -> Option<Order> {
        let now = self.moment.steady;
        let found = self.waiting.newest_first().find_map(|(slot, objects)| {
            let ready = || objects.iter().filter(|(id, entry)| self.is_ready(**id, entry));
            let (mut ids, bytes) = chosen(ready().filter(|(id, _)| !self.waiting.is_suspect(**id)));
            if ids.is_empty() {
                ids.extend(ready().map(|(id, _)| *id).next());
            }
            let first = ids.iter().map(|id| objects[id].since).min()?;
            let is_full = bytes >= BATCH_BYTES || ids.len() >= BATCH_OBJECTS;
            (is_full || first + GATHER <= now).then(|| (slot.clone(), ids))
        });
        let (slot, ids) = found?;
        let objects: Vec<(ObjectId, LogObject)> =
            ids.into_iter().filter_map(|id| Some((id, self.waiting.remove(id)?.object))).collect();
        let mut replaced = BTreeSet::<BatchId>::new();
        let (mut without, mut names) = (Vec::new(), Vec::new());
        for (id, object) in &objects {
            if let Some(Known::Held { batch, .. }) = self.known.place(*id) {
                replaced.insert(batch);
                without.push(*id);
                names.push(object.location.to_string());
            }
            self.known.begin(*id, object);
        }
        Some(self.order(slot, objects, replaced.into_iter().collect(), (without, names)))
    }

    /// Whether an object can be read now: nobody does, and if it is in a batch, nobody takes that apart.
    fn is_ready(&self, id: ObjectId, entry: &Entry) -> bool {
        let is_free = match self.known.place(id) {
            Some(Known::Held { batch, .. }) => self.batches.get(&batch).is_some_and(|held| !held.busy),
            Some(Known::Kept { .. }) | None => true,
        };
        entry.not_before <= self.moment.steady && !self.known.is_read(id) && is_free
    }

    /// Batches of a slot that are to be one.
    fn merge(&mut self) -> Option<Order> {
        let mut slots = BTreeMap::<&Slot, Vec<&Held>>::new();
        let is_free = |held: &&Held| !held.busy && held.unreadable.1 <= self.moment.steady;
        for held in self.batches.values().filter(is_free) {
            slots.entry(&held.batch.slot).or_default().push(held);
        }
        let found = slots.iter().rev().find_map(|(slot, held)| {
            let settled = self.policy.export.is_none() && slot.end() + SETTLED <= self.moment.wall;
            let merged = if settled { all_of(held) } else { of_one_size(held) };
            Some(((*slot).clone(), merged?))
        });
        let (slot, batches) = found?;
        Some(self.order(slot, Vec::new(), batches, (Vec::new(), Vec::new())))
    }

    fn order(
        &mut self,
        slot: Slot,
        objects: Vec<(ObjectId, LogObject)>,
        batches: Vec<BatchId>,
        (without, names): (Vec<ObjectId>, Vec<String>),
    ) -> Order {
        let id = self.next_batch;
        self.next_batch += 1;
        let mut merged = Vec::new();
        for batch in &batches {
            if let Some(held) = self.batches.get_mut(batch) {
                held.busy = true;
                merged.push(Arc::clone(&held.batch));
            }
        }
        let read = objects.iter().map(|(_, object)| object.clone()).collect();
        let work = self.work(Work::Build { objects, batches, without, built: None, damaged: Vec::new() });
        Order { work, id, slot, objects: read, batches: merged, without: names }
    }

    /// Slots of the export that are complete and of which there is something in the store.
    fn hand_over(&mut self) -> Option<Effect> {
        let length = self.policy.export?;
        let ExportState::Waits(until) = self.export else { return None };
        // What an hour still lacks goes to the store first, unless that takes for ever.
        let is_quiet = self.is_tried() && self.builds() == 0;
        let until = if is_quiet { until } else { until + PATIENCE };
        if until > self.moment.steady {
            return None;
        }
        let slots = self.due();
        let (first, last) = (slots.first()?.start, slots.last()?.start);
        self.export = ExportState::Running;
        Some(Effect::Export { starts: first..last + length.micros(), slots })
    }

    /// Those slots, in their order.
    pub(super) fn due(&self) -> Vec<Slot> {
        let Some(length) = self.policy.export else { return Vec::new() };
        let of_export = |slot: &Slot| Slot { start: length.start_of(slot.start), length, ..slot.clone() };
        let slots: BTreeSet<Slot> = self.batches.values().map(|held| of_export(&held.batch.slot)).collect();
        slots.into_iter().filter(|slot| slot.end() + self.policy.settle <= self.moment.wall).collect()
    }

    /// Lets go of the batches all of whose objects a record of the export names.
    pub(super) fn leave_exported(&mut self, effects: &mut Vec<Effect>) {
        let is_exported =
            |held: &&Held| !held.busy && held.objects.iter().all(|object| self.known.is_exported(*object));
        let batches: Vec<BatchId> = self.batches.values().filter(is_exported).map(|held| held.batch.id).collect();
        if !batches.is_empty() {
            self.leave(batches, None, true, effects);
        }
    }
}

/// As many objects as go into one batch, and the bytes of them.
fn chosen<'a>(objects: impl Iterator<Item = (&'a ObjectId, &'a Entry)>) -> (Vec<ObjectId>, u64) {
    let (mut ids, mut bytes) = (Vec::new(), 0);
    for (id, entry) in objects {
        if bytes >= BATCH_BYTES || ids.len() >= BATCH_OBJECTS {
            break;
        }
        ids.push(*id);
        bytes += entry.object.size;
    }
    (ids, bytes)
}

fn all_of(held: &[&Held]) -> Option<Vec<BatchId>> {
    (held.len() >= SETTLED_FAN).then(|| held.iter().map(|held| held.batch.id).collect())
}

/// Batches of about the same size, if there are many: so each row is written anew only a few times.
fn of_one_size(held: &[&Held]) -> Option<Vec<BatchId>> {
    let mut tiers = BTreeMap::<u32, Vec<BatchId>>::new();
    for held in held {
        tiers.entry(held.batch.size().max(1).ilog(TIER)).or_default().push(held.batch.id);
    }
    tiers.into_values().find(|batches| batches.len() >= FAN)
}
