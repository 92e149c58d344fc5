//! Making a batch: objects are read by the export's own code, into files of the export's columns.
//!
//! A damaged object goes in as such, with the rows before the damage; so do lines that are no rows. An object that cannot be got is
//! left out, and said: it may be there later.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use alblog::{LogKind, key};
use anyhow::{Context, Result};
use arrow::array::RecordBatch;
use futures::{StreamExt, stream};
use tokio::runtime::Handle;

use super::batch::{Batch, BatchId};
use super::merge::{Part, merge};
use super::plan::{Built, Order, Unread};
use super::rows;
use super::snapshot::objects_of;
use super::traffic::Traffic;
use super::written::Written;
use crate::base::message::Message;
use crate::lake::export::target::{LocalTarget, Target};
use crate::lake::export::{ContentOptions, Encoded, Redaction, RowObserver, RowOrder, described, encode_objects};
use crate::read::scan::{Failure, ObjectScan, Openings, Progress};
use crate::read::storage::{FetchBudget, Location, LogObject};

/// Objects that are looked for at the same time.
const LOOKS: usize = 16;

/// Makes batches, on as many threads as there are.
pub struct Builder {
    /// The store.
    pub(super) folder: PathBuf,
    pub(super) target: LocalTarget,
    pub(super) redaction: Redaction,
    /// Bytes of memory for one batch, about.
    pub(super) memory: usize,
    pub(super) runtime: Handle,
    pub budget: FetchBudget,
    pub(super) progress: Progress,
    /// Set when what is under way is to be given up.
    pub stop: AtomicBool,
    /// Rows from this time on are counted as traffic; microseconds since the epoch.
    pub counted_from: i64,
}

/// What came of an order, and why objects were left out.
#[derive(Debug)]
pub struct Outcome {
    pub built: Built,
    /// Of objects that could not be got: where, and why.
    pub reasons: Vec<(String, Message)>,
    /// Of objects that are in the batch with fewer rows than they had: where, and why. Reading them again gives the same.
    pub damaged: Vec<(String, Message)>,
    /// What was read, if anything was.
    pub taken: Option<Box<Taken>>,
}

/// Objects that were read into a batch.
#[derive(Debug, Default)]
pub struct Taken {
    pub objects: u64,
    pub rows: u64,
    pub rejected_lines: u64,
    pub damaged: u64,
    /// Bytes of them as stored.
    pub raw: u64,
    /// What was counted of their rows.
    pub traffic: Traffic,
}

impl Taken {
    fn of(batch: &Batch, traffic: Traffic) -> Self {
        let Batch { objects, rejected_lines, damaged, raw, .. } = *batch;
        Self { objects, rows: batch.rows(), rejected_lines, damaged, raw, traffic }
    }
}

/// What came of reading objects, and why some could not be got, or not to their ends.
struct Read<'o> {
    batch: Option<Batch>,
    reasons: Vec<(&'o LogObject, Message)>,
    damaged: Vec<(String, Message)>,
    traffic: Traffic,
}

/// Counts rows on their way.
#[derive(Debug)]
struct Counting {
    kind: LogKind,
    from: i64,
    traffic: RefCell<Traffic>,
}

impl RowObserver for Counting {
    fn see(&self, rows: &RecordBatch) -> Result<()> {
        self.traffic.borrow_mut().add(self.kind, rows, self.from)
    }
}

impl Builder {
    /// Carries out an order. The files are whole and have their names afterwards; no line names them yet.
    ///
    /// # Errors
    /// When nothing can be written, or what was written before cannot be read. Nothing is left then.
    pub fn build(&self, order: &Order) -> Result<Outcome> {
        let mut objects: Vec<&LogObject> = order.objects.iter().collect();
        let Read { batch: fresh, reasons, damaged, traffic } = self.read(order, &mut objects)?;
        let unread = stream::iter(&reasons).map(|(object, _)| unread_as_it_is(object)).buffered(LOOKS);
        let unread: Vec<Unread> = self.runtime.block_on(unread.collect());
        let reasons = reasons.into_iter().map(|(object, why)| (object.location.to_string(), why)).collect();
        let is_unread = |name: &&str| unread.iter().any(|unread| unread.log_object == *name);
        let without: BTreeSet<&str> =
            order.without.iter().map(String::as_str).filter(|name| !is_unread(name)).collect();
        let taken = fresh.as_ref().map(|batch| Box::new(Taken::of(batch, traffic)));
        let nothing_new = fresh.is_none() && !order.objects.is_empty();
        let batch = if nothing_new {
            None
        } else if order.batches.is_empty() {
            fresh
        } else {
            Some(self.merged(order, fresh.as_ref(), &without)?)
        };
        let cut = damaged.iter().map(|(object, _)| object.clone()).collect();
        Ok(Outcome { built: Built { batch, unread, damaged: cut }, reasons, damaged, taken })
    }

    /// What was there, without what was read anew, and that.
    fn merged(&self, order: &Order, fresh: Option<&Batch>, without: &BTreeSet<&str>) -> Result<Batch> {
        let held = self.held(order, without)?;
        let without: BTreeSet<&str> = held.iter().map(String::as_str).collect();
        let old = order.batches.iter().map(|batch| Part { batch, without: without.clone() });
        let new = fresh.map(|batch| Part { batch, without: BTreeSet::new() });
        let parts: Vec<Part> = old.chain(new).collect();
        let merged = merge(order.id, &order.slot, &parts, &self.folder, &self.target);
        if let Some(fresh) = fresh {
            self.remove(fresh);
        }
        merged
    }

    /// Under which locations batches hold objects that are read anew: they may have been renamed or moved since.
    fn held(&self, order: &Order, wanted: &BTreeSet<&str>) -> Result<BTreeSet<String>> {
        let mut held = BTreeSet::new();
        if wanted.is_empty() {
            return Ok(held);
        }
        let identities: BTreeSet<String> = wanted.iter().filter_map(|name| key::identity(name)).collect();
        for batch in &order.batches {
            let Some(record) = batch.record() else { continue };
            let failed = || rows::Unreadable::of(batch.id, &self.folder, &record.path);
            let sources = objects_of(&record.path, std::fs::read(self.folder.join(&record.path)));
            for source in sources.with_context(failed)? {
                if key::identity(&source.log_object).is_some_and(|it| identities.contains(&it)) {
                    held.insert(source.log_object);
                }
            }
        }
        Ok(held)
    }

    /// Files that were only written to be merged.
    fn remove(&self, batch: &Batch) {
        for file in &batch.files {
            // What stays is removed when the store is opened again.
            let _ = std::fs::remove_file(self.folder.join(&file.path));
        }
    }

    /// Reads objects into a batch of their own; those that cannot be got are taken out of them.
    fn read<'o>(&self, order: &Order, objects: &mut Vec<&'o LogObject>) -> Result<Read<'o>> {
        let day = order.slot.day();
        let openings = Openings::default();
        let options = ContentOptions {
            kind: order.slot.kind,
            slot_day: &day,
            redaction: &self.redaction,
            order: RowOrder::ByTime,
            memory: self.memory,
            progress: &self.progress,
            openings: &openings,
            stop: &self.stop,
            runtime: &self.runtime,
            budget: &self.budget,
            observer: None,
        };
        // What is merged afterwards gets another number meanwhile, which no batch ever has.
        let id: BatchId = if order.batches.is_empty() { order.id } else { BatchId::MAX - order.id };
        let mut reasons = Vec::new();
        while !objects.is_empty() {
            let mut open = |table, day: &str| {
                let path = Batch::path(id, &order.slot, table, day);
                let upload = self.target.begin(&path, None)?;
                Ok((path, upload))
            };
            // Made again without an object that cannot be got, and counted anew.
            let counting = Counting { kind: order.slot.kind, from: self.counted_from, traffic: RefCell::default() };
            let options = ContentOptions { observer: Some(&counting), ..options };
            let content = encode_objects(&options, objects, &mut open)?;
            let unread: Vec<(&LogObject, Message)> = objects
                .iter()
                .zip(&content.objects)
                .filter_map(|(object, scan)| Some((*object, unread(scan)?)))
                .collect();
            if unread.is_empty() {
                let mut written = Written::new(id, &order.slot, &self.target);
                let completed = content.files.into_iter().try_for_each(|file| {
                    written.complete(file.table, &file.day, Encoded { sink: file.sink, rows: file.rows }, file.times)
                });
                let damaged = objects
                    .iter()
                    .zip(&content.objects)
                    .filter_map(|(object, scan)| Some((object.location.to_string(), damage(scan)?)))
                    .collect();
                let rows = objects.iter().zip(&content.objects).map(|(object, scan)| described(object, scan));
                let batch = completed.and_then(|()| written.record(&rows.collect::<Result<Vec<_>>>()?));
                return match batch {
                    Ok(batch) => {
                        Ok(Read { batch: Some(batch), reasons, damaged, traffic: counting.traffic.into_inner() })
                    }
                    Err(error) => {
                        written.remove();
                        Err(error)
                    }
                };
            }
            // Rows before the failure are encoded already: the files must be made without the object.
            objects.retain(|object| !unread.iter().any(|(unread, _)| std::ptr::eq(*unread, *object)));
            reasons.extend(unread);
        }
        Ok(Read { batch: None, reasons, damaged: Vec::new(), traffic: Traffic::default() })
    }
}

/// Looks again for an object that could not be got: it may not be there any more, as far as can be told.
async fn unread_as_it_is(object: &LogObject) -> Unread {
    let gone = match &object.location {
        Location::S3 { bucket, key } => matches!(bucket.find(key).await, Ok(None)),
        Location::Path(path) => path.try_exists().is_ok_and(|exists| !exists),
        Location::Pipe(_) | Location::Stdin => true,
    };
    Unread { log_object: object.location.to_string(), gone }
}

/// Why an object could not be got, if that may pass.
fn unread(scan: &ObjectScan) -> Option<Message> {
    match &scan.error {
        Some(Failure::Unread(reason)) => Some(reason.clone()),
        Some(Failure::Damaged(_) | Failure::Refused(_)) | None => None,
    }
}

/// Why an object has fewer rows than it had, if it stays so.
fn damage(scan: &ObjectScan) -> Option<Message> {
    match &scan.error {
        Some(Failure::Damaged(reason) | Failure::Refused(reason)) => Some(reason.clone()),
        Some(Failure::Unread(_)) | None => None,
    }
}
