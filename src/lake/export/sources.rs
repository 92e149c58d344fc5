//! The log objects of an export, region by region and day by day, so that a bucket of any size is never held whole.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use alblog::SkipReason;
use alblog::time::Date;
use anyhow::Result;
use futures::{StreamExt, TryStreamExt, stream};

use crate::base::place::Place;
use crate::read::scan::Problem;
use crate::read::storage::s3::{self, Bucket, Folder};
use crate::read::storage::{KeyFilter, LogObject, add_skipped, list};

/// Folders listed at the same time.
const CONCURRENT: usize = 8;

/// Where logs were found.
#[derive(Default)]
pub(super) struct Sources {
    /// By account and region.
    pub(super) regions: BTreeMap<(String, String), Region>,
    /// Objects left out because of their names.
    pub(super) skipped: BTreeMap<SkipReason, u64>,
    /// What could not be looked into.
    pub(super) unlisted: Vec<Problem>,
    /// Logs whose names do not say whose they are: they fit into no slot.
    pub(super) unnamed: u64,
}

/// The days of an account and region, `yyyy-MM-dd`: where their objects lie, or the objects themselves.
pub(super) type Region = BTreeMap<String, Day>;

#[derive(Default)]
pub(super) struct Day {
    folders: Vec<(Arc<Bucket>, Folder)>,
    objects: Vec<LogObject>,
}

/// Finds what may hold objects whose intervals end after the start and not after the end.
pub(super) async fn find(places: &[Place], ends: &Range<i64>) -> Result<Sources> {
    let filter = KeyFilter { ends: ends.clone(), elbs: Vec::new() };
    let mut sources = Sources::default();
    let (remote, local): (Vec<&Place>, Vec<&Place>) = places.iter().partition(|place| place.in_s3().is_some());
    for place in remote {
        let Some((name, prefix)) = place.in_s3() else { continue };
        let bucket = Arc::new(Bucket::open(name, &place.identity).await?);
        let s3::Folders { found, unlisted } = s3::folders(&bucket, prefix, &filter).await?;
        let problem = |(object, message)| Problem { object, message };
        sources.unlisted.extend(unlisted.into_iter().map(problem));
        for folder in found {
            if folder.day.is_empty() {
                // Not laid out by days: it has to be listed to know whose objects lie there.
                let listing = s3::objects(&bucket, &folder, &filter).await?;
                add_skipped(&mut sources.skipped, listing.skipped);
                listing.objects.into_iter().for_each(|object| sources.add(object));
            } else {
                sources
                    .day(&folder.account, &folder.region, &folder.day.trim_end_matches('/').replace('/', "-"))
                    .folders
                    .push((Arc::clone(&bucket), folder));
            }
        }
    }
    let local: Vec<Place> = local.into_iter().cloned().collect();
    let listing = list(&local, &filter).await?;
    add_skipped(&mut sources.skipped, listing.skipped);
    sources.unlisted.extend(listing.unlisted.into_iter().map(|(object, message)| Problem { object, message }));
    for object in listing.objects {
        if object.key.as_ref().is_none_or(|key| filter.admits(key)) {
            sources.add(object);
        }
    }
    Ok(sources)
}

impl Sources {
    fn day(&mut self, account: &str, region: &str, day: &str) -> &mut Day {
        let region = self.regions.entry((account.to_owned(), region.to_owned())).or_default();
        region.entry(day.to_owned()).or_default()
    }

    fn add(&mut self, object: LogObject) {
        match &object.key {
            Some(key) => {
                let (account, region, day) = (key.account.clone(), key.region.clone(), Date::of(key.interval_end));
                self.day(&account, &region, &day.to_string()).objects.push(object);
            }
            None => self.unnamed += 1,
        }
    }
}

impl Day {
    /// Its objects, each one once however often it was named, and what else lies there.
    ///
    /// # Errors
    /// When they cannot all be listed.
    pub(super) async fn load(self, ends: &Range<i64>) -> Result<(Vec<LogObject>, BTreeMap<SkipReason, u64>)> {
        let filter = KeyFilter { ends: ends.clone(), elbs: Vec::new() };
        let listings = self.folders.iter().map(|(bucket, folder)| s3::objects(bucket, folder, &filter));
        let listings: Vec<s3::FolderListing> = stream::iter(listings).buffered(CONCURRENT).try_collect().await?;
        let (mut objects, mut skipped) = (self.objects, BTreeMap::new());
        for listing in listings {
            objects.extend(listing.objects);
            add_skipped(&mut skipped, listing.skipped);
        }
        // `s3://logs` and `s3://logs/AWSLogs` find the same ones. Their order is that of the rows, the same every time.
        objects.sort_by_cached_key(|object| object.location.to_string());
        objects.dedup_by_key(|object| object.location.to_string());
        Ok((objects, skipped))
    }
}
