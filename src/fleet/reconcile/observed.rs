//! What was seen of AWS in one look. Plain data.

use std::collections::{BTreeMap, BTreeSet};

use alblog::LogKind;

use super::state::{Decision, LogId};
use crate::fleet::aws::elbv2::{LoadBalancer, LogSettings};
use crate::fleet::bucket::Delivery;

/// One look at everything that the policy may be about.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// Application Load Balancers that are selected, or were written to before.
    pub load_balancers: Vec<Seen>,
    /// What the buckets they are to write to say.
    pub preflights: BTreeMap<Delivery, Preflight>,
    /// How each bucket looked, if it could be looked at: changes when what decides about logs does.
    pub fingerprints: BTreeMap<Delivery, String>,
    /// Load balancers of the history that are not there any more.
    pub gone: BTreeSet<String>,
}

impl Observed {
    /// The load balancer of a log, if it was seen.
    pub fn seen(&self, log: &LogId) -> Option<&Seen> {
        self.load_balancers.iter().find(|seen| seen.load_balancer.arn == log.arn)
    }

    /// Takes in that these logs were written as it was decided about them.
    pub(super) fn is_written(&mut self, decisions: &[Decision], written: &[LogId]) {
        for decision in decisions.iter().filter(|decision| written.contains(&decision.log)) {
            let seen = self.load_balancers.iter_mut().find(|seen| seen.load_balancer.arn == decision.log.arn);
            let settings = seen.and_then(|seen| seen.logs.get_mut(&decision.log.kind));
            if let (Some(settings), Some(change)) = (settings, &decision.write) {
                *settings = change.applied_to(settings);
            }
        }
    }

    /// The settings of a log, if it was seen.
    pub fn settings(&self, log: &LogId) -> Option<&LogSettings> {
        self.seen(log)?.logs.get(&log.kind)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The load balancer, with its tags.
    pub load_balancer: LoadBalancer,
    /// What the policy calls its account: the selector's name.
    pub account: String,
    /// Its settings. A kind that is missing is not known in its region.
    pub logs: BTreeMap<LogKind, LogSettings>,
    /// Kinds that CloudWatch delivers.
    pub vended: BTreeSet<LogKind>,
    /// What was seen of the logs themselves; a kind that is missing was not looked for.
    pub proof: BTreeMap<LogKind, Proof>,
}

impl Seen {
    /// One of its logs.
    pub fn log(&self, kind: LogKind) -> LogId {
        LogId { arn: self.load_balancer.arn.clone(), kind }
    }

    /// What its logs to a bucket need.
    pub fn delivery(&self, bucket: &str, prefix: &str) -> Delivery {
        Delivery {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            account: self.load_balancer.account().to_owned(),
            region: self.load_balancer.region().to_owned(),
        }
    }
}

/// Whether a bucket will take logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Preflight {
    Ready,
    /// It could not be looked at, or not decided: load balancers try themselves.
    Unknown,
    /// It will not: what is wrong, and what to do about it. `region` if it lies in another one.
    Blocked {
        /// What is wrong.
        reason: String,
        /// What to type.
        fix: String,
        /// Whether it lies in another region.
        region: bool,
    },
}

/// What was seen of one log in its bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proof {
    /// End of the newest interval of the last 65 minutes of which there is an object; microseconds since the epoch.
    pub recent: Option<i64>,
    /// Whether the object is there that AWS writes when a log is switched on, or a log is.
    pub test_object: bool,
    /// Requests of that time, if CloudWatch was asked.
    pub requests: Option<u64>,
}
