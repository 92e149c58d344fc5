//! What a plan decides about each log, gathered into the lines that people read. Pure.

use alblog::LogKind;

use super::Heading;
use crate::base::shell::quoted;
use crate::base::shown::harmless;
use crate::fleet::aws::elbv2::{Change, LogSettings};
use crate::fleet::kubernetes::Intent;
use crate::fleet::reconcile::observed::{Observed, Seen};
use crate::fleet::reconcile::state::{Decision, State};
use crate::fleet::reconcile::words::forgetting;

/// What a line of a plan is about, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Enable,
    Disable,
    Unread,
    Leave,
    Blocked,
}

impl Sort {
    pub(super) const ALL: [Self; 5] = [Self::Enable, Self::Disable, Self::Unread, Self::Leave, Self::Blocked];

    /// A word for programs, and the sign that people see.
    pub(super) fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Enable => ("enable", "+"),
            Self::Disable => ("disable", "-"),
            Self::Unread => ("unread", "?"),
            Self::Leave => ("leave", "="),
            Self::Blocked => ("blocked", "!"),
        }
    }

    /// Of a log; none for what is as it should be.
    fn of(decision: &Decision) -> Option<Self> {
        match (&decision.state, &decision.write) {
            (_, Some(Change::Enable { .. })) => Some(Self::Enable),
            (_, Some(Change::Disable)) => Some(Self::Disable),
            (State::Enabled | State::Delivering | State::Verifying | State::Gone, _) => None,
            (State::Unread(_), _) => Some(Self::Unread),
            (State::Blocked(_) | State::Stale(_) | State::Throttled(_) | State::Contended(_) | State::Preflight, _) => {
                Some(Self::Blocked)
            }
            _ => Some(Self::Leave),
        }
    }
}

/// Logs of one load balancer that stand alike.
pub(super) struct Line<'a> {
    pub(super) sort: Sort,
    pub(super) arn: &'a str,
    pub(super) name: &'a str,
    pub(super) account: &'a str,
    pub(super) whose: String,
    pub(super) kinds: Vec<LogKind>,
    pub(super) is_canary: bool,
    pub(super) text: String,
    pub(super) fix: Option<String>,
    pub(super) changes: Vec<Changed<'a>>,
}

/// Settings before and what is to be written.
pub(super) type Changed<'a> = (&'a LogSettings, &'a Change);

/// Those with the canary first; a line for each load balancer and what is said of its logs.
pub(super) fn lines<'a>(heading: &Heading, observed: &'a Observed, decisions: &'a [Decision]) -> Vec<Line<'a>> {
    let mut lines: Vec<Line> = Vec::new();
    for decision in decisions {
        let Some(sort) = Sort::of(decision) else { continue };
        let (arn, seen) = (decision.log.arn.as_str(), observed.seen(&decision.log));
        let text = why(decision);
        let before = seen.and_then(|seen| seen.logs.get(&decision.log.kind));
        let change = before.zip(decision.write.as_ref());
        let same = |line: &&mut Line| {
            seen.is_some()
                && line.arn == arn
                && line.sort == sort
                && (line.text == text || line.text.is_empty() || sort == Sort::Enable)
        };
        if let Some(line) = lines.iter_mut().find(same) {
            line.kinds.push(decision.log.kind);
            line.changes.extend(change);
            if decision.canary {
                (line.is_canary, line.text) = (true, text);
            }
            continue;
        }
        lines.push(Line {
            sort,
            arn,
            name: seen.map_or(arn, |seen| &seen.load_balancer.name),
            account: seen.map_or("", |seen| &seen.account),
            whose: seen.map_or_else(String::new, |seen| whose(heading, seen)),
            kinds: vec![decision.log.kind],
            is_canary: decision.canary,
            text,
            fix: fix(heading, decision, seen),
            changes: change.into_iter().collect(),
        });
    }
    lines.sort_by_key(|line| !line.is_canary);
    lines
}

fn why(decision: &Decision) -> String {
    match (&decision.state, &decision.write) {
        _ if decision.canary => "canary, written first".to_owned(),
        (State::Pending, Some(_)) => String::new(),
        (state, _) => state.text(),
    }
}

fn fix(heading: &Heading, decision: &Decision, seen: Option<&Seen>) -> Option<String> {
    match &decision.state {
        State::Blocked(block) => Some(block.fix.clone()),
        State::Stale(_) => {
            let one = &seen?.load_balancer;
            let words = ["albstats", "bucket", "check", "--elb", &one.name, "--region", one.region()].into_iter();
            let words = words.chain(heading.again.config.iter().map(String::as_str));
            Some(words.map(|word| quoted(&harmless(word))).collect::<Vec<_>>().join(" "))
        }
        State::Contended(_) => Some(forgetting(&seen?.load_balancer.name, &heading.again.state)),
        _ => None,
    }
}

/// `prod, group "search"`
fn whose(heading: &Heading, seen: &Seen) -> String {
    match heading.intents.get(&seen.load_balancer.arn) {
        Some(Intent::Declared(declaration)) if !declaration.stack.is_empty() => {
            format!("{}, {}", seen.account, declaration.stack)
        }
        _ => seen.account.clone(),
    }
}
