//! Listing: from what was named to the objects that lie there.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alblog::{ObjectName, SkipReason};
use anyhow::{Context, Result, bail};
use futures::{StreamExt, stream};
use walkdir::WalkDir;

use super::copies::{Copies, look_up, without_copies};
use super::filter::KeyFilter;
use super::s3::{self, Bucket};
use super::{Location, LogObject};
use crate::base::message::Message;
use crate::base::place::Place;
use crate::base::shown::Shown;
use crate::base::whole_file::UNFINISHED;

/// Folders of a bucket listed at the same time.
const CONCURRENT: usize = 8;

/// What was found where the user pointed.
#[derive(Debug, Default)]
pub struct Listing {
    /// Objects that hold logs, or may, by their names; sorted by location, each one once.
    pub objects: Vec<LogObject>,
    /// Objects of other names, which may hold logs all the same; sorted likewise. Only a look into them tells.
    others: Vec<LogObject>,
    /// Objects left out because of their names, by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// Logs left out because their names show that they are not wanted.
    pub pruned: u64,
    /// Folders and files that could not be looked at: where, and why.
    pub unlisted: Vec<(String, Message)>,
    /// What is in buckets and could not be looked into, because there is too much of it.
    pub unseen: Vec<Unseen>,
    /// Objects left out because another one has the same name by AWS.
    pub copies: Copies,
    /// Whether what is there twice is wanted twice.
    pub duplicates: bool,
    /// Whether logs of some load balancers are wanted: of those without a name by AWS nobody can tell.
    pub by_elb: bool,
}

/// Objects below a prefix whose names are not those of logs, and that are too many to be looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// The bucket and prefix.
    pub below: String,
    /// How many are left out.
    pub count: u64,
    /// How many there are, with those that are looked into.
    pub all: u64,
}

/// Lists files, folders (recursively), globs, `-` (standard input) and prefixes of buckets. What is named twice is listed
/// once, and so is what is there twice under one name by AWS, unless the filter wants both. Files are listed whatever the times
/// in their names; in a bucket, only the folders of the days that the filter's times need are looked at.
///
/// # Errors
/// When something named does not exist, a glob is malformed or matches nothing, a bucket cannot be listed, or the
/// location is of a kind that cannot be read.
pub async fn list(places: &[Place], filter: &KeyFilter) -> Result<Listing> {
    let mut lister = Lister { filter: filter.clone(), ..Lister::default() };
    for place in places {
        match place.in_s3() {
            Some((bucket, prefix)) => {
                let bucket = Arc::new(Bucket::open(bucket, &place.identity).await?);
                lister.add_bucket(&bucket, prefix).await?;
            }
            None => lister.add(&place.from)?,
        }
    }
    let mut listing = lister.listing;
    sort(&mut listing.objects);
    sort(&mut listing.others);
    listing.duplicates = filter.duplicates;
    listing.by_elb = !filter.elbs.is_empty();
    look_up(&mut listing.objects).await;
    if !filter.duplicates {
        listing.copies.add(without_copies(&mut listing.objects));
    }
    Ok(listing)
}

/// Sorts objects by where they are, each one once: an object of a bucket may have been named itself before the folder it lies in
/// was.
fn sort(objects: &mut Vec<LogObject>) {
    objects.sort_by_cached_key(|object| match &object.location {
        // It comes first.
        Location::Stdin => (PathBuf::new(), String::new()),
        Location::Path(path) | Location::Pipe(path) => (path.clone(), String::new()),
        // To a path, `a//b` is `a/b`.
        Location::S3 { .. } => (PathBuf::from(object.location.to_string()), object.location.to_string()),
    });
    let same = |a: &LogObject, b: &LogObject| a.is_remote() && a.location.to_string() == b.location.to_string();
    objects.dedup_by(|a, b| same(a, b));
}

#[derive(Default)]
struct Lister {
    filter: KeyFilter,
    listing: Listing,
    /// Canonical paths, so that overlapping names never count a row twice.
    seen: HashSet<PathBuf>,
    /// Prefixes that were listed, for the same reason.
    listed: Vec<String>,
    /// The folder of the last file, as named and canonical.
    folder: (PathBuf, PathBuf),
}

impl Lister {
    async fn add_bucket(&mut self, bucket: &Arc<Bucket>, prefix: &str) -> Result<()> {
        let s3::Found { folders, objects, unlisted } = s3::search(bucket, prefix, &self.filter).await?;
        let alone = objects.objects.is_empty() && unlisted.is_empty();
        self.listing.unlisted.extend(unlisted);
        let mut others = s3::Others::default();
        self.listing.add(objects, &mut others, &self.filter);
        let new = folders.into_iter().filter(|folder| {
            let url = bucket.url(&folder.prefix);
            let overlaps = self.listed.iter().any(|listed| url.starts_with(listed.as_str()));
            self.listed.extend((!overlaps).then_some(url));
            !overlaps
        });
        let new: Vec<s3::Folder> = new.collect();
        let filter = self.filter.clone();
        let listed =
            new.iter().map(|folder| async { (bucket.url(&folder.prefix), s3::objects(bucket, folder, &filter).await) });
        let mut listed = stream::iter(listed).buffered(CONCURRENT);
        while let Some((url, listed)) = listed.next().await {
            match listed {
                Ok(folder) => self.listing.add(folder, &mut others, &filter),
                Err(error) if new.len() == 1 && alone => return Err(error),
                Err(error) => self.listing.unlisted.push((url, error.into())),
            }
        }
        if others.more > 0 {
            let (below, count, all) = (bucket.url(prefix), others.more, others.count());
            self.listing.unseen.push(Unseen { below, count, all });
        }
        self.listing.others.extend(others.objects);
        Ok(())
    }

    fn add(&mut self, named: &str) -> Result<()> {
        if named == "-" {
            return self.add_stream(Path::new(named), Location::Stdin);
        }
        if let Some((scheme, _)) = named.split_once("://") {
            bail!(
                Message::new(format_args!(
                    "cannot read {named}: {scheme}:// is not supported",
                    named = Shown(named),
                    scheme = Shown(scheme)
                ))
                .hint("s3://bucket/prefix, a folder, file, glob or -")
            );
        }
        let path = Path::new(named);
        if let Ok(metadata) = path.metadata() {
            if metadata.is_dir() || metadata.is_file() {
                return self.add_tree(path);
            }
            return self.add_stream(path, Location::Pipe(path.to_owned()));
        }
        if !named.contains(['*', '?', '[']) {
            bail!("no such file or folder: {named}", named = Shown(named));
        }
        let matches = glob::glob(named).with_context(|| format!("malformed glob: {named}", named = Shown(named)))?;
        let mut found = false;
        for path in matches {
            found = true;
            match path {
                Ok(path) => self.add_tree(&path)?,
                Err(error) => self.unlisted(&error.path().display().to_string(), &error.error()),
            }
        }
        if !found {
            bail!("no file matches: {named}", named = Shown(named));
        }
        Ok(())
    }

    /// What can be read only once is listed once, too.
    fn add_stream(&mut self, named: &Path, location: Location) -> Result<()> {
        self.refuse_unnamed(&location)?;
        if self.seen.insert(named.to_owned()) {
            self.listing.objects.push(LogObject::stream(location));
        }
        Ok(())
    }

    /// Without a name by AWS, nobody knows whose load balancer's logs these are.
    fn refuse_unnamed(&self, location: &Location) -> Result<()> {
        if self.filter.elbs.is_empty() {
            return Ok(());
        }
        bail!(
            Message::new(format_args!(
                "--elb goes by the names that AWS gives log objects, and this has none: {location}",
                location = Shown(location)
            ))
            .hint(format_args!("WHERE elb LIKE 'app/{}/%'", Shown(self.filter.elbs[0].replace('*', "%"))))
        )
    }

    fn add_tree(&mut self, root: &Path) -> Result<()> {
        for entry in WalkDir::new(root).follow_links(true) {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) => match entry.metadata() {
                    Ok(metadata) => self.add_file(entry.path(), &metadata, entry.depth() == 0)?,
                    Err(error) => self.unlisted(&entry.path().display().to_string(), &error),
                },
                Err(error) => {
                    let path = error.path().unwrap_or(root).display().to_string();
                    let reason = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                    self.unlisted(&path, &reason);
                }
            }
        }
        Ok(())
    }

    /// Adds a file; `is_named` if it was named itself, and not found in a folder.
    fn add_file(&mut self, path: &Path, metadata: &std::fs::Metadata, is_named: bool) -> Result<()> {
        if !metadata.is_file() {
            // A pipe or device that happens to lie in a folder: opening it could wait for ever.
            *self.listing.skipped.entry(SkipReason::Foreign).or_default() += 1;
            return Ok(());
        }
        let canonical = self.canonical(path);
        if !self.seen.insert(canonical) {
            return Ok(());
        }
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(UNFINISHED)) {
            *self.listing.skipped.entry(SkipReason::Foreign).or_default() += 1;
            return Ok(());
        }
        match ObjectName::parse(&path.to_string_lossy()) {
            ObjectName::Skipped(reason) if !is_named => *self.listing.skipped.entry(reason).or_default() += 1,
            ObjectName::Log(key) if self.filter.is_settled(&key) => {}
            ObjectName::Log(key) if !self.filter.admits_elb(&key) => self.listing.pruned += 1,
            name => {
                let says_nothing = matches!(name, ObjectName::Unknown | ObjectName::Skipped(_));
                if says_nothing && is_named {
                    self.refuse_unnamed(&Location::Path(path.to_owned()))?;
                }
                let is_likely = !says_nothing || is_named || s3::may_be_log(&path.to_string_lossy());
                let object = LogObject::file(path, name, metadata);
                let listed = if is_likely { &mut self.listing.objects } else { &mut self.listing.others };
                listed.push(object);
            }
        }
        Ok(())
    }

    /// The path without links and dots. Folders are looked up once: a folder of a day holds thousands of objects.
    fn canonical(&mut self, path: &Path) -> PathBuf {
        let (Some(folder), Some(name), false) = (path.parent(), path.file_name(), path.is_symlink()) else {
            return path.canonicalize().unwrap_or_else(|_| path.to_owned());
        };
        if self.folder.0 != folder {
            let from_here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            let canonical = from_here.canonicalize().unwrap_or_else(|_| folder.to_owned());
            self.folder = (folder.to_owned(), canonical);
        }
        self.folder.1.join(name)
    }

    fn unlisted(&mut self, path: &str, reason: &dyn ToString) {
        self.listing.unlisted.push((path.to_owned(), Message::new(reason.to_string())));
    }
}

impl Listing {
    /// Puts the objects of other names to those that hold logs, or may, by theirs.
    pub fn with_others(mut self) -> Self {
        if !self.others.is_empty() {
            self.objects.append(&mut self.others);
            sort(&mut self.objects);
        }
        self
    }

    /// Forgets the objects of other names.
    pub fn without_others(mut self) -> Self {
        self.others.clear();
        self
    }

    /// How many objects of other names there are.
    pub fn others(&self) -> u64 {
        self.others.len() as u64 + self.unseen.iter().map(|unseen| unseen.count).sum::<u64>()
    }

    fn add(&mut self, folder: s3::FolderListing, others: &mut s3::Others, filter: &KeyFilter) {
        others.extend(folder.others, filter.max_looks);
        self.objects.extend(folder.objects);
        self.pruned += folder.pruned;
        add_skipped(&mut self.skipped, folder.skipped);
    }
}

/// Adds counts of skipped objects to others.
pub fn add_skipped(all: &mut BTreeMap<SkipReason, u64>, more: BTreeMap<SkipReason, u64>) {
    for (reason, count) in more {
        *all.entry(reason).or_default() += count;
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const ACCESS: &str = "1_elasticloadbalancing_eu-west-1_app.a.b_20261120T1005Z_192.0.2.1_r.log.gz";

    fn list(from: &[String]) -> Result<Listing> {
        let places: Vec<Place> = from.iter().map(Place::new).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        runtime.block_on(super::list(&places, &KeyFilter::default()))
    }

    fn named(path: &Path) -> String {
        path.to_string_lossy().into_owned()
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir_all(folder.path().join("deep/er")).expect("a folder");
        for name in [ACCESS, "deep/er/other.txt", "deep/ELBAccessLogTestFile"] {
            fs::write(folder.path().join(name), "x").expect("a file");
        }
        folder
    }

    #[test]
    fn folders_are_walked_and_test_objects_counted() {
        let folder = folder();
        let listing = list(&[named(folder.path())]).expect("a listing");
        assert_eq!((listing.objects.len(), listing.others.len()), (1, 1));
        let listing = listing.with_others();
        assert_eq!(listing.objects.len(), 2);
        assert_eq!(listing.skipped, BTreeMap::from([(SkipReason::TestObject, 1)]));
        let keys: Vec<bool> = listing.objects.iter().map(|object| object.key.is_some()).collect();
        assert_eq!(keys, [true, false]);
    }

    #[test]
    fn a_file_named_in_three_ways_is_listed_once() {
        let folder = folder();
        let (root, file) = (named(folder.path()), named(&folder.path().join(ACCESS)));
        let glob = named(&folder.path().join("*.gz"));
        let dotted = named(&folder.path().join("deep/..").join(ACCESS));
        let listing = list(&[root, file, glob, dotted, "-".into(), "-".into()]).expect("a listing").with_others();
        assert_eq!(listing.objects.len(), 3);
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        let message = |named: &str| list(&[named.into()]).expect_err("an error").to_string();
        assert_eq!(message("no/such/file"), "no such file or folder: no/such/file");
        assert_eq!(message("no/such/*.gz"), "no file matches: no/such/*.gz");
        assert!(message("gs://bucket/x").starts_with("cannot read gs://bucket/x: gs:// is not supported"));
    }
}
