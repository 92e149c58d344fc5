//! Whole objects of buckets in a folder of this machine, so that asking again downloads nothing.
//!
//! An object is known by bucket, key, `ETag` and size: what is replaced is another one. The folder is bounded, private to the user,
//! and shared by all runs at the same time. It is never a reason to fail: what is damaged, gone or does not fit is downloaded.
//!
//! `folder` is what lies there and how it is bounded; `entry` is one file, which says what it is and whether it is whole.

mod entry;
mod folder;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::SystemTime;

pub use folder::Usage;

use entry::{Entry, Writer};
use folder::Folder;

/// A cache that is used.
#[derive(Debug)]
pub struct ObjectCache {
    folder: Arc<Folder>,
    hits: AtomicU64,
    hit_bytes: AtomicU64,
}

/// Which object, and which content of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectId {
    /// Where the bucket is: an endpoint, or nothing for AWS's own.
    pub endpoint: String,
    pub bucket: String,
    pub key: String,
    pub etag: String,
    /// Bytes.
    pub size: u64,
}

impl ObjectCache {
    /// Opens the cache in a folder, which is made if it is not there, for as many bytes at most.
    ///
    /// # Errors
    /// When the folder cannot be made, or is not private to whoever runs the program.
    pub fn open(folder: &Path, most: u64) -> io::Result<Self> {
        Ok(Self {
            folder: Arc::new(Folder::open(folder, most)?),
            hits: AtomicU64::new(0),
            hit_bytes: AtomicU64::new(0),
        })
    }

    /// The object's content, from its beginning, if it is here and whole. Blocks while it is looked through.
    pub fn get(&self, id: &ObjectId) -> Option<File> {
        let entry = Entry::of(id);
        let path = self.folder.path(&entry.name);
        let Ok(file) = entry.open(&path)? else {
            // Damaged: it is got anew, and takes this one's place.
            let _ = std::fs::remove_file(&path);
            return None;
        };
        // What is used stays longest.
        let _ = file.set_modified(SystemTime::now());
        self.hits.fetch_add(1, Relaxed);
        self.hit_bytes.fetch_add(id.size, Relaxed);
        Some(file)
    }

    /// Takes an object's content, which is on its way; none if it would not fit, or nothing can be written.
    pub fn keep(&self, id: &ObjectId) -> Option<Keeper> {
        let entry = Entry::of(id);
        let length = entry.length();
        let writer = (length <= self.folder.most()).then(|| Writer::begin(entry, self.folder.root()).ok()).flatten()?;
        Some(Keeper { folder: Arc::clone(&self.folder), writer, length })
    }

    /// How many objects were here since this was asked before, and their bytes.
    pub fn take_hits(&self) -> (u64, u64) {
        (self.hits.swap(0, Relaxed), self.hit_bytes.swap(0, Relaxed))
    }
}

/// What lies in a cache, whoever uses it.
///
/// # Errors
/// When its folder cannot be listed; one that is not there holds nothing.
pub fn usage(folder: &Path) -> io::Result<Usage> {
    folder::usage(folder)
}

/// Removes all objects from a cache. What was there.
///
/// # Errors
/// When one of them cannot be removed.
pub fn clear(folder: &Path) -> io::Result<Usage> {
    folder::clear(folder)
}

/// An object on its way into the cache.
pub struct Keeper {
    folder: Arc<Folder>,
    writer: Writer,
    length: u64,
}

impl Keeper {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.write(bytes)
    }

    /// All of it has come: it is in the cache from now on, and what was used longest ago may have gone for it.
    ///
    /// # Errors
    /// When it cannot be put there.
    pub fn finish(self) -> io::Result<()> {
        let (name, file) = self.writer.finish()?;
        self.folder.put(&name, file, self.length)
    }
}
