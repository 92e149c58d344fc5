//! How far a live store is behind its places: what lies there now and is neither in the store nor in the export.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use alblog::LogKey;
use anyhow::Result;

use super::handing_over::Export;
use super::places::{Places, recent};
use super::queue::{Attributes, Queue};
use crate::base::message::Message;
use crate::base::place::Place;
use crate::lake::export::{Slot, SlotLength};
use crate::lake::live::Snapshot;
use crate::read::storage::LogObject;

/// A load balancer, and the objects of it that are recent. Times in microseconds since the epoch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Balancer {
    /// Objects of today, and of yesterday as long as some may come.
    pub objects: u64,
    /// Those of them that are yet to be taken in.
    pub missing: u64,
    /// When the oldest of these was written.
    pub since: Option<i64>,
    /// The end of the newest interval that was taken in.
    pub newest: Option<i64>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Status {
    /// By `app/<name>/<id>`.
    pub balancers: BTreeMap<String, Balancer>,
    /// Up to here everything that lies there is taken in; none if nothing is.
    pub complete_until: Option<i64>,
    /// Objects in the store.
    pub objects: u64,
    pub rows: u64,
    pub rejected_lines: u64,
    /// Objects that could not be read to their ends.
    pub damaged: u64,
    pub batches: u64,
    /// Bytes of files.
    pub bytes: u64,
    /// First and last time of a row in the store.
    pub times: Option<(i64, i64)>,
    pub queue: Option<Attributes>,
    /// What could not be looked at.
    pub problems: Vec<Message>,
}

impl Status {
    /// Objects that are yet to be taken in, and when the oldest of them was written.
    pub fn missing(&self) -> (u64, Option<i64>) {
        let missing = self.balancers.values().map(|balancer| balancer.missing).sum();
        (missing, self.balancers.values().filter_map(|balancer| balancer.since).min())
    }
}

/// Compares a store with its places.
///
/// # Errors
/// When the store or the export cannot be read.
pub async fn status(
    folder: &Path,
    places: Vec<Place>,
    max_lists: usize,
    export: Option<&Export>,
    queue: Option<&Queue>,
    now: i64,
) -> Result<Status> {
    // What lies there is listed after the store was looked at: what comes in between is missing for a moment and not for ever.
    let snapshot = tokio::task::block_in_place(|| Snapshot::open(folder))?;
    let mut status = Status::default();
    let ends = recent(now);
    let mut known = HashSet::new();
    for batch in &snapshot.batches {
        status.batches += 1;
        status.objects += batch.objects;
        status.rows += batch.rows();
        status.rejected_lines += batch.rejected_lines;
        status.damaged += batch.damaged;
        status.bytes += batch.size();
        let both = status.times.into_iter().chain(batch.times());
        status.times = both.reduce(|(first, last), (from, to)| (first.min(from), last.max(to)));
        if batch.slot.end() > ends.start {
            known.extend(snapshot.objects(batch)?.iter().filter_map(|source| name(&source.log_object)));
        }
    }
    let mut listed: Vec<LogObject> = Vec::new();
    let seen = Places::new(places, max_lists)
        .list(ends, |objects| {
            listed.extend(objects);
            async {}
        })
        .await;
    for (place, why) in seen.unlisted {
        status.problems.push(why.after(format_args!("logs cannot be listed: {place}: ")));
    }
    if let Some(export) = export {
        known.extend(exported(export, &listed, &known)?);
    }
    status.count(&listed, &known);
    if let Some(queue) = queue {
        match queue.attributes().await {
            Ok(attributes) => status.queue = Some(attributes),
            Err(refusal) => status.problems.push(refusal.message().after("the queue cannot be looked at: ")),
        }
    }
    Ok(status)
}

/// What the export has of the hours of which something is not in the store.
fn exported(export: &Export, listed: &[LogObject], known: &HashSet<String>) -> Result<Vec<String>> {
    let is_missing = |object: &&LogObject| name(&object.location.to_string()).is_none_or(|name| !known.contains(&name));
    let missing = listed.iter().filter(is_missing);
    let slots = missing.filter_map(|object| Some(Slot::of(object.key.as_ref()?, SlotLength::Hour)));
    let slots: BTreeSet<Slot> = slots.collect();
    let recorded = tokio::task::block_in_place(|| export.recorded(&export.slots_of(slots.iter())))?;
    Ok(recorded.iter().filter_map(|source| name(&source.log_object)).collect())
}

/// What AWS named it, compressed or not.
fn name(log_object: &str) -> Option<String> {
    LogKey::parse(log_object).map(|key| LogKey { gzip: true, ..key }.to_string())
}

impl Status {
    fn count(&mut self, listed: &[LogObject], known: &HashSet<String>) {
        let (mut newest, mut oldest_missing) = (None, None::<i64>);
        for object in listed {
            let Some(key) = &object.key else { continue };
            let balancer = self.balancers.entry(key.elb()).or_default();
            balancer.objects += 1;
            if name(&object.location.to_string()).is_some_and(|name| known.contains(&name)) {
                balancer.newest = balancer.newest.max(Some(key.interval_end));
                newest = newest.max(Some(key.interval_end));
            } else {
                balancer.missing += 1;
                let written = object.modified.unwrap_or(key.interval_end);
                balancer.since = Some(balancer.since.map_or(written, |since| since.min(written)));
                oldest_missing = Some(oldest_missing.map_or(key.interval_end, |oldest| oldest.min(key.interval_end)));
            }
        }
        let before = oldest_missing.map(|end| end - alblog::key::INTERVAL);
        self.complete_until = match (newest, before) {
            (Some(newest), Some(before)) => Some(newest.min(before)),
            (newest, _) => newest,
        };
    }
}
