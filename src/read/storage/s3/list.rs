//! Listing a bucket: first the folders that may hold a window's logs, then what lies in each of them.
//!
//! A bucket may be shared with CloudTrail, flow logs and everything else an account writes: folders are looked for by
//! delimiter, with a bound, and nothing is listed that is not below `elasticloadbalancing/`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use alblog::key::AWS_LOGS;
use alblog::{ObjectName, SkipReason};
use anyhow::{Result, bail};
use futures::{StreamExt, TryStreamExt, stream};
use object_store::ObjectMeta;

use super::Bucket;
use super::layout::{self, Days, Level, RegionFolder};
use crate::read::storage::{KeyFilter, LogObject};

/// Requests at the same time.
const CONCURRENT: usize = 8;
/// How far `AWSLogs/` is looked for below what was named: folders deep, and folders in all.
const DEPTH: usize = 4;
const FOLDERS: usize = 200;
/// Pages looked at in a folder that is not known to be one of logs.
const FOREIGN_PAGES: usize = 10;

/// One prefix that holds log objects, listed whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Folder {
    /// Start of the keys.
    pub prefix: String,
    /// Account of the folder, if it lies in one.
    pub account: String,
    /// Region of the folder, if it lies in one.
    pub region: String,
    /// Day of the folder as in its name, `2026/11/20/`; empty if it is not one day's.
    pub day: String,
}

/// The folders below what was named, and those that could not be looked into.
#[derive(Debug, Default)]
pub struct Folders {
    /// In order.
    pub found: Vec<Folder>,
    /// Where, and why.
    pub unlisted: Vec<(String, String)>,
}

/// What lies in a folder.
#[derive(Debug, Default)]
pub struct FolderListing {
    /// What is wanted.
    pub objects: Vec<LogObject>,
    /// What is no log of an Application Load Balancer, by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// Logs that the names say are not wanted.
    pub pruned: u64,
}

/// Finds the folders that may hold objects whose interval ends in `ends`.
///
/// # Errors
/// When nothing below the prefix can be listed, or no logs are found there.
pub async fn folders(bucket: &Bucket, prefix: &str, filter: &KeyFilter) -> Result<Folders> {
    let prefix = prefix.trim_matches('/');
    let folder = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
    let mut unlisted = Vec::new();
    let mut found = BTreeSet::new();
    let services = match layout::level(&folder) {
        Level::Objects => return Ok(Folders { found: vec![Folder::whole(prefix)], unlisted }),
        Level::Foreign => {
            bail!("{} holds no load balancer logs: they are below elasticloadbalancing/", bucket.url(prefix))
        }
        Level::Region(region) => {
            found.extend(day_folders(bucket, region, filter).await?);
            Vec::new()
        }
        Level::Service { prefix, account } => vec![(prefix, account)],
        Level::Logs => accounts(bucket, &folder).await?,
        Level::Above if is_object_name(prefix) => {
            return Ok(Folders { found: vec![Folder::whole(prefix)], unlisted });
        }
        Level::Above => match search(bucket, folder).await? {
            Search::Logs(roots) => {
                let accounts = roots.iter().map(|root| accounts(bucket, root));
                stream::iter(accounts).buffered(CONCURRENT).try_concat().await?
            }
            Search::Objects(folder) => return Ok(Folders { found: vec![Folder::whole(&folder)], unlisted }),
        },
    };
    let mut several = stream::iter(services.into_iter().map(|(prefix, account)| async move {
        (bucket.url(&prefix), regions(bucket, &prefix, &account, filter).await)
    }))
    .buffered(CONCURRENT);
    while let Some((url, listed)) = several.next().await {
        match listed {
            Ok(folders) => found.extend(folders),
            Err(error) => unlisted.push((url, error.to_string())),
        }
    }
    if found.is_empty()
        && let [(_, reason), ..] = unlisted.as_slice()
    {
        bail!("{reason}");
    }
    Ok(Folders { found: found.into_iter().collect(), unlisted })
}

impl Folder {
    fn whole(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), account: String::new(), region: String::new(), day: String::new() }
    }
}

/// Every common prefix below a folder, and whether log objects lie in it directly.
async fn subfolders(bucket: &Bucket, prefix: &str, pages: usize) -> Result<(Vec<String>, bool)> {
    let (mut folders, mut holds_logs, mut token) = (Vec::new(), false, None);
    for _ in 0..pages {
        let page = bucket.page(prefix, true, token).await?;
        folders.extend(page.result.common_prefixes.iter().map(|folder| format!("{folder}/")));
        holds_logs |= page.result.objects.iter().any(|object| is_object_name(object.location.as_ref()));
        token = page.page_token;
        if token.is_none() {
            break;
        }
    }
    Ok((folders, holds_logs))
}

enum Search {
    /// Folders `…/AWSLogs/`.
    Logs(Vec<String>),
    /// A folder without that layout that holds log objects.
    Objects(String),
}

/// Looks for `AWSLogs/` level by level; the first level that has one is the last that is looked at.
async fn search(bucket: &Bucket, from: String) -> Result<Search> {
    let named = bucket.url(&from);
    let (mut level, mut looked_at) = (vec![from], 0);
    for _ in 0..=DEPTH {
        looked_at += level.len();
        if looked_at > FOLDERS {
            bail!(
                "{named} has too many folders to look for logs in\nhint: name the prefix: --from s3://{}/PREFIX",
                bucket.name
            );
        }
        let listed = stream::iter(level.iter().map(|folder| subfolders(bucket, folder, FOREIGN_PAGES)));
        let listed: Vec<(Vec<String>, bool)> = listed.buffered(CONCURRENT).try_collect().await?;
        let below: Vec<String> = listed.iter().flat_map(|(folders, _)| folders.clone()).collect();
        let is_logs = |folder: &&String| folder.trim_end_matches('/').rsplit('/').next() == Some(AWS_LOGS);
        let logs: Vec<String> = below.iter().filter(is_logs).cloned().collect();
        if !logs.is_empty() {
            return Ok(Search::Logs(logs));
        }
        if let Some(at) = listed.iter().position(|(_, holds_logs)| *holds_logs) {
            return Ok(Search::Objects(level.swap_remove(at)));
        }
        level = below;
    }
    bail!("no load balancer logs below {named}: there is no AWSLogs/ folder\nhint: aws s3 ls {named}")
}

/// The folders of the accounts' load balancer logs.
async fn accounts(bucket: &Bucket, logs: &str) -> Result<Vec<(String, String)>> {
    let (folders, _) = subfolders(bucket, logs, usize::MAX).await?;
    Ok(folders.iter().filter_map(|folder| layout::service_folder(folder)).collect())
}

async fn regions(bucket: &Bucket, service: &str, account: &str, filter: &KeyFilter) -> Result<Vec<Folder>> {
    let (folders, _) = subfolders(bucket, service, usize::MAX).await?;
    let regions = folders.into_iter().map(|prefix| {
        let region = prefix[service.len()..].trim_end_matches('/').to_owned();
        day_folders(bucket, RegionFolder { prefix, account: account.to_owned(), region, within: String::new() }, filter)
    });
    stream::iter(regions).buffered(CONCURRENT).try_concat().await
}

/// The folders of the days that are needed of a region.
async fn day_folders(bucket: &Bucket, region: RegionFolder, filter: &KeyFilter) -> Result<Vec<Folder>> {
    let Range { start, end } = filter.ends;
    let days = match layout::days(start, end) {
        Days::Known(days) => days.into_iter().filter(|day| day.starts_with(&region.within)).collect(),
        Days::Between(first, last) => existing_days(bucket, &region, &first, &last).await?,
    };
    let mut folders = Vec::new();
    for day in days {
        let folder = |name: &str| Folder {
            prefix: format!("{}{day}{name}", region.prefix),
            account: region.account.clone(),
            region: region.region.clone(),
            day: day.clone(),
        };
        if filter.elbs.is_empty() {
            folders.push(folder(""));
        }
        let names = filter.elbs.iter().flat_map(|elb| layout::name_prefixes(&region, elb));
        folders.extend(names.map(|name| folder(&name)));
    }
    Ok(folders)
}

/// Walks years, months and days that exist.
async fn existing_days(bucket: &Bucket, region: &RegionFolder, first: &str, last: &str) -> Result<Vec<String>> {
    let mut level = vec![region.within.clone()];
    for _ in region.within.matches('/').count()..3 {
        let listed = level
            .iter()
            .map(|folder| async move { subfolders(bucket, &format!("{}{folder}", region.prefix), usize::MAX).await });
        let listed: Vec<(Vec<String>, bool)> = stream::iter(listed).buffered(CONCURRENT).try_collect().await?;
        let below = listed.into_iter().flat_map(|(folders, _)| folders);
        let below = below.map(|folder| folder[region.prefix.len()..].to_owned());
        // A month is compared with a day by as much as it says.
        let wanted = |folder: &String| {
            let start = first.get(..folder.len()).unwrap_or(first);
            folder.as_str() >= start && folder.as_str() <= last.get(..folder.len()).unwrap_or(last)
        };
        level = below.filter(wanted).collect();
    }
    Ok(level)
}

/// Lists one folder. Only what is wanted is kept: a folder may hold millions of keys.
///
/// # Errors
/// When it cannot be listed to its end.
pub async fn objects(bucket: &Arc<Bucket>, folder: &Folder, filter: &KeyFilter) -> Result<FolderListing> {
    let mut listing = FolderListing::default();
    let mut token = None;
    loop {
        let page = bucket.page(&folder.prefix, false, token).await?;
        for object in page.result.objects {
            listing.add(bucket, object, folder, filter);
        }
        token = page.page_token;
        if token.is_none() {
            return Ok(listing);
        }
    }
}

impl FolderListing {
    fn add(&mut self, bucket: &Arc<Bucket>, object: ObjectMeta, folder: &Folder, filter: &KeyFilter) {
        let key = object.location.as_ref();
        let name = ObjectName::parse(key);
        let wanted = match &name {
            ObjectName::Log(key) => filter.admits(key),
            ObjectName::Skipped(reason) => return *self.skipped.entry(*reason).or_default() += 1,
            // An object that was named itself is read whatever its name.
            ObjectName::Unknown if key == folder.prefix => true,
            ObjectName::Unknown => return *self.skipped.entry(SkipReason::Foreign).or_default() += 1,
        };
        if wanted {
            self.objects.push(LogObject::in_bucket(bucket, name, object));
        } else {
            self.pruned += 1;
        }
    }
}

fn is_object_name(key: &str) -> bool {
    match ObjectName::parse(key) {
        ObjectName::Log(_) => true,
        ObjectName::Skipped(_) => false,
        ObjectName::Unknown => std::path::Path::new(key).extension().is_some_and(|kind| kind == "gz" || kind == "log"),
    }
}
