//! One kind of one cluster, for as long as it is wanted: listed, then watched, and listed anew when a watch fails.
//!
//! A watch ends itself every 25 seconds, which the API server confirms by a bookmark before: so it is known twice a minute up to
//! when nothing is missing, also of a kind that never changes, and a connection that is dead is noticed as fast. `kube`'s own
//! watcher does not tell of bookmarks, so that nobody could say how old its picture is.

use std::convert::Infallible;
use std::time::Duration;

use alblog::time::SECOND;
use futures::StreamExt;
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, WatchEvent, WatchParams};
use tokio::time::{Instant, sleep, timeout};

use super::compact::{compact, key};
use super::connect::Link;
use super::failure::Failure;
use super::kinds::Kind;
use super::list::{Listed, answered, find, list};
use super::shared::Shared;
use crate::base::clock::now;

/// How long one watch lasts, in seconds.
const WATCH: u32 = 25;
/// A watch that says nothing for so long is dead: the API server ends it before.
const SILENCE: Duration = Duration::from_secs(WATCH as u64 + 5);
/// From one look for a kind that the cluster does not have, or does not show, to the next.
const SELDOM: Duration = Duration::from_secs(30);
/// What is gone from the API server's list of kinds must be gone for so long: while it starts, it does not know them all.
const GONE: i64 = 60 * SECOND;
/// The pause after a failure, and the longest one after many.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(30)];

/// Reads a kind and goes on reading it. Ends only with its task.
pub(super) async fn follow(link: &Link, kinds: &'static [Kind], number: usize, shared: &Shared) -> Infallible {
    let mut pause = PAUSES[0];
    loop {
        let began = Instant::now();
        let failure = attempt(link, &kinds[number], number, shared).await;
        if began.elapsed() > PAUSES[1] {
            // It went well for a while.
            pause = PAUSES[0];
        }
        let wait = match failure {
            Failure::Expired => Duration::ZERO,
            Failure::NotServed if shared.is_gone(number, GONE, now()) => {
                shared.absent(number, now());
                SELDOM
            }
            failure @ Failure::Denied(_) => {
                shared.failed(number, failure, now());
                SELDOM
            }
            failure => {
                shared.failed(number, failure, now());
                pause
            }
        };
        sleep(jittered(wait)).await;
        pause = (pause * 2).min(PAUSES[1]);
    }
}

/// Lists and watches until something fails; what failed.
async fn attempt(link: &Link, kind: &Kind, number: usize, shared: &Shared) -> Failure {
    let (client, made) = match link.client().await {
        Ok(opened) => opened,
        Err(failure) => return failure,
    };
    let Err(failure) = list_and_watch(&client, kind, number, shared).await;
    link.renew_after(&failure, made).await;
    failure
}

async fn list_and_watch(client: &Client, kind: &Kind, number: usize, shared: &Shared) -> Result<Infallible, Failure> {
    let resource = find(client, kind).await?;
    let began = now();
    let Listed { objects, mut version } = list(client, kind, &resource).await?;
    shared.replace(number, objects, began);
    let api: Api<DynamicObject> = Api::all_with(client.clone(), &resource);
    loop {
        version = watch(&api, kind, &resource, number, shared, version).await?;
    }
}

/// Watches once from a version on; the version that is known at the end.
async fn watch(
    api: &Api<DynamicObject>,
    kind: &Kind,
    resource: &ApiResource,
    number: usize,
    shared: &Shared,
    mut version: String,
) -> Result<String, Failure> {
    let began = Instant::now();
    let mut events = answered(api.watch(&WatchParams::default().timeout(WATCH), &version)).await?.boxed();
    while let Some(event) = timeout(SILENCE, events.next()).await.map_err(|_| Failure::silence())? {
        let object = match event? {
            WatchEvent::Added(object) | WatchEvent::Modified(object) => {
                version = object.metadata.resource_version.clone().unwrap_or(version);
                shared.apply(number, key(&object), compact(object, kind, resource), now());
                continue;
            }
            WatchEvent::Deleted(object) => object,
            WatchEvent::Bookmark(bookmark) => {
                version = bookmark.metadata.resource_version;
                shared.confirm(number, now());
                continue;
            }
            WatchEvent::Error(status) => return Err(Failure::of_status(&status)),
        };
        version = object.metadata.resource_version.clone().unwrap_or(version);
        shared.remove(number, &key(&object), now());
    }
    // A connection that breaks looks like the end, too. One that lasted as long as it was to was ended by the API server.
    if began.elapsed() + Duration::from_secs(1) >= Duration::from_secs(WATCH.into()) {
        shared.confirm(number, now());
    } else if began.elapsed() < Duration::from_secs(1) {
        // It ends watches at once: not to be asked again and again.
        return Err(Failure::Other("the API server ends watches at once".to_owned()));
    }
    Ok(version)
}

/// Give or take a fifth, so that kinds, and programs, do not all ask at once.
pub(super) fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(0.8 + 0.4 * fastrand::f64())
}
