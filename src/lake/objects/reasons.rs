//! Why load balancers are in the state they are in: lines below the table. Pure.

use std::collections::BTreeMap;

use super::summary::{LoadBalancer, Summary};
use super::verify::State;
use crate::output::{harmless, human, width};

/// Reasons that are told of each state.
const TOLD: usize = 5;
/// Load balancers that are named of those with one reason.
const NAMED: usize = 2;
/// The longest state, and two blanks.
const INDENT: usize = 11;

/// `SILENT     k8s-pay: CloudWatch counts …`; those with one reason together.
pub(super) fn lines(summary: &Summary, limit: usize) -> Vec<String> {
    let mut by_state: BTreeMap<State, Vec<(&str, Vec<&LoadBalancer>)>> = BTreeMap::new();
    for one in &summary.load_balancers {
        let Some(verdict) = one.verdict.as_ref().filter(|verdict| !verdict.reason.is_empty()) else { continue };
        let reasons = by_state.entry(verdict.state).or_default();
        match reasons.iter_mut().find(|(reason, _)| *reason == verdict.reason) {
            Some((_, alike)) => alike.push(one),
            None => reasons.push((&verdict.reason, vec![one])),
        }
    }
    let mut lines = Vec::new();
    for (state, reasons) in by_state {
        for (reason, alike) in reasons.iter().take(TOLD) {
            let text = format!("{}: {}", names(alike), harmless(reason));
            lines.extend(wrapped(state, &text, limit));
        }
        if let rest @ 1.. = reasons.len().saturating_sub(TOLD) {
            lines.push(format!("{:INDENT$}{} more reasons (--format json)", state.name(), human::count(rest as u64)));
        }
    }
    lines
}

/// `k8s-pay, k8s-ops and 3 more`
fn names(alike: &[&LoadBalancer]) -> String {
    let names = alike.iter().filter_map(|one| one.owner.as_ref()).map(|owner| harmless(&owner.name));
    let text = names.take(NAMED).collect::<Vec<_>>().join(", ");
    match alike.len().saturating_sub(NAMED) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

/// On as many lines as it needs, the first of which begins with the state.
fn wrapped(state: State, text: &str, limit: usize) -> Vec<String> {
    let mut lines = vec![format!("{:INDENT$}", state.name())];
    let mut is_empty = true;
    for word in text.split_whitespace() {
        let last = lines.last().map_or(0, |line| width(line));
        if !is_empty && last + 1 + width(word) > limit {
            lines.push(" ".repeat(INDENT));
            is_empty = true;
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(if is_empty { "" } else { " " });
            line.push_str(word);
        }
        is_empty = false;
    }
    lines
}
