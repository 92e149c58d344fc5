//! What is to be done about every log, from what was seen, declared, decided and written before. Pure and total.
//!
//! Never writes what is not ours, never an empty bucket, at most once per log, at most three times in a day, and not again
//! what was undone twice: `tests` holds it to that in made-up worlds.

use std::collections::{BTreeMap, BTreeSet};

use super::decide::decide;
use super::history::History;
use super::observed::Observed;
use super::situation::Situation;
use super::state::{Block, BlockedBy, Decision, LogId, State};
use crate::base::config::LogPolicy;
use crate::base::s3_address::address;
use crate::fleet::aws::elbv2::{Change, LogSettings};
use crate::fleet::bucket::Delivery;
use crate::fleet::kubernetes::Intent;

/// Decides about every log that the policy is about, or was.
///
/// `intents` by ARN: a load balancer that is not in it is never written. `now` in microseconds since the epoch.
pub fn plan(
    policy: &LogPolicy,
    intents: &BTreeMap<String, Intent>,
    observed: &Observed,
    history: &History,
    now: i64,
) -> Vec<Decision> {
    let situation = Situation { policy, intents, preflights: &observed.preflights, history, now };
    let mut decisions: BTreeMap<LogId, (Option<Delivery>, Decision)> = BTreeMap::new();
    for seen in &observed.load_balancers {
        for kind in alblog::LogKind::ALL {
            let log = seen.log(kind);
            if !policy.kinds.contains(&kind) && !history.logs.contains_key(&log) {
                continue;
            }
            let decision = decide(&situation, seen, kind);
            let delivery = match &decision.write {
                Some(Change::Enable { bucket, prefix }) => Some(seen.delivery(bucket, prefix)),
                _ => None,
            };
            decisions.insert(log, (delivery, decision));
        }
    }
    let gone = history.logs.keys().filter(|log| observed.gone.contains(&log.arn));
    decisions.extend(gone.map(|log| (log.clone(), (None, Decision::leave(log.clone(), State::Gone)))));
    appoint_canaries(&situation, observed, decisions.into_values().collect())
}

/// Whether some log goes to a place already.
fn accepts(delivery: &Delivery, observed: &Observed) -> bool {
    let goes = |log: &LogSettings| log.enabled && log.bucket == delivery.bucket && log.prefix == delivery.prefix;
    observed
        .load_balancers
        .iter()
        .any(|seen| *delivery == seen.delivery(&delivery.bucket, &delivery.prefix) && seen.logs.values().any(goes))
}

/// The first log that goes to a place where none goes yet, or whose bucket nobody could look at, goes alone; to a place that
/// has refused, no other goes at all.
fn appoint_canaries(
    situation: &Situation,
    observed: &Observed,
    decisions: Vec<(Option<Delivery>, Decision)>,
) -> Vec<Decision> {
    let mut appointed: BTreeSet<Delivery> = BTreeSet::new();
    let decided = decisions.into_iter().map(|(delivery, mut decision)| {
        let Some(delivery) = delivery else { return decision };
        let refused = situation.history.refused.get(&delivery);
        if refused.is_none() && accepts(&delivery, observed) {
            return decision;
        }
        if appointed.insert(delivery.clone()) {
            decision.canary = true;
        } else if let Some(refused) = refused {
            let place = address(&delivery.bucket, &delivery.prefix);
            let block = Block {
                by: BlockedBy::Bucket,
                reason: format!("{place} refused logs before: {}; one load balancer tries first", refused.message),
                fix: delivery.command("check"),
            };
            return Decision::leave(decision.log, State::Blocked(block));
        }
        decision
    });
    decided.collect()
}

#[cfg(test)]
mod tests;
