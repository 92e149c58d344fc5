//! States and outcomes in words. Pure.

use super::history::Outcome;
use super::state::{Block, BlockedBy, State};
use crate::base::shell::quoted;
use crate::base::shown::harmless;

impl State {
    /// A word for it, as it is counted.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Excluded(_) => "excluded",
            Self::OptedOut(_) => "opted out",
            Self::Declared(_) => "declared",
            Self::Foreign(_) => "foreign",
            Self::ManuallyDisabled => "switched off by hand",
            Self::VendedOnly => "CloudWatch vended logs",
            Self::Unread(_) => "unread",
            Self::Pending => "pending",
            Self::Preflight => "preflight",
            Self::Applying => "applying",
            Self::Verifying => "verifying",
            Self::Enabled => "enabled",
            Self::Delivering => "delivering",
            Self::Stale(_) => "silent",
            Self::Blocked(block) => match block.by {
                BlockedBy::Bucket => "blocked (bucket)",
                BlockedBy::Iam => "blocked (iam)",
                BlockedBy::Region => "blocked (region)",
                BlockedBy::Config => "blocked (config)",
            },
            Self::Throttled(_) => "throttled",
            Self::Contended(_) => "contended",
            Self::Gone => "gone",
        }
    }

    /// What there is to say about it, on one line.
    pub fn text(&self) -> String {
        match self {
            Self::Foreign(text) => format!("foreign: {text}"),
            Self::ManuallyDisabled => "switched off by hand (false, bucket kept)".to_owned(),
            Self::VendedOnly => "CloudWatch vended logs: would pay twice".to_owned(),
            Self::Excluded(text)
            | Self::OptedOut(text)
            | Self::Declared(text)
            | Self::Unread(text)
            | Self::Stale(text)
            | Self::Throttled(text) => text.clone(),
            Self::Contended(text) => format!("{text}; left alone until it is forgotten"),
            Self::Blocked(Block { reason, .. }) => reason.clone(),
            Self::Preflight => "its bucket was not looked at yet".to_owned(),
            Self::Gone => "the load balancer is gone".to_owned(),
            Self::Applying => "a change was sent, and its outcome is not known".to_owned(),
            Self::Verifying => "just switched on, the test object was not seen yet".to_owned(),
            Self::Pending | Self::Enabled | Self::Delivering => self.word().to_owned(),
        }
    }
}

/// What to do about a load balancer whose logs somebody else changes. `again` is what has to be typed for the same history.
pub fn forgetting(name: &str, again: &[String]) -> String {
    let words = ["albstats", "reconcile", "forget", name].into_iter().chain(again.iter().map(String::as_str));
    let command = words.map(|word| quoted(&harmless(word))).collect::<Vec<_>>().join(" ");
    format!("find out who changes it (CloudTrail: ModifyLoadBalancerAttributes), then {command}")
}

impl Outcome {
    /// A word for it, as it is counted.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Bucket(_) => "bucket",
            Self::Region(_) => "region",
            Self::Config(_) => "config",
            Self::Iam(_) => "iam",
            Self::Throttled(_) => "throttled",
            Self::Gone => "gone",
            Self::Failed(_) => "failed",
        }
    }

    /// What there is to say about it.
    pub fn text(&self) -> &str {
        match self {
            Self::Written => "written",
            Self::Gone => "the load balancer is gone",
            Self::Bucket(text)
            | Self::Region(text)
            | Self::Config(text)
            | Self::Iam(text)
            | Self::Throttled(text)
            | Self::Failed(text) => text,
        }
    }
}
