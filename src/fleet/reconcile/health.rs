//! Whether a watch goes on, whether it has seen everything once, and what it counts: what probes are told.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use alblog::time::{MINUTE, SECOND};

use super::declared::Declared;
use super::metrics::Metrics;
use crate::base::clock::{Clocks, now};
use crate::base::probes::Probed;

/// Whatever goes on is heard of again within so many microseconds: every request is answered or given up long before.
const STUCK: i64 = 15 * MINUTE;

/// Whether cycles go on, and what they count.
#[derive(Debug)]
pub struct Health {
    pub(super) metrics: Metrics,
    clocks: Clocks,
    /// The last sign of life there was, or the end of a pause; microseconds by a clock that nobody sets.
    alive: AtomicI64,
    /// Why not everything was looked at yet; `None` once it was.
    unseen: Mutex<Option<String>>,
    /// Who knows how old the pictures of clusters are.
    declared: OnceLock<Arc<dyn Declared>>,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            metrics: Metrics::default(),
            clocks: Clocks::start(),
            alive: AtomicI64::new(0),
            unseen: Mutex::new(Some("the first look has not ended".to_owned())),
            declared: OnceLock::new(),
        }
    }
}

impl Health {
    /// From now on, metrics tell how old the pictures of clusters are.
    pub(super) fn asks(&self, declared: Arc<dyn Declared>) {
        // Of two watches nobody could tell apart whose clusters they are; there is one.
        let _ = self.declared.set(declared);
    }

    /// Something went on: a request was answered, or a pause is over.
    pub(super) fn goes_on(&self) {
        self.alive.store(self.clocks.moment().steady, Ordering::Relaxed);
    }

    /// Nothing is going to go on for so long.
    pub(super) fn rests(&self, pause: Duration) {
        let pause = i64::try_from(pause.as_micros()).unwrap_or(i64::MAX);
        self.alive.store(self.clocks.moment().steady.saturating_add(pause), Ordering::Relaxed);
    }

    /// A look ended, without so many accounts or load balancers.
    pub(super) fn looked(&self, problems: usize) {
        if let Some(unseen) = &mut *self.unseen() {
            *unseen = format!("accounts and regions that could not be looked at, or not whole: {problems}");
        }
        if problems == 0 {
            *self.unseen() = None;
        }
    }

    pub(super) fn ended(&self, outcome: &str) {
        self.goes_on();
        self.metrics.ended(outcome, now());
    }

    /// It waits for its turn: another one looks.
    pub(super) fn waits(&self) {
        self.goes_on();
        *self.unseen() = None;
    }

    fn unseen(&self) -> MutexGuard<'_, Option<String>> {
        // Nobody panics while holding it; if one did, it would still be whole.
        self.unseen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why it is not alive, if it is not, at a moment by its own clock. However long a look or the writes of it take, they go on.
    fn stuck(&self, steady: i64) -> Option<String> {
        let silent = steady - self.alive.load(Ordering::Relaxed);
        (silent > STUCK).then(|| format!("nothing went on for {} s", silent / SECOND))
    }
}

impl Probed for Health {
    fn paths(&self) -> &'static [&'static str] {
        &["/healthz", "/readyz"]
    }

    fn probe(&self, path: &str) -> Option<Result<(), String>> {
        let why_not = match path {
            "/healthz" => self.stuck(self.clocks.moment().steady),
            "/readyz" => self.unseen().clone(),
            _ => return None,
        };
        Some(why_not.map_or(Ok(()), Err))
    }

    fn metrics(&self) -> String {
        if let Some(declared) = self.declared.get() {
            self.metrics.seen(&declared.standings());
        }
        self.metrics.text()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_is_silent_for_long_is_stuck() {
        let health = Health::default();
        // A first cycle of three hours is one of many requests.
        for minute in 0..180 {
            health.alive.store(minute * MINUTE, Ordering::Relaxed);
            assert_eq!(health.stuck((minute + 15) * MINUTE), None, "{minute}");
        }
        assert_eq!(health.stuck(195 * MINUTE).as_deref(), Some("nothing went on for 960 s"));
        // Who rests has said for how long.
        health.rests(Duration::from_hours(6));
        assert_eq!(health.stuck(6 * 60 * MINUTE), None);
        assert!(health.stuck(7 * 60 * MINUTE).is_some());
        health.goes_on();
        assert_eq!(health.probe("/healthz"), Some(Ok(())));
    }

    #[test]
    fn it_is_ready_once_everything_was_looked_at_and_from_then_on() {
        let health = Health::default();
        let ready = || health.probe("/readyz").unwrap();
        assert_eq!(ready(), Err("the first look has not ended".to_owned()));
        health.looked(2);
        assert_eq!(ready(), Err("accounts and regions that could not be looked at, or not whole: 2".to_owned()));
        health.looked(0);
        assert_eq!(ready(), Ok(()));
        health.looked(1);
        assert_eq!(ready(), Ok(()));
        // Whoever stands by for another replica looks at nothing.
        let second = Health::default();
        second.waits();
        assert_eq!(second.probe("/readyz"), Some(Ok(())));
        assert_eq!(second.probe("/else"), None);
    }
}
