//! Finding everything that a window needs below a prefix of a bucket, wherever it lies.
//!
//! Folders are listed by delimiter, level by level. In AWS's layout only the days of the window are needed; of other
//! services' folders nothing is. Everywhere else anything may lie, at any depth: every folder is looked into, up to a number
//! of requests, and what is left then is said.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use alblog::LogKind;
use alblog::key::{AWS_LOGS, LogKey};
use anyhow::{Result, bail};
use futures::{StreamExt, stream};

use super::layout::{self, DayRange, Level, RegionFolder};
use super::list::may_be_log;
use super::message::is_denied;
use super::{Bucket, Folder, FolderListing};
use crate::base::message::Message;
use crate::read::storage::KeyFilter;

/// Requests at the same time.
const CONCURRENT: usize = 16;

/// What a search found.
#[derive(Debug, Default)]
pub struct Found {
    /// Folders that hold, or may hold, what is wanted; in order. They are yet to be listed.
    pub folders: Vec<Folder>,
    pub objects: FolderListing,
    /// What could not be looked into: where, and why.
    pub unlisted: Vec<(String, Message)>,
}

/// A folder to be listed by delimiter.
#[derive(Debug)]
struct Visit {
    prefix: String,
    /// What comes of what is in it.
    then: Then,
}

#[derive(Debug)]
enum Then {
    /// Anything may lie in it: it counts against the limit.
    Anywhere,
    /// It is the first of these folders, whose dates are outside the window. Whether these are the dates of the logs in them is looked
    /// at in one page of the first and of the last; if not, all of them are looked into.
    Sample(Vec<String>),
    /// It is of AWS's layout.
    Follow,
    /// So it is, and the dates in it have been seen to.
    WithoutDates,
    /// It is a day's, and those whose names begin as they should have been seen to.
    WithoutNames(Folder),
}

/// Finds everything below a prefix that may hold objects which the filter wants.
///
/// # Errors
/// When nothing below the prefix can be listed, or no logs are found there.
pub async fn search(bucket: &Arc<Bucket>, prefix: &str, filter: &KeyFilter) -> Result<Found> {
    let is_folder = prefix.is_empty() || prefix.ends_with('/');
    let folder = if is_folder { prefix.to_owned() } else { format!("{prefix}/") };
    let level = layout::level(&folder);
    if level == Level::OtherService {
        bail!("{} holds no load balancer logs: they are below elasticloadbalancing/", bucket.url(prefix))
    }
    // A key may hold these signs.
    if let Some(at) = prefix.find(['*', '?'])
        && bucket.keys(prefix, None, None).await?.objects.is_empty()
    {
        let below = prefix[..at].rfind('/').map_or("", |end| &prefix[..end]);
        let message =
            format_args!("{}: patterns are for files; of a bucket, all below a prefix is read", bucket.url(prefix));
        bail!(
            Message::new(message).hint(format_args!("--from {}, and --elb for some load balancers", bucket.url(below)))
        );
    }
    if level == Level::Objects || level == Level::Anywhere && may_be_log(prefix) {
        return named(bucket, prefix, &folder, filter).await;
    }
    let mut search = Search::new(bucket, filter);
    search.enter(folder.clone(), level);
    search.run().await;
    search.follow_where_denied(&folder).await;
    if search.unfinished > 0 {
        let max = filter.max_lists;
        let folders =
            if search.unfinished == 1 { "1 folder was" } else { &format!("{} folders were", search.unfinished) };
        let reason = Message::new(format_args!(
            "{folders} not looked into to the end: the limit is {max} lists outside AWS's layout"
        ))
        .hint(format_args!("a longer prefix, or --max-lists {}", max.max(10).saturating_mul(10)));
        search.unlisted.push((bucket.url(&folder), reason));
    }
    let Search { folders, objects, unlisted, in_layout, has_logs, .. } = search;
    if folders.is_empty() && objects.is_empty() && !in_layout && !has_logs && filter.elsewhere.is_none() {
        if let [(_, reason), ..] = unlisted.as_slice() {
            bail!(reason.clone());
        }
        // It may be an object of any name that was named.
        if let Ok(Some(objects)) = object_itself(bucket, prefix, filter).await {
            return Ok(Found { objects, ..Found::default() });
        }
        let named = bucket.url(&folder);
        bail!(
            Message::new(format_args!("no load balancer logs below {named}")).hint(format_args!("aws s3 ls {named}"))
        );
    }
    Ok(Found { folders: folders.into_iter().collect(), objects, unlisted })
}

/// What is where folders hold objects, or has the name of a log: the object itself, everything in the folder, or, if there is neither, what
/// begins so.
async fn named(bucket: &Arc<Bucket>, prefix: &str, folder: &str, filter: &KeyFilter) -> Result<Found> {
    if let Some(objects) = object_itself(bucket, prefix, filter).await? {
        return Ok(Found { objects, ..Found::default() });
    }
    let is_folder = prefix == folder || !bucket.keys(folder, None, None).await?.objects.is_empty();
    let whole = Folder::whole(if is_folder { folder } else { prefix });
    Ok(Found { folders: vec![whole], ..Found::default() })
}

/// The object of this key, if there is one: what is called longer was not named.
async fn object_itself(bucket: &Arc<Bucket>, key: &str, filter: &KeyFilter) -> Result<Option<FolderListing>> {
    if key.is_empty() || key.ends_with('/') {
        return Ok(None);
    }
    let found = bucket.keys(key, None, None).await?.objects.into_iter().find(|object| object.key == key);
    Ok(found.map(|object| {
        let mut listing = FolderListing::default();
        listing.add(bucket, object, key, filter);
        listing
    }))
}

struct Search<'a> {
    bucket: &'a Arc<Bucket>,
    filter: &'a KeyFilter,
    /// Of days in AWS's layout, and of dates in other folders.
    range: DayRange,
    roughly: DayRange,
    waiting: Vec<Visit>,
    /// Requests that are left for folders outside AWS's layout.
    left: AtomicUsize,
    folders: BTreeSet<Folder>,
    objects: FolderListing,
    unlisted: Vec<(String, Message)>,
    /// Whether a region's folder was there, be it empty in this window.
    in_layout: bool,
    /// Whether there are logs of other dates.
    has_logs: bool,
    unfinished: u64,
}

/// What lies in a folder.
#[derive(Default)]
struct Visited {
    folders: Vec<String>,
    objects: FolderListing,
    unfinished: bool,
    /// Whether an object was delivered on another date than its folder has.
    is_misdated: bool,
    /// Whether there are logs by AWS's names in folders of dates outside the window.
    has_logs: bool,
}

impl<'a> Search<'a> {
    fn new(bucket: &'a Arc<Bucket>, filter: &'a KeyFilter) -> Self {
        Self {
            bucket,
            filter,
            range: DayRange::of(&filter.ends),
            roughly: DayRange::roughly(&filter.ends),
            waiting: Vec::new(),
            left: AtomicUsize::new(filter.max_lists),
            folders: BTreeSet::new(),
            objects: FolderListing::default(),
            unlisted: Vec::new(),
            in_layout: false,
            has_logs: false,
            unfinished: 0,
        }
    }

    async fn run(&mut self) {
        while !self.waiting.is_empty() {
            let level = std::mem::take(&mut self.waiting);
            let this = &*self;
            let visits = level.into_iter().map(|visit| async move {
                let visited = this.visit(&visit).await;
                (visit, visited)
            });
            let visited: Vec<(Visit, Result<Visited>)> = stream::iter(visits).buffered(CONCURRENT).collect().await;
            for (visit, visited) in visited {
                match visited {
                    Ok(visited) => self.add(&visit, visited),
                    Err(error) => self.unlisted.push((self.bucket.url(&visit.prefix), error.into())),
                }
            }
        }
    }

    /// Where the folder that the search begins with may not be listed, what AWS delivers below it may be: its name is known.
    /// Whatever else lies there is not looked into, which is said.
    async fn follow_where_denied(&mut self, folder: &str) {
        let at = self.unlisted.iter().position(|(url, reason)| *url == self.bucket.url(folder) && is_denied(reason));
        let Some(at) = at.filter(|_| layout::level(folder) == Level::Anywhere) else { return };
        let known = format!("{folder}{AWS_LOGS}/");
        let url = self.bucket.url(&known);
        self.enter(known.clone(), layout::level(&known));
        self.run().await;
        if self.in_layout {
            let (_, reason) = &mut self.unlisted[at];
            *reason = std::mem::take(reason).hint(format_args!("--from {url} for what AWS delivers there, alone"));
        }
    }

    async fn visit(&self, visit: &Visit) -> Result<Visited> {
        if let Then::Sample(outside) = &visit.then {
            return self.sample(outside).await;
        }
        let delimiter = if matches!(visit.then, Then::WithoutNames(_)) { "_" } else { "/" };
        let (mut visited, mut token) = (Visited::default(), None);
        loop {
            let may = |left: usize| left.checked_sub(1);
            if matches!(visit.then, Then::Anywhere) && self.left.fetch_update(Relaxed, Relaxed, may).is_err() {
                visited.unfinished = true;
                return Ok(visited);
            }
            let page = self.bucket.keys(&visit.prefix, Some(delimiter), token).await?;
            visited.folders.extend(page.folders);
            for object in page.objects {
                visited.objects.add(self.bucket, object, &visit.prefix, self.filter);
            }
            token = page.next;
            if token.is_none() {
                return Ok(visited);
            }
        }
    }

    /// Whether there are logs in the first or last of these folders, and one that was delivered on another date than the folder's.
    async fn sample(&self, folders: &[String]) -> Result<Visited> {
        let mut visited = Visited::default();
        let ends = [folders.first(), folders.last().filter(|_| folders.len() > 1)];
        for folder in ends.into_iter().flatten() {
            let page = self.bucket.keys(folder, None, None).await?;
            visited.is_misdated |= page.objects.iter().any(|object| layout::is_misdated(folder, &object.key));
            visited.has_logs |= page.objects.iter().any(|object| LogKey::parse(&object.key).is_some());
            if visited.is_misdated {
                break;
            }
        }
        Ok(visited)
    }

    fn add(&mut self, visit: &Visit, visited: Visited) {
        self.unfinished += u64::from(visited.unfinished);
        self.objects.extend(visited.objects, self.filter);
        if let Then::Sample(outside) = &visit.then {
            self.has_logs |= visited.has_logs;
            let all = outside.iter().filter(|_| visited.is_misdated);
            self.waiting.extend(all.map(|folder| Visit { prefix: folder.clone(), then: Then::Anywhere }));
            return;
        }
        let mut outside = Vec::new();
        for folder in visited.folders {
            if let Then::WithoutNames(day) = &visit.then {
                if !layout::is_name_start(&folder[day.prefix.len()..], &day.account) {
                    self.folders.insert(Folder { prefix: folder, ..day.clone() });
                }
                continue;
            }
            match (&visit.then, layout::level(&folder)) {
                (Then::WithoutDates, Level::Region(_)) => {}
                (_, Level::Anywhere) if !self.admits(&folder) => outside.push(folder),
                (_, level) => self.enter(folder, level),
            }
        }
        if let Some(first) = outside.first() {
            self.waiting.push(Visit { prefix: first.clone(), then: Then::Sample(outside) });
        }
    }

    /// Whether a folder that is none of AWS's layout has a date in the window, or none.
    fn admits(&self, folder: &str) -> bool {
        layout::hive_date(folder).is_none_or(|date| self.roughly.admits(&date))
    }

    fn enter(&mut self, prefix: String, level: Level) {
        match level {
            Level::OtherService => {}
            Level::Objects => {
                self.folders.insert(Folder::whole(&prefix));
            }
            Level::Aws => self.waiting.push(Visit { prefix, then: Then::Follow }),
            Level::Anywhere => self.waiting.push(Visit { prefix, then: Then::Anywhere }),
            Level::Region(region) => {
                self.in_layout = true;
                match layout::days(&self.filter.ends) {
                    Some(days) => self.enter_days(&region, &days),
                    None if !self.range.admits(&region.within) => {}
                    None if region.within.matches('/').count() == 3 => self.enter_day(&region, &region.within),
                    None => self.waiting.push(Visit { prefix, then: Then::Follow }),
                }
            }
        }
    }

    /// The days that are needed are listed without a look whether they are there; above them may lie what is not where AWS
    /// puts it.
    fn enter_days(&mut self, region: &RegionFolder, days: &[String]) {
        let mut above = BTreeSet::new();
        for day in days.iter().filter(|day| day.starts_with(&region.within)) {
            if self.kinds(region, day).is_empty() {
                continue;
            }
            let ends = day.match_indices('/').map(|(at, _)| at + 1).filter(|end| *end < day.len());
            above.extend(
                std::iter::once(0).chain(ends).filter(|end| *end >= region.within.len()).map(|end| &day[..end]),
            );
            self.enter_day(region, day);
        }
        let visit = |date: &str| Visit { prefix: format!("{}{date}", region.prefix), then: Then::WithoutDates };
        self.waiting.extend(above.into_iter().map(visit));
    }

    /// Kinds of log whose objects in a day's folder are not all known from elsewhere.
    fn kinds(&self, region: &RegionFolder, day: &str) -> Vec<LogKind> {
        let all = LogKind::ALL.to_vec();
        let (Some(settled), Some(of_day)) = (&self.filter.elsewhere, layout::ends(day)) else { return all };
        let ends = of_day.start.max(self.filter.ends.start)..of_day.end.min(self.filter.ends.end);
        let is_open = |kind: &LogKind| !settled.covers(*kind, &region.account, &region.region, &ends);
        all.into_iter().filter(is_open).collect()
    }

    fn enter_day(&mut self, region: &RegionFolder, day: &str) {
        let kinds = self.kinds(region, day);
        let is_whole = kinds.len() == LogKind::ALL.len();
        let folder = |name: &str| Folder {
            prefix: format!("{}{day}{name}", region.prefix),
            account: region.account.clone(),
            region: region.region.clone(),
            day: day.to_owned(),
        };
        if self.filter.elbs.is_empty() {
            let names = layout::kind_prefixes(region, &kinds);
            self.folders.extend(if is_whole {
                vec![folder("")]
            } else {
                names.iter().map(|name| folder(name)).collect()
            });
            return;
        }
        let names = layout::name_prefixes(region, &kinds, &self.filter.elbs);
        self.folders.extend(names.iter().map(|name| folder(name)));
        if !is_whole {
            return;
        }
        let day = folder("");
        self.waiting.push(Visit { prefix: day.prefix.clone(), then: Then::WithoutNames(day) });
    }
}
