//! A live store as a layer: its batches at a moment.

use std::ops::Range;
use std::path::Path;
use std::time::SystemTime;

use anyhow::Result;
use object_store::ObjectMeta;

use crate::lake::export::{OpenExport, Slot, Source};
use crate::lake::live::{BatchFile, Snapshot};

/// A store, laid out as an export is.
pub(super) struct Store {
    pub(super) export: OpenExport,
    /// Objects whose intervals end by then were let go; microseconds since the epoch.
    pub(super) floor: i64,
    pub(super) batches: Vec<Batch>,
}

/// Some objects of a slot.
#[derive(Clone)]
pub(super) struct Batch {
    pub(super) slot: Slot,
    pub(super) sources: Vec<Source>,
    pub(super) files: Vec<ObjectMeta>,
}

impl Store {
    /// Opens the batches of a store that may hold objects whose intervals end after the start and not after the end.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn open(folder: &Path, ends: &Range<i64>) -> Result<Self> {
        let snapshot = Snapshot::of(folder, &|batch| batch.slot.start < ends.end && batch.slot.end() > ends.start)?;
        let mut batches = Vec::new();
        for batch in &snapshot.batches {
            let (slot, sources) = (batch.slot.clone(), snapshot.objects(batch)?);
            batches.push(Batch { slot, sources, files: batch.files.iter().map(file).collect() });
        }
        let name = snapshot.folder.to_string_lossy().into_owned();
        let (export, floor) = (OpenExport::laid_out(name, snapshot.settings.clone(), snapshot.store()), snapshot.floor);
        Ok(Self { export, floor, batches })
    }
}

/// No name of a batch's file is used twice: it tells the file.
fn file(file: &BatchFile) -> ObjectMeta {
    ObjectMeta {
        location: object_store::path::Path::from(file.path.as_str()),
        last_modified: SystemTime::UNIX_EPOCH.into(),
        size: file.size,
        e_tag: None,
        version: None,
    }
}
