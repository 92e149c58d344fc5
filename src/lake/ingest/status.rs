//! How far a live store is behind its places: what lies there now and is neither in the store nor in the export.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use alblog::key;
use anyhow::Result;

use super::handing_over::Export;
use super::places::{Places, recent};
use super::queue::{Attributes, Queue};
use crate::base::message::Message;
use crate::base::place::Place;
use crate::lake::export::{Slot, SlotLength, Source};
use crate::lake::live::Snapshot;
use crate::lake::live::plan::Version;
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

/// The versions of objects that are taken in, by what AWS named them.
#[derive(Debug, Default)]
struct Known(HashMap<String, Vec<Version>>);

impl Known {
    fn add<'a>(&mut self, sources: impl IntoIterator<Item = &'a Source>) {
        for source in sources {
            if let Some(name) = name(&source.log_object) {
                self.0.entry(name).or_default().push(Version::of_source(source));
            }
        }
    }

    /// Whether it has an object as it is now.
    fn has(&self, object: &LogObject) -> bool {
        let versions = name(&object.location.to_string()).and_then(|name| self.0.get(&name));
        versions.is_some_and(|versions| versions.iter().any(|version| version.is(Version::of_object(object))))
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
    let mut known = Known::default();
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
            known.add(&snapshot.objects(batch)?);
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
        known.add(&exported(export, &listed, &known)?);
    }
    status.count(&listed, &known, snapshot.floor);
    if let Some(queue) = queue {
        match queue.attributes().await {
            Ok(attributes) => status.queue = Some(attributes),
            Err(refusal) => status.problems.push(refusal.message().after("the queue cannot be looked at: ")),
        }
    }
    Ok(status)
}

/// What the export has of the hours of which something is not in the store.
fn exported(export: &Export, listed: &[LogObject], known: &Known) -> Result<Vec<Source>> {
    let missing = listed.iter().filter(|object| !known.has(object));
    let slots = missing.filter_map(|object| Some(Slot::of(object.key.as_ref()?, SlotLength::Hour)));
    let slots: BTreeSet<Slot> = slots.collect();
    tokio::task::block_in_place(|| export.recorded(&export.slots_of(slots.iter())))
}

/// What AWS named it, compressed or not.
fn name(log_object: &str) -> Option<String> {
    key::identity(log_object)
}

impl Status {
    /// Counts what was listed. What ended by the floor was let go: nobody waits for it.
    fn count(&mut self, listed: &[LogObject], known: &Known, floor: i64) {
        let (mut newest, mut oldest_missing) = (None, None::<i64>);
        for object in listed {
            let Some(key) = &object.key else { continue };
            let balancer = self.balancers.entry(key.elb()).or_default();
            balancer.objects += 1;
            if known.has(object) {
                balancer.newest = balancer.newest.max(Some(key.interval_end));
                newest = newest.max(Some(key.interval_end));
            } else if Slot::of(key, SlotLength::Hour).end() > floor {
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

#[cfg(test)]
mod tests {
    use alblog::time::{HOUR, MINUTE};

    use super::*;

    const FIRST: i64 = 20_777 * 24 * HOUR;

    fn object(hour: i64, size: u64) -> LogObject {
        let name = format!("1_elasticloadbalancing_eu-west-1_app.a.b_20261120T{hour:02}05Z_192.0.2.1_r.log.gz");
        LogObject::recorded(&format!("s3://logs/{name}"), size, None, Some(size.to_string()))
    }

    fn counted(known: &[LogObject], floor: i64) -> Status {
        let mut all = Known::default();
        all.add(&known.iter().map(Source::listed).collect::<Vec<_>>());
        let mut status = Status::default();
        status.count(&[1, 2, 3].map(|hour| object(hour, 10)), &all, floor);
        status
    }

    #[test]
    fn behind_is_what_is_there_and_neither_taken_in_nor_let_go() {
        let status = counted(&[object(3, 10)], i64::MIN);
        assert_eq!((status.missing().0, status.complete_until), (2, Some(FIRST + HOUR)));
        let status = counted(&[object(3, 10)], FIRST + 3 * HOUR);
        assert_eq!((status.missing().0, status.complete_until), (0, Some(FIRST + 3 * HOUR + 5 * MINUTE)));
    }

    #[test]
    fn an_object_that_was_replaced_is_behind_until_it_is_taken_in_again() {
        let all = [object(1, 10), object(2, 10), object(3, 10)];
        assert_eq!(counted(&all, i64::MIN).missing().0, 0);
        let [first, second, _] = all;
        assert_eq!(counted(&[first.clone(), second.clone(), object(3, 9)], i64::MIN).missing().0, 1);
        // The store has what it was, the export what it is.
        assert_eq!(counted(&[first, second, object(3, 9), object(3, 10)], i64::MIN).missing().0, 0);
    }
}
