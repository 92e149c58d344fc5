//! What is concluded of a target group: when its checks failed, when its requests did, and which came first. Pure.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use super::bursts::{Bar, Burst, largest};
use crate::output::document::{Finding, Tone};
use crate::output::human;
use crate::report::bars::Bars;
use crate::report::elements::{at, finding};

/// Target groups that are named.
const NAMED: usize = 5;
/// Targets that are named.
const TARGETS: usize = 3;

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Group {
    /// Its name in AWS.
    pub(super) name: String,
    /// Its name on screens.
    pub(super) shown: String,
    /// Its ARN, if it had requests.
    pub(super) arn: Option<String>,
    /// Whether health check logs know it.
    pub(super) has_checks: bool,
    /// Targets that were checked and are among those shown, and those of them that failed a check.
    pub(super) targets: usize,
    pub(super) failing_targets: usize,
    /// Targets all of whose checks failed.
    pub(super) never_well: Vec<String>,
    /// Failed checks by reason.
    pub(super) reasons: BTreeMap<String, u64>,
    /// Failed checks by begin of their bar.
    pub(super) checks: BTreeMap<i64, Bar>,
    /// Requests answered with 502, 503 or 504 by begin of their bar.
    pub(super) errors: BTreeMap<i64, Bar>,
}

/// Up to when something can be seen, and what ends there: `the logs end`, `the window ends`.
pub(super) type End = (i64, &'static str);

/// What stands out, the most failed requests first.
pub(super) fn conclusions(groups: &[Group], span: &Range<i64>, end: End, bars: &Bars) -> Vec<Finding> {
    let burst = |found: &BTreeMap<i64, Bar>| {
        let found: Vec<Bar> = found.values().copied().collect();
        largest(&found, bars.count, bars.step)
    };
    let knows_checks = groups.iter().any(|group| group.has_checks);
    let mut told: Vec<(u64, u64, &Group, String)> = groups
        .iter()
        .filter_map(|group| {
            let (checks, errors) = (burst(&group.checks), burst(&group.errors));
            let text = tell(group, checks, errors, span, end, bars, knows_checks)?;
            Some((errors.map_or(0, |it| it.count), checks.map_or(0, |it| it.count), group, text))
        })
        .collect();
    told.sort_by(|a, b| (b.0, b.1).cmp(&(a.0, a.1)).then(a.2.name.cmp(&b.2.name)));
    let mut findings: Vec<Finding> =
        told.iter().take(NAMED).map(|(_, _, group, text)| finding(&group.shown, text.clone(), Tone::Plain)).collect();
    if told.len() > NAMED {
        findings.push(finding("", format!("{} more target groups with bursts", told.len() - NAMED), Tone::Dim));
    }
    if told.is_empty() && groups.iter().any(|group| !group.checks.is_empty() || !group.errors.is_empty()) {
        let text = "none: what failed is spread over the window, at no time much more than usual";
        findings.push(finding("bursts", text, Tone::Plain));
    }
    findings
}

fn tell(
    group: &Group,
    checks: Option<Burst>,
    errors: Option<Burst>,
    span: &Range<i64>,
    (seen_to, what_ends): End,
    bars: &Bars,
    knows_checks: bool,
) -> Option<String> {
    let mut parts = Vec::new();
    if !group.never_well.is_empty() {
        let named = group.never_well.iter().take(TARGETS).cloned().collect::<Vec<_>>().join(", ");
        let more = group.never_well.len().saturating_sub(TARGETS);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        parts.push(format!("every check of {named}{more} failed{}", mostly(group)));
    }
    let times = |burst: &Burst| {
        let end = if bars.goes_on(burst.to, seen_to) {
            format!("until {what_ends}")
        } else {
            format!("to {}", at(burst.to, span))
        };
        format!("from {} {end} ({})", at(burst.from, span), human::count(burst.count))
    };
    match (&checks, &errors) {
        (Some(checks), Some(errors)) if checks.is_beside(errors, bars.step) => {
            parts.push(format!("checks failed {}{}", times(checks), mostly(group)));
            parts.push(format!("502–504 {}: {}", times(errors), order(checks.from, errors.from)));
        }
        (checks, errors) => {
            if let Some(checks) = checks {
                let also = match during(&group.errors, checks, bars.step) {
                    0 => "no request did meanwhile".to_owned(),
                    _ => "no more requests than usual did".to_owned(),
                };
                parts.push(format!("checks failed {}{}, and {also}", times(checks), mostly(group)));
            }
            if let Some(errors) = errors {
                let beside = match (group.has_checks, during(&group.checks, errors, bars.step)) {
                    (true, 0) => ", while no check failed: checks do not see what fails".to_owned(),
                    (true, failed) => format!(", while no more checks failed than usual ({})", human::count(failed)),
                    (false, _) if knows_checks => "; the logs have no health checks of it".to_owned(),
                    (false, _) => String::new(),
                };
                parts.push(format!("502–504 {}{beside}", times(errors)));
            }
        }
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// How many there were during a burst, or beside it.
fn during(bars: &BTreeMap<i64, Bar>, burst: &Burst, step: i64) -> u64 {
    bars.range(burst.from.saturating_sub(step)..=burst.to).map(|(_, bar)| bar.count).sum()
}

/// `, mostly TimedOut`
fn mostly(group: &Group) -> String {
    // Of equals, the first by name.
    let most = group.reasons.iter().max_by_key(|(reason, count)| (**count, std::cmp::Reverse(*reason)));
    most.map_or_else(String::new, |(reason, _)| format!(", mostly {reason}"))
}

/// Which of the two came first.
fn order(checks: i64, errors: i64) -> String {
    let apart = human::elapsed(Duration::from_micros(checks.abs_diff(errors)));
    match checks.cmp(&errors) {
        std::cmp::Ordering::Greater => format!("requests failed {apart} before a check did"),
        std::cmp::Ordering::Less => format!("a check failed {apart} before requests did"),
        std::cmp::Ordering::Equal => "both at once".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use alblog::time::{MINUTE, SECOND};

    use super::*;

    const BARS: Bars = Bars { start: 0, step: MINUTE, count: 30 };

    fn bars(counts: &[(i64, u64)], second: i64) -> BTreeMap<i64, Bar> {
        let bar = |(minute, count): &(i64, u64)| {
            let begin = minute * MINUTE;
            let first = Some(begin + second * SECOND);
            (begin, Bar { begin, count: *count, first, last: Some(begin + 59 * SECOND) })
        };
        counts.iter().map(bar).collect()
    }

    fn group(checks: &[(i64, u64)], errors: &[(i64, u64)]) -> Group {
        Group {
            name: "shop".to_owned(),
            shown: "shop".to_owned(),
            has_checks: true,
            reasons: [("TimedOut".to_owned(), 5), ("ConnectionReset".to_owned(), 5)].into(),
            checks: bars(checks, 10),
            errors: bars(errors, 8),
            ..Group::default()
        }
    }

    fn said(groups: &[Group]) -> Vec<String> {
        let findings = conclusions(groups, &(0..30 * MINUTE), (30 * MINUTE, "the logs end"), &BARS);
        findings.into_iter().map(|finding| format!("{}: {}", finding.label, finding.text)).collect()
    }

    #[test]
    fn what_fails_where_the_logs_end_did_not_recover() {
        let groups = [group(&[], &[(12, 50)])];
        let told = |end: End| conclusions(&groups, &(0..30 * MINUTE), end, &BARS)[0].text.clone();
        for (end, expected) in [
            ((13 * MINUTE, "the logs end"), "from 00:12:08 until the logs end"),
            ((13 * MINUTE, "the window ends"), "from 00:12:08 until the window ends"),
            ((30 * MINUTE, "the logs end"), "from 00:12:08 to 00:12:59"),
        ] {
            assert!(told(end).contains(expected), "{}", told(end));
        }
    }

    #[test]
    fn requests_and_checks_that_fail_together() {
        assert_eq!(
            said(&[group(&[(2, 1), (12, 5), (13, 6)], &[(11, 40), (12, 50)])]),
            ["shop: checks failed from 00:12:10 to 00:13:59 (11), mostly ConnectionReset; 502–504 from 00:11:08 to \
              00:12:59 (90): requests failed 62 s before a check did"
                .replace("62 s", "1 min 2 s")]
        );
        let checks_first = said(&[group(&[(11, 5)], &[(12, 50)])]);
        assert!(checks_first[0].ends_with("a check failed 58.0 s before requests did"), "{checks_first:?}");
    }

    #[test]
    fn one_without_the_other() {
        let checks = said(&[group(&[(12, 5)], &[(2, 1)])]);
        assert!(checks[0].ends_with("and no request did meanwhile"), "{checks:?}");
        let beside = said(&[group(&[(12, 5)], &[(12, 1)])]);
        assert!(beside[0].ends_with("and no more requests than usual did"), "{beside:?}");
        let errors = said(&[group(&[(2, 1)], &[(28, 9), (29, 9)])]);
        assert_eq!(
            errors,
            [
                "shop: 502–504 from 00:28:08 until the logs end (18), while no check failed: checks do not see what fails"
            ]
        );
        let few = said(&[group(&[(28, 1)], &[(28, 9), (29, 9)])]);
        assert!(few[0].ends_with("while no more checks failed than usual (1)"), "{few:?}");
        let unknown = Group { has_checks: false, ..group(&[], &[(3, 9)]) };
        assert_eq!(said(std::slice::from_ref(&unknown)), ["shop: 502–504 from 00:03:08 to 00:03:59 (9)"]);
        let other = Group { name: "other".to_owned(), ..group(&[], &[]) };
        assert_eq!(
            said(&[unknown, other]),
            ["shop: 502–504 from 00:03:08 to 00:03:59 (9); the logs have no health checks of it"]
        );
        let apart = said(&[group(&[(3, 9)], &[(20, 9)])]);
        assert!(apart[0].contains("no request did meanwhile; 502–504 from 00:20:08"), "{apart:?}");
    }

    #[test]
    fn a_target_that_was_never_well_and_noise() {
        let dead = Group { never_well: vec!["a".to_owned(), "b".to_owned()], ..group(&[], &[]) };
        assert_eq!(said(&[dead]), ["shop: every check of a, b failed, mostly ConnectionReset"]);
        let noise = said(&[group(&[(1, 1), (9, 2)], &[(4, 1)])]);
        assert_eq!(noise, ["bursts: none: what failed is spread over the window, at no time much more than usual"]);
        assert_eq!(said(&[group(&[], &[])]), [""; 0]);
    }

    #[test]
    fn the_most_requests_come_first_and_not_all_are_named() {
        let mut groups: Vec<Group> =
            (0..7).map(|number| Group { shown: number.to_string(), ..group(&[], &[(3, 10 + number)]) }).collect();
        groups[0].errors = bars(&[(3, 99)], 8);
        let said = said(&groups);
        assert!(said[0].starts_with("0: ") && said[1].starts_with("6: "), "{said:?}");
        assert_eq!(said[5], ": 2 more target groups with bursts");
    }
}
