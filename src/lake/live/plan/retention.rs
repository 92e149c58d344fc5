//! What is let go: hours that are too old, and the oldest ones when there are too many bytes.

use std::collections::BTreeMap;

use alblog::time::HOUR;

use super::super::manifest::Change;
use super::{BatchId, Effect, Held, State, Work};
use crate::lake::export::SlotLength;

impl State {
    /// Lets go of what is not to be kept any more.
    pub(super) fn let_go(&mut self, effects: &mut Vec<Effect>) {
        let by_age = self.by_age();
        if let Some(from) = by_age.filter(|from| *from != self.kept_from) {
            // Readers are to know from when on there is something.
            self.kept_from = from;
            let work = self.work(Work::Leave { batches: Vec::new(), floor: None, kept: false });
            effects.push(Effect::Commit(work, Change { kept_from: Some(from), ..Change::default() }));
        }
        let floor = by_age.unwrap_or(self.floor).max(self.by_size());
        let old: Vec<&Held> = self.batches.values().filter(|held| held.batch.slot.end() <= floor).collect();
        if floor <= self.floor || old.iter().any(|held| held.busy) {
            return;
        }
        let batches: Vec<BatchId> = old.iter().map(|held| held.batch.id).collect();
        if batches.is_empty() {
            // Worth a line when there is something to let go.
            self.rise(floor, effects);
        } else {
            self.leave(batches, Some(floor), false, effects);
        }
    }

    /// By the calendar, but never by more than the newest object tells: a clock that was set to next year empties nothing.
    /// None while there is nothing that tells.
    fn by_age(&self) -> Option<i64> {
        let newest =
            self.batches.values().map(|held| held.batch.slot.end()).filter(|end| *end <= self.moment.wall + HOUR).max();
        newest.map(|newest| SlotLength::Hour.start_of(self.moment.wall.min(newest + HOUR) - self.policy.keep))
    }

    /// So that what is left is small enough. The newest hour always stays.
    fn by_size(&self) -> i64 {
        let mut hours = BTreeMap::<i64, u64>::new();
        for held in self.batches.values() {
            *hours.entry(held.batch.slot.end()).or_default() += held.batch.size();
        }
        let (mut left, mut floor) = (hours.values().sum::<u64>(), self.floor);
        hours.pop_last();
        for (end, size) in hours {
            if left > self.policy.max_bytes {
                left -= size;
                floor = end;
            }
        }
        floor
    }

    /// Lets go of batches; `kept` if the export has their rows.
    pub(super) fn leave(&mut self, batches: Vec<BatchId>, floor: Option<i64>, kept: bool, effects: &mut Vec<Effect>) {
        for id in &batches {
            if let Some(held) = self.batches.get_mut(id) {
                held.busy = true;
            }
        }
        let change = Change { drop: batches.clone(), floor, ..Change::default() };
        let work = self.work(Work::Leave { batches, floor, kept });
        effects.push(Effect::Commit(work, change));
    }

    /// What ended by then is not wanted any more, whoever tells of it.
    pub(super) fn rise(&mut self, floor: i64, effects: &mut Vec<Effect>) {
        self.floor = self.floor.max(floor);
        for id in self.waiting.drop_until(self.floor) {
            self.told(id, effects);
        }
        self.known.forget(self.floor);
    }
}
