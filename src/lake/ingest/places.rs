//! Where logs come from, listed again and again: folders, and buckets page by page.
//!
//! Keys sort by load balancer first, so that nobody can ask for what is new: the folders of today, and a while past midnight those of
//! yesterday, are listed whole each time.

use std::ops::Range;
use std::sync::Arc;

use alblog::key::MARGIN;
use alblog::time::{DAY, HOUR};
use alblog::{ObjectName, SkipReason};
use anyhow::Result;
use futures::StreamExt;
use tokio::sync::RwLock;

use crate::base::message::Message;
use crate::base::place::Place;
use crate::read::storage::s3::{self, Bucket, Found};
use crate::read::storage::{KeyFilter, LogObject, add_skipped, list};

/// Folders of a bucket listed at the same time.
const CONCURRENT: usize = 4;
/// Objects of the next hours, too: clocks differ, and the interval that ends at midnight lies in the next day's folder.
const AHEAD: i64 = 2 * HOUR;

/// The places of a source.
#[derive(Debug)]
pub(super) struct Places {
    all: Vec<Place>,
    max_lists: usize,
    /// Those that could be opened, by the bucket's name.
    buckets: RwLock<Vec<Arc<Bucket>>>,
}

/// What a listing saw besides objects.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Objects with names by AWS whose interval is wanted.
    pub(super) objects: u64,
    /// Objects whose names say neither whose they are nor of when: they fit into no hour.
    pub(super) unnamed: u64,
    pub(super) skipped: std::collections::BTreeMap<SkipReason, u64>,
    /// What could not be looked into.
    pub(super) unlisted: Vec<(String, Message)>,
}

/// An object that was looked up.
#[derive(Debug)]
pub(super) enum Looked {
    Found(Box<LogObject>),
    /// It is no log of these places.
    Foreign,
    /// It is not there any more.
    Gone,
}

/// The intervals' ends that are asked for now: of today, and of yesterday while something of it may still come.
pub(super) fn recent(now: i64) -> Range<i64> {
    let from = now - MARGIN;
    // The interval that ends at midnight is in the folder that begins then.
    from - from.rem_euclid(DAY) - 1..now + AHEAD
}

/// All that is kept.
pub(super) fn everything(now: i64, keep: i64) -> Range<i64> {
    now - keep..now + AHEAD
}

impl Places {
    pub(super) fn new(places: Vec<Place>, max_lists: usize) -> Self {
        Self { all: places, max_lists, buckets: RwLock::default() }
    }

    /// Lists everything whose interval ends in this time, and hands it over in pieces.
    pub(super) async fn list<F: Future<Output = ()>>(
        &self,
        ends: Range<i64>,
        mut page: impl FnMut(Vec<LogObject>) -> F,
    ) -> Seen {
        let filter = KeyFilter { ends, max_lists: self.max_lists, max_looks: 0, ..KeyFilter::default() };
        let mut seen = Seen::default();
        for place in &self.all {
            let listed = match place.in_s3() {
                Some((bucket, prefix)) => self.in_bucket(place, bucket, prefix, &filter, &mut seen, &mut page).await,
                None => in_folder(place, &filter, &mut seen, &mut page).await,
            };
            if let Err(error) = listed {
                seen.unlisted.push((place.from.clone(), Message::from(error)));
            }
        }
        seen
    }

    async fn in_bucket<F: Future<Output = ()>>(
        &self,
        place: &Place,
        name: &str,
        prefix: &str,
        filter: &KeyFilter,
        seen: &mut Seen,
        page: &mut impl FnMut(Vec<LogObject>) -> F,
    ) -> Result<()> {
        let bucket = self.open(place, name).await?;
        let Found { folders, objects, unlisted } = s3::search(&bucket, prefix, filter).await?;
        seen.unlisted.extend(unlisted);
        seen.add(objects, page).await;
        let mut pages = Vec::with_capacity(folders.len());
        for folder in &folders {
            pages.push(s3::pages(&bucket, folder, filter).boxed());
        }
        let mut pages = futures::stream::iter(pages).flatten_unordered(CONCURRENT);
        while let Some(listed) = pages.next().await {
            match listed {
                Ok(listing) => seen.add(listing, page).await,
                Err(error) => seen.unlisted.push((bucket.url(prefix), Message::from(error))),
            }
        }
        Ok(())
    }

    /// The bucket, opened once.
    async fn open(&self, place: &Place, name: &str) -> Result<Arc<Bucket>> {
        let is_same = |bucket: &&Arc<Bucket>| bucket.name == name && *bucket.identity() == place.identity;
        if let Some(bucket) = self.buckets.read().await.iter().find(is_same) {
            return Ok(Arc::clone(bucket));
        }
        let bucket = Arc::new(Bucket::open(name, &place.identity).await?);
        self.buckets.write().await.push(Arc::clone(&bucket));
        Ok(bucket)
    }

    /// Looks an object of a bucket up, of which somebody told.
    ///
    /// # Errors
    /// When that is not possible now.
    pub(super) async fn find(&self, bucket: &str, key: &str) -> Result<Looked> {
        let is_below = |prefix: &str| {
            let prefix = prefix.trim_matches('/');
            key.strip_prefix(prefix).is_some_and(|rest| prefix.is_empty() || rest.is_empty() || rest.starts_with('/'))
        };
        let is_of = |place: &&Place| place.in_s3().is_some_and(|(name, prefix)| name == bucket && is_below(prefix));
        let Some(place) = self.all.iter().find(is_of) else { return Ok(Looked::Foreign) };
        if !matches!(ObjectName::parse(key), ObjectName::Log(_)) {
            return Ok(Looked::Foreign);
        }
        let bucket = self.open(place, bucket).await?;
        let found = bucket.find(key).await?;
        Ok(found.map_or(Looked::Gone, |stored| Looked::Found(Box::new(LogObject::found(&bucket, stored)))))
    }
}

impl Seen {
    async fn add<F: Future<Output = ()>>(
        &mut self,
        listing: s3::FolderListing,
        page: &mut impl FnMut(Vec<LogObject>) -> F,
    ) {
        add_skipped(&mut self.skipped, listing.skipped);
        self.unnamed += listing.others.count();
        self.hand_over(listing.objects, page).await;
    }

    async fn hand_over<F: Future<Output = ()>>(
        &mut self,
        objects: Vec<LogObject>,
        page: &mut impl FnMut(Vec<LogObject>) -> F,
    ) {
        let (named, unnamed): (Vec<_>, Vec<_>) = objects.into_iter().partition(|object| object.key.is_some());
        self.unnamed += unnamed.len() as u64;
        self.objects += named.len() as u64;
        if !named.is_empty() {
            page(named).await;
        }
    }
}

/// Objects are handed over so many at a time.
const PAGE: usize = 1000;

async fn in_folder<F: Future<Output = ()>>(
    place: &Place,
    filter: &KeyFilter,
    seen: &mut Seen,
    page: &mut impl FnMut(Vec<LogObject>) -> F,
) -> Result<()> {
    // Of several files of one name, the one that is whole is taken in, as everybody reads them.
    let (places, keys) = ([place.clone()], filter.clone());
    let runtime = tokio::runtime::Handle::current();
    // Walking waits for the disk.
    let listing = tokio::task::spawn_blocking(move || runtime.block_on(list(&places, &keys))).await??;
    seen.unnamed += listing.others();
    add_skipped(&mut seen.skipped, listing.skipped);
    seen.unlisted.extend(listing.unlisted);
    let is_wanted = |object: &LogObject| object.key.as_ref().is_none_or(|key| filter.admits(key));
    let mut objects: Vec<LogObject> = listing.objects.into_iter().filter(is_wanted).collect();
    while !objects.is_empty() {
        let rest = objects.split_off(objects.len().min(PAGE));
        seen.hand_over(std::mem::replace(&mut objects, rest), page).await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yesterday_is_asked_for_while_something_of_it_may_come() {
        let midnight = 20_777 * DAY;
        let days = |now: i64| recent(now).start.div_euclid(DAY) - 20_777;
        assert_eq!(days(midnight + MARGIN), -1, "what ended at midnight is of this day's folder");
        assert_eq!(recent(midnight + MARGIN).start, midnight - 1);
        assert_eq!(recent(midnight + MARGIN - 1).start, midnight - DAY - 1);
        assert_eq!(recent(midnight + 5 * HOUR), midnight - 1..midnight + 7 * HOUR);
    }
}
