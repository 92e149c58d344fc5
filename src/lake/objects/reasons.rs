//! Why load balancers are in the state they are in: sentences below the table. Pure.

use std::collections::BTreeMap;

use super::summary::{LoadBalancer, Summary};
use super::table::tone;
use super::verify::State;
use crate::output::document::Finding;
use crate::output::human;

/// Reasons that are told of each state.
const TOLD: usize = 5;
/// Load balancers that are named of those with one reason.
const NAMED: usize = 2;

/// `SILENT  k8s-pay: CloudWatch counts …`; those with one reason together.
pub(super) fn findings(summary: &Summary) -> Vec<Finding> {
    let mut by_state: BTreeMap<State, Vec<(&str, Vec<&LoadBalancer>)>> = BTreeMap::new();
    for one in &summary.load_balancers {
        let Some(verdict) = one.verdict.as_ref().filter(|verdict| !verdict.reason.is_empty()) else { continue };
        let reasons = by_state.entry(verdict.state).or_default();
        match reasons.iter_mut().find(|(reason, _)| *reason == verdict.reason) {
            Some((_, alike)) => alike.push(one),
            None => reasons.push((&verdict.reason, vec![one])),
        }
    }
    let mut findings = Vec::new();
    for (state, reasons) in by_state {
        let mut told: Vec<String> =
            reasons.iter().take(TOLD).map(|(reason, alike)| format!("{}: {reason}", names(alike))).collect();
        if let rest @ 1.. = reasons.len().saturating_sub(TOLD) {
            told.push(format!("{} more reasons (--format json)", human::count(rest as u64)));
        }
        let labels = std::iter::once(state.name()).chain(std::iter::repeat(""));
        let finding = |(label, text): (&str, String)| Finding { label: label.to_owned(), text, tone: tone(state) };
        findings.extend(labels.zip(told).map(finding));
    }
    findings
}

/// `k8s-pay, k8s-ops and 3 more`
fn names(alike: &[&LoadBalancer]) -> String {
    let names = alike.iter().filter_map(|one| one.owner.as_ref()).map(|owner| owner.name.as_str());
    let text = names.take(NAMED).collect::<Vec<_>>().join(", ");
    match alike.len().saturating_sub(NAMED) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}
