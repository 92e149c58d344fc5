//! What is to be done next with a live store: a pure function of what is known and what has just happened.
//!
//! [`State::step`] takes an [`Event`] and gives [`Effect`]s, to be carried out in their order; what becomes of them are further events.
//! Whoever is killed between two effects loses the state and nothing else: a new one is made of what the manifest says, what is
//! listed, and the messages that were not deleted. So the order of effects is all there is to get right:
//!
//! 1. files, 2. the manifest's line that names them, 3. messages deleted; and
//! 1. the export's record, 2. the line that lets go of the batches, 3. after a while, their files removed.
//!
//! `words` are the events and effects. `known` remembers objects, `waiting` those that are yet to be read, `messages` who is to be told;
//! `schedule` chooses what to work on, `outcome` takes note of what came of it, `retention` lets go. `histories` tries all of it in a made-up world in which everything goes wrong.

#[cfg(test)]
mod histories;
mod known;
mod messages;
mod outcome;
mod retention;
mod schedule;
mod waiting;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use alblog::time::{MINUTE, SECOND};

use super::batch::{Batch, BatchId};
use super::manifest::Content;
use crate::base::clock::Moment;
use crate::lake::export::{Slot, SlotLength, Source};
use crate::read::storage::LogObject;
use known::{KnownObjects, ObjectId};
use messages::Messages;
use waiting::Waiting;

pub use known::Version;
pub use messages::Receipt;
pub use words::{Built, Effect, Event, Order, Policy, Unread, Why, WorkId};

/// Names of files stay for so long after the manifest let go of them, for readers that have read it and open files now.
const GRACE: i64 = MINUTE;
/// An export runs so often at most.
const EXPORT_EVERY: i64 = 10 * MINUTE;
/// After a batch could not be written, as when the disk is full, none is tried for so long.
const PAUSE: i64 = 10 * SECOND;
/// Whoever does not wait for ever tries so often.
const TRIES: u32 = 2;

/// Something that was begun.
#[derive(Debug)]
enum Work {
    /// A batch of these objects, with what is in some batches.
    Build {
        objects: Vec<(ObjectId, LogObject)>,
        batches: Vec<BatchId>,
        without: Vec<ObjectId>,
        built: Option<Arc<Batch>>,
        /// Locations of objects that were not read to their ends.
        damaged: Vec<String>,
    },
    /// Batches are let go, since the export has their rows or nobody wants them any more.
    Leave { batches: Vec<BatchId>, floor: Option<i64>, kept: bool },
}

/// A batch in the store.
#[derive(Debug)]
struct Held {
    batch: Arc<Batch>,
    objects: Vec<ObjectId>,
    /// Whether some work takes it apart.
    busy: bool,
    /// How often it could not be read, and when it is merged again at the earliest; by the steady clock.
    unreadable: (u32, i64),
}

impl Held {
    fn new(batch: Arc<Batch>, objects: Vec<ObjectId>) -> Self {
        Self { batch, objects, busy: false, unreadable: (0, i64::MIN) }
    }
}

/// All that is known.
#[derive(Debug)]
pub struct State {
    policy: Policy,
    moment: Moment,
    floor: i64,
    /// From when on objects are kept by their age, as the manifest says.
    kept_from: i64,
    next_batch: BatchId,
    next_work: WorkId,
    batches: BTreeMap<BatchId, Held>,
    known: KnownObjects,
    waiting: Waiting,
    messages: Messages,
    works: BTreeMap<WorkId, Work>,
    /// Files without a line, and when their names may go; by the steady clock.
    retired: Vec<(i64, Vec<String>)>,
    export: ExportState,
    /// Nothing is built before; by the steady clock.
    paused: i64,
    /// How often in a row nothing could be written.
    in_vain: u32,
    stopped: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExportState {
    Running,
    /// Not again before; by the steady clock.
    Waits(i64),
}

impl State {
    /// What is known when a store is opened: what its manifest says. What its batches' records name is told next.
    pub fn new(policy: Policy, content: &Content, moment: Moment) -> Self {
        let held = |batch: &Arc<Batch>| Held::new(Arc::clone(batch), Vec::new());
        Self {
            policy,
            moment,
            floor: content.floor,
            kept_from: content.kept_from,
            next_batch: content.next,
            next_work: 1,
            batches: content.batches.iter().map(|(id, batch)| (*id, held(batch))).collect(),
            known: KnownObjects::default(),
            waiting: Waiting::default(),
            messages: Messages::default(),
            works: BTreeMap::new(),
            retired: Vec::new(),
            export: ExportState::Waits(0),
            paused: i64::MIN,
            in_vain: 0,
            stopped: false,
        }
    }

    /// The objects that a batch's record names, after the store was opened.
    pub fn remember(&mut self, batch: BatchId, sources: &[Source]) {
        if let Some(held) = self.batches.get_mut(&batch) {
            held.objects = sources.iter().map(|source| self.known.hold(source, &held.batch)).collect();
        }
    }

    /// Takes note of what has happened.
    pub fn step(&mut self, moment: Moment, event: Event) -> Vec<Effect> {
        self.moment = moment;
        let mut effects = Vec::new();
        match event {
            Event::Found { objects, receipt } => self.found(objects, receipt, &mut effects),
            Event::Recorded(sources) => {
                for source in &sources {
                    let id = self.known.record(source);
                    let waits = self.waiting.get(id).map(Version::of_object);
                    if waits.is_some_and(|version| self.known.has(id, version)) {
                        self.waiting.forget(id);
                        self.told(id, &mut effects);
                    }
                }
            }
            Event::Built(work, built) => self.built(work, built, &mut effects),
            Event::Failed { work, why } => self.failed(work, why),
            Event::Committed(work) => self.committed(work, &mut effects),
            Event::Exported => {
                self.export = ExportState::Waits(moment.steady + EXPORT_EVERY);
                self.leave_exported(&mut effects);
            }
            Event::Tick => self.tick(&mut effects),
            Event::Stop => self.stopped = true,
        }
        self.begin(&mut effects);
        effects
    }

    fn found(&mut self, objects: Vec<LogObject>, receipt: Option<Receipt>, effects: &mut Vec<Effect>) {
        let mut open = Vec::new();
        for object in objects {
            let Some(key) = &object.key else { continue };
            let slot = Slot::of(key, SlotLength::Hour);
            let id = self.known.id_of(&object);
            let version = Version::of_object(&object);
            if slot.end() <= self.floor {
                self.waiting.forget(id);
                self.told(id, effects);
                continue;
            }
            // What was seen a while ago may be told after what was seen since; and of copies the first one counts, unless it may be a part.
            let goes_before = |seen: &LogObject| {
                let is_copy = seen.location.to_string() != object.location.to_string();
                if is_copy { Version::of_object(seen).is(version) } else { seen.modified > object.modified }
            };
            let is_stale = self.waiting.get(id).is_some_and(goes_before);
            let is_here = self.known.has(id, version);
            if is_here && !is_stale && !self.known.is_read(id) {
                self.waiting.forget(id);
                self.told(id, effects);
                continue;
            }
            open.push(id);
            if !is_here && !is_stale && !self.known.is_read_as(id, version) {
                self.waiting.add(id, slot, object, self.moment.steady);
            }
        }
        if let Some(receipt) = receipt
            && !self.messages.wait(receipt, &open)
        {
            effects.push(Effect::Delete(receipt));
        }
        for id in self.waiting.keep_newest() {
            effects.extend(self.messages.release(id).into_iter().map(Effect::Release));
        }
    }

    /// An object is where it belongs, or nowhere: whoever told of it has been heard.
    fn told(&mut self, id: ObjectId, effects: &mut Vec<Effect>) {
        effects.extend(self.messages.done(id).into_iter().map(Effect::Delete));
    }

    /// The number under which something is begun.
    fn work(&mut self, work: Work) -> WorkId {
        let id = self.next_work;
        self.next_work += 1;
        self.works.insert(id, work);
        id
    }

    /// Whether everything that was begun has ended.
    pub fn is_idle(&self) -> bool {
        self.works.is_empty() && self.export != ExportState::Running
    }

    /// Whether nothing is left to be begun but what was tried in vain.
    pub fn is_done(&self) -> bool {
        let waits = matches!(self.export, ExportState::Waits(until) if until > self.moment.steady);
        self.is_idle() && self.is_tried() && (waits || self.due().is_empty())
    }

    /// Whether all that waits was tried, or nothing can be written.
    fn is_tried(&self) -> bool {
        self.waiting.is_tried() || self.in_vain >= TRIES
    }

    /// Whether there are objects that could not be read when they were tried last.
    pub fn has_unread(&self) -> bool {
        self.waiting.has_failed()
    }

    /// Whether there are batches that could not be read when they were to be merged.
    pub fn has_unreadable(&self) -> bool {
        self.batches.values().any(|held| held.unreadable.0 > 0)
    }

    /// Objects that are not in the store yet.
    pub fn backlog(&self) -> u64 {
        let read = self.works.values().map(|work| match work {
            Work::Build { objects, .. } => objects.len(),
            Work::Leave { .. } => 0,
        });
        (self.waiting.len() + read.sum::<usize>()) as u64
    }

    /// The end of the interval of the oldest object that waits to be read; microseconds since the epoch.
    pub fn oldest_waiting(&self) -> Option<i64> {
        self.waiting.oldest()
    }

    /// Whether objects were seen that there was no room to remember: they have to be listed again. Asked once.
    pub fn take_overflow(&mut self) -> bool {
        self.waiting.take_overflow()
    }

    /// Objects whose intervals end by then are not kept; microseconds since the epoch.
    #[cfg(test)]
    fn floor(&self) -> i64 {
        self.floor
    }

    fn tick(&mut self, effects: &mut Vec<Effect>) {
        let now = self.moment.steady;
        let (due, later) = std::mem::take(&mut self.retired).into_iter().partition(|(when, _)| *when <= now);
        self.retired = later;
        let due: Vec<(i64, Vec<String>)> = due;
        let files: Vec<String> = due.into_iter().flat_map(|(_, files)| files).collect();
        if !files.is_empty() {
            effects.push(Effect::Unlink(files));
        }
        self.let_go(effects);
    }
}
