//! The log objects of an export, region by region and day by day, so that a bucket of any size is never held whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use alblog::SkipReason;
use alblog::key::day_folder;
use alblog::time::Date;
use anyhow::Result;
use futures::{StreamExt, TryStreamExt, stream};

use crate::base::message::Message;
use crate::base::place::Place;
use crate::read::scan::Problem;
use crate::read::storage::s3::{self, Bucket, Folder, Found};
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
pub(super) async fn find(places: &[Place], filter: &KeyFilter) -> Result<Sources> {
    let mut sources = Sources::default();
    let (remote, local): (Vec<&Place>, Vec<&Place>) = places.iter().partition(|place| place.in_s3().is_some());
    for place in remote {
        let Some((name, prefix)) = place.in_s3() else { continue };
        let bucket = Arc::new(Bucket::open(name, &place.identity).await?);
        let Found { folders, objects, unlisted } = s3::search(&bucket, prefix, filter).await?;
        let problem = |(object, message)| Problem { object, message };
        sources.unlisted.extend(unlisted.into_iter().map(problem));
        add_skipped(&mut sources.skipped, objects.skipped);
        sources.unnamed += objects.others.count();
        objects.objects.into_iter().for_each(|object| sources.add(object));
        for folder in folders {
            if folder.day.is_empty() {
                // Not laid out by days: it has to be listed to know whose objects lie there.
                let listing = s3::objects(&bucket, &folder, filter).await?;
                add_skipped(&mut sources.skipped, listing.skipped);
                sources.unnamed += listing.others.count();
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
    let listing = list(&local, &KeyFilter { duplicates: true, ..filter.clone() }).await?;
    sources.unnamed += listing.others();
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

/// What lies in a day's folders.
#[derive(Default)]
pub(super) struct Loaded {
    /// Each one once however often it was named.
    pub(super) objects: Vec<LogObject>,
    /// Objects left out because of their names.
    pub(super) skipped: BTreeMap<SkipReason, u64>,
    /// Objects whose names say neither whose they are nor of when.
    pub(super) unnamed: u64,
    /// Objects whose names say that they are not of this folder: their slots are, or will be, another folder's.
    pub(super) misplaced: Vec<Problem>,
}

impl Day {
    /// Lists its folders.
    ///
    /// # Errors
    /// When they cannot all be listed.
    pub(super) async fn load(self, filter: &KeyFilter) -> Result<Loaded> {
        let listings = self.folders.iter().map(|(bucket, folder)| s3::objects(bucket, folder, filter));
        let listings: Vec<s3::FolderListing> = stream::iter(listings).buffered(CONCURRENT).try_collect().await?;
        let mut loaded = Loaded { objects: self.objects, ..Loaded::default() };
        for (listing, (_, folder)) in listings.into_iter().zip(&self.folders) {
            let (here, elsewhere): (Vec<_>, Vec<_>) =
                listing.objects.into_iter().partition(|object| belongs(object, folder));
            loaded.objects.extend(here);
            loaded.misplaced.extend(elsewhere.iter().map(misplaced));
            add_skipped(&mut loaded.skipped, listing.skipped);
            loaded.unnamed += listing.others.count();
        }
        // `s3://logs` and `s3://logs/AWSLogs` find the same ones. Their order is that of the rows, the same every time.
        loaded.objects.sort_by_cached_key(|object| object.location.to_string());
        loaded.objects.dedup_by_key(|object| object.location.to_string());
        Ok(loaded)
    }
}

/// Whether an object's name says what its folder does. An interval that ends at midnight may be either day's.
fn belongs(object: &LogObject, folder: &Folder) -> bool {
    let Some(key) = &object.key else { return true };
    let day = folder.day.trim_end_matches('/');
    let of_day = [key.interval_end, key.interval_end - 1].iter().any(|&end| day_folder(end) == day);
    of_day && key.account == folder.account && key.region == folder.region
}

fn misplaced(object: &LogObject) -> Problem {
    let message = Message::new("not exported: its name is of another account, region or day than its folder")
        .hint("move it to where its name says, or leave it out");
    Problem { object: object.location.to_string(), message }
}
