//! A consistent view of a store, from any process and without locks.
//!
//! Reading takes two steps: the manifest is read, and all files that are wanted are opened. From then on nothing can happen to
//! them: whoever writes takes names away, and a file without a name stays until it is let go. Between the two steps a file may have
//! lost its name, since the store was compacted, or an export has its rows by now. Then the manifest does not name it any more, and
//! both steps are taken again. Names also stay for a while after the manifest let go of them, so that this is seldom needed.
//!
//! **Read the manifest before the records of an export.** A batch leaves the store once a record names all its objects: who
//! looks here first finds each object in the store, in the export, or in both, and then it counts in the export.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use object_store::ObjectStore;

use super::batch::{Batch, BatchFile};
use super::pinned::Pinned;
use super::{REMOVE_FILE, manifest, settings};
use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::lake::export::{Settings, Source, sources_of_record};

/// What a store held when it was looked at: batches, and their files, opened.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The store.
    pub folder: PathBuf,
    /// What the store was made with: where its logs come from, and what is left out.
    pub settings: Settings,
    /// In the order in which they were taken in.
    pub batches: Vec<Arc<Batch>>,
    /// Objects whose intervals end by then are not in the store, or not any more: they were let go, or never looked for.
    /// Microseconds since the epoch.
    pub floor: i64,
    files: Arc<Pinned>,
}

impl Snapshot {
    /// Whether a folder is a live store.
    pub fn is_store(folder: &Path) -> bool {
        folder.join(settings::NAME).is_file()
    }

    /// All of a store.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn open(folder: &Path) -> Result<Self> {
        Self::of(folder, &|_| true)
    }

    /// The batches of a store that are wanted, and no file of the others.
    ///
    /// # Errors
    /// When the folder is no live store, or of a newer layout; when the manifest is damaged, or a file that it names is missing;
    /// when there are more files than the process may open.
    pub fn of(folder: &Path, wanted: &dyn Fn(&Batch) -> bool) -> Result<Self> {
        let settings = settings::read(folder)?;
        loop {
            let content = manifest::read(folder)?.content;
            let batches: Vec<Arc<Batch>> = content.batches.values().filter(|batch| wanted(batch)).cloned().collect();
            if let Some(files) = pin(folder, &batches)? {
                let (folder, floor) = (folder.to_owned(), content.floor.max(content.kept_from));
                return Ok(Self { folder, settings, batches, floor, files: Arc::new(files) });
            }
        }
    }

    /// The opened files, by their paths below the store. They can be read for as long as this or the snapshot is there.
    pub fn store(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.files) as Arc<dyn ObjectStore>
    }

    /// The objects of a batch: as the record of an export has them.
    ///
    /// # Errors
    /// When its record cannot be read.
    pub fn objects(&self, batch: &Batch) -> Result<Vec<Source>> {
        let record = batch.record().context("a batch has a record")?;
        objects_of(&record.path, self.files.content(&record.path).map(|content| content.to_vec()))
    }
}

/// The objects that a record with this path below its store names.
///
/// # Errors
/// When it cannot be read.
pub(super) fn objects_of(path: &str, content: io::Result<Vec<u8>>) -> Result<Vec<Source>> {
    let objects = content.map_err(anyhow::Error::from).and_then(|content| sources_of_record(path, content));
    objects.map_err(|error| {
        let failed = Message::from(error).after(format_args!("cannot read {}: ", Shown(path)));
        failed.hint(REMOVE_FILE).into()
    })
}

/// Opens all files; none if the manifest does not name one of them any more.
fn pin(folder: &Path, batches: &[Arc<Batch>]) -> Result<Option<Pinned>> {
    let mut pinned = Pinned::default();
    for batch in batches {
        for BatchFile { path, .. } in &batch.files {
            match open(&folder.join(path)) {
                Ok(file) => pinned.add(path, file)?,
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    let now = manifest::read(folder)?.content;
                    if now.batches.contains_key(&batch.id) {
                        bail!(
                            Message::new(format_args!(
                                "{} is missing: {} is damaged",
                                Shown(path),
                                Shown(folder.display())
                            ))
                            .hint("albstats ingest mends it when it starts")
                        );
                    }
                    return Ok(None);
                }
                Err(error) => {
                    return Err(error).with_context(|| format!("cannot read {}", Shown(folder.join(path).display())));
                }
            }
        }
    }
    Ok(Some(pinned))
}

/// A store of many hours and regions has more files than a shell usually lets a process open; it may be let open more.
fn open(path: &Path) -> io::Result<File> {
    let opened = File::open(path);
    #[cfg(unix)]
    if opened.as_ref().is_err_and(|error| error.raw_os_error() == Some(libc::EMFILE)) {
        let _ = rlimit::increase_nofile_limit(u64::MAX);
        return File::open(path);
    }
    opened
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fs;

    use alblog::LogKind;
    use bytes::Bytes;
    use object_store::ObjectStoreExt;
    use object_store::path::Path as Key;

    use super::super::manifest::{Change, Manifest, Read};
    use super::*;
    use crate::base::tables::Table;
    use crate::lake::export::{Redaction, Slot, SlotLength};

    /// A store of one batch with one file.
    struct Made {
        folder: tempfile::TempDir,
        manifest: Manifest,
    }

    impl Made {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            settings::write(
                folder.path(),
                &Settings::new(SlotLength::Hour, vec!["logs".to_owned()], Redaction::default()),
            )
            .unwrap();
            let manifest = Manifest::open(folder.path(), &Read::default()).unwrap();
            let mut made = Self { folder, manifest };
            made.add(1, &[]);
            made
        }

        /// A batch comes, in place of others.
        fn add(&mut self, id: u64, drop: &[u64]) {
            let slot = Slot {
                start: 0,
                length: SlotLength::Hour,
                kind: LogKind::Access,
                account: "1".to_owned(),
                region: "r".to_owned(),
            };
            let path = format!("{id}.parquet");
            fs::write(self.folder.path().join(&path), id.to_string()).unwrap();
            let file = BatchFile { table: Table::Requests, day: slot.day(), path, rows: 1, size: 1, times: None };
            let batch = Batch { id, slot, objects: 1, rejected_lines: 0, damaged: 0, raw: 1, files: vec![file] };
            self.manifest.append(&Change { add: Some(batch), drop: drop.to_vec(), ..Change::default() }).unwrap();
        }

        fn remove(&self, id: u64) {
            fs::remove_file(self.folder.path().join(format!("{id}.parquet"))).unwrap();
        }
    }

    async fn read(snapshot: &Snapshot) -> Vec<Bytes> {
        let mut read = Vec::new();
        for batch in &snapshot.batches {
            let path = Key::from(batch.files[0].path.as_str());
            read.push(snapshot.store().get(&path).await.unwrap().bytes().await.unwrap());
        }
        read
    }

    #[tokio::test]
    async fn what_was_opened_is_read_whatever_becomes_of_it() {
        let mut made = Made::new();
        let snapshot = Snapshot::open(made.folder.path()).unwrap();
        made.add(2, &[1]);
        made.remove(1);
        assert_eq!(read(&snapshot).await, ["1"]);
        assert_eq!(read(&Snapshot::open(made.folder.path()).unwrap()).await, ["2"]);
    }

    /// Between the look at the manifest and the opening of files, what was looked at is let go, again and again.
    #[tokio::test]
    async fn who_comes_too_late_looks_again() {
        let made = Cell::new(Some(Made::new()));
        let looks = Cell::new(0);
        let folder = {
            let it = made.take().unwrap();
            let path = it.folder.path().to_owned();
            made.set(Some(it));
            path
        };
        let wanted = |batch: &Batch| {
            looks.set(looks.get() + 1);
            if looks.get() < 4 {
                let mut it = made.take().unwrap();
                it.add(batch.id + 1, &[batch.id]);
                it.remove(batch.id);
                made.set(Some(it));
            }
            true
        };
        let snapshot = Snapshot::of(&folder, &wanted).unwrap();
        assert_eq!((looks.get(), read(&snapshot).await), (4, vec![Bytes::from("4")]));
    }

    #[test]
    fn a_file_that_is_named_and_missing_is_damage() {
        let made = Made::new();
        made.remove(1);
        let error = Snapshot::open(made.folder.path()).unwrap_err().to_string();
        assert!(error.starts_with("1.parquet is missing: ") && error.contains("hint: "), "{error}");
        assert!(Snapshot::open(&made.folder.path().join("else")).is_err());
    }
}
