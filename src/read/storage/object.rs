//! One object that may hold log lines.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alblog::{LogKey, LogKind, ObjectContext, ObjectName};
use bytes::Bytes;

use super::s3::{Bucket, Stored};
use crate::base::clock::of_system;
use crate::base::message::Message;
use crate::base::shown::Shown;

/// Where an object is.
#[derive(Debug, Clone)]
pub enum Location {
    Path(PathBuf),
    /// An object in a bucket.
    S3 {
        /// The bucket.
        bucket: Arc<Bucket>,
        /// Its key.
        key: String,
    },
    /// A named pipe, or what a shell gives for `<(command)`. Can be read once.
    Pipe(PathBuf),
    /// Standard input, which can be read once.
    Stdin,
}

impl Location {
    /// Whether it can be read only once.
    pub fn is_stream(&self) -> bool {
        matches!(self, Self::Pipe(_) | Self::Stdin)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) | Self::Pipe(path) => path.display().fmt(f),
            Self::S3 { bucket, key } => f.write_str(&bucket.url(key)),
            Self::Stdin => f.write_str("standard input"),
        }
    }
}

/// An object that holds, or may hold, lines of one kind of log.
#[derive(Debug, Clone)]
pub struct LogObject {
    pub location: Location,
    /// What its name says, if the name is one AWS gives.
    pub key: Option<LogKey>,
    /// The kind of its lines, once it is known: from the name, from `--kind`, or from the content.
    pub kind: Option<LogKind>,
    /// Size in bytes as stored; 0 for standard input and pipes.
    pub size: u64,
    /// Last modification, microseconds since the epoch.
    pub modified: Option<i64>,
    /// S3's mark of its content.
    pub etag: Option<String>,
    /// All of its content, if it was got to look at it and is small.
    pub content: Option<Bytes>,
    /// Bytes of the text of its last member, of gzip that stands beside the text itself, as it says at its end.
    pub inflated: Option<u32>,
    /// Where a copy of it is, which is not read.
    pub copy: Option<String>,
}

impl LogObject {
    /// What is wrong with it, and where a copy of it is, which may be whole.
    pub fn said(&self, wrong: Message) -> Message {
        match &self.copy {
            Some(copy) => wrong.then(format_args!("; a copy of it, which was not read, is {}", Shown(copy))),
            None => wrong,
        }
    }

    pub(super) fn in_bucket(bucket: &Arc<Bucket>, name: ObjectName, object: Stored) -> Self {
        let key = key_of(name);
        Self {
            location: Location::S3 { bucket: Arc::clone(bucket), key: object.key },
            kind: key.as_ref().map(|key| key.kind),
            key,
            size: object.size,
            modified: Some(object.modified),
            etag: object.etag,
            content: None,
            inflated: None,
            copy: None,
        }
    }

    /// An object of a bucket that was looked up by its key.
    pub(crate) fn found(bucket: &Arc<Bucket>, object: Stored) -> Self {
        let name = ObjectName::parse(&object.key);
        Self::in_bucket(bucket, name, object)
    }

    pub(super) fn file(path: &Path, name: ObjectName, metadata: &std::fs::Metadata) -> Self {
        let key = key_of(name);
        Self {
            location: Location::Path(path.to_owned()),
            kind: key.as_ref().map(|key| key.kind),
            key,
            size: metadata.len(),
            modified: metadata.modified().ok().and_then(of_system),
            etag: None,
            content: None,
            inflated: None,
            copy: None,
        }
    }

    /// An object whose rows are read elsewhere than where it lies, as its record there has it: place, size and last modification.
    pub(crate) fn recorded(log_object: &str, size: u64, modified: Option<i64>, etag: Option<String>) -> Self {
        let key = LogKey::parse(log_object);
        let kind = key.as_ref().map(|key| key.kind);
        Self {
            location: Location::Path(PathBuf::from(log_object)),
            key,
            kind,
            size,
            modified,
            etag,
            content: None,
            inflated: None,
            copy: None,
        }
    }

    /// Something of which nothing is known before it is read.
    pub(crate) fn stream(location: Location) -> Self {
        Self {
            location,
            key: None,
            kind: None,
            size: 0,
            modified: None,
            etag: None,
            content: None,
            inflated: None,
            copy: None,
        }
    }

    /// Whether reading it means downloading it.
    pub fn is_remote(&self) -> bool {
        matches!(self.location, Location::S3 { .. })
    }

    /// Whether a file is another by now than when it was listed, by size or last modification. A bucket is asked for the
    /// content that was listed, by its `ETag`, and of what can be read only once nothing is known.
    pub(crate) fn has_changed(&self) -> bool {
        // What is not there any more was still whole when it was read.
        self.state().is_some_and(|state| state != (self.size, self.modified))
    }

    /// Size and last modification of a file as it is now.
    pub(crate) fn state(&self) -> Option<(u64, Option<i64>)> {
        let Location::Path(path) = &self.location else { return None };
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.len(), metadata.modified().ok().and_then(of_system)))
    }

    /// What each of its rows is told about it.
    pub fn context(&self) -> ObjectContext {
        let key = self.key.as_ref();
        ObjectContext {
            name: self.location.to_string(),
            account: key.map(|key| key.account.clone()),
            region: key.map(|key| key.region.clone()),
            elb: key.map(LogKey::elb),
        }
    }
}

fn key_of(name: ObjectName) -> Option<LogKey> {
    match name {
        ObjectName::Log(key) => Some(key),
        ObjectName::Skipped(_) | ObjectName::Unknown => None,
    }
}
