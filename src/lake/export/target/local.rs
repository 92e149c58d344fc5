//! A folder: temporary name, fsync, rename.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use tempfile::TempPath;
use walkdir::WalkDir;

use super::{Conflict, FileSink, Stored, Target, Upload};
use crate::base::lock_file;
use crate::base::message::Message;
use crate::base::shown::Shown;

/// Files on their way lie here, below the export. Readers of Hive layouts leave names with `_` out.
const UNFINISHED: &str = "_unfinished";
/// Taken by whoever changes what is visible.
const LOCK: &str = "_unfinished/lock";
/// What lies there for longer was left by a run that was killed.
const ABANDONED: Duration = Duration::from_hours(24);

/// An export in a folder.
#[derive(Debug)]
pub struct LocalTarget {
    root: PathBuf,
}

impl LocalTarget {
    /// Creates the folder if it is missing.
    ///
    /// # Errors
    /// When it cannot be created or written to.
    pub fn new(root: &Path) -> Result<Self> {
        let unfinished = root.join(UNFINISHED);
        refuse_links(root, UNFINISHED)?;
        fs::create_dir_all(&unfinished).with_context(|| format!("cannot write to {}", Shown(root.display())))?;
        tempfile::tempfile_in(&unfinished).with_context(|| format!("cannot write to {}", Shown(root.display())))?;
        remove_abandoned(&unfinished);
        Ok(Self { root: root.to_owned() })
    }

    /// A folder that is only read.
    pub fn read_only(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }
}

/// Nothing is written through a link that lies in the export: it may lead to what is somebody's. The export itself may be
/// one.
fn refuse_links(root: &Path, path: &str) -> Result<()> {
    let mut there = root.to_owned();
    for part in Path::new(path) {
        there.push(part);
        if there.is_symlink() {
            bail!(
                Message::new(format_args!(
                    "{} is a link, and nothing is written through links in an export",
                    Shown(there.display())
                ))
                .hint("what it leads to, in its place")
            );
        }
    }
    Ok(())
}

/// Best effort: what cannot be looked at stays.
fn remove_abandoned(unfinished: &Path) {
    let entries = fs::read_dir(unfinished).into_iter().flatten().flatten();
    for entry in entries {
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        if modified.is_ok_and(|modified| modified.elapsed().is_ok_and(|age| age > ABANDONED)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

impl Target for LocalTarget {
    fn name(&self) -> String {
        Shown(self.root.display()).to_string()
    }

    /// Copying a folder changes the files' times.
    fn marks_last(&self) -> bool {
        false
    }

    fn list(&self, folder: &str) -> Result<BTreeMap<String, Stored>> {
        refuse_links(&self.root, folder)?;
        let mut files = BTreeMap::new();
        for entry in WalkDir::new(self.path(folder)) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) if error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound) => continue,
                Err(error) => return Err(error).context("cannot list the export"),
            };
            if entry.file_type().is_dir() {
                continue;
            }
            let path = entry.path().strip_prefix(&self.root)?.to_string_lossy().replace('\\', "/");
            if let Some(stored) = stored(entry.path())? {
                files.insert(path, stored);
            }
        }
        Ok(files)
    }

    fn read(&self, paths: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        let read = |path: &String| match fs::read(self.path(path)) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", Shown(self.path(path).display()))),
        };
        paths.iter().map(read).collect()
    }

    fn begin(&self, path: &str, replaces: Option<&Stored>) -> Result<Box<dyn Upload>> {
        refuse_links(&self.root, path)?;
        let path = self.path(path);
        let file = tempfile::Builder::new()
            .prefix("")
            .tempfile_in(self.root.join(UNFINISHED))
            .with_context(|| format!("cannot write {}", Shown(path.display())))?;
        let (file, temporary) = file.into_parts();
        let lock = self.root.join(LOCK);
        Ok(Box::new(LocalUpload { path, lock, temporary, file: Some(file), replaces: replaces.cloned() }))
    }

    fn delete(&self, path: &str, expected: &Stored) -> Result<()> {
        refuse_links(&self.root, path)?;
        let path = self.path(path);
        let _lock = lock(&self.root.join(LOCK))?;
        match stored(&path)? {
            None => Ok(()),
            Some(there) if there != *expected => Err(Conflict(Shown(path.display()).to_string()).into()),
            Some(_) => fs::remove_file(&path).with_context(|| format!("cannot remove {}", Shown(path.display()))),
        }
    }
}

/// Held while a file is compared and replaced, and not longer; it ends with the process, however that ends.
fn lock(path: &Path) -> Result<File> {
    let lock = lock_file::open(path).with_context(|| format!("cannot write {}", Shown(path.display())))?;
    lock.lock().with_context(|| format!("cannot lock {}", Shown(path.display())))?;
    Ok(lock)
}

struct LocalUpload {
    path: PathBuf,
    lock: PathBuf,
    temporary: TempPath,
    file: Option<File>,
    replaces: Option<Stored>,
}

impl FileSink for LocalUpload {
    fn write(&mut self, bytes: Vec<u8>) -> Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        file.write_all(&bytes).with_context(|| format!("cannot write {}", Shown(self.path.display())))
    }

    fn end(&mut self) -> Result<()> {
        if let Some(file) = self.file.take() {
            file.sync_all().with_context(|| format!("cannot write {}", Shown(self.path.display())))?;
        }
        Ok(())
    }
}

impl Upload for LocalUpload {
    fn complete(mut self: Box<Self>) -> Result<Stored> {
        self.end()?;
        let folder = self.path.parent().context("a file lies in a folder")?;
        fs::create_dir_all(folder).with_context(|| format!("cannot write {}", Shown(self.path.display())))?;
        let _lock = lock(&self.lock)?;
        if stored(&self.path)? != self.replaces {
            return Err(Conflict(Shown(self.path.display()).to_string()).into());
        }
        self.temporary.persist(&self.path).with_context(|| format!("cannot write {}", Shown(self.path.display())))?;
        // The name is durable when its folder is.
        File::open(folder).and_then(|folder| folder.sync_all()).ok();
        stored(&self.path)?.context("it was there a moment ago")
    }
}

/// The file as it is.
fn stored(path: &Path) -> Result<Option<Stored>> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot look at {}", Shown(path.display()))),
    };
    let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH).duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(Some(Stored { size: metadata.len(), mark: format!("{:x}-{:x}", metadata.len(), modified.as_nanos()) }))
}

#[cfg(test)]
mod tests {
    use super::super::put;
    use super::*;

    #[test]
    fn a_file_appears_whole_and_only_if_nobody_was_faster() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = LocalTarget::new(folder.path()).expect("a target");
        let first = put(&target, "a/b.parquet", b"one".to_vec(), None).expect("stored");
        assert_eq!(target.list("a/").expect("listed"), BTreeMap::from([("a/b.parquet".to_owned(), first.clone())]));
        let late = put(&target, "a/b.parquet", b"two".to_vec(), None).expect_err("a conflict");
        assert!(late.downcast_ref::<Conflict>().is_some());
        let second = put(&target, "a/b.parquet", b"three".to_vec(), Some(&first)).expect("stored");
        assert!(put(&target, "a/b.parquet", b"four".to_vec(), Some(&first)).is_err());
        assert_eq!(
            target.read(&["a/b.parquet".to_owned(), "c".to_owned()]).expect("read"),
            [Some(b"three".to_vec()), None]
        );
        let mut unfinished = target.begin("a/c.parquet", None).expect("begun");
        unfinished.write(vec![1]).expect("written");
        drop(unfinished);
        assert_eq!(target.list("").expect("listed").keys().filter(|path| path.ends_with("c.parquet")).count(), 0);
        assert_eq!(second.size, 5);
        assert!(target.delete("a/b.parquet", &first).is_err(), "another by now");
        target.delete("a/b.parquet", &second).expect("deleted");
        target.delete("a/b.parquet", &second).expect("deleted before");
    }

    #[cfg(unix)]
    #[test]
    fn links_in_an_export_are_not_followed() {
        use std::os::unix::fs::symlink;
        let (folder, elsewhere) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let (root, victim) = (folder.path().join("lake"), elsewhere.path().join("victim"));
        fs::write(&victim, "precious").expect("written");
        let target = LocalTarget::new(&root).expect("a target");
        symlink(elsewhere.path(), root.join("requests")).expect("a link");
        symlink(&victim, root.join("_albstats.json")).expect("a link");
        symlink(&victim, root.join(LOCK)).expect("a link");
        for path in ["requests/victim", "_albstats.json", "other"] {
            let error = format!("{:#}", put(&target, path, b"new".to_vec(), None).expect_err("a link"));
            assert!(error.contains("a link"), "{error}");
        }
        assert!(target.list("requests/").is_err());
        assert_eq!(fs::read_to_string(&victim).expect("there"), "precious");
        fs::remove_file(root.join(LOCK)).expect("removed");
        fs::remove_dir_all(root.join(UNFINISHED)).expect("removed");
        symlink(elsewhere.path(), root.join(UNFINISHED)).expect("a link");
        assert!(LocalTarget::new(&root).is_err());
        // The export itself may be one.
        symlink(&root, folder.path().join("link")).expect("a link");
        fs::remove_file(root.join(UNFINISHED)).expect("removed");
        let target = LocalTarget::new(&folder.path().join("link")).expect("a target");
        put(&target, "health_checks/a", b"new".to_vec(), None).expect("stored");
    }
}
