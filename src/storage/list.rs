//! Listing: from what was named to the objects that lie there.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use alblog::{ObjectName, SkipReason};
use anyhow::{Context, Result, bail};
use walkdir::WalkDir;

use super::{Location, LogObject};

/// What was found where the user pointed.
#[derive(Debug, Default)]
pub struct Listing {
    /// Objects that hold logs, or may, by their names; sorted by location, each one once.
    pub objects: Vec<LogObject>,
    /// Objects left out because of their names, by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// Folders and files that could not be looked at: where, and why.
    pub unlisted: Vec<(String, String)>,
}

/// Lists files, folders (recursively), globs and `-` (standard input). The same file named twice is listed once.
///
/// # Errors
/// When something named does not exist, a glob is malformed or matches nothing, or the location is of a kind that cannot
/// be read.
pub fn list(from: &[String]) -> Result<Listing> {
    let mut lister = Lister::default();
    for named in from {
        lister.add(named)?;
    }
    let mut listing = lister.listing;
    listing.objects.sort_by(|a, b| order(a).cmp(&order(b)));
    Ok(listing)
}

/// Standard input first, then by path.
fn order(object: &LogObject) -> Option<&Path> {
    match &object.location {
        Location::Stdin => None,
        Location::Path(path) | Location::Pipe(path) => Some(path),
    }
}

#[derive(Default)]
struct Lister {
    listing: Listing,
    /// Canonical paths, so that overlapping names never count a row twice.
    seen: HashSet<PathBuf>,
    /// The folder of the last file, as named and canonical.
    folder: (PathBuf, PathBuf),
}

impl Lister {
    fn add(&mut self, named: &str) -> Result<()> {
        if named == "-" {
            self.add_stream(Path::new(named), Location::Stdin);
            return Ok(());
        }
        if let Some((scheme, _)) = named.split_once("://") {
            bail!(
                "cannot read {named}: {scheme}:// is not supported yet\nhint: copy the objects into a folder, --from FOLDER"
            );
        }
        let path = Path::new(named);
        if let Ok(metadata) = path.metadata() {
            if metadata.is_dir() || metadata.is_file() {
                self.add_tree(path);
            } else {
                self.add_stream(path, Location::Pipe(path.to_owned()));
            }
            return Ok(());
        }
        if !named.contains(['*', '?', '[']) {
            bail!("no such file or folder: {named}");
        }
        let matches = glob::glob(named).with_context(|| format!("malformed glob: {named}"))?;
        let mut found = false;
        for path in matches {
            found = true;
            match path {
                Ok(path) => self.add_tree(&path),
                Err(error) => self.unlisted(&error.path().display().to_string(), &error.error()),
            }
        }
        if !found {
            bail!("no file matches: {named}");
        }
        Ok(())
    }

    /// What can be read only once is listed once, too.
    fn add_stream(&mut self, named: &Path, location: Location) {
        if self.seen.insert(named.to_owned()) {
            self.listing.objects.push(LogObject::stream(location));
        }
    }

    fn add_tree(&mut self, root: &Path) {
        for entry in WalkDir::new(root).follow_links(true) {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) => match entry.metadata() {
                    Ok(metadata) => self.add_file(entry.path(), &metadata),
                    Err(error) => self.unlisted(&entry.path().display().to_string(), &error),
                },
                Err(error) => {
                    let path = error.path().unwrap_or(root).display().to_string();
                    let reason = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                    self.unlisted(&path, &reason);
                }
            }
        }
    }

    fn add_file(&mut self, path: &Path, metadata: &std::fs::Metadata) {
        if !metadata.is_file() {
            // A pipe or device that happens to lie in a folder: opening it could wait for ever.
            *self.listing.skipped.entry(SkipReason::Foreign).or_default() += 1;
            return;
        }
        let canonical = self.canonical(path);
        if !self.seen.insert(canonical) {
            return;
        }
        match ObjectName::parse(&path.to_string_lossy()) {
            ObjectName::Skipped(reason) => *self.listing.skipped.entry(reason).or_default() += 1,
            name => self.listing.objects.push(LogObject::file(path, name, metadata)),
        }
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
        self.listing.unlisted.push((path.to_owned(), reason.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const ACCESS: &str = "1_elasticloadbalancing_eu-west-1_app.a.b_20261120T1005Z_192.0.2.1_r.log.gz";

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
        let listing = list(&[root, file, glob, dotted, "-".into(), "-".into()]).expect("a listing");
        assert_eq!(listing.objects.len(), 3);
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        let message = |named: &str| list(&[named.into()]).expect_err("an error").to_string();
        assert_eq!(message("no/such/file"), "no such file or folder: no/such/file");
        assert_eq!(message("no/such/*.gz"), "no file matches: no/such/*.gz");
        assert!(message("s3://bucket/x").starts_with("cannot read s3://bucket/x: s3:// is not supported yet"));
    }
}
