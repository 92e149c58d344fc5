//! Where an export goes: a folder or a prefix in a bucket. Files appear whole or not at all, and only if nobody else has
//! put one there in the meantime.
//!
//! Responsible for storing bytes; what they mean is not known here.

mod local;
mod s3;

use std::collections::BTreeMap;

use anyhow::Result;

pub use local::LocalTarget;
pub use s3::S3Target;

use super::encode::FileSink;
use super::plan::Stored;

/// A place for the files of an export. Paths are below it, parted by `/`. All methods may block.
pub trait Target: Send + Sync {
    /// What messages call it.
    fn name(&self) -> String;

    /// Whether a file's mark is worth recording: it then shows years later whether the file is still the same.
    fn marks_last(&self) -> bool;

    /// Every file below a folder (a path that ends in `/`), by path.
    ///
    /// # Errors
    /// When it cannot be listed to its end.
    fn list(&self, folder: &str) -> Result<BTreeMap<String, Stored>>;

    /// Contents of files, in the same order; `None` for those that are not there.
    ///
    /// # Errors
    /// When one that is there cannot be read.
    fn read(&self, paths: &[String]) -> Result<Vec<Option<Vec<u8>>>>;

    /// Begins a file, which appears when it is completed: then the one that was there before must be `replaces`, or none.
    ///
    /// # Errors
    /// When nothing can be written there.
    fn begin(&self, path: &str, replaces: Option<&Stored>) -> Result<Box<dyn Upload>>;

    /// Removes a file, if it still is the one that was there; it may be gone already.
    ///
    /// # Errors
    /// [`Conflict`] when another writer has put another; otherwise whatever keeps it there.
    fn delete(&self, path: &str, stored: &Stored) -> Result<()>;
}

/// A file on its way. Dropping it leaves nothing behind.
pub trait Upload: FileSink {
    /// Makes the file appear.
    ///
    /// # Errors
    /// [`Conflict`] when another writer was faster; otherwise whatever went wrong.
    fn complete(self: Box<Self>) -> Result<Stored>;
}

/// Another run has written a file after this one looked.
#[derive(Debug, thiserror::Error)]
#[error("another export has written {0} in the meantime")]
pub struct Conflict(pub String);

/// Puts a small file at once.
///
/// # Errors
/// As [`Upload::complete`].
pub fn put(target: &dyn Target, path: &str, content: Vec<u8>, replaces: Option<&Stored>) -> Result<Stored> {
    let mut upload = target.begin(path, replaces)?;
    upload.write(content)?;
    upload.end()?;
    upload.complete()
}
