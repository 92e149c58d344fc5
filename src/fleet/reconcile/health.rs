//! Whether the cycles of a watch end, and what they count: what probes are told.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use alblog::time::{Iso, SECOND};

use super::declared::Declared;
use super::metrics::Metrics;
use crate::base::clock::now;
use crate::base::probes::Probed;

/// A cycle that ended longer ago than this many intervals is late.
const LATE: i64 = 3;

/// Whether cycles end, and what they count.
#[derive(Debug)]
pub struct Health {
    pub(super) metrics: Metrics,
    /// When the last cycle ended, or the program began; microseconds since the epoch.
    ended: AtomicI64,
    interval: i64,
    /// Who knows how old the pictures of clusters are.
    declared: OnceLock<Arc<dyn Declared>>,
}

impl Health {
    /// Of a watch that looks so often.
    pub fn new(interval: Duration) -> Self {
        let interval = i64::try_from(interval.as_micros()).unwrap_or(i64::MAX);
        Self { metrics: Metrics::default(), ended: AtomicI64::new(now()), interval, declared: OnceLock::new() }
    }

    /// From now on, metrics tell how old the pictures of clusters are.
    pub(super) fn asks(&self, declared: Arc<dyn Declared>) {
        // Of two watches nobody could tell apart whose clusters they are; there is one.
        let _ = self.declared.set(declared);
    }

    pub(super) fn ended(&self, outcome: &str) {
        let now = now();
        self.ended.store(now, Ordering::Relaxed);
        self.metrics.ended(outcome, now);
    }

    /// It waits for its turn: nothing is late.
    pub(super) fn waits(&self) {
        self.ended.store(now(), Ordering::Relaxed);
    }

    /// Why it is not healthy, if it is not.
    fn late(&self) -> Option<String> {
        let ended = self.ended.load(Ordering::Relaxed);
        // A large fleet takes its time at two requests a second.
        let allowed = self.interval.saturating_mul(LATE).max(900 * SECOND);
        (now() - ended > allowed).then(|| format!("the last cycle ended at {}", Iso(ended)))
    }
}

impl Probed for Health {
    fn paths(&self) -> &'static [&'static str] {
        &["/healthz"]
    }

    fn probe(&self, path: &str) -> Option<Result<(), String>> {
        (path == "/healthz").then(|| self.late().map_or(Ok(()), Err))
    }

    fn metrics(&self) -> String {
        if let Some(declared) = self.declared.get() {
            self.metrics.seen(&declared.standings());
        }
        self.metrics.text()
    }
}
