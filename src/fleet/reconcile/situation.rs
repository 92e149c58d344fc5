//! Everything a decision about a log rests on, and what follows for all logs from what was refused before.

use std::collections::BTreeMap;

use super::history::{History, Outcome, wait};
use super::observed::Preflight;
use super::state::{Block, BlockedBy, LogId};
use crate::base::config::LogPolicy;
use crate::base::s3_address::address;
use crate::fleet::bucket::Delivery;
use crate::fleet::kubernetes::Intent;

/// Everything a decision rests on.
pub(super) struct Situation<'a> {
    pub(super) policy: &'a LogPolicy,
    pub(super) intents: &'a BTreeMap<String, Intent>,
    pub(super) preflights: &'a BTreeMap<Delivery, Preflight>,
    pub(super) history: &'a History,
    /// Microseconds since the epoch.
    pub(super) now: i64,
}

impl Situation<'_> {
    /// Why nothing is written to a load balancer: we were not allowed to, a moment ago. Rights can go by its tags, so another
    /// one is another matter.
    pub(super) fn not_allowed(&self, log: &LogId) -> Option<Block> {
        let same = self.history.logs.iter().filter(|(other, _)| other.arn == log.arn);
        let refused = same.filter_map(|(_, history)| match history.refused() {
            Some((Outcome::Iam(text), until)) if until > self.now => Some((until, text.clone())),
            _ => None,
        });
        let (_, reason) = refused.max()?;
        let fix =
            "albstats iam policy reconcile-apply prints what must be allowed; then plan again, with --retry".to_owned();
        Some(Block { by: BlockedBy::Iam, reason, fix })
    }

    /// Why nothing is sent to a place that refused logs before. Half open after a while: then one log tries.
    pub(super) fn breaker(&self, delivery: &Delivery) -> Option<Block> {
        let refused = self.history.refused.get(delivery)?;
        let until = refused.at + wait(refused.times as usize);
        (until > self.now).then(|| Block {
            by: BlockedBy::Bucket,
            reason: format!("{} refused logs: {}", address(&delivery.bucket, &delivery.prefix), refused.message),
            fix: delivery.command("check"),
        })
    }
}
