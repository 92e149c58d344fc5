//! Questions that are under way, and those that were lately.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use alblog::time::Iso;
use serde::Serialize;

use super::stop::{Stopper, Why};
use crate::base::clock::now;
use crate::base::message::Message;
use crate::serve::access::Viewer;
use crate::serve::answers::Read;

/// Questions that are remembered after their end.
const REMEMBERED: usize = 100;
/// Characters of a statement that are shown.
const SHOWN: usize = 2000;

/// What a question is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Report,
    Statement,
}

/// What is known of a question when it arrives.
#[derive(Debug, Clone)]
pub struct About {
    pub kind: Kind,
    pub source: String,
    /// The words of a report, or a statement.
    pub text: String,
    /// The name of the token it was asked with.
    pub by: Option<String>,
}

/// Where a question stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Waiting,
    Running,
    Done,
    Failed,
    /// Nobody wanted the answer any more.
    Ended,
}

/// A question under way.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: u64,
    about: About,
    asked: i64,
    arrived: Instant,
    pub(super) stopper: Stopper,
    progress: Mutex<Progress>,
}

#[derive(Debug, Clone)]
struct Progress {
    state: State,
    waited: Option<u64>,
    read: Read,
    rows: u64,
    bytes: u64,
    error: Option<Message>,
}

/// A question as it is shown: times in UTC, lengths in milliseconds.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    pub id: u64,
    pub kind: Kind,
    pub state: State,
    pub source: String,
    pub text: String,
    pub by: Option<String>,
    pub asked: String,
    /// From its arrival on.
    pub elapsed_ms: u64,
    /// Until it could begin.
    pub waited_ms: Option<u64>,
    pub read: Read,
    /// Rows and bytes of its answer.
    pub rows: u64,
    pub bytes: u64,
    pub error: Option<Message>,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct List {
    next: u64,
    running: BTreeMap<u64, Arc<Entry>>,
    recent: VecDeque<Shown>,
}

impl List {
    pub(super) fn add(&mut self, about: About) -> Arc<Entry> {
        self.next += 1;
        let progress =
            Progress { state: State::Waiting, waited: None, read: Read::default(), rows: 0, bytes: 0, error: None };
        let entry = Arc::new(Entry {
            id: self.next,
            about: About { text: about.text.chars().take(SHOWN).collect(), ..about },
            asked: now(),
            arrived: Instant::now(),
            stopper: Stopper::new(),
            progress: Mutex::new(progress),
        });
        self.running.insert(entry.id, Arc::clone(&entry));
        entry
    }

    pub(super) fn remove(&mut self, id: u64) {
        if let Some(entry) = self.running.remove(&id) {
            self.recent.push_front(entry.shown());
            self.recent.truncate(REMEMBERED);
        }
    }

    /// Those that somebody may see, the newest first.
    pub(super) fn shown(&self, viewer: &Viewer) -> (Vec<Shown>, Vec<Shown>) {
        let may_see = |by: &Option<String>| viewer.may_operate || *by == viewer.name;
        let running = self.running.values().rev().filter(|entry| may_see(&entry.about.by));
        let recent = self.recent.iter().filter(|entry| may_see(&entry.by));
        (running.map(|entry| entry.shown()).collect(), recent.cloned().collect())
    }

    /// Ends one that somebody may end. Whether there was one.
    pub(super) fn stop(&self, id: u64, viewer: &Viewer) -> bool {
        let entry = self.running.get(&id).filter(|entry| viewer.may_operate || entry.about.by == viewer.name);
        if let Some(entry) = entry {
            entry.stopper.stop(Why::Ended);
        }
        entry.is_some()
    }

    pub(super) fn stop_all(&self, why: Why) {
        for entry in self.running.values() {
            entry.stopper.stop(why);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }
}

impl Entry {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Since its arrival, milliseconds.
    pub(super) fn elapsed(&self) -> u64 {
        u64::try_from(self.arrived.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn begins(&self) {
        let waited = self.elapsed();
        let mut progress = self.progress();
        (progress.state, progress.waited) = (State::Running, Some(waited));
    }

    /// Counts what was read so far.
    pub(super) fn has_read(&self, read: Read) {
        self.progress().read = read;
    }

    /// Counts what was answered.
    pub(super) fn answered(&self, rows: u64, bytes: u64) {
        let mut progress = self.progress();
        progress.rows += rows;
        progress.bytes += bytes;
    }

    /// Notes how it ended.
    pub(super) fn ends(&self, error: Option<Message>) {
        let state = match (self.stopper.why(), &error) {
            (_, None) => State::Done,
            (Some(_), Some(_)) => State::Ended,
            (None, Some(_)) => State::Failed,
        };
        let mut progress = self.progress();
        (progress.state, progress.error) = (state, error);
    }

    fn shown(&self) -> Shown {
        let About { kind, source, text, by } = self.about.clone();
        let Progress { state, waited, read, rows, bytes, error } = self.progress().clone();
        let asked = Iso(self.asked).to_string();
        Shown {
            id: self.id,
            kind,
            state,
            source,
            text,
            by,
            asked,
            elapsed_ms: self.elapsed(),
            waited_ms: waited,
            read,
            rows,
            bytes,
            error,
        }
    }
}
