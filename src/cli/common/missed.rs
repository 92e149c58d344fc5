//! Why a selection holds no logs although places hold some: load balancers that nobody called so, or another time.

use std::collections::BTreeSet;

use alblog::LogKey;
use alblog::key::INTERVAL;
use anyhow::Result;

use crate::base::clock::{to_the_minute, typed};
use crate::base::nearest::ranked;
use crate::base::pattern::is_pattern;
use crate::base::place::Place;
use crate::base::shown::Shown;
use crate::read::storage::{self, KeyFilter, LogObject, is_elb};

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
pub(in crate::cli) async fn explained(places: &[Place], filter: &KeyFilter) -> Result<Option<String>> {
    let listing = storage::list(places, &KeyFilter { elbs: Vec::new(), ..filter.clone() }).await?;
    let keys: Vec<&LogKey> = listing.objects.iter().filter_map(|object| object.key.as_ref()).collect();
    if keys.iter().any(|key| filter.admits(key)) {
        // It is not the selection.
        return Ok(None);
    }
    let remote = places.iter().any(|place| place.in_s3().is_some());
    Ok(unknown_names(&keys, &filter.elbs, remote).or_else(|| of_other_times(&keys, filter)))
}

/// `no load balancer called k8s-shp: nearest k8s-shop-1, k8s-ship-1`
fn unknown_names(keys: &[&LogKey], elbs: &[String], remote: bool) -> Option<String> {
    let is_there = |called: &&String| keys.iter().any(|key| is_elb(called, &key.elb_name, &key.elb()));
    if keys.is_empty() || elbs.is_empty() || elbs.iter().any(|called| is_there(&called)) {
        return None;
    }
    let lines = elbs.iter().map(|called| {
        let names: BTreeSet<String> =
            keys.iter().map(|key| if called.contains('/') { key.elb() } else { key.elb_name.clone() }).collect();
        let what = if is_pattern(called) { "load balancer's name fits" } else { "load balancer is called" };
        let nearest = ranked(&called.replace('*', ""), names.iter().map(String::as_str), NAMED);
        let nearest: Vec<String> = nearest.into_iter().map(|name| Shown(name).to_string()).collect();
        format!("no {what} {}: nearest {}", Shown(called), nearest.join(", "))
    });
    let mut text = lines.collect::<Vec<_>>().join("\n  ");
    if remote {
        // Of a bucket, the days of the window are all that was looked at.
        text.push_str("\nhint: one of these; or an earlier --since, for one that wrote nothing in this window");
    }
    Some(text)
}

/// `the logs reach from 2026-11-20 10:00 to 2026-11-20 11:00 UTC, and none is of the window`
fn of_other_times(keys: &[&LogKey], filter: &KeyFilter) -> Option<String> {
    let ends = || keys.iter().filter(|key| filter.admits_elb(key)).map(|key| key.interval_end);
    let (first, last) = (ends().min()? - INTERVAL, ends().max()?);
    Some(format!(
        "none of the logs is of this time: they reach from {} to {} UTC\nhint: --since {} --until {}",
        to_the_minute(first),
        to_the_minute(last),
        typed(first),
        typed(last)
    ))
}
