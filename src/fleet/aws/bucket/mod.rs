//! Buckets as S3 describes them (`aws-sdk-s3`): looked at, never changed.
//!
//! Responsible for asking in the bucket's own region, and for what each refusal hides. What is good or bad about the
//! answers is judged elsewhere.

mod facts;
mod look;

pub use facts::{Encryption, Facts, LifecycleRule, Notification, Owner, Seen};
pub use look::look;
