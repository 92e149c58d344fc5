//! Events in clusters: what became of the logs of a load balancer is told where its Ingress, Gateway or Service is.
//!
//! `condition` says what of a decision is told, and in which words; `ledger` what is new, what is told again and when; here it is
//! written. It never stands in the way: it is done between two looks, and what cannot be written waits.

mod condition;
mod ledger;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use tokio::time::sleep;

use super::history::History;
use super::look::Look;
use super::metrics::Metrics;
use super::observed::{Observed, Seen};
use super::state::{Decision, LogId};
use crate::base::clock::Clocks;
use crate::base::message::Message;
use crate::fleet::cluster::EventWriter;
use crate::fleet::kubernetes::{Clusters, Owner};
use condition::{Condition, Standing, standing, topics};
use ledger::{A_MINUTE, Ledger, Subject};

/// From one look whether more may be written by now to the next.
const OFTEN: Duration = Duration::from_secs(1);

/// Tells when it is this replica's turn.
#[derive(Debug)]
pub(super) struct Teller<'a> {
    /// Of each cluster that is watched, by number.
    writers: &'a [EventWriter],
    metrics: &'a Metrics,
    ledger: Ledger,
    /// How logs stood when that was known last.
    conditions: BTreeMap<LogId, Condition>,
    clocks: Clocks,
    /// Whether it was said that more is to be told than may be written in a minute.
    is_behind: bool,
}

impl<'a> Teller<'a> {
    pub(super) fn new(writers: &'a [EventWriter], metrics: &'a Metrics) -> Self {
        Self {
            writers,
            metrics,
            ledger: Ledger::default(),
            conditions: BTreeMap::new(),
            clocks: Clocks::start(),
            is_behind: false,
        }
    }

    /// Its turn is over: what another tells from now on is seen when it is told again.
    pub(super) fn forget(&mut self) {
        self.ledger.forget();
        self.conditions.clear();
        self.is_behind = false;
        self.metrics.events_wait(0);
    }

    /// Whether anything is told anywhere.
    pub(super) fn is_wanted(&self) -> bool {
        !self.writers.is_empty()
    }

    /// Whom to tell about each load balancer, by its ARN; nobody, unless that is wanted.
    pub(super) fn owners(&self, clusters: &Clusters, look: &Look) -> BTreeMap<String, Vec<Owner>> {
        if self.is_wanted() { clusters.owners(look.load_balancers()) } else { BTreeMap::new() }
    }

    /// Takes in how logs stand after a look, and what was written by it; owners by ARN.
    pub(super) fn observe(
        &mut self,
        decisions: &[Decision],
        observed: &Observed,
        owners: &BTreeMap<String, Vec<Owner>>,
        history: &History,
    ) -> Option<Message> {
        let seen: BTreeMap<&str, &Seen> =
            observed.load_balancers.iter().map(|seen| (seen.load_balancer.arn.as_str(), seen)).collect();
        for decision in decisions {
            let Some(seen) = seen.get(decision.log.arn.as_str()) else { continue };
            match standing(decision, seen, history) {
                Standing::Is(condition) => drop(self.conditions.insert(decision.log.clone(), condition)),
                Standing::Nothing => drop(self.conditions.remove(&decision.log)),
                Standing::Unknown => {}
            }
        }
        let subject = |seen: &Seen| {
            let logs = alblog::LogKind::ALL.into_iter();
            let logs = logs.filter_map(|kind| Some((kind, self.conditions.get(&seen.log(kind))?)));
            topics(&seen.load_balancer.name, logs)
        };
        let subjects = observed.load_balancers.iter().filter_map(|seen| {
            let arn = &seen.load_balancer.arn;
            Some((arn.clone(), Subject { owners: owners.get(arn)?, topics: subject(seen) }))
        });
        let overtaken = self.ledger.observe(&subjects.collect(), self.clocks.moment());
        self.metrics.told("overtaken", overtaken);
        let ledger = &self.ledger;
        self.conditions.retain(|log, _| ledger.knows(&log.arn));
        self.behind()
    }

    /// That more is to be told than may be, when that is new.
    fn behind(&mut self) -> Option<Message> {
        let waiting = self.ledger.waiting();
        let was_behind = std::mem::replace(&mut self.is_behind, waiting > A_MINUTE);
        (self.is_behind && !was_behind).then(|| {
            Message::new(format_args!(
                "{waiting} Events are to be written, and {A_MINUTE} in a minute are: the rest waits"
            ))
        })
    }

    /// Writes what is to be told, as long as it is this replica's turn; says what has come to stand in the way. Ends only with its
    /// task, at any moment.
    pub(super) async fn go_on(&mut self, is_ours: impl Fn() -> bool, mut say: impl FnMut(&Message)) -> Infallible {
        loop {
            let waiting = self.ledger.waiting();
            self.metrics.events_wait(waiting);
            if waiting == 0 || !is_ours() {
                return pending().await;
            }
            let taken = self.ledger.take(self.clocks.moment().steady);
            let Some((key, event, write)) = taken else {
                sleep(OFTEN).await;
                continue;
            };
            // Owners are numbered as their clusters are.
            let Some(writer) = self.writers.get(key.0) else { return pending().await };
            let told = writer.write(&event, write).await;
            self.metrics.told(told.word(), 1);
            if let Some(message) = self.ledger.answered(&key, told, self.clocks.moment().steady) {
                say(&message);
            }
        }
    }
}
