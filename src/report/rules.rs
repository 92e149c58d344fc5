//! Report `rules`: which listener rules get traffic, and which had some and have none any more.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use anyhow::Result;

use super::answer::AnswerRow;
use super::draft::Draft;
use super::elements::{at, finding};
use super::parameters::seconds;
use super::session::Session;
use crate::ask::sql::{OTHERS, Scalar};
use crate::output::document::{Document, Finding, Tone};
use crate::output::human;

/// A rule that had fewer requests than this may just as well have none by chance: with as many to be expected as before,
/// none at all has a probability of 1 in 22,000.
const ENOUGH: u64 = 10;
/// Dead rules that are named.
const NAMED: usize = 5;

/// A rule of a listener and its requests.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(clippy::struct_field_names, reason = "named as the columns of the answer")]
struct Rule {
    elb: String,
    port: Option<i64>,
    rule: String,
    requests: u64,
    /// Those of the second half.
    since: u64,
    last_seen: i64,
}

/// Makes the report.
///
/// # Errors
/// As [`Session::answer`].
pub(super) async fn document(session: &Session<'_>) -> Result<Document> {
    let half = middle(&session.span, session.delivered_to());
    let typed = session.question.typed.get("quiet_since");
    let given = typed.is_none().then(|| ("quiet_since".to_owned(), Scalar::Float(seconds(half))));
    let answer = session.answer_with(given).await?;
    let mut draft = Draft::of(session, &answer);
    // The rules of all other load balancers together are no rule.
    let rules: Vec<Rule> = answer.part("row").map(rule).filter(|rule| rule.elb != OTHERS).collect();
    let elbs: BTreeSet<&str> = rules.iter().map(|rule| rule.elb.as_str()).collect();
    let names = (session.question.names)(&elbs.into_iter().collect::<Vec<_>>());
    let since = typed.map_or_else(|| at(half, &session.span), Clone::clone);
    draft.findings = findings(&rules, &since, &session.span, &names);
    Ok(draft.document())
}

/// The middle of what is delivered of the window: two halves that can be compared.
fn middle(span: &Range<i64>, delivered_to: i64) -> i64 {
    let end = span.end.min(delivered_to).max(span.start);
    span.start + (end - span.start) / 2
}

fn rule(row: AnswerRow) -> Rule {
    Rule {
        elb: row.text("elb").unwrap_or("–").to_owned(),
        port: row.int("port"),
        rule: row.text("rule").unwrap_or("–").to_owned(),
        requests: row.count("requests"),
        since: row.count("requests_since"),
        last_seen: row.int("last_seen").unwrap_or_default(),
    }
}

/// Rules that had requests and have none any more, of load balancers that still have some; most requests first.
fn dead(rules: &[Rule]) -> Vec<&Rule> {
    let mut alive: BTreeMap<&str, u64> = BTreeMap::new();
    for rule in rules {
        *alive.entry(&rule.elb).or_default() += rule.since;
    }
    let is_dead = |rule: &&Rule| {
        rule.since == 0 && rule.requests >= ENOUGH && alive.get(rule.elb.as_str()).is_some_and(|it| *it > 0)
    };
    let mut dead: Vec<&Rule> = rules.iter().filter(is_dead).collect();
    dead.sort_by_key(|rule| std::cmp::Reverse(rule.requests));
    dead
}

fn findings(rules: &[Rule], since: &str, span: &Range<i64>, names: &BTreeMap<String, String>) -> Vec<Finding> {
    let dead = dead(rules);
    let mut findings: Vec<Finding> = Vec::new();
    for rule in dead.iter().take(NAMED) {
        let elb = names.get(&rule.elb).unwrap_or(&rule.elb);
        let port = rule.port.map(|port| format!(":{port}")).unwrap_or_default();
        let text = format!(
            "rule {} of {elb}{port} had {} and none since {since}: the last one was at {}",
            rule.rule,
            human::plural(rule.requests, "request"),
            at(rule.last_seen, span)
        );
        findings.push(finding(if findings.is_empty() { "dead" } else { "" }, text, Tone::Bad));
    }
    if dead.len() > NAMED {
        findings.push(finding("", format!("{} more like these", dead.len() - NAMED), Tone::Dim));
    }
    findings
}

#[cfg(test)]
mod tests {
    use alblog::time::{DAY, HOUR, MINUTE};

    use super::*;

    fn of(elb: &str, name: &str, requests: u64, since: u64) -> Rule {
        let (elb, rule) = (elb.to_owned(), name.to_owned());
        Rule { elb, port: Some(443), rule, requests, since, last_seen: 20_000 * DAY + 10 * HOUR }
    }

    #[test]
    fn dead_is_what_had_requests_and_has_none() {
        let rules = [
            of("a", "10", 500, 240),
            of("a", "20", 300, 0),
            of("a", "30", 9, 0),
            of("a", "40", 400, 0),
            of("b", "10", 500, 0),
        ];
        let names: Vec<&str> = dead(&rules).into_iter().map(|rule| rule.rule.as_str()).collect();
        assert_eq!(names, ["40", "20"], "9 may be chance, and b is silent altogether");
        let span = 20_000 * DAY..20_001 * DAY;
        let names = [("a".to_owned(), "shop".to_owned())].into();
        let said = findings(&rules, "12:00:00", &span, &names);
        assert_eq!(
            said[0].text,
            "rule 40 of shop:443 had 400 requests and none since 12:00:00: the last one was at 10:00:00"
        );
        assert_eq!(said.len(), 2);
    }

    #[test]
    fn halves_are_of_what_is_delivered() {
        assert_eq!(middle(&(0..HOUR), i64::MAX), 30 * MINUTE);
        assert_eq!(middle(&(0..HOUR), 40 * MINUTE), 20 * MINUTE);
        assert_eq!(middle(&(MINUTE..HOUR), 0), MINUTE);
    }
}
