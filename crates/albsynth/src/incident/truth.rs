//! What is known of an incident: for whoever grades reports.

use std::collections::BTreeMap;
use std::ops::Range;

use super::IncidentKind;
use crate::SynthSpec;
use crate::world::{Balancer, TROUBLE};
use alblog::time::HOUR;

/// What is known of an incident before a line of it is written.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(super) kind: IncidentKind,
    pub(super) when: Range<i64>,
    pub(super) who: BTreeMap<&'static str, String>,
    pub(super) what: String,
    /// How strong, by name: shares from 0 to 1, factors, seconds.
    pub(super) strength: BTreeMap<&'static str, f64>,
}

/// What happened in generated logs, and what it did to them.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    /// Name of the kind of incident, or `everyday-trouble` for the service that is in trouble in every hour.
    pub kind: &'static str,
    /// When it began and was over, microseconds since the epoch; within the logs.
    pub when: Range<i64>,
    /// Whom a report should name, by dimension (`target_group`, `target`, `route`, `host`, `client`, …).
    pub who: BTreeMap<&'static str, String>,
    /// What happened, in a sentence.
    pub what: String,
    /// How strong, by name.
    pub strength: BTreeMap<&'static str, f64>,
    /// What was counted while lines were written; zero for everyday troubles.
    pub effect: Effect,
}

/// Lines that an incident changed, exactly.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effect {
    /// Access lines that are there otherwise than they would be, or would not be there at all.
    pub requests: u64,
    /// The same, by status code of the load balancer.
    pub statuses: BTreeMap<u16, u64>,
    /// Access lines that are missing.
    pub requests_dropped: u64,
    /// Lines of connection logs that say something else, or are new.
    pub connections_changed: u64,
    /// Lines of connection logs that are missing.
    pub connections_dropped: u64,
    /// Health checks that failed for it.
    pub checks_failed: u64,
    /// Health checks that did not take place.
    pub checks_dropped: u64,
    /// Objects that were never delivered.
    pub objects_withheld: u64,
}

impl Effect {
    pub(crate) fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        for (&status, count) in &other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        self.requests_dropped += other.requests_dropped;
        self.connections_changed += other.connections_changed;
        self.connections_dropped += other.connections_dropped;
        self.checks_failed += other.checks_failed;
        self.checks_dropped += other.checks_dropped;
        self.objects_withheld += other.objects_withheld;
    }
}

impl Story {
    /// The truth of an incident that had this effect.
    pub(crate) fn truth(&self, effect: Effect) -> Truth {
        let Self { kind, when, who, what, strength } = self.clone();
        Truth { kind: kind.name(), when, who, what, strength, effect }
    }
}

/// The services in trouble that are in logs with all the noise of every day.
pub(crate) fn troubles(spec: &SynthSpec, balancers: &[Balancer]) -> Vec<Truth> {
    let end = spec.start + spec.duration;
    let mut troubles = Vec::new();
    for hour in spec.start.div_euclid(HOUR)..=end.div_euclid(HOUR) {
        for balancer in balancers {
            let (victim, begin) = balancer.trouble(spec.seed, hour);
            let when = begin.max(spec.start)..(begin + TROUBLE).min(end);
            let service = balancer.hosts.iter().flat_map(|host| &host.services).find(|one| one.number == victim);
            if let (false, Some(service)) = (when.is_empty(), service) {
                troubles.push(Truth {
                    kind: "everyday-trouble",
                    when,
                    who: [
                        ("load_balancer", balancer.elb.clone()),
                        ("target_group", service.group.clone()),
                        ("target", service.targets[0].clone()),
                    ]
                    .into(),
                    what: "its first pod fails a third of its requests, the others are three times slower".to_owned(),
                    strength: BTreeMap::from([("factor", 3.0), ("share", 0.36)]),
                    effect: Effect::default(),
                });
            }
        }
    }
    troubles
}
