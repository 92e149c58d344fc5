//! A bucket, a queue, a disk and an export that were made up, and somebody who looks after every change.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::PathBuf;

use alblog::time::{HOUR, MINUTE};
use alblog::{LogKey, LogKind};

use super::super::super::batch::{Batch, BatchFile, BatchId};
use super::super::super::manifest::{Change, Content};
use super::super::{Built, Effect, Event, Order, Policy, Receipt, State, Unread, Why, WorkId};
use crate::base::clock::Moment;
use crate::base::tables::Table;
use crate::lake::export::{Slot, SlotLength, Source};
use crate::read::storage::{Location, LogObject};

/// Objects there may be: three hours, two kinds, two in each.
pub(super) const OBJECTS: usize = 12;
/// 2026-11-20T21:00Z
const FIRST: i64 = (20_777 * 24 + 21) * HOUR;
const KEEP: i64 = 5 * HOUR;

/// A row: its object's name and version.
type Row = (String, u64);
/// What was made of an object: its name and version.
type Version = u64;

struct Message {
    object: usize,
    version: Version,
    /// Under which number it was received last, if it is invisible.
    receipt: Option<Receipt>,
}

/// What a careless writer might do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bug {
    /// A message is deleted as soon as it was heard.
    DeletesWhenTold,
    /// A message whose objects could not be read is deleted.
    DeletesWhenReleased,
    /// Files are removed before the line that lets go of them.
    UnlinksBeforeTheLine,
    /// Batches that were merged stay.
    ForgetsToDrop,
    /// Batches that were merged are let go in a line before the one that adds the new one.
    DropsInALineOfItsOwn,
    /// The old rows of an object that was replaced stay.
    KeepsReplacedRows,
    /// So they do not, although the new ones could not be read.
    LosesRowsOfWhatCannotBeRead,
    /// An export that failed is taken for one that has everything.
    BelievesAnExportThatFailed,
    /// A record counts whatever version of an object it names.
    IgnoresVersions,
    /// A restarted process does not know what the store has.
    ForgetsWhatItHas,
    /// Nor does it remove what no line names.
    LeavesUnnamedFiles,
    /// What is too old goes, and the manifest does not say from when.
    DropsWithoutAFloor,
}

impl Bug {
    pub(super) const ALL: [Self; 12] = [
        Self::DeletesWhenTold,
        Self::DeletesWhenReleased,
        Self::UnlinksBeforeTheLine,
        Self::ForgetsToDrop,
        Self::DropsInALineOfItsOwn,
        Self::KeepsReplacedRows,
        Self::LosesRowsOfWhatCannotBeRead,
        Self::BelievesAnExportThatFailed,
        Self::IgnoresVersions,
        Self::ForgetsWhatItHas,
        Self::LeavesUnnamedFiles,
        Self::DropsWithoutAFloor,
    ];
}

enum Job {
    Build(Order),
    Export { starts: Range<i64>, slots: Vec<Slot> },
}

pub(super) struct World {
    /// What is in the bucket.
    raw: BTreeMap<usize, Version>,
    queue: Vec<Message>,
    listing: Option<Vec<LogObject>>,
    /// Rows of each file; every batch has one.
    disk: BTreeMap<String, Vec<Row>>,
    manifest: Content,
    export: BTreeMap<Slot, BTreeMap<String, Version>>,
    state: State,
    policy: Policy,
    moment: Moment,
    jobs: Vec<Job>,
    versions: Version,
    receipts: u64,
    /// Effects until the process is killed.
    left: Option<usize>,
    /// How often it was.
    lives: usize,
    /// What must be there from now on, in this version or a later one.
    promised: BTreeMap<String, Version>,
    /// What is done wrong, if anything is.
    pub(super) bug: Option<Bug>,
    pub(super) violations: Vec<String>,
}

fn key(object: usize) -> LogKey {
    let (second, rest) = (object % 2, object / 2);
    let (hour, kind) = (rest % 3, rest / 3);
    LogKey {
        kind: [LogKind::Access, LogKind::HealthCheck][kind],
        account: "111111111111".to_owned(),
        region: "eu-west-1".to_owned(),
        elb_name: "shop".to_owned(),
        elb_id: "50dc6c495c0c9188".to_owned(),
        interval_end: FIRST + i64::try_from(hour).unwrap() * HOUR + [25, 60][second] * MINUTE,
        node_ip: "192.0.2.1".to_owned(),
        random: format!("r{object}"),
        gzip: true,
    }
}

fn name(object: usize) -> String {
    key(object).to_string()
}

fn number(name: &str) -> usize {
    (0..OBJECTS).find(|object| super::world::name(*object) == name).unwrap()
}

fn slot(object: usize) -> Slot {
    Slot::of(&key(object), SlotLength::Hour)
}

fn found(object: usize, version: Version) -> LogObject {
    let key = key(object);
    LogObject {
        location: Location::Path(PathBuf::from(name(object))),
        kind: Some(key.kind),
        key: Some(key),
        size: 10,
        modified: Some(i64::try_from(version).unwrap()),
        etag: None,
        content: None,
        inflated: None,
        copy: None,
    }
}

fn source(name: &str, version: Version) -> Source {
    let modified = Some(i64::try_from(version).unwrap());
    Source { log_object: name.to_owned(), size: 10, modified, ..Source::default() }
}

fn version_of(object: &LogObject) -> Version {
    object.modified.unwrap().unsigned_abs()
}

impl World {
    pub(super) fn new(export: bool, max_files: u64) -> Self {
        let policy = Policy {
            keep: KEEP,
            max_bytes: max_files,
            export: export.then_some(SlotLength::Hour),
            settle: HOUR,
            workers: 2,
        };
        let moment = Moment { wall: FIRST + 30 * MINUTE, steady: 0 };
        let manifest = Content::default();
        Self {
            raw: BTreeMap::new(),
            queue: Vec::new(),
            listing: None,
            disk: BTreeMap::new(),
            state: State::new(policy.clone(), &manifest, moment),
            manifest,
            export: BTreeMap::new(),
            policy,
            moment,
            jobs: Vec::new(),
            versions: 0,
            receipts: 0,
            left: None,
            lives: 0,
            promised: BTreeMap::new(),
            bug: None,
            violations: Vec::new(),
        }
    }

    pub(super) fn put(&mut self, object: usize, messages: usize) {
        self.versions += 1;
        self.raw.insert(object, self.versions);
        for _ in 0..messages {
            self.queue.push(Message { object, version: self.versions, receipt: None });
        }
    }

    pub(super) fn expire(&mut self, object: usize) {
        self.raw.remove(&object);
    }

    fn all(&self) -> Vec<LogObject> {
        self.raw.iter().map(|(object, version)| found(*object, *version)).collect()
    }

    pub(super) fn list(&mut self, later: bool) {
        let all = self.all();
        if later {
            self.listing = Some(all);
        } else {
            self.found(all, None);
        }
    }

    pub(super) fn listed(&mut self) {
        if let Some(listing) = self.listing.take() {
            self.found(listing, None);
        }
    }

    /// As whoever reads the queue does: objects are looked up, and those that are gone need nothing.
    pub(super) fn receive(&mut self, message: usize, with: Option<usize>) {
        if self.queue.is_empty() {
            return;
        }
        self.receipts += 1;
        let receipt = Receipt(self.receipts);
        let mut objects = BTreeSet::new();
        for at in [Some(message), with].into_iter().flatten() {
            let at = at % self.queue.len();
            self.queue[at].receipt = Some(receipt);
            objects.insert(self.queue[at].object);
        }
        let there = objects.iter().filter_map(|object| Some(found(*object, *self.raw.get(object)?)));
        let there = there.collect();
        self.found(there, Some(receipt));
    }

    fn found(&mut self, objects: Vec<LogObject>, receipt: Option<Receipt>) {
        self.event(Event::Found { objects, receipt });
        if let Some(receipt) = receipt.filter(|_| self.has(Bug::DeletesWhenTold)) {
            self.delete(receipt);
        }
    }

    fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    pub(super) fn wait(&mut self, minutes: i64) {
        let passed = (minutes * MINUTE).max(2_000_000);
        self.moment = Moment { wall: self.moment.wall + passed, steady: self.moment.steady + passed };
        self.event(Event::Tick);
    }

    pub(super) fn set_clock(&mut self, hours: i64) {
        self.moment.wall += hours * HOUR;
        self.event(Event::Tick);
        self.moment.wall -= hours * HOUR;
    }

    pub(super) fn kill_after(&mut self, effects: usize) {
        self.left = Some(effects);
    }

    fn event(&mut self, event: Event) {
        let effects = self.state.step(self.moment, event);
        for effect in effects {
            if self.left == Some(0) {
                return self.die();
            }
            self.left = self.left.map(|left| left - 1);
            let life = self.lives;
            self.carry_out(effect);
            self.look();
            if self.lives != life {
                // The process was killed in what came of it.
                return;
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Build(order) => self.jobs.push(Job::Build(order)),
            Effect::Export { starts, slots } => self.jobs.push(Job::Export { starts, slots }),
            Effect::Commit(work, change) => self.commit(work, change),
            Effect::Delete(receipt) => self.delete(receipt),
            Effect::Release(receipt) if self.has(Bug::DeletesWhenReleased) => self.delete(receipt),
            Effect::Release(receipt) => {
                self.queue.iter_mut().filter(|message| message.receipt == Some(receipt)).for_each(|m| m.receipt = None);
            }
            Effect::Unlink(files) => files.iter().for_each(|file| drop(self.disk.remove(file))),
        }
    }

    fn commit(&mut self, work: WorkId, mut change: Change) {
        if self.has(Bug::UnlinksBeforeTheLine) {
            change.drop.iter().for_each(|id| drop(self.disk.remove(&format!("{id}.parquet"))));
            self.look();
        }
        if self.has(Bug::DropsInALineOfItsOwn) {
            self.manifest.apply(Change { drop: std::mem::take(&mut change.drop), ..Change::default() });
            self.look();
        }
        if self.has(Bug::ForgetsToDrop) && change.add.is_some() {
            change.drop.clear();
        }
        if self.has(Bug::DropsWithoutAFloor) {
            change.floor = None;
        }
        let floor = change.floor;
        let added = change.add.as_ref().map(|batch| batch.files[0].path.clone());
        self.manifest.apply(change);
        for (name, version) in added.iter().flat_map(|path| self.disk.get(path).into_iter().flatten()) {
            self.promised.insert(name.clone(), *version);
        }
        if let Some(floor) = floor {
            self.promised.retain(|name, _| slot(number(name)).end() > floor);
        }
        self.look();
        match self.left {
            Some(0) => self.die(),
            _ => self.event(Event::Committed(work)),
        }
    }

    /// A deleted message was heard: what it told of is there, or cannot be or need not be.
    fn delete(&mut self, receipt: Receipt) {
        let deleted: Vec<Message> = self.queue.extract_if(.., |message| message.receipt == Some(receipt)).collect();
        for Message { object, version, .. } in deleted {
            let there = self.export_has(object, version) || self.store_has(object, version);
            // Another version has messages of its own.
            let needless = self.raw.get(&object) != Some(&version) || slot(object).end() <= self.state.floor();
            if !there && !needless {
                self.violations.push(format!("version {version} of object {object} is told and nowhere"));
            }
        }
    }

    fn export_has(&self, object: usize, version: Version) -> bool {
        self.export.get(&slot(object)).and_then(|slot| slot.get(&name(object))).is_some_and(|there| *there >= version)
    }

    fn store_has(&self, object: usize, version: Version) -> bool {
        let files = self.manifest.batches.values().filter_map(|batch| self.disk.get(&batch.files[0].path));
        files.flatten().any(|(there, at)| *there == name(object) && *at >= version)
    }

    /// One of the jobs ends.
    pub(super) fn finish(&mut self, job: usize, fails: bool, unreadable: Option<usize>) {
        if self.jobs.is_empty() {
            return;
        }
        let at = job % self.jobs.len();
        match self.jobs.remove(at) {
            Job::Build(order) if fails => {
                let why = match (job % 3, order.batches.first()) {
                    (0, _) => Why::Objects,
                    (1, Some(batch)) => Why::Unreadable(batch.id),
                    _ => Why::Passes,
                };
                self.event(Event::Failed { work: order.work, why });
            }
            Job::Build(order) => {
                let (work, built) = (order.work, self.build(&order, unreadable));
                self.event(Event::Built(work, built));
            }
            Job::Export { starts, slots } => {
                if !fails {
                    self.bring_up_to_date(|slot| starts.contains(&slot.start), unreadable);
                    let records = slots.iter().filter_map(|slot| self.export.get(slot)).flatten();
                    let mut recorded: Vec<Source> = records.map(|(name, version)| source(name, *version)).collect();
                    if self.has(Bug::IgnoresVersions) {
                        let held = self.disk.values().flatten().map(|(name, version)| source(name, *version));
                        recorded.retain(|known| held.clone().all(|held| held.log_object != known.log_object));
                        recorded.extend(held);
                    }
                    self.look();
                    self.event(Event::Recorded(recorded));
                } else if self.has(Bug::BelievesAnExportThatFailed) {
                    let all = self.raw.iter().map(|(object, version)| source(&name(*object), *version));
                    self.event(Event::Recorded(all.collect()));
                }
                self.event(Event::Exported);
            }
        }
    }

    /// As the store does it: what cannot be read stays as it was.
    fn build(&mut self, order: &Order, unreadable: Option<usize>) -> Built {
        let (mut rows, mut unread, mut without) = (Vec::new(), Vec::new(), order.without.clone());
        for object in &order.objects {
            let log_object = object.location.to_string();
            let version = version_of(object);
            let is_as_listed = self.raw.get(&number(&log_object)) == Some(&version);
            if is_as_listed && unreadable != Some(number(&log_object)) {
                rows.push((log_object, version));
            } else {
                if !self.has(Bug::LosesRowsOfWhatCannotBeRead) {
                    without.retain(|name| *name != log_object);
                }
                unread.push(Unread { gone: !self.raw.contains_key(&number(&log_object)), log_object });
            }
        }
        if self.has(Bug::KeepsReplacedRows) {
            without.clear();
        }
        let nothing_new = rows.is_empty() && !order.objects.is_empty();
        if nothing_new && !self.has(Bug::LosesRowsOfWhatCannotBeRead) {
            return Built { batch: None, unread, damaged: Vec::new() };
        }
        for batch in &order.batches {
            let Some(file) = self.disk.get(&batch.files[0].path) else {
                self.violations.push(format!("batch {} is merged and has no file", batch.id));
                continue;
            };
            rows.extend(file.iter().filter(|(name, _)| !without.contains(name)).cloned());
        }
        let path = format!("{}.parquet", order.id);
        let file = BatchFile {
            table: Table::LogObjects,
            day: order.slot.day(),
            path: path.clone(),
            rows: rows.len() as u64,
            size: 1,
            times: None,
        };
        let batch = Batch {
            id: order.id,
            slot: order.slot.clone(),
            objects: rows.len() as u64,
            rejected_lines: 0,
            damaged: 0,
            raw: 10 * rows.len() as u64,
            files: vec![file],
        };
        if self.disk.insert(path, rows).is_some() {
            self.violations.push(format!("a file of batch {} was there before", order.id));
        }
        Built { batch: Some(batch), unread, damaged: Vec::new() }
    }

    pub(super) fn nightly_export(&mut self) {
        self.bring_up_to_date(|slot| slot.end() + HOUR <= FIRST + 6 * HOUR, None);
        self.look();
    }

    /// As an export does it: a slot is written again unless that would lose rows.
    fn bring_up_to_date(&mut self, wanted: impl Fn(&Slot) -> bool, unreadable: Option<usize>) {
        let slots: BTreeSet<Slot> = self.raw.keys().map(|object| slot(*object)).filter(|slot| wanted(slot)).collect();
        for of in slots {
            let there = self.raw.iter().filter(|(object, _)| slot(**object) == of && unreadable != Some(**object));
            let there: BTreeMap<String, Version> = there.map(|(object, version)| (name(*object), *version)).collect();
            let loses = self.export.get(&of).is_some_and(|record| record.keys().any(|name| !there.contains_key(name)));
            if !loses && !there.is_empty() {
                self.export.insert(of, there);
            }
        }
    }

    /// Everything that only the process knew is lost; whoever was writing a batch has left its file, or not.
    fn die(&mut self) {
        self.left = None;
        self.lives += 1;
        for job in std::mem::take(&mut self.jobs) {
            if let Job::Build(order) = job
                && order.work % 2 == 0
            {
                self.build(&order, None);
            }
        }
        self.look();
        let named: BTreeSet<String> =
            self.manifest.batches.values().flat_map(|batch| batch.files.iter().map(|file| file.path.clone())).collect();
        if !self.has(Bug::LeavesUnnamedFiles) {
            self.disk.retain(|path, _| named.contains(path));
        }
        self.queue.iter_mut().for_each(|message| message.receipt = None);
        let objects = |batch: &Batch| {
            let rows = self.disk.get(&batch.files[0].path).into_iter().flatten();
            rows.map(|(name, version)| source(name, *version)).collect()
        };
        let objects: BTreeMap<BatchId, Vec<Source>> =
            self.manifest.batches.iter().map(|(id, batch)| (*id, objects(batch))).collect();
        self.state = State::new(self.policy.clone(), &self.manifest, self.moment);
        for (id, objects) in objects.iter().filter(|_| self.bug != Some(Bug::ForgetsWhatItHas)) {
            self.state.remember(*id, objects);
        }
        let recorded = self.export.values().flatten().map(|(name, version)| source(name, *version)).collect();
        self.event(Event::Recorded(recorded));
    }

    /// Somebody reads everything: first what the manifest names, then the export, which goes before.
    fn look(&mut self) {
        let mut seen = BTreeMap::<String, Version>::new();
        for batch in self.manifest.batches.values() {
            let Some(rows) = self.disk.get(&batch.files[0].path) else {
                self.violations.push(format!("batch {} is named and has no file", batch.id));
                continue;
            };
            for (name, version) in rows {
                if seen.insert(name.clone(), *version).is_some() {
                    self.violations.push(format!("{name} is in batch {} and in another", batch.id));
                }
            }
        }
        for (name, version) in self.export.values().flatten() {
            // While a version is newer than the export's, the export's counts until it is written again.
            let newer = seen.get(name).copied().unwrap_or(0);
            seen.insert(name.clone(), newer.max(*version));
        }
        for (name, version) in &self.promised {
            if seen.get(name).is_none_or(|there| there < version) {
                self.violations.push(format!("version {version} of {name} was promised and is not there"));
            }
        }
    }

    /// With nothing more in the way, everything comes to where it belongs.
    pub(super) fn ends_well(&mut self) {
        self.left = None;
        self.listing = None;
        for _ in 0..30 {
            self.list(false);
            self.wait(1);
            for _ in 0..OBJECTS {
                self.finish(0, false, None);
                self.wait(0);
            }
        }
        let floor = self.state.floor();
        let objects: Vec<(usize, Version)> = self.raw.iter().map(|(object, version)| (*object, *version)).collect();
        for (object, version) in objects.iter().filter(|(object, _)| slot(*object).end() > floor) {
            if !self.export_has(*object, *version) && !self.store_has(*object, *version) {
                self.violations.push(format!("version {version} of object {object} is nowhere"));
            }
        }
        while !self.queue.is_empty() && self.violations.is_empty() {
            let before = self.queue.len();
            self.receive(0, None);
            self.wait(1);
            if self.queue.len() == before {
                self.violations.push("a message is never deleted".to_owned());
            }
        }
        (0..100).for_each(|_| self.finish(0, false, None));
        self.look();
        if !self.state.is_idle() {
            self.violations.push("something never ends".to_owned());
        }
        self.let_go_of_what_is_exported();
    }

    /// Hours that are complete and wholly recorded are not in the store any more.
    fn let_go_of_what_is_exported(&mut self) {
        if self.policy.export.is_none() {
            return;
        }
        for _ in 0..4 {
            self.wait(70);
            for _ in 0..4 {
                self.finish(0, false, None);
            }
        }
        for batch in self.manifest.batches.values() {
            let Some(rows) = self.disk.get(&batch.files[0].path) else { continue };
            let recorded = self.export.get(&batch.slot);
            let all = rows.iter().all(|(name, version)| recorded.and_then(|slot| slot.get(name)) == Some(version));
            if all {
                self.violations.push(format!("batch {} is still here, and the export has it", batch.id));
            }
        }
    }
}
