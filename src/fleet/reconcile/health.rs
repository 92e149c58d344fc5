//! Whether a watch goes on, whether it has seen everything once, and what it counts: what probes are told.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use alblog::time::{MINUTE, SECOND};

use super::accounts::Problem;
use super::declared::Declared;
use super::metrics::Metrics;
use crate::base::clock::{Clocks, now};
use crate::base::probes::{Probed, Readiness};

/// Whatever goes on is heard of again within so many microseconds: every request is answered or given up long before.
const STUCK: i64 = 15 * MINUTE;

/// Whether cycles go on, and what they count.
#[derive(Debug)]
pub struct Health {
    pub(super) metrics: Metrics,
    clocks: Clocks,
    /// The last sign of life there was, or the end of a pause; microseconds by a clock that nobody sets.
    alive: AtomicI64,
    /// What the last look saw, and did not.
    seen: Mutex<Readiness>,
    /// Who knows how old the pictures of clusters are.
    declared: OnceLock<Arc<dyn Declared>>,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            metrics: Metrics::default(),
            clocks: Clocks::start(),
            alive: AtomicI64::new(0),
            seen: Mutex::new(Readiness { is_ready: false, missing: vec!["the first look has not ended".to_owned()] }),
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

    /// A look ended, without these accounts and regions, or not all of them. `sees` is whether it saw any.
    pub(super) fn looked<'p>(&self, problems: impl IntoIterator<Item = &'p Problem>, sees: bool) {
        let missing: Vec<String> =
            problems.into_iter().map(|problem| format!("{}: {}", problem.place, problem.reason.text())).collect();
        *self.seen() = Readiness { is_ready: sees || missing.is_empty(), missing };
    }

    pub(super) fn ended(&self, outcome: &str) {
        self.goes_on();
        self.metrics.ended(outcome, now());
    }

    /// It waits for its turn: another one looks.
    pub(super) fn waits(&self) {
        self.goes_on();
        *self.seen() = Readiness { is_ready: true, missing: Vec::new() };
    }

    fn seen(&self) -> MutexGuard<'_, Readiness> {
        // Nobody panics while holding it; if one did, it would still be whole.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why it is not alive, if it is not, at a moment by its own clock. However long a look or the writes of it take, they go on.
    fn stuck(&self, steady: i64) -> Option<String> {
        let silent = steady - self.alive.load(Ordering::Relaxed);
        (silent > STUCK).then(|| format!("nothing went on for {} s", silent / SECOND))
    }
}

impl Probed for Health {
    fn healthy(&self) -> Result<(), String> {
        self.stuck(self.clocks.moment().steady).map_or(Ok(()), Err)
    }

    fn ready(&self) -> Readiness {
        self.seen().clone()
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
    use crate::base::message::Message;

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
        assert_eq!(health.healthy(), Ok(()));
    }

    #[test]
    fn it_is_ready_while_anything_can_be_looked_at() {
        let health = Health::default();
        let ready = || {
            let Readiness { is_ready, missing } = health.ready();
            (is_ready, missing.join(", "))
        };
        let denied =
            Problem { place: "prod, eu-west-1".to_owned(), reason: Message::new("access denied").hint("a role") };
        assert_eq!(ready(), (false, "the first look has not ended".to_owned()));
        health.looked([&denied], false);
        assert_eq!(ready(), (false, "prod, eu-west-1: access denied".to_owned()));
        health.looked([&denied], true);
        assert_eq!(ready(), (true, "prod, eu-west-1: access denied".to_owned()));
        health.looked([], true);
        assert_eq!(ready(), (true, String::new()));
        // An account without load balancers is one that was looked at.
        health.looked([], false);
        assert_eq!(ready(), (true, String::new()));
        // Whoever stands by for another replica looks at nothing.
        let second = Health::default();
        second.waits();
        assert!(second.ready().is_ready);
    }
}
