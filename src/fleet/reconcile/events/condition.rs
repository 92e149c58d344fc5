//! What of a decision is told to those whose load balancer it is, and in which words. Pure.

use std::collections::BTreeMap;

use alblog::LogKind;

use crate::base::s3_address::address;
use crate::base::shown::harmless;
use crate::fleet::reconcile::history::History;
use crate::fleet::reconcile::observed::Seen;
use crate::fleet::reconcile::state::{Block, BlockedBy, Decision, State};
use crate::fleet::reconcile::words::forgetting;

/// The API takes no note that is longer, in bytes.
pub(super) const NOTE: usize = 1024;
/// What is to be done must not be cut off by what is wrong, and may take so many of them.
const FIX: usize = 400;

/// What is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// Logs were switched on here; or what was in their way is not any more.
    Enabled,
    /// They cannot be switched on.
    Blocked,
    /// Somebody undoes what is written here.
    Contended,
    /// They are on, and nothing arrives.
    Silent,
}

impl Reason {
    /// As programs read it: what is so, and what was tried.
    pub(super) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Enabled => ("LogsEnabled", "EnableLogs"),
            Self::Blocked => ("LogsBlocked", "EnableLogs"),
            Self::Contended => ("LogsContended", "EnableLogs"),
            Self::Silent => ("LogsSilent", "CheckDelivery"),
        }
    }

    /// Whether somebody should do something about it: then it is told again and again.
    pub(super) fn is_problem(self) -> bool {
        self != Self::Enabled
    }
}

/// How one log stands, as it is told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Condition {
    pub(super) reason: Reason,
    /// What makes it another condition of the same reason. Numbers and times that are different in each look are not in it.
    pub(super) identity: String,
    /// When it was switched on here, if it was; microseconds since the epoch.
    pub(super) at: Option<i64>,
    /// What is wrong, or where logs go.
    pub(super) text: String,
    pub(super) fix: Option<String>,
}

/// What a look says of one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    Is(Condition),
    /// There is nothing to tell of it.
    Nothing,
    /// It is under way, or not known in this look: it stands as before.
    Unknown,
}

/// How a log stands, by what was decided about it.
pub(super) fn standing(decision: &Decision, seen: &Seen, history: &History) -> Standing {
    let settings = seen.logs.get(&decision.log.kind).cloned().unwrap_or_default();
    let place = address(&settings.bucket, &settings.prefix);
    let name = &seen.load_balancer.name;
    let (reason, identity, at, text, fix) = match &decision.state {
        State::Enabled | State::Delivering | State::Verifying => {
            let history = history.of(&decision.log);
            let at = history.last_written().filter(|_| history.is_ours(&settings)).map(|written| written.at);
            (Reason::Enabled, place.clone(), at, place, None)
        }
        State::Blocked(block) => (Reason::Blocked, identity(block), None, block.reason.clone(), Some(fix(block))),
        State::Contended(text) => {
            let fix = forgetting(name, &[]);
            (Reason::Contended, String::new(), None, text.clone(), Some(fix))
        }
        State::Stale(text) => {
            let fix = seen.delivery(&settings.bucket, &settings.prefix).command("check");
            (Reason::Silent, place, None, text.clone(), Some(fix))
        }
        State::Unread(_) | State::Pending | State::Preflight | State::Applying | State::Throttled(_) => {
            return Standing::Unknown;
        }
        State::Excluded(_)
        | State::OptedOut(_)
        | State::Declared(_)
        | State::Foreign(_)
        | State::ManuallyDisabled
        | State::VendedOnly
        | State::Gone => return Standing::Nothing,
    };
    Standing::Is(Condition { reason, identity, at, text, fix })
}

fn identity(block: &Block) -> String {
    match block.by {
        // The words name a session, which is another one every hour.
        BlockedBy::Iam => "iam".to_owned(),
        BlockedBy::Bucket | BlockedBy::Region | BlockedBy::Config => block.reason.clone(),
    }
}

fn fix(block: &Block) -> String {
    match block.by {
        // When it is tried again is another time after each attempt, and what an Event says stays as it is.
        BlockedBy::Config => "change [reconcile], or exclude the load balancer".to_owned(),
        BlockedBy::Bucket | BlockedBy::Region | BlockedBy::Iam => block.fix.clone(),
    }
}

/// Logs of one load balancer that stand alike: what one Event tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Topic {
    pub(super) reason: Reason,
    /// What makes it another one, of the same load balancer.
    pub(super) identity: String,
    pub(super) note: String,
    /// When the last of these logs was switched on here, if one was; microseconds since the epoch.
    pub(super) at: Option<i64>,
}

/// What there is to tell of a load balancer's logs, those that stand alike together.
pub(super) fn topics<'a>(name: &str, logs: impl IntoIterator<Item = (LogKind, &'a Condition)>) -> Vec<Topic> {
    let mut alike: BTreeMap<(Reason, &str), Vec<(LogKind, &Condition)>> = BTreeMap::new();
    for (kind, condition) in logs {
        alike.entry((condition.reason, &condition.identity)).or_default().push((kind, condition));
    }
    let topic = |((reason, identity), logs): ((Reason, &str), Vec<(LogKind, &'a Condition)>)| {
        let kinds: Vec<String> = logs.iter().map(|(kind, _)| kind.to_string()).collect();
        let kinds = kinds.join(", ");
        let at = logs.iter().filter_map(|(_, condition)| condition.at).max();
        let (_, first) = logs.first()?;
        let note = note(name, &kinds, first);
        Some(Topic { reason, identity: format!("{kinds} {at:?} {identity}"), note, at })
    };
    alike.into_iter().filter_map(topic).collect()
}

/// What people read: harmless, on one line, and short enough.
fn note(name: &str, kinds: &str, condition: &Condition) -> String {
    let text = &condition.text;
    let said = match condition.reason {
        Reason::Enabled => format!("{name}: {kinds} logs go to {text}"),
        Reason::Blocked => format!("{name}: {kinds} logs cannot be switched on: {text}"),
        Reason::Contended => format!("{name}: {kinds} logs are left alone: {text}"),
        Reason::Silent => format!("{name}: {kinds} logs are on, and none arrive: {text}"),
    };
    let fix = condition.fix.as_ref().map(|fix| cut(&format!("; fix: {fix}"), FIX)).unwrap_or_default();
    cut(&said, NOTE - fix.len()) + &fix
}

/// Made harmless, of so many bytes at most.
fn cut(text: &str, most: usize) -> String {
    const MORE: &str = "…";
    let text = harmless(text);
    if text.len() <= most {
        return text.into_owned();
    }
    format!("{}{MORE}", &text[..text.floor_char_boundary(most - MORE.len())])
}

#[cfg(test)]
mod tests;
