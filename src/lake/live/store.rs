//! A store as the one process sees that writes it.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result, bail};
use tokio::runtime::Handle;

use super::batch::{Batch, BatchId};
use super::build::Builder;
use super::manifest::{self, Change, Content, Manifest};
use super::snapshot::{Snapshot, objects_of};
use super::{manifest::sync_folder, settings};
use crate::base::clock::{now, typed};
use crate::base::lock_file;
use crate::base::message::Message;
use crate::base::shown::{Shown, in_a_line};
use crate::base::tables::Table;
use crate::base::whole_file::UNFINISHED;
use crate::lake::export::target::{LocalTarget, Target};
use crate::lake::export::{Settings, Source};
use crate::read::scan::Progress;
use crate::read::storage::FetchBudget;

const LOCK: &str = "_lock";
/// Says who holds the lock.
const WRITER: &str = "_writer";
/// Where files lie until they are whole.
const UNFINISHED_FILES: &str = "_unfinished";

/// A store that this process writes.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    settings: Settings,
    manifest: Manifest,
    content: Content,
    /// Released with the process, however it ends.
    _lock: File,
}

/// What was put in order when a store was opened.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Mended {
    /// Bytes of a line of the manifest that was not written to its end.
    pub torn: u64,
    /// Files that no line named.
    pub removed: u64,
    /// Batches whose files were not as the manifest says: their objects are taken in again.
    pub dropped: Vec<BatchId>,
}

impl Store {
    /// Opens a store, or makes one, and puts in order what an earlier process left.
    ///
    /// # Errors
    /// When another process writes it, it was made with other settings, the folder holds something else, or nothing can be written.
    pub fn open(folder: &Path, wanted: &Settings) -> Result<(Self, Mended)> {
        if is_foreign(folder)? {
            bail!(
                Message::new(format_args!("{} is no live store, and not empty", Shown(folder.display())))
                    .hint("a folder that is empty or not there")
            );
        }
        fs::create_dir_all(folder).with_context(|| format!("cannot write to {}", Shown(folder.display())))?;
        let lock = hold(folder)?;
        let settings = make(folder, wanted)?;
        let read = manifest::read(folder)?;
        let mut mended = Mended { torn: read.torn, ..Mended::default() };
        let manifest = Manifest::open(folder, &read)?;
        let mut store = Self { folder: folder.to_owned(), settings, manifest, content: read.content, _lock: lock };
        let broken =
            |batch: &&Batch| batch.files.iter().any(|file| !is_as_written(&folder.join(&file.path), file.size));
        mended.dropped =
            store.content.batches.values().map(AsRef::as_ref).filter(broken).map(|batch| batch.id).collect();
        if !mended.dropped.is_empty() {
            store.commit(&Change { drop: mended.dropped.clone(), ..Change::default() })?;
        }
        mended.removed = store.remove_unnamed()?;
        Ok((store, mended))
    }

    /// What it holds.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// What makes batches of it, with so many bytes of memory for each.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn builder(&self, memory: usize, counted_from: i64, runtime: Handle) -> Result<Builder> {
        Ok(Builder {
            folder: self.folder.clone(),
            target: LocalTarget::new(&self.folder)?,
            redaction: self.settings.redact.clone(),
            memory,
            runtime,
            budget: FetchBudget::small(),
            progress: Progress::default(),
            stop: AtomicBool::new(false),
            counted_from,
        })
    }

    /// The objects of a batch.
    ///
    /// # Errors
    /// When a record cannot be read.
    pub fn objects(&self, batch: &Batch) -> Result<Vec<Source>> {
        let record = batch.record().context("a batch has a record")?;
        objects_of(&record.path, fs::read(self.folder.join(&record.path)))
    }

    /// Whether the folder is still the one that was opened, and nobody removed it or put another in its place.
    pub fn is_there(&self) -> bool {
        self.manifest.is_at(&self.folder)
    }

    /// Makes a change: when this returns, it holds whatever happens.
    ///
    /// # Errors
    /// When it cannot be written. Then nobody knows whether it holds: the store must be opened again.
    pub fn commit(&mut self, change: &Change) -> Result<()> {
        let failed = || format!("cannot write the manifest of {}", Shown(self.folder.display()));
        self.manifest.append(change).with_context(failed)?;
        self.content.apply(change.clone());
        if self.manifest.is_long(&self.content) {
            self.manifest = Manifest::rewrite(&self.folder, &self.content).with_context(failed)?;
        }
        Ok(())
    }

    /// Removes files of batches that are not in it any more. What cannot be removed now is when it is opened again.
    pub fn unlink(&self, paths: &[String]) {
        for path in paths {
            let _ = fs::remove_file(self.folder.join(path));
        }
    }

    /// Removes what no line names: files of a process that was killed before it could write one, or before it removed them.
    fn remove_unnamed(&self) -> Result<u64> {
        let named: BTreeSet<&str> =
            self.content.batches.values().flat_map(|batch| batch.files.iter().map(|file| file.path.as_str())).collect();
        let target = LocalTarget::read_only(&self.folder);
        let mut removed = 0;
        for table in Table::ALL {
            for (path, stored) in target.list(&format!("{}/", table.name()))? {
                if path.ends_with(".parquet") && !named.contains(path.as_str()) {
                    target.delete(&path, &stored)?;
                    removed += 1;
                }
            }
        }
        let unfinished = self.folder.join(UNFINISHED_FILES);
        for entry in fs::read_dir(&unfinished).into_iter().flatten().flatten() {
            if entry.file_name() != "lock" {
                let _ = fs::remove_file(entry.path());
            }
        }
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(removed)
    }
}

fn is_as_written(path: &Path, size: u64) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.len() == size)
}

/// Whether a folder has something in it that is none of a live store's, which may have been killed while it was made.
fn is_foreign(folder: &Path) -> Result<bool> {
    let is_ours = |name: &str| name.starts_with('_') || name.starts_with(UNFINISHED);
    match fs::read_dir(folder) {
        Ok(mut entries) => {
            let foreign = |entry: std::io::Result<fs::DirEntry>| {
                entry.is_ok_and(|it| !is_ours(&it.file_name().to_string_lossy()))
            };
            Ok(!Snapshot::is_store(folder) && entries.any(foreign))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", Shown(folder.display()))),
    }
}

/// Takes hold of a store, so that no two processes write it.
fn hold(folder: &Path) -> Result<File> {
    let path = folder.join(LOCK);
    let lock = lock_file::open(&path).with_context(|| format!("cannot write {}", Shown(path.display())))?;
    match lock.try_lock() {
        Ok(()) => {
            let who = format!("process {}, since {}\n", std::process::id(), typed(now()));
            fs::write(folder.join(WRITER), who)
                .with_context(|| format!("cannot write to {}", Shown(folder.display())))?;
            Ok(lock)
        }
        Err(TryLockError::WouldBlock) => {
            let who = fs::read_to_string(folder.join(WRITER)).unwrap_or_default();
            bail!(
                Message::new(format_args!(
                    "{} is written by another albstats ({})",
                    Shown(folder.display()),
                    in_a_line(&who)
                ))
                .hint("one process takes logs in; any number may read")
            )
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", Shown(path.display()))),
    }
}

/// The settings of a store: those it was made with, if they are the ones that are wanted.
fn make(folder: &Path, wanted: &Settings) -> Result<Settings> {
    if Snapshot::is_store(folder) {
        let settings = settings::read(folder)?;
        settings.check(wanted, &Shown(folder.display()).to_string())?;
        return Ok(settings);
    }
    settings::write(folder, wanted)?;
    sync_folder(folder)?;
    Ok(wanted.clone())
}
