//! What an export did, day by day.

use std::collections::{BTreeMap, BTreeSet};

use alblog::SkipReason;
use serde::Serialize;

use super::plan::Why;
use super::slot::Slot;
use crate::base::message::Message;
use crate::read::scan::Problem;
use crate::read::storage::Copies;

/// What a run did, or would do.
#[derive(Debug, Default)]
pub struct ExportReport {
    /// By day of the slots, `yyyy-MM-dd`.
    pub days: BTreeMap<String, DayReport>,
    /// Slots that were as they should be.
    pub kept: Vec<Slot>,
    /// Slots that were, or would be, written, and why.
    pub written: Vec<(Slot, Why)>,
    /// Objects that were not exported, or not to their end; slots that were left as they are. The run is incomplete.
    pub incomplete: BTreeSet<Problem>,
    /// Objects of slots that stay as they are of which rows are missing: the export is as incomplete as it was when they were written.
    pub damaged: BTreeSet<Problem>,
    /// Files in the export's folders that are none of its own: of other names, or of slots that have no record.
    pub foreign: Vec<String>,
    /// Objects left out because of their names.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// Logs whose names do not say whose they are: they fit into no slot.
    pub unnamed: u64,
    /// Objects left out because another one has the same name by AWS.
    pub copies: Copies,
    /// Lines that are no rows, of all slots that were looked at.
    pub rejected_lines: u64,
    /// What lines were found in, and in how many of the objects that were read: `inside JSON (Firehose)`.
    pub containers: BTreeMap<String, u64>,
    /// Whether the run was ended before it was done.
    pub interrupted: bool,
}

/// What happened to the slots of a day.
#[derive(Debug, Default, Clone, Serialize)]
pub struct DayReport {
    /// Slots that have objects, or had.
    pub slots: u64,
    /// Slots that were as they should be.
    pub kept: u64,
    /// Slots written for the first time.
    pub new: u64,
    pub redone: u64,
    /// Slots that should have been written and were not.
    pub failed: u64,
    pub rows: u64,
    /// Bytes read, as stored.
    pub raw: u64,
    /// Bytes written.
    pub parquet: u64,
    /// Why slots were written: how many for each reason.
    #[serde(skip)]
    pub why: BTreeMap<Why, u64>,
}

impl DayReport {
    /// Adds another day's numbers.
    pub fn add(&mut self, other: &Self) {
        self.slots += other.slots;
        self.kept += other.kept;
        self.new += other.new;
        self.redone += other.redone;
        self.failed += other.failed;
        self.rows += other.rows;
        self.raw += other.raw;
        self.parquet += other.parquet;
        for (why, count) in &other.why {
            *self.why.entry(*why).or_default() += count;
        }
    }

    /// Counts a slot that is written for this reason.
    pub(super) fn count(&mut self, why: Why) {
        *self.of(why) += 1;
        *self.why.entry(why).or_default() += 1;
    }

    /// Takes back that one is.
    fn uncount(&mut self, why: Why) {
        let of = self.of(why);
        *of = of.saturating_sub(1);
        let left = self.why.remove(&why).unwrap_or_default().saturating_sub(1);
        if left > 0 {
            self.why.insert(why, left);
        }
    }

    fn of(&mut self, why: Why) -> &mut u64 {
        match why {
            Why::New | Why::Missing => &mut self.new,
            Why::Late(_) | Why::Replaced(_) | Why::Damaged | Why::Asked => &mut self.redone,
        }
    }
}

impl ExportReport {
    pub fn total(&self) -> DayReport {
        let mut total = DayReport::default();
        self.days.values().for_each(|day| total.add(day));
        total
    }

    /// Whether something that should be in the export is not, since this run or since one before.
    pub fn is_incomplete(&self) -> bool {
        let nothing_fits = self.unnamed > 0 && self.kept.is_empty() && self.written.is_empty();
        let is_lacking = !self.incomplete.is_empty() || !self.damaged.is_empty() || self.copies.differing > 0;
        self.interrupted || is_lacking || nothing_fits
    }

    pub(super) fn day(&mut self, day: &str) -> &mut DayReport {
        self.days.entry(day.to_owned()).or_default()
    }

    /// Notes that a slot was not written.
    pub(super) fn fail(&mut self, slot: &Slot, message: impl Into<Message>) {
        self.day(&slot.day()).failed += 1;
        self.problem(format!("slot {slot}"), message);
    }

    /// Notes that a slot which was to be written stays as it was.
    pub(super) fn hold(&mut self, slot: &Slot, message: Message) {
        if let Some(at) = self.written.iter().position(|(written, _)| written == slot) {
            let (_, why) = self.written.remove(at);
            self.day(&slot.day()).uncount(why);
        }
        self.fail(slot, message);
    }

    pub(super) fn problem(&mut self, object: impl Into<String>, message: impl Into<Message>) {
        self.incomplete.insert(Problem { object: object.into(), message: message.into() });
    }
}
