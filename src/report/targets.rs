//! Report `targets`: every target against its siblings. Which one is sick, and is traffic spread evenly?
//!
//! What is decided here is decided of counts large enough to mean it; the numbers are below, and in the notes.

use std::collections::BTreeMap;

use anyhow::Result;

use super::answer::{Answer, AnswerRow};
use super::plain;
use super::session::Session;
use crate::output::document::{Block, Document, Finding, Next, Note, Tone, Unit, Value};
use crate::output::human;

/// A target and each sibling must have handled so many requests before anything is said of them.
const ENOUGH: u64 = 100;
/// So many errors before a rate of errors is a rate.
const ERRORS: u64 = 5;
/// A sick target fails so many times as often as its siblings.
const TIMES_AS_OFTEN: f64 = 5.0;
/// A slow target's p99 is so many times that of its siblings' median, and so much longer, seconds.
const TIMES_AS_SLOW: f64 = 2.0;
const SLOWER: f64 = 0.05;
/// The busiest target handles so many times what it would if all were equal.
const UNEVEN: f64 = 1.5;

/// A target as far as it is judged.
#[derive(Debug, Clone, PartialEq)]
struct Target {
    address: String,
    requests: u64,
    errors: u64,
    p99: Option<f64>,
}

/// What is wrong in a target group.
#[derive(Debug, Clone, PartialEq)]
enum Trouble {
    Failing { target: Target, siblings: f64 },
    Slow { target: Target, siblings: f64 },
    Uneven { target: Target, times: f64, targets: usize },
}

pub(super) async fn document(session: &Session<'_>) -> Result<Document> {
    let answer = session.answer().await?;
    let mut document = plain::document(session, &answer);
    let groups = groups(&answer);
    let ids: Vec<&str> = groups.keys().map(String::as_str).collect();
    let names = (session.question.names)(&ids);
    let mut findings = Vec::new();
    for (group, targets) in &groups {
        let name = names.get(group).unwrap_or(group);
        findings.extend(troubles(targets).iter().map(|trouble| {
            document.next.extend(next(trouble));
            finding(name, trouble)
        }));
    }
    if findings.is_empty() && !groups.is_empty() {
        findings.push(Finding { label: "targets".to_owned(), text: "none stands out".to_owned(), tone: Tone::Plain });
    }
    document.next.truncate(3);
    document.blocks.insert(0, Block::Findings(findings));
    document.blocks.push(Block::Notes(vec![Note {
        label: "rule".to_owned(),
        parts: vec![
            format!("failing: {ERRORS} errors or more, and {TIMES_AS_OFTEN} times as often as its siblings"),
            format!("slow: p99 {TIMES_AS_SLOW} times the median of its siblings' and {} ms more", SLOWER * 1000.0),
            format!("uneven: {UNEVEN} times its share"),
            format!("each of {ENOUGH} requests or more"),
        ],
    }]));
    Ok(document)
}

/// The targets of each target group.
fn groups(answer: &Answer) -> BTreeMap<String, Vec<Target>> {
    let mut groups: BTreeMap<String, Vec<Target>> = BTreeMap::new();
    for row in plain::part(answer, "row") {
        if let (Some(group), Some(target)) = (row.text("target_group"), target(row)) {
            groups.entry(group.to_owned()).or_default().push(target);
        }
    }
    groups
}

fn target(row: AnswerRow) -> Option<Target> {
    Some(Target {
        address: row.text("target")?.to_owned(),
        requests: row.count("requests"),
        errors: row.count("errors"),
        p99: row.float("target_p99"),
    })
}

/// What is wrong with targets of one group. A target without siblings cannot be compared.
fn troubles(targets: &[Target]) -> Vec<Trouble> {
    let judged: Vec<&Target> = targets.iter().filter(|target| target.requests >= ENOUGH).collect();
    let mut troubles = Vec::new();
    if judged.len() < 2 {
        return troubles;
    }
    for target in &judged {
        let siblings: Vec<&Target> =
            judged.iter().copied().filter(|sibling| sibling.address != target.address).collect();
        let rate = share(target.errors, target.requests);
        let errors: u64 = siblings.iter().map(|sibling| sibling.errors).sum();
        let of_siblings = share(errors, siblings.iter().map(|sibling| sibling.requests).sum());
        if target.errors >= ERRORS && rate > of_siblings * TIMES_AS_OFTEN {
            troubles.push(Trouble::Failing { target: (*target).clone(), siblings: of_siblings });
        }
        if let (Some(p99), Some(median)) = (target.p99, median(siblings.iter().filter_map(|sibling| sibling.p99)))
            && p99 > median * TIMES_AS_SLOW
            && p99 > median + SLOWER
        {
            troubles.push(Trouble::Slow { target: (*target).clone(), siblings: median });
        }
    }
    let even = share(judged.iter().map(|target| target.requests).sum(), judged.len() as u64);
    if let Some(busiest) = judged.iter().max_by_key(|target| target.requests) {
        let times = number(busiest.requests) / even;
        if times > UNEVEN {
            troubles.push(Trouble::Uneven { target: (*busiest).clone(), times, targets: judged.len() });
        }
    }
    troubles
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}

fn share(part: u64, whole: u64) -> f64 {
    number(part) / number(whole.max(1))
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn finding(group: &str, trouble: &Trouble) -> Finding {
    let percent = |share: f64| Value::Float(share).humane(Unit::Share);
    let ms = |seconds: f64| Value::Float(seconds).humane(Unit::Seconds);
    let (label, text) = match trouble {
        Trouble::Failing { target, siblings } => (
            "failing",
            format!(
                "{} of {group}: {} of its {} requests fail ({}), of its siblings' {}",
                target.address,
                human::count(target.errors),
                human::count(target.requests),
                percent(share(target.errors, target.requests)),
                percent(*siblings)
            ),
        ),
        Trouble::Slow { target, siblings } => (
            "slow",
            format!(
                "{} of {group}: p99 {} ms, the median of its siblings' {} ms",
                target.address,
                ms(target.p99.unwrap_or_default()),
                ms(*siblings)
            ),
        ),
        Trouble::Uneven { target, times, targets } => (
            "uneven",
            format!(
                "{} of {group} handles {times:.1} times what each of {targets} would if all were equal ({} requests)",
                target.address,
                human::count(target.requests)
            ),
        ),
    };
    let tone = if matches!(trouble, Trouble::Failing { .. }) { Tone::Bad } else { Tone::Plain };
    Finding { label: label.to_owned(), text, tone }
}

/// Who that is in Kubernetes.
fn next(trouble: &Trouble) -> Option<Next> {
    let (Trouble::Failing { target, .. } | Trouble::Slow { target, .. }) = trouble else { return None };
    let (ip, _) = target.address.rsplit_once(':')?;
    Some(Next {
        command: format!("kubectl get pods -A -o wide --field-selector status.podIP={ip}"),
        why: "which pod that is".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(address: &str, requests: u64, errors: u64, p99: f64) -> Target {
        Target { address: address.to_owned(), requests, errors, p99: Some(p99) }
    }

    #[test]
    fn a_sick_target_stands_out_from_its_siblings() {
        let sick = target("10.0.0.1:80", 1000, 340, 0.1);
        let found = troubles(&[sick.clone(), target("10.0.0.2:80", 1000, 3, 0.1), target("10.0.0.3:80", 1000, 2, 0.1)]);
        assert_eq!(found, [Trouble::Failing { target: sick, siblings: 0.0025 }]);
    }

    #[test]
    fn a_slow_target_is_slow_by_factor_and_by_time() {
        let slow = target("10.0.0.1:80", 500, 0, 0.5);
        let sibling = |address, p99| target(address, 500, 0, p99);
        assert_eq!(
            troubles(&[slow.clone(), sibling("10.0.0.2:80", 0.1), sibling("10.0.0.3:80", 0.1)]),
            [Trouble::Slow { target: slow, siblings: 0.1 }]
        );
        // Three times as slow, and nobody notices.
        assert_eq!(troubles(&[sibling("10.0.0.1:80", 0.006), sibling("10.0.0.2:80", 0.002)]), []);
    }

    #[test]
    fn all_failing_alike_is_no_sick_target_and_few_requests_are_no_rate() {
        let alike = [target("a:1", 1000, 200, 0.1), target("b:1", 1000, 210, 0.1), target("c:1", 1000, 190, 0.1)];
        assert_eq!(troubles(&alike), []);
        assert_eq!(troubles(&[target("a:1", 99, 60, 0.1), target("b:1", 1000, 0, 0.1)]), []);
        assert_eq!(troubles(&[target("a:1", 1000, 900, 9.0)]), [], "nobody to compare with");
    }

    #[test]
    fn uneven_traffic_is_said_of_the_busiest() {
        let busy = target("a:1", 3000, 0, 0.1);
        let found = troubles(&[busy.clone(), target("b:1", 500, 0, 0.1), target("c:1", 500, 0, 0.1)]);
        assert!(
            matches!(&found[..], [Trouble::Uneven { target, times, targets: 3 }] if *target == busy && (*times - 2.25).abs() < 1e-9)
        );
    }
}
