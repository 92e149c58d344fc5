//! How a bucket is set up, as far as somebody may see it. Plain data.

use twox_hash::XxHash64;

use crate::base::aws::Refusal;

/// Something that was looked at, or why it could not be.
pub type Seen<T> = Result<T, Refusal>;

/// How a bucket is set up. Each part may be hidden from who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub bucket: String,
    /// Its region; `None` if there is no such bucket.
    pub region: Seen<Option<String>>,
    pub owner: Seen<Owner>,
    /// How objects are encrypted when nothing is said.
    pub encryption: Seen<Encryption>,
    /// Its policy as JSON, if it has one.
    pub policy: Seen<Option<String>>,
    /// How long objects are kept from being deleted when nothing is said, if they are: `GOVERNANCE, 30 days`.
    pub retention: Seen<Option<String>>,
    /// Settings of the public access block that are off: `BlockPublicPolicy`, …
    pub unblocked: Seen<Vec<String>>,
    /// `BucketOwnerEnforced`, `BucketOwnerPreferred` or `ObjectWriter`, if it is set.
    pub ownership: Seen<Option<String>>,
    /// Rules of its lifecycle that are enabled.
    pub lifecycle: Seen<Vec<LifecycleRule>>,
    /// Who is told of new objects.
    pub notifications: Seen<Vec<Notification>>,
}

/// Whose a bucket is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// Nobody said whose it has to be.
    NotAsked,
    /// The account that it has to belong to.
    Expected(String),
    /// Another account than this one, to which it has to belong.
    NotExpected(String),
}

/// How objects are encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encryption {
    /// With keys of S3 (`AES256`).
    S3,
    /// Otherwise: `aws:kms`, `aws:kms:dsse`.
    Other(String),
}

/// A rule of a lifecycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LifecycleRule {
    /// What the keys begin with that it is about.
    pub prefix: String,
    /// Whether it is only about objects of some tags or sizes: logs have none of the first.
    pub of_some: bool,
    /// Days after which objects expire, if they do.
    pub expires: Option<i32>,
    /// Days after which unfinished uploads are given up, if they are.
    pub aborts: Option<i32>,
}

/// Somebody who is told of new objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// The ARN of a queue, topic or function, or `EventBridge`.
    pub to: String,
    /// `s3:ObjectCreated:*`, …
    pub events: Vec<String>,
    /// What the keys begin with.
    pub prefix: String,
    /// What the keys end with.
    pub suffix: String,
}

impl Facts {
    /// Changes when something changes that decides whether logs can be written: what was refused may then succeed.
    pub fn fingerprint(&self) -> String {
        // Words of refusals hold the number of the request.
        let (region, encryption) = (self.region.as_ref().ok(), self.encryption.as_ref().ok());
        let mut decisive =
            format!("{region:?} {encryption:?} {:?} {:?}", self.policy.as_ref().ok(), self.owner.as_ref().ok());
        // Of a bucket without one it is as it was before anybody looked.
        if let Ok(Some(retention)) = &self.retention {
            decisive.push_str(retention);
        }
        format!("{:016x}", XxHash64::oneshot(0, decisive.as_bytes()))
    }
}
