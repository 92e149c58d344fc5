//! What stands out besides what conclusions are about: who is slow, whom targets refuse, who asks more or no longer. `why`
//! explains failures; somebody who asks it at night means whatever is wrong. Pure.

use std::ops::Range;

use super::facts::Facts;
use super::judge::Label;
use super::ranking::{Conclusion, all_of};
use super::rules::Family;
use crate::output::document::{Finding as Line, Tone};
use crate::report::findings::{Finding, Shows};

/// Who a finding may name that a conclusion names too.
const WHO: [&str; 6] = ["client", "client_network", "path", "host", "user_agent", "node"];

/// Findings that no conclusion is about, in their order.
pub(super) fn besides<'f>(found: &'f [Finding], judged: &[Conclusion<'_>]) -> Vec<&'f Finding> {
    found.iter().filter(|one| !is_explained(one, judged)).collect()
}

fn is_explained(found: &Finding, judged: &[Conclusion<'_>]) -> bool {
    let then: Vec<&Conclusion<'_>> = judged.iter().filter(|judged| is_about(judged, found)).collect();
    match found.shows.first() {
        // What was not delivered.
        None => false,
        Some((Shows::Traffic, _)) => then.iter().any(|judged| names(judged, found)),
        Some((Shows::Slower, _)) => then.iter().any(|judged| tells_of_waiting(judged) || names(judged, found)),
        Some((shows, count)) => {
            let theirs = then.iter().filter(|judged| shows_in(&judged.facts) == *shows);
            theirs.map(|judged| all_of(judged)).sum::<u64>() * 2 >= *count
        }
    }
}

/// Whether a conclusion names who a finding names.
fn names(judged: &Conclusion<'_>, found: &Finding) -> bool {
    let who = judged.verdict.who.as_deref();
    let target = found.data.who("target");
    WHO.iter().any(|of| who.is_some() && found.data.who(of) == who)
        || target.is_some_and(|target| judged.verdict.targets.iter().any(|one| one == target))
}

fn tells_of_waiting(judged: &Conclusion<'_>) -> bool {
    ["slow-dependency", "slow-endpoint", "timeouts", "unreachable"].contains(&judged.verdict.pattern.id)
}

/// Whether a conclusion tells something of a burst of the same time, and of the same target group where both have one.
fn is_about(judged: &Conclusion<'_>, found: &Finding) -> bool {
    let facts = &judged.facts;
    let groups = facts.group.target_group.as_deref().zip(found.data.who("target_group_arn"));
    facts.is_burst()
        && judged.verdict.label != Label::Unclear
        && is_at_once(&(facts.first..facts.last), &found.time)
        && groups.is_none_or(|(one, other)| one == other || judged.verdict.who.is_some())
}

/// Whether half of the shorter of two times lies in the other.
fn is_at_once(one: &Range<i64>, other: &Range<i64>) -> bool {
    let shared = one.end.min(other.end).saturating_sub(one.start.max(other.start));
    let shorter = one.end.saturating_sub(one.start).min(other.end.saturating_sub(other.start));
    shared >= 0 && shared.saturating_mul(2) >= shorter
}

/// In what its failures show, as findings tell them apart.
fn shows_in(facts: &Facts<'_>) -> Shows {
    match (facts.family, facts.main_cause().status) {
        (_, 0 | 500..) => Shows::Failing,
        (_, 460) => Shows::Leaving,
        (Family::Firewall, _) => Shows::Blocked,
        _ => Shows::Refused,
    }
}

/// The lines of a finding.
pub(super) fn lines(found: &Finding, tone: Tone) -> [Line; 2] {
    let mut aside: Vec<&str> = vec![aside(found)];
    aside.extend(found.evidence.iter().map(String::as_str));
    [
        Line { label: found.confidence.text().to_owned(), text: found.sentence.clone(), tone },
        Line { text: format!("({})", aside.join("; ")), tone: Tone::Dim, ..Line::default() },
    ]
}

/// Why it is none of the failures that are explained here.
fn aside(found: &Finding) -> &'static str {
    match found.shows.first() {
        Some((Shows::Refused, _)) => "no failure of a service, but it stands out; --status 4xx explains it",
        Some((Shows::Slower | Shows::Traffic, _)) => "nothing that fails, but it stands out",
        _ => "it stands out from the rest of the window",
    }
}
