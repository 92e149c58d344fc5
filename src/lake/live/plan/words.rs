//! What a plan hears and says.

use std::ops::Range;
use std::sync::Arc;

use super::Receipt;
use crate::lake::export::{Slot, SlotLength, Source};
use crate::lake::live::batch::{Batch, BatchId};
use crate::lake::live::manifest::Change;
use crate::read::storage::LogObject;

/// What is wanted of a store.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Objects whose intervals ended longer ago are let go; microseconds.
    pub keep: i64,
    /// So many bytes of files are kept at most, but always the newest hour.
    pub max_bytes: u64,
    /// The length of the export's slots, if hours are handed over to one.
    pub export: Option<SlotLength>,
    /// An hour (or day) is handed over so long after its end; microseconds.
    pub settle: i64,
    /// Batches made at the same time.
    pub workers: usize,
}

/// A number of something that was begun and will end.
pub type WorkId = u64;

/// What has happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// Objects were seen in a listing, or a message told of them. All have names by AWS.
    Found { objects: Vec<LogObject>, receipt: Option<Receipt> },
    /// These are in a record of the export.
    Recorded(Vec<Source>),
    /// The files of a batch are written.
    Built(WorkId, Built),
    /// They could not be.
    Failed { work: WorkId, why: Why },
    /// The manifest's line is written.
    Committed(WorkId),
    /// The export has run, and what its records say was told before; or it could not.
    Exported,
    /// Time goes by.
    Tick,
    /// Nothing more is to be begun.
    Stop,
}

/// Why the files of a batch could not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It passes, as a full disk does.
    Passes,
    /// What one of the objects holds.
    Objects,
    /// A batch whose rows were to go into it cannot be read.
    Unreadable(BatchId),
}

/// What came of [`Effect::Build`].
#[derive(Debug, Clone)]
pub struct Built {
    /// None if none of its objects could be read, and nothing was merged.
    pub batch: Option<Batch>,
    /// Objects that are not in it.
    pub unread: Vec<Unread>,
    /// Locations of those that are in it, and were not read to their ends.
    pub damaged: Vec<String>,
}

/// An object that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Its location.
    pub log_object: String,
    /// Whether it is not there any more; otherwise it may be read later.
    pub gone: bool,
}

/// What is to be done.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Write the files of a batch: rows of the objects, and those of the batches, but for the rows of some objects.
    Build(Order),
    /// Write a line of the manifest.
    Commit(WorkId, Change),
    /// A message is done with.
    Delete(Receipt),
    /// A message is to come again later.
    Release(Receipt),
    /// Bring the export up to date for the slots that begin in this time, and tell what its records say.
    Export { starts: Range<i64>, slots: Vec<Slot> },
    /// Remove files that no line names any more.
    Unlink(Vec<String>),
}

/// What a batch is to be made of.
#[derive(Debug, Clone)]
pub struct Order {
    pub work: WorkId,
    /// The number it gets.
    pub id: BatchId,
    pub slot: Slot,
    /// Objects to be read.
    pub objects: Vec<LogObject>,
    /// Batches whose rows go into it.
    pub batches: Vec<Arc<Batch>>,
    /// Locations of objects of which those batches' rows do not.
    pub without: Vec<String>,
}
