//! A place to read, and as whom.

use crate::base::aws::Identity;
use crate::base::s3_address;

/// What `--from` names once sources are looked up: a folder, file, glob, `s3://` URL or `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// As it was typed, or as its source says.
    pub from: String,
    /// As whom it is read, if it is in AWS.
    pub identity: Identity,
}

impl Place {
    /// A place that nobody has to be known for.
    pub fn new(from: impl Into<String>) -> Self {
        Self { from: from.into(), identity: Identity::default() }
    }

    /// Bucket and prefix, if it is in S3.
    pub fn in_s3(&self) -> Option<(&str, &str)> {
        s3_address::split(&self.from)
    }
}
