//! Which objects are in the store or in the export, by numbers made of their names: a store may have half a million.
//!
//! An object is known by the name AWS gave it, wherever it lies: names end in a random part, so two objects of one name are copies, and
//! only the one that came first counts, unless it was a part of the log and the other one may be all of it ([`Standing`]).

use std::collections::{BTreeMap, HashMap};
use std::hash::Hasher;

use alblog::time::HOUR;
use alblog::{LogKey, key};
use twox_hash::XxHash64;

use super::super::batch::{Batch, BatchId};
use crate::lake::export::Source;
use crate::read::storage::{LogObject, Standing};

/// A number made of an object's name, another one in every process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId(u128);

/// What tells an object's content from any other that was there under its name, as [`Source::is`] does: two halves of a hash, since there
/// are very many, and each is compared with few.
#[derive(Debug, Clone, Copy)]
pub struct Version {
    content: u32,
    location: u32,
    standing: Standing,
}

impl Version {
    /// Of a location, a size in bytes, S3's mark or else when it was written, and whether it was read to its end, if it was.
    fn new(log_object: &str, size: u64, etag: Option<&str>, modified: Option<i64>, is_whole: bool) -> Self {
        let standing = Standing::of(log_object, size, is_whole);
        let mut hash = XxHash64::with_seed(0);
        hash.write_u64(size);
        match etag {
            Some(etag) => hash.write(etag.as_bytes()),
            None => hash.write_i64(modified.unwrap_or(0)),
        }
        let location = XxHash64::oneshot(0, log_object.as_bytes());
        Self { content: half(hash.finish()), location: half(location), standing }
    }

    /// Of an object as it was listed.
    pub fn of_object(object: &LogObject) -> Self {
        Self::new(&object.location.to_string(), object.size, object.etag.as_deref(), object.modified, true)
    }

    /// Of an object as a record names it.
    pub fn of_source(source: &Source) -> Self {
        let is_whole = source.error.is_none();
        Self::new(&source.log_object, source.size, source.etag.as_deref(), source.modified, is_whole)
    }

    /// The same, of an object that was read, or not to its end.
    pub fn read(self, is_whole: bool) -> Self {
        Self { standing: self.standing.read(is_whole), ..self }
    }

    /// Whether it may stand for the other one: it has the same content, or is a copy elsewhere that does not give way to that one.
    pub fn is(self, other: Self) -> bool {
        if self.location == other.location {
            self.content == other.content
        } else {
            !self.standing.gives_way_to(&other.standing)
        }
    }

    fn is_just(self, other: Self) -> bool {
        (self.location, self.content) == (other.location, other.content)
    }
}

/// Where an object is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Known {
    /// In a batch of the store.
    Held { version: Version, batch: BatchId },
    /// In the export and not in the store.
    Kept { version: Version },
}

/// What is known of an object.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    place: Option<Known>,
    /// The version that is being read.
    reading: Option<Version>,
    /// Whether a record of the export has the version that the store has.
    is_recorded: bool,
    /// In which hour since the epoch its interval ended, to forget it one day.
    hour: i32,
}

#[derive(Debug)]
pub(super) struct KnownObjects {
    seeds: (u64, u64),
    entries: BTreeMap<ObjectId, Entry>,
    /// What gave way to another copy, and does not come back: else two that are both damaged would for ever.
    gave_way: HashMap<ObjectId, Vec<Version>>,
}

impl Default for KnownObjects {
    fn default() -> Self {
        Self { seeds: (fastrand::u64(..), fastrand::u64(..)), entries: BTreeMap::new(), gave_way: HashMap::new() }
    }
}

impl KnownObjects {
    /// The number of an object by its location.
    fn id(&self, log_object: &str) -> ObjectId {
        self.number(key::identity(log_object).as_deref().unwrap_or(log_object))
    }

    /// The number of an object as it was listed.
    pub(super) fn id_of(&self, object: &LogObject) -> ObjectId {
        self.id(&object.location.to_string())
    }

    fn number(&self, name: &str) -> ObjectId {
        let of = |seed| u128::from(XxHash64::oneshot(seed, name.as_bytes()));
        ObjectId(of(self.seeds.0) << 64 | of(self.seeds.1))
    }

    /// An object of a batch, by the batch's record.
    pub(super) fn hold(&mut self, source: &Source, batch: &Batch) -> ObjectId {
        let id = self.id(&source.log_object);
        let entry = self.entries.entry(id).or_default();
        entry.place = Some(Known::Held { version: Version::of_source(source), batch: batch.id });
        entry.hour = hour(batch.slot.end());
        id
    }

    /// An object of the export, by a record.
    pub(super) fn record(&mut self, source: &Source) -> ObjectId {
        let id = self.id(&source.log_object);
        let version = Version::of_source(source);
        let entry = self.entries.entry(id).or_default();
        match entry.place {
            Some(Known::Held { version: held, .. }) => entry.is_recorded = version.is(held),
            Some(Known::Kept { .. }) | None => entry.place = Some(Known::Kept { version }),
        }
        if let Some(key) = LogKey::parse(&source.log_object) {
            entry.hour = hour(key.interval_end);
        }
        id
    }

    /// Whether this version of it is in the store or the export.
    pub(super) fn has(&self, id: ObjectId, wanted: Version) -> bool {
        match self.place(id) {
            Some(Known::Held { version, .. } | Known::Kept { version }) => {
                let gave_way = || self.gave_way.get(&id).is_some_and(|them| them.iter().any(|it| it.is_just(wanted)));
                version.is(wanted) || gave_way()
            }
            None => false,
        }
    }

    pub(super) fn place(&self, id: ObjectId) -> Option<Known> {
        self.entries.get(&id).and_then(|entry| entry.place)
    }

    /// Whether it is in the store in the version that a record of the export has.
    pub(super) fn is_exported(&self, id: ObjectId) -> bool {
        let is_held = |entry: &Entry| matches!(entry.place, Some(Known::Held { .. }));
        self.entries.get(&id).is_some_and(|entry| is_held(entry) && entry.is_recorded)
    }

    pub(super) fn is_read(&self, id: ObjectId) -> bool {
        self.entries.get(&id).is_some_and(|entry| entry.reading.is_some())
    }

    /// Whether it is just this version that is being read.
    pub(super) fn is_read_as(&self, id: ObjectId, version: Version) -> bool {
        self.entries.get(&id).is_some_and(|entry| entry.reading.is_some_and(|it| it.is(version)))
    }

    pub(super) fn begin(&mut self, id: ObjectId, object: &LogObject) {
        let entry = self.entries.entry(id).or_default();
        entry.reading = Some(Version::of_object(object));
        entry.hour = object.key.as_ref().map_or(entry.hour, |key| hour(key.interval_end));
    }

    /// It was not read after all.
    pub(super) fn put_back(&mut self, id: ObjectId) {
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.reading = None;
            if entry.place.is_none() {
                self.entries.remove(&id);
            }
        }
    }

    pub(super) fn set(&mut self, id: ObjectId, place: Known) {
        let entry = self.entries.entry(id).or_default();
        let (Known::Held { version: new, .. } | Known::Kept { version: new }) = place;
        if let Some(Known::Held { version, .. } | Known::Kept { version }) = entry.place
            && version.location != new.location
        {
            self.gave_way.entry(id).or_default().push(version);
        }
        (entry.place, entry.reading, entry.is_recorded) = (Some(place), None, false);
    }

    /// Its rows are in another batch now.
    pub(super) fn moved(&mut self, id: ObjectId, to: BatchId) {
        if let Some(Entry { place: Some(Known::Held { batch, .. }), .. }) = self.entries.get_mut(&id) {
            *batch = to;
        }
    }

    /// Its batch was let go; `kept` if the export has it.
    pub(super) fn left(&mut self, id: ObjectId, kept: bool) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        entry.place = match entry.place {
            Some(Known::Held { version, .. }) if kept => Some(Known::Kept { version }),
            _ => None,
        };
    }

    /// What ended by then is never asked for again.
    pub(super) fn forget(&mut self, floor: i64) {
        self.entries.retain(|_, entry| entry.hour > hour(floor) || entry.reading.is_some());
        self.gave_way.retain(|id, _| self.entries.contains_key(id));
    }
}

fn half(hash: u64) -> u32 {
    u32::try_from(hash >> 32).unwrap_or_default()
}

/// The hour that ends then or in which that is.
fn hour(time: i64) -> i32 {
    i32::try_from((time - 1).div_euclid(HOUR) + 1).unwrap_or(i32::MAX)
}
