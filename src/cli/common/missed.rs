//! Why a selection holds no logs although places hold some: load balancers that nobody called so, or another time.

use std::collections::BTreeSet;

use alblog::LogKey;
use alblog::key::INTERVAL;
use anyhow::Result;

use crate::base::clock::{to_the_minute, typed};
use crate::base::message::Message;
use crate::base::nearest::ranked;
use crate::base::pattern::is_pattern;
use crate::base::place::Place;
use crate::read::storage::{self, KeyFilter, Listing, LogObject, is_elb};

/// Names that are offered for one that nothing has.
const NAMED: usize = 3;

/// Whether nothing that was listed can hold a row that is wanted, by what all their names say.
pub(in crate::cli) fn is_missed(objects: &[LogObject], filter: &KeyFilter) -> bool {
    objects.iter().all(|object| object.key.as_ref().is_some_and(|key| !filter.admits(key)))
}

/// Lists again without the selection, and says what is there instead; nothing if that does not tell.
///
/// # Errors
/// When it cannot be listed.
pub(in crate::cli) async fn explained(places: &[Place], filter: &KeyFilter) -> Result<Option<Message>> {
    let listing = everybody(places, filter).await?;
    let keys: Vec<&LogKey> = keys(&listing.objects).collect();
    if keys.iter().any(|key| filter.admits(key)) {
        // It is not the selection.
        return Ok(None);
    }
    let known = names(keys.iter().copied());
    let unknown = unknown(&filter.elbs, &known);
    let message = (unknown.len() == filter.elbs.len()).then(|| not_called_so(&unknown, &known)).flatten();
    Ok(message.map(|message| message.hint_if(other_window(places))).or_else(|| of_other_times(&keys, filter)))
}

/// Of several load balancers that were asked for, those that nothing has: lists again if there are any.
///
/// # Errors
/// When it cannot be listed.
pub(in crate::cli) async fn partly_missed(
    places: &[Place],
    filter: &KeyFilter,
    objects: &[LogObject],
) -> Result<Option<Message>> {
    let unseen: Vec<String> = unknown(&filter.elbs, &names(keys(objects))).into_iter().cloned().collect();
    if unseen.is_empty() || keys(objects).next().is_none() {
        return Ok(None);
    }
    let known = names(keys(&everybody(places, filter).await?.objects));
    let message = not_called_so(&unknown(&unseen, &known), &known);
    Ok(message.map(|message| message.hint_if(other_window(places))))
}

/// Load balancers that were asked for, and that are none of those that an export has.
pub(in crate::cli) fn not_in_export(elbs: &[String], known: &BTreeSet<String>) -> Option<Message> {
    let name = |elb: &String| Some((elb.split('/').nth(1)?.to_owned(), elb.clone()));
    let known = known.iter().filter_map(name).collect();
    not_called_so(&unknown(elbs, &known), &known)
}

async fn everybody(places: &[Place], filter: &KeyFilter) -> Result<Listing> {
    storage::list(places, &KeyFilter { elbs: Vec::new(), ..filter.clone() }).await
}

fn keys(objects: &[LogObject]) -> impl Iterator<Item = &LogKey> {
    objects.iter().filter_map(|object| object.key.as_ref())
}

/// Names of load balancers, each with `app/<name>/<id>`.
type Names = BTreeSet<(String, String)>;

fn names<'a>(keys: impl Iterator<Item = &'a LogKey>) -> Names {
    keys.map(|key| (key.elb_name.clone(), key.elb())).collect()
}

/// Those that none of the names is.
fn unknown<'a>(elbs: &'a [String], known: &Names) -> Vec<&'a String> {
    elbs.iter().filter(|called| !known.iter().any(|(name, elb)| is_elb(called, name, elb))).collect()
}

/// `no load balancer is called k8s-shp: nearest k8s-shop-1, k8s-ship-1`, a line for each.
fn not_called_so(unknown: &[&String], known: &Names) -> Option<Message> {
    if known.is_empty() {
        return None;
    }
    let mut lines = unknown.iter().map(|called| {
        let names: BTreeSet<&str> =
            known.iter().map(|(name, elb)| if called.contains('/') { elb } else { name }).map(String::as_str).collect();
        let what = if is_pattern(called) { "load balancer's name fits" } else { "load balancer is called" };
        let nearest = ranked(&called.replace('*', ""), names.into_iter(), NAMED);
        format!("no {what} {called}: nearest {}", nearest.join(", "))
    });
    let message = Message::new(lines.next()?);
    Some(lines.fold(message, Message::line))
}

/// Of a bucket, the days of the window are all that was looked at.
fn other_window(places: &[Place]) -> Option<&'static str> {
    let remote = places.iter().any(|place| place.in_s3().is_some());
    remote.then_some("one of these; or an earlier --since, for one that wrote nothing in this window")
}

/// `the logs reach from 2026-11-20 10:00 to 2026-11-20 11:00 UTC, and none is of the window`
fn of_other_times(keys: &[&LogKey], filter: &KeyFilter) -> Option<Message> {
    let ends = || keys.iter().filter(|key| filter.admits_elb(key)).map(|key| key.interval_end);
    let (first, last) = (ends().min()? - INTERVAL, ends().max()?);
    let (from, to) = (to_the_minute(first), to_the_minute(last));
    let message = Message::new(format_args!("none of the logs is of this time: they reach from {from} to {to} UTC"));
    Some(message.hint(format_args!("--since {} --until {}", typed(first), typed(last))))
}
