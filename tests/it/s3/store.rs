//! What lies in the buckets, and uploads under way.
//!
//! A map rather than a folder: listings come in the order of keys, an object is replaced at once, and keys may be what
//! they may be in S3 (`a` beside `a/b`, `a//b`).

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::SystemTime;

use bytes::Bytes;
use s3s::crypto::{Checksum, Md5};

/// All buckets of a server.
#[derive(Debug, Clone, Default)]
pub(crate) struct Buckets(Arc<Mutex<State>>);

pub(super) type Objects = BTreeMap<String, Object>;

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) buckets: BTreeMap<String, Objects>,
    pub(super) uploads: BTreeMap<String, Parts>,
    /// How many uploads were begun.
    pub(super) begun: usize,
}

/// Parts of an upload, by number.
pub(super) type Parts = BTreeMap<i32, Bytes>;

#[derive(Debug, Clone)]
pub(super) struct Object {
    pub(super) content: Bytes,
    pub(super) etag: String,
    pub(super) modified: SystemTime,
}

impl Object {
    pub(super) fn new(content: Bytes) -> Self {
        let etag = md5(&content);
        Self { content, etag, modified: SystemTime::now() }
    }

    /// An object uploaded in parts has another kind of tag.
    pub(super) fn of_parts(parts: &Parts) -> Self {
        let content: Vec<u8> = parts.values().flatten().copied().collect();
        let sums: Vec<u8> = parts.values().flat_map(|part| Md5::checksum(part)).collect();
        let etag = format!("{}-{}", md5(&sums), parts.len());
        Self { content: content.into(), etag, modified: SystemTime::now() }
    }
}

pub(super) fn md5(content: &[u8]) -> String {
    Md5::checksum(content).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

impl Buckets {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(crate) fn create(&self, bucket: &str) {
        self.lock().buckets.entry(bucket.to_owned()).or_default();
    }

    pub(super) fn exists(&self, bucket: &str) -> bool {
        self.lock().buckets.contains_key(bucket)
    }

    pub(crate) fn put(&self, bucket: &str, key: &str, content: Bytes) {
        let object = Object::new(content);
        self.lock().buckets.entry(bucket.to_owned()).or_default().insert(key.to_owned(), object);
    }

    pub(crate) fn remove(&self, bucket: &str, key: &str) {
        if let Some(objects) = self.lock().buckets.get_mut(bucket) {
            objects.remove(key);
        }
    }

    pub(crate) fn keys(&self, bucket: &str) -> Vec<String> {
        self.lock().buckets.get(bucket).map(|objects| objects.keys().cloned().collect()).unwrap_or_default()
    }

    pub(crate) fn read(&self, bucket: &str, key: &str) -> Option<Bytes> {
        Some(self.lock().buckets.get(bucket)?.get(key)?.content.clone())
    }

    pub(crate) fn open_uploads(&self) -> usize {
        self.lock().uploads.len()
    }
}
