//! Listing a folder of a bucket: what lies in it, by the names of its objects.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use alblog::{ObjectName, SkipReason};
use anyhow::Result;
use futures::stream::{self, Stream, TryStreamExt};

use super::{Bucket, Stored};
use crate::read::storage::{KeyFilter, LogObject, add_skipped};

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

/// What lies in a folder.
#[derive(Debug, Default)]
pub struct FolderListing {
    pub objects: Vec<LogObject>,
    /// What may hold logs although its name is not one of a log.
    pub others: Others,
    /// What is no log of an Application Load Balancer, by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// Logs that the names say are not wanted.
    pub pruned: u64,
}

/// Objects of names such as `export.csv`, `part-0001` or `trail.json.gz`: what they hold, only a look tells. So many are
/// kept as may be looked into, and the rest is counted.
#[derive(Debug, Default)]
pub struct Others {
    pub objects: Vec<LogObject>,
    /// How many more there are.
    pub more: u64,
}

impl Others {
    /// Takes more of them, up to `max`.
    pub fn extend(&mut self, others: Self, max: usize) {
        let fit = max.saturating_sub(self.objects.len()).min(others.objects.len());
        self.more += others.more + (others.objects.len() - fit) as u64;
        self.objects.extend(others.objects.into_iter().take(fit));
    }

    /// All there are.
    pub fn count(&self) -> u64 {
        self.objects.len() as u64 + self.more
    }
}

/// Lists one folder. Only what is wanted is kept: a folder may hold millions of keys.
///
/// # Errors
/// When it cannot be listed to its end.
pub async fn objects(bucket: &Arc<Bucket>, folder: &Folder, filter: &KeyFilter) -> Result<FolderListing> {
    let whole = |mut listing: FolderListing, page| async move {
        listing.extend(page, filter);
        Ok(listing)
    };
    pages(bucket, folder, filter).try_fold(FolderListing::default(), whole).await
}

/// Lists one folder page by page; an error is the last.
pub fn pages<'a>(
    bucket: &'a Arc<Bucket>,
    folder: &'a Folder,
    filter: &'a KeyFilter,
) -> impl Stream<Item = Result<FolderListing>> + Send + 'a {
    stream::try_unfold(Some(None), move |page| async move {
        let Some(token) = page else { return Ok(None) };
        let page = bucket.keys(&folder.prefix, None, token).await?;
        let mut listing = FolderListing::default();
        for object in page.objects {
            listing.add(bucket, object, &folder.prefix, filter);
        }
        Ok(Some((listing, page.next.map(Some))))
    })
}

impl Folder {
    pub(super) fn whole(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), account: String::new(), region: String::new(), day: String::new() }
    }
}

impl FolderListing {
    /// Adds an object that was found below `listed`.
    pub(super) fn add(&mut self, bucket: &Arc<Bucket>, object: Stored, listed: &str, filter: &KeyFilter) {
        if object.key.ends_with('/') && object.size == 0 {
            // S3's console makes such an object for every folder.
            return;
        }
        let name = ObjectName::parse(&object.key);
        let wanted = match &name {
            ObjectName::Log(key) if filter.is_settled(key) => return,
            ObjectName::Log(key) => filter.admits(key),
            // An object that was named itself is read whatever its name.
            ObjectName::Unknown | ObjectName::Skipped(_) if object.key == listed => true,
            ObjectName::Skipped(reason) => return *self.skipped.entry(*reason).or_default() += 1,
            ObjectName::Unknown if may_be_log(&object.key) => true,
            ObjectName::Unknown if self.others.objects.len() < filter.max_looks => {
                return self.others.objects.push(LogObject::in_bucket(bucket, name, object));
            }
            ObjectName::Unknown => return self.others.more += 1,
        };
        if wanted {
            self.objects.push(LogObject::in_bucket(bucket, name, object));
        } else {
            self.pruned += 1;
        }
    }

    pub(super) fn extend(&mut self, more: Self, filter: &KeyFilter) {
        self.objects.extend(more.objects);
        self.others.extend(more.others, filter.max_looks);
        self.pruned += more.pruned;
        add_skipped(&mut self.skipped, more.skipped);
    }

    pub(super) fn is_empty(&self) -> bool {
        let nothing = self.objects.is_empty() && self.others.count() == 0 && self.pruned == 0;
        nothing && self.skipped.keys().all(|reason| *reason == SkipReason::Foreign)
    }
}

/// Whether an object is likely to be a log that somebody renamed: `shop.log`, `shop.log.gz` or `shop.gz`, and not
/// `trail.json.gz`. Of everything else in a bucket, only so many are looked into.
pub fn may_be_log(key: &str) -> bool {
    let path = Path::new(key);
    let ends = |path: &Path, kind: &str| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(kind));
    if !ends(path, "gz") {
        return ends(path, "log");
    }
    let inflated = Path::new(path.file_stem().unwrap_or_default());
    inflated.extension().is_none() || ends(inflated, "log")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_renamed_log() {
        let may = ["shop.log", "a/b//shop.log.gz", "shop.gz", "SHOP.LOG.GZ"];
        let not = ["trail.json.gz", "notes.txt", "shop", "a.log/b", "x.parquet", "dump.sql.gz", "", "/"];
        assert!(may.iter().all(|key| may_be_log(key)));
        for key in not {
            assert!(!may_be_log(key), "{key}");
        }
    }
}
