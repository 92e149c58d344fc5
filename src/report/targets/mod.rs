//! Report `targets`: every target against its siblings. Which one is sick, and is traffic spread evenly?
//!
//! `judge` decides; here its verdicts become sentences and a table.

mod judge;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Result;

use self::judge::{PERCENTILES, Spread, Target, Trouble};
use super::answer::{Answer, AnswerRow};
use super::draft::Draft;
use super::elements::{add_since, count_value, finding, share};
use super::findings::{Bad, Dimension, Looking, OfLog};
use super::next::{self, pod_of};
use super::pods::{self, Pod};
use super::session::Session;
use crate::ask::sql::OTHERS;
use crate::fleet::inventory::target_groups::{GeneratedName, target_group_name};
use crate::output::document::{Column, Document, Finding, Next, Note, Row, Table, Tone, Unit, Value};
use crate::output::human;

/// Troubles that are named.
const NAMED: usize = 5;
/// Target groups of the table on how evenly traffic is spread.
const FEW: usize = 10;

/// Targets by target group.
type Groups = BTreeMap<String, Vec<Target>>;

/// Makes the report.
///
/// # Errors
/// As [`Session::answer`].
pub(super) async fn document(session: &Session<'_>) -> Result<Document> {
    let looking = Looking::only(&session.span, Some(Dimension::Target));
    let answer = session.answer_observed(&looking.observer()).await?;
    let mut draft = Draft::of(session, &answer);
    let looked = looking.done(session);
    let since = looked.since(Dimension::Target, OfLog::Requests, &[Bad::Fails, Bad::Slower]);
    let text = |row: AnswerRow, name: &str| row.text(name).unwrap_or_default().to_owned();
    let names = answer.part("row").map(|row| (text(row, "target_group"), text(row, "target")));
    add_since(&mut draft.table, "FAILS, SLOWER", names.map(|name| since.get(&name).cloned()).collect::<Vec<_>>());
    let pods: Vec<Option<Pod>> = answer.part("row").map(|row| pod(session, row)).collect();
    pods::add_columns(&mut draft.table, &pods);
    let groups = groups(session, &answer);
    if groups.is_empty() {
        return Ok(draft.document());
    }
    let ids: Vec<&str> = groups.keys().map(String::as_str).collect();
    let names = (session.question.names)(&ids);
    let troubles = troubles(&groups);
    draft.findings = findings(&groups, &troubles, &names);
    draft.more_tables.extend(spread_table(&groups, &names, session.question.top));
    draft.notes.push(Note { label: "rule".to_owned(), parts: judge::rule() });
    draft.next = next(&troubles, &session.question.flags);
    Ok(draft.document())
}

fn groups(session: &Session<'_>, answer: &Answer) -> Groups {
    let mut groups = Groups::new();
    for row in answer.part("row") {
        // What many have together is nobody's sibling.
        if let (Some(group), Some(target)) = (row.text("target_group"), target(row))
            && group != OTHERS
            && target.address != OTHERS
        {
            groups.entry(group.to_owned()).or_default().push(Target { pod: pod(session, row), ..target });
        }
    }
    groups
}

/// Whose the address was, if it was a pod's.
fn pod(session: &Session<'_>, row: AnswerRow) -> Option<Pod> {
    row.text(pods::COLUMN)?;
    pods::pod_at(session.question.holders, row.text("target_group"), row.text("target")?, row.int("last_seen")?)
}

fn target(row: AnswerRow) -> Option<Target> {
    Some(Target {
        address: row.text("target")?.to_owned(),
        pod: None,
        requests: row.count("requests"),
        errors: row.count("errors"),
        timed: row.count("timed"),
        percentiles: PERCENTILES.map(|(name, _)| row.float(&format!("target_{name}"))),
        seen: (row.int("first_seen").unwrap_or_default(), row.int("last_seen").unwrap_or_default()),
    })
}

/// What is wrong, worst first: what fails, most errors first, then what is slow, then what is uneven.
fn troubles<'g>(groups: &'g Groups) -> Vec<(&'g str, Trouble)> {
    let of_group = |(group, targets): (&'g String, &'g Vec<Target>)| {
        judge::troubles(targets).into_iter().map(move |trouble| (group.as_str(), trouble))
    };
    let mut troubles: Vec<(&str, Trouble)> = groups.iter().flat_map(of_group).collect();
    troubles.sort_by(|(_, a), (_, b)| {
        let rank = |trouble: &Trouble| match trouble {
            Trouble::Failing { target, .. } => (0, u64::MAX - target.errors),
            Trouble::Slow { target, .. } => (1, u64::MAX - target.requests),
            Trouble::Uneven { target, .. } => (2, u64::MAX - target.requests),
        };
        rank(a).cmp(&rank(b))
    });
    troubles
}

fn findings(groups: &Groups, troubles: &[(&str, Trouble)], names: &BTreeMap<String, String>) -> Vec<Finding> {
    let shown = if troubles.len() > NAMED + 1 { NAMED } else { troubles.len() };
    let mut findings: Vec<Finding> = troubles[..shown]
        .iter()
        .map(|(group, trouble)| trouble_finding(names.get(*group).map_or(*group, String::as_str), trouble))
        .collect();
    if troubles.len() > shown {
        findings.push(finding("", format!("{} more like these", troubles.len() - shown), Tone::Dim));
    }
    if findings.is_empty() {
        let targets: usize = groups.values().map(Vec::len).sum();
        let alone = groups.values().filter(|targets| targets.len() < 2).count();
        let mut text = format!(
            "none stands out among {} of {}",
            human::plural(targets as u64, "target"),
            human::plural(groups.len() as u64, "target group")
        );
        if alone > 0 {
            let _ = write!(text, ", of which {alone} had one target only and nothing to compare it with");
        }
        findings.push(finding("targets", text, Tone::Plain));
    }
    findings
}

fn trouble_finding(group: &str, trouble: &Trouble) -> Finding {
    let ms = |seconds: f64| Value::Float(seconds).humane(Unit::Seconds);
    match trouble {
        Trouble::Failing { target, siblings } => {
            let text = format!(
                "{} of {group}: {} of its {} requests ended with 5xx ({}), of its siblings' {} ({} of {})",
                target.called(),
                human::count(target.errors),
                human::count(target.requests),
                share(target.errors, target.requests),
                share(siblings.0, siblings.1),
                human::count(siblings.0),
                human::count(siblings.1)
            );
            finding("failing", text, Tone::Bad)
        }
        Trouble::Slow { target, percentile, siblings } => {
            let text = format!(
                "{} of {group}: {} is {} ms, the median of its siblings' {} ms",
                target.called(),
                PERCENTILES[*percentile].0,
                ms(target.percentiles[*percentile].unwrap_or_default()),
                ms(*siblings)
            );
            finding("slow", text, Tone::Strong)
        }
        Trouble::Uneven { target, times, targets } => {
            let text = format!(
                "{} of {group} handled {} requests, {times:.1} times the mean of {targets} that were there all the time",
                target.called(),
                human::count(target.requests)
            );
            finding("uneven", text, Tone::Plain)
        }
    }
}

/// How evenly traffic is spread in each target group, the most uneven first.
fn spread_table(groups: &Groups, names: &BTreeMap<String, String>, top: usize) -> Option<Table> {
    let mut spreads: Vec<(&str, Spread)> =
        groups.iter().filter_map(|(group, targets)| Some((group.as_str(), judge::spread(targets)?))).collect();
    spreads.sort_by(|a, b| b.1.busiest.total_cmp(&a.1.busiest).then(a.0.cmp(b.0)));
    let row = |(group, spread): &(&str, Spread)| {
        let name = match names.get(*group) {
            Some(shown) => Value::Name { id: (*group).to_owned(), shown: shown.clone() },
            None => Value::Text((*group).to_owned()),
        };
        Row::new(vec![
            name,
            count_value(spread.targets as u64),
            Value::Float(spread.mean.round()),
            Value::Float(spread.busiest),
            Value::Float(spread.quietest),
            Value::Float(spread.variation),
        ])
    };
    let few = if top == 0 { usize::MAX } else { FEW };
    let hidden = spreads.len().saturating_sub(few);
    let rows: Vec<Row> = spreads.iter().take(few).map(row).collect();
    let more = (hidden > 0).then(|| {
        let mut values = vec![Value::Text(format!("{} more (--top 0)", human::count(hidden as u64)))];
        values.resize(6, Value::Null);
        Row::new(values)
    });
    let requests = || Some("REQUESTS, AND × MEAN".to_owned());
    let title = "How evenly requests are spread over the targets that were there all the time";
    let columns = vec![
        Column::new("target_group", "TARGET GROUP", Unit::Text),
        Column::new("targets", "TARGETS", Unit::Count),
        Column { group: requests(), ..Column::new("mean", "MEAN", Unit::Count) },
        Column { group: requests(), ..Column::new("busiest", "BUSIEST", Unit::Number) },
        Column { group: requests(), ..Column::new("quietest", "QUIETEST", Unit::Number) },
        Column::new("variation", "VARIATION", Unit::Share),
    ];
    (!rows.is_empty()).then(|| Table { title: Some(title.to_owned()), columns, rows, more, ..Table::default() })
}

/// Who the worst one is, and why it fails or is slow.
fn next(troubles: &[(&str, Trouble)], flags: &[String]) -> Vec<Next> {
    let mut next = Vec::new();
    for (group, trouble) in troubles {
        let (target, report, why) = match trouble {
            Trouble::Failing { target, .. } => (target, "why", "why its requests failed"),
            Trouble::Slow { target, .. } => (target, "slow", "its group's slowest requests"),
            Trouble::Uneven { .. } => continue,
        };
        let Some(name) = target_group_name(group) else { continue };
        match &target.pod {
            Some(pod) => next.extend(next::of_pod(pod)),
            None => next.extend(pod_with(&target.address).filter(|_| GeneratedName::parse(name).is_some())),
        }
        let is_typed = flags.iter().any(|typed| typed == "--target-group");
        let group = if is_typed { &[][..] } else { &["--target-group", name] };
        next.push(next::report([report].iter().chain(group).copied(), flags, why));
        break;
    }
    if next.is_empty() {
        next.push(next::report(["latency"], flags, "by target group"));
        next.push(next::report(["errors"], flags, "by target group"));
    }
    next
}

/// The pod that has the address now.
fn pod_with(address: &str) -> Option<Next> {
    let (ip, _) = address.rsplit_once(':')?;
    Some(pod_of(ip.trim_matches(['[', ']'])).because("which pod that is"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: &str = "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/k8s-shop-web-0123456789/50dc6c495c0c9188";

    fn target(address: &str, requests: u64, errors: u64) -> Target {
        let percentiles = [Some(0.01), Some(0.02), Some(0.04)];
        Target {
            address: address.to_owned(),
            requests,
            errors,
            timed: requests,
            percentiles,
            seen: (0, 100),
            pod: None,
        }
    }

    fn groups(targets: Vec<Target>) -> Groups {
        [(GROUP.to_owned(), targets)].into()
    }

    #[test]
    fn the_worst_is_said_first_with_numbers_and_what_to_type() {
        let groups = groups(vec![
            target("10.0.0.1:80", 1000, 20),
            target("10.0.0.2:80", 9000, 2),
            target("[2001:db8::1]:80", 1000, 200),
        ]);
        let names = [(GROUP.to_owned(), "shop/web".to_owned())].into();
        let troubles = troubles(&groups);
        let said: Vec<(String, String)> =
            findings(&groups, &troubles, &names).into_iter().map(|finding| (finding.label, finding.text)).collect();
        assert_eq!(
            said,
            [
                (
                    "failing".to_owned(),
                    "[2001:db8::1]:80 of shop/web: 200 of its 1,000 requests ended with 5xx (20.0 %), of its siblings' 0.22 % (22 of 10,000)".to_owned()
                ),
                (
                    "uneven".to_owned(),
                    "10.0.0.2:80 of shop/web handled 9,000 requests, 2.5 times the mean of 3 that were there all the time".to_owned()
                )
            ]
        );
        let flags = ["--since", "1h"].map(str::to_owned);
        let commands: Vec<String> = next(&troubles, &flags).iter().map(|next| next.words.join(" ")).collect();
        assert_eq!(
            commands,
            [
                "kubectl get pods -A -o wide --field-selector status.podIP=2001:db8::1",
                "albstats report why --target-group k8s-shop-web-0123456789 --since 1h"
            ]
        );
    }

    #[test]
    fn when_nobody_stands_out_it_says_among_how_many() {
        let groups = groups(vec![target("10.0.0.1:80", 1000, 20)]);
        let said = findings(&groups, &troubles(&groups), &BTreeMap::new());
        assert_eq!(
            said[0].text,
            "none stands out among 1 target of 1 target group, of which 1 had one target only and nothing to compare it with"
        );
        assert_eq!(spread_table(&groups, &BTreeMap::new(), 20), None);
    }
}
