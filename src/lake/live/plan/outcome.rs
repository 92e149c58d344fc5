//! What came of what was begun.

use std::sync::Arc;

use alblog::time::{HOUR, MINUTE};

use super::known::Known;
use super::{BatchId, Built, Effect, GRACE, Held, ObjectId, PAUSE, State, Version, Why, Work, WorkId};
use crate::lake::live::manifest::Change;
use crate::read::storage::LogObject;

/// A batch that cannot be read is left alone for so long, and each time for twice as long, up to this.
const LEFT_ALONE: (i64, i64) = (2 * MINUTE, HOUR);

impl State {
    pub(super) fn built(&mut self, work: WorkId, built: Built, effects: &mut Vec<Effect>) {
        let moment = self.moment.steady;
        let Some(Work::Build { objects, batches, without, built: is_built, damaged }) = self.works.get_mut(&work)
        else {
            return;
        };
        *damaged = built.damaged;
        *is_built = built.batch.clone().map(Arc::new);
        if is_built.is_some() {
            self.in_vain = 0;
        }
        let change = built.batch.map(|batch| Change { add: Some(batch), drop: batches.clone(), ..Change::default() });
        let (unread, read) = std::mem::take(objects).into_iter().partition(|(_, object)| {
            let name = object.location.to_string();
            built.unread.iter().any(|unread| unread.log_object == name)
        });
        *objects = read;
        let unread: Vec<(ObjectId, LogObject)> = unread;
        // What could not be read anew is still there as it was.
        without.retain(|id| !unread.iter().any(|(unread, _)| unread == id));
        for (id, object) in unread {
            let name = object.location.to_string();
            self.known.put_back(id);
            if built.unread.iter().any(|unread| unread.gone && unread.log_object == name) {
                self.waiting.forget(id);
                self.told(id, effects);
            } else {
                self.waiting.again(id, object, moment);
                effects.extend(self.messages.release(id).into_iter().map(Effect::Release));
            }
        }
        match change {
            Some(change) => effects.push(Effect::Commit(work, change)),
            None => self.give_up(work, Why::Passes),
        }
    }

    pub(super) fn failed(&mut self, work: WorkId, why: Why) {
        let now = self.moment.steady;
        match why {
            // Those that were begun at the same time fail together.
            Why::Passes if self.paused > now => {}
            Why::Passes => {
                self.paused = now + PAUSE;
                self.in_vain = self.in_vain.saturating_add(1);
            }
            Why::Objects => {}
            Why::Unreadable(batch) => {
                if let Some(held) = self.batches.get_mut(&batch) {
                    let (first, longest) = LEFT_ALONE;
                    let times = held.unreadable.0;
                    held.unreadable = (times.saturating_add(1), now + (first << times.min(8)).min(longest));
                }
            }
        }
        self.give_up(work, why);
    }

    /// Something ended without a batch: its objects are tried again; one by one if one of them is to blame.
    fn give_up(&mut self, work: WorkId, why: Why) {
        let Some(Work::Build { objects, batches, .. }) = self.works.remove(&work) else { return };
        for (id, object) in objects {
            self.known.put_back(id);
            match why {
                Why::Passes => self.waiting.back(id, object, self.moment.steady),
                Why::Objects => {
                    self.waiting.suspect(id);
                    self.waiting.again(id, object, self.moment.steady);
                }
                Why::Unreadable(_) => self.waiting.again(id, object, self.moment.steady),
            }
        }
        self.release_batches(&batches);
    }

    fn release_batches(&mut self, batches: &[BatchId]) {
        for id in batches {
            if let Some(held) = self.batches.get_mut(id) {
                held.busy = false;
            }
        }
    }

    pub(super) fn committed(&mut self, work: WorkId, effects: &mut Vec<Effect>) {
        match self.works.remove(&work) {
            Some(Work::Build { objects, batches, without, built: Some(batch), damaged }) => {
                let id = batch.id;
                let mut names: Vec<ObjectId> = objects.iter().map(|(id, _)| *id).collect();
                for old in &batches {
                    let old = self.retire(*old);
                    names.extend(old.into_iter().filter(|name| !without.contains(name)));
                }
                for (name, object) in &objects {
                    let is_whole = !damaged.contains(&object.location.to_string());
                    let version = Version::of_object(object).read(is_whole);
                    self.known.set(*name, Known::Held { version, batch: id });
                }
                for name in &names {
                    self.known.moved(*name, id);
                }
                self.batches.insert(id, Held::new(batch, names));
                for (name, _) in objects {
                    // Somebody may have told of another version meanwhile.
                    if self.waiting.get(name).is_none() {
                        self.waiting.forget(name);
                        self.told(name, effects);
                    }
                }
            }
            Some(Work::Leave { batches, floor, kept }) => {
                for batch in batches {
                    for name in self.retire(batch) {
                        self.known.left(name, kept);
                    }
                }
                if let Some(floor) = floor {
                    self.rise(floor, effects);
                }
            }
            Some(Work::Build { .. }) | None => {}
        }
    }

    /// A batch is not in the store any more: what it was made of. Its files keep their names for a while.
    fn retire(&mut self, batch: BatchId) -> Vec<ObjectId> {
        let Some(held) = self.batches.remove(&batch) else { return Vec::new() };
        let files = held.batch.files.iter().map(|file| file.path.clone()).collect();
        self.retired.push((self.moment.steady + GRACE, files));
        held.objects
    }
}
