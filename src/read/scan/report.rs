//! What a run read, left out and could not read.

use std::collections::{BTreeMap, BTreeSet};

use alblog::{SkipReason, Stats};

use crate::base::message::Message;

/// Something a user must be told about one object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Path or URL of the object.
    pub object: String,
    /// What happened, and what became of its rows.
    pub message: Message,
}

/// Counts over a run. Every object that was listed is counted once as read, pruned, skipped or failed, however many
/// tables of the query asked for it.
#[derive(Debug, Clone, Default)]
pub struct ScanReport {
    /// Objects that were opened, by position in the run's list.
    pub read: BTreeSet<usize>,
    /// Objects that were left out because their names show that they hold nothing asked for.
    pub pruned: BTreeSet<usize>,
    /// Objects that were left out for the same reason while listing, and are not in the run's list.
    pub pruned_unlisted: u64,
    /// Objects that are no logs of Application Load Balancers, by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// How many of those that were read were in memory.
    pub remembered: u64,
    /// Bytes read, as stored.
    pub bytes: u64,
    pub stats: Stats,
    /// Objects whose lines are in something else, by what that is.
    pub containers: BTreeMap<String, u64>,
    /// Objects that could not be read, or not to their end.
    pub incomplete: BTreeSet<Problem>,
    /// Objects with rejected lines: the first of each, without its text.
    pub rejected: BTreeSet<Problem>,
}

impl ScanReport {
    /// Counts an object that is being opened; answers whether it is for the first time in this run.
    pub fn begin(&mut self, index: usize, size: u64) -> bool {
        let first = self.read.insert(index);
        if first {
            self.bytes += size;
        }
        first
    }

    /// Whether something that was asked for could not be read.
    pub fn is_incomplete(&self) -> bool {
        !self.incomplete.is_empty()
    }
}
