//! The picture as tasks share it, and whoever waits for it to change.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::compact::{Key, Objects};
use super::failure::Failure;
use super::kinds::Kind;
use super::picture::Picture;

/// A picture that others change.
#[derive(Debug)]
pub(super) struct Shared {
    picture: Mutex<Picture>,
    /// Counts the changes that may change a plan.
    changes: watch::Sender<u64>,
    /// Goes on whenever an attempt ends.
    attempts: watch::Sender<u64>,
}

impl Shared {
    pub(super) fn new(kinds: &'static [Kind]) -> Self {
        let picture = Mutex::new(Picture::new(kinds));
        Self { picture, changes: watch::Sender::new(0), attempts: watch::Sender::new(0) }
    }

    pub(super) fn picture(&self) -> MutexGuard<'_, Picture> {
        // Nobody panics while holding it; if one did, each kind would still be whole.
        self.picture.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn replace(&self, kind: usize, objects: Objects, now: i64) {
        let changed = self.picture().replace(kind, objects, now);
        self.ended(changed);
    }

    pub(super) fn apply(&self, kind: usize, key: Key, object: Box<str>, now: i64) {
        let changed = self.picture().apply(kind, key, object, now);
        self.ended(changed);
    }

    pub(super) fn remove(&self, kind: usize, key: &Key, now: i64) {
        let changed = self.picture().remove(kind, key, now);
        self.ended(changed);
    }

    pub(super) fn confirm(&self, kind: usize, now: i64) {
        self.picture().confirm(kind, now);
    }

    pub(super) fn absent(&self, kind: usize, now: i64) {
        let changed = self.picture().absent(kind, now);
        self.ended(changed);
    }

    pub(super) fn failed(&self, kind: usize, failure: Failure, now: i64) {
        self.picture().failed(kind, failure, now);
        self.ended(false);
    }

    /// Whether a kind that the API server does not have may be taken for gone: none of it was known, or it has been gone for
    /// `long` microseconds.
    pub(super) fn is_gone(&self, kind: usize, long: i64, now: i64) -> bool {
        let picture = self.picture();
        !picture.has_objects(kind) || picture.failing_since(kind).is_some_and(|since| now - since > long)
    }

    fn ended(&self, changed: bool) {
        if changed {
            self.changes.send_modify(|count| *count += 1);
        }
        self.attempts.send_modify(|count| *count += 1);
    }

    /// How many changes there were.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Waits until there was an attempt to read each kind.
    pub(super) async fn settled(&self) {
        let mut attempts = self.attempts.subscribe();
        while !self.picture().is_settled() {
            // The sender lives as long as this does.
            let _ = attempts.changed().await;
        }
    }
}
