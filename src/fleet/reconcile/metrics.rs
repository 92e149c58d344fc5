//! What `reconcile watch` counts, for Prometheus.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::apply::Done;
use super::declared::Standing;
use super::state::{Decision, LogId};

type Labels = Vec<(String, String)>;

/// The counts. Names begin with `albstats_reconcile_`.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    logs: Family<Labels, Gauge>,
    writes: Family<Labels, Counter>,
    cycles: Family<Labels, Counter>,
    problems: Gauge,
    last_cycle: Gauge<f64, AtomicU64>,
    kinds: Family<Labels, Gauge>,
    cluster_seen: Family<Labels, Gauge<f64, AtomicU64>>,
    events: Family<Labels, Counter>,
    events_waiting: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("albstats_reconcile");
        let (logs, writes, cycles) = (Family::default(), Family::default(), Family::default());
        let (problems, last_cycle) = (Gauge::default(), Gauge::default());
        registry.register("logs", "Logs by kind and by where they stand", Family::clone(&logs));
        registry.register("writes", "Requests to change a log, by what came back", Family::clone(&writes));
        registry.register("cycles", "Looks at everything, by how they ended", Family::clone(&cycles));
        registry.register(
            "problems",
            "Accounts and regions that could not be asked, or not about everything",
            Gauge::clone(&problems),
        );
        registry.register("last_cycle_timestamp_seconds", "When the last look ended", Gauge::clone(&last_cycle));
        let (kinds, cluster_seen) = (Family::default(), Family::<Labels, Gauge<f64, AtomicU64>>::default());
        registry.register(
            "cluster_kinds",
            "Kinds of a cluster that is watched, by how they stand",
            Family::clone(&kinds),
        );
        let seen = "Up to when nothing is missing of what a cluster that is watched declares";
        registry.register("cluster_seen_timestamp_seconds", seen, Family::clone(&cluster_seen));
        let (events, events_waiting) = (Family::default(), Gauge::default());
        registry.register(
            "events",
            "Events that were to be written into clusters, by what came back",
            Family::clone(&events),
        );
        registry.register("events_waiting", "Events that are still to be written", Gauge::clone(&events_waiting));
        Self { registry, logs, writes, cycles, problems, last_cycle, kinds, cluster_seen, events, events_waiting }
    }
}

impl Metrics {
    /// Takes note of a plan.
    pub(super) fn planned(&self, decisions: &[Decision], problems: usize) {
        let mut counted: BTreeMap<Labels, i64> = BTreeMap::new();
        for decision in decisions {
            *counted.entry(labels(&decision.log, "state", decision.state.word())).or_default() += 1;
        }
        // What no log is in any more must not stay as it was.
        self.logs.clear();
        for (labels, count) in counted {
            self.logs.get_or_create(&labels).set(count);
        }
        self.problems.set(i64::try_from(problems).unwrap_or(i64::MAX));
    }

    /// Takes note of a request.
    pub(super) fn done(&self, log: &LogId, done: &Done) {
        if let Done::Sent(outcome) = done {
            self.writes.get_or_create(&labels(log, "outcome", outcome.word())).inc();
        }
    }

    /// Takes note of the end of a cycle; `now` in microseconds since the epoch.
    pub(super) fn ended(&self, outcome: &str, now: i64) {
        self.cycles.get_or_create(&vec![("outcome".to_owned(), outcome.to_owned())]).inc();
        self.last_cycle.set(seconds(now));
    }

    /// Takes note of how much is known of clusters.
    pub(super) fn seen(&self, standings: &[Standing]) {
        for Standing { name, seen, counts } in standings {
            let labels = vec![("cluster".to_owned(), name.clone())];
            if let Some(seen) = seen {
                self.cluster_seen.get_or_create(&labels).set(seconds(*seen));
            }
            for (state, count) in counts.named() {
                let labels = [&labels[..], &[("state".to_owned(), state.to_owned())]].concat();
                self.kinds.get_or_create(&labels).set(i64::try_from(count).unwrap_or(i64::MAX));
            }
        }
    }

    /// Takes note of so many Events, by what came back.
    pub(super) fn told(&self, outcome: &str, count: usize) {
        if count > 0 {
            self.events.get_or_create(&vec![("outcome".to_owned(), outcome.to_owned())]).inc_by(count as u64);
        }
    }

    /// Takes note of how many Events are still to be written.
    pub(super) fn events_wait(&self, count: usize) {
        self.events_waiting.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// The text that Prometheus reads.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// Of microseconds since the epoch.
fn seconds(time: i64) -> f64 {
    std::time::Duration::from_micros(time.unsigned_abs()).as_secs_f64()
}

fn labels(log: &LogId, name: &str, value: &str) -> Labels {
    vec![("kind".to_owned(), log.kind.to_string()), (name.to_owned(), value.to_owned())]
}

#[cfg(test)]
mod tests {
    use alblog::LogKind;

    use super::*;
    use crate::fleet::cluster::Counts;
    use crate::fleet::reconcile::{Outcome, State};

    #[test]
    fn what_is_counted_is_what_stands_now() {
        let metrics = Metrics::default();
        let log = LogId { arn: "a".to_owned(), kind: LogKind::HealthCheck };
        let decided = |state| [Decision { log: log.clone(), state, write: None, held: None, canary: false }];
        metrics.planned(&decided(State::Pending), 0);
        metrics.planned(&decided(State::Delivering), 2);
        metrics.done(&log, &Done::Sent(Outcome::Written));
        metrics.ended("done", 1_500_000);
        metrics.told("written", 2);
        metrics.told("overtaken", 0);
        metrics.events_wait(3);
        let counts = Counts { read: 4, denied: 1, ..Counts::default() };
        metrics.seen(&[Standing { name: "prod".to_owned(), seen: Some(2_500_000), counts }]);
        let text = metrics.text();
        for line in [
            "albstats_reconcile_logs{kind=\"health-check\",state=\"delivering\"} 1",
            "albstats_reconcile_writes_total{kind=\"health-check\",outcome=\"written\"} 1",
            "albstats_reconcile_cycles_total{outcome=\"done\"} 1",
            "albstats_reconcile_problems 2",
            "albstats_reconcile_events_total{outcome=\"written\"} 2",
            "albstats_reconcile_events_waiting 3",
            "albstats_reconcile_last_cycle_timestamp_seconds 1.5",
            "albstats_reconcile_cluster_seen_timestamp_seconds{cluster=\"prod\"} 2.5",
            "albstats_reconcile_cluster_kinds{cluster=\"prod\",state=\"read\"} 4",
            "albstats_reconcile_cluster_kinds{cluster=\"prod\",state=\"denied\"} 1",
            "albstats_reconcile_cluster_kinds{cluster=\"prod\",state=\"failing\"} 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
        assert!(!text.contains("pending") && !text.contains("overtaken"));
    }
}
