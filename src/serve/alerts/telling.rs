//! What receivers are told: an Alertmanager, again and again, what is firing and what no longer is; others each thing once. Pure.

use alblog::time::{Iso, MINUTE};
use serde_json::{Value as Json, json};

use super::book::{Book, Happened, Letter};
use super::judge::{Change, Holding, Standing};
use super::rule::Rule;
use crate::base::shell::quoted;
use crate::base::shown::harmless;

/// An Alertmanager is told so often; microseconds.
pub(super) const AGAIN: i64 = MINUTE;
/// Without having heard for so long, it takes an alert for resolved; microseconds.
const LASTS: i64 = 5 * MINUTE;
/// What is resolved is told for so long, in case it was not heard; microseconds.
const ECHO: i64 = 15 * MINUTE;
/// What is found of what is over.
const RESOLVED: &str = "resolved";
const CAN_TELL: &str = "it can be told again";
/// Waits between attempts, at the least and at the most; microseconds.
const WAITS: (i64, i64) = (5_000_000, 5 * MINUTE);
/// So many attempts are made: about a day's.
pub(super) const ATTEMPTS: u32 = 300;

/// What Alertmanager's `POST /api/v2/alerts` takes, as things stand. `base` is the address of the pages, if people can get there.
pub(super) fn to_alertmanager(rules: &[&Rule], book: &Book, base: Option<&str>, now: i64) -> Json {
    let firing = rules.iter().flat_map(|rule| {
        let standing = book.standings.get(&rule.name);
        standing.into_iter().flat_map(move |standing| of_standing(rule, standing, now))
    });
    let resolved = rules.iter().flat_map(|rule| {
        let is_recent = |happened: &&Happened| happened.rule == rule.name && now - happened.at < ECHO;
        book.history.iter().filter(is_recent).filter_map(move |happened| of_past(rule, book, happened))
    });
    let all = firing.chain(resolved).map(|mut alert| {
        if let Some(base) = base {
            alert["generatorURL"] = json!(format!("{base}/alerts"));
        }
        alert
    });
    all.collect()
}

/// The alerts of a rule that are firing.
fn of_standing<'a>(rule: &'a Rule, standing: &'a Standing, now: i64) -> impl Iterator<Item = Json> + 'a {
    let rows = standing.rows.iter().filter_map(move |(key, holding)| {
        let (row, ends) = (holding.called(key), now + LASTS);
        holding.firing.map(|_| alert(rule, Some(row), "firing", &holding.found, holding.since, ends))
    });
    let untold = standing
        .untold
        .as_ref()
        .filter(|untold| untold.said)
        .map(move |untold| alert(rule, None, "cannot_tell", &untold.why, untold.since, now + LASTS));
    rows.chain(untold)
}

/// An alert that is over, if it has not begun anew.
fn of_past(rule: &Rule, book: &Book, happened: &Happened) -> Option<Json> {
    let standing = book.standings.get(&rule.name);
    match &happened.change {
        Change::Resolved { row, since, at } => {
            let is_same = |holding: &Holding| holding.row == *row && holding.firing.is_some();
            let again = standing.is_some_and(|standing| standing.rows.values().any(is_same));
            (!again).then(|| alert(rule, Some(row), "firing", RESOLVED, *since, *at))
        }
        Change::CanTell { since, at } => {
            let again = standing.and_then(|standing| standing.untold.as_ref()).is_some_and(|untold| untold.said);
            (!again).then(|| alert(rule, None, "cannot_tell", CAN_TELL, *since, *at))
        }
        Change::Firing { .. } | Change::CannotTell { .. } => None,
    }
}

/// Labels are what makes an alert itself: they are the same for as long as it lasts.
fn alert(rule: &Rule, row: Option<&str>, state: &str, found: &str, starts: i64, ends: i64) -> Json {
    let mut labels = json!({ "alertname": rule.name, "severity": rule.severity, "state": state });
    if let Some(source) = &rule.source {
        labels["source"] = json!(source);
    }
    if let Some(row) = row {
        labels["row"] = json!(harmless(row));
    }
    json!({
        "labels": labels,
        "annotations": { "summary": harmless(&summary(&rule.name, row, found)) },
        "startsAt": Iso(starts).to_string(),
        "endsAt": Iso(ends.max(starts)).to_string(),
    })
}

fn summary(rule: &str, row: Option<&str>, found: &str) -> String {
    match row {
        Some(row) => format!("{rule}: {row}: {found}"),
        None => format!("{rule} cannot be judged: {found}"),
    }
}

/// What a webhook is told, as JSON.
pub(super) fn to_webhook(letter: &Letter, base: Option<&str>) -> Json {
    let Letter { id, happened, .. } = letter;
    let change = &happened.change;
    let (at, over) = match change {
        Change::Firing { at, .. } => (*at, ""),
        Change::CannotTell { .. } => (happened.at, ""),
        Change::Resolved { at, .. } => (*at, RESOLVED),
        Change::CanTell { at, .. } => (*at, CAN_TELL),
    };
    let (row, found) = (change.row(), change.found().unwrap_or(over));
    let command: Vec<String> = happened.command.iter().map(|word| quoted(&harmless(word))).collect();
    json!({
        "id": id,
        "alert": happened.rule,
        "state": change.state(),
        "source": happened.source,
        "severity": happened.severity,
        "row": row.map(harmless),
        "found": harmless(found),
        "summary": harmless(&summary(&happened.rule, row, found)),
        "since": Iso(change.since()).to_string(),
        "at": Iso(at).to_string(),
        "command": command.join(" "),
        "url": base.map(|base| format!("{base}/alerts")),
    })
}

/// How long after this many attempts the next one is made; microseconds.
pub(super) fn wait(attempts: u32) -> i64 {
    let (least, most) = WAITS;
    least.saturating_mul(1 << attempts.saturating_sub(1).min(10)).min(most)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::judge::{Patience, Untold};
    use super::super::rule::Question;
    use super::*;

    fn rule() -> Rule {
        Rule {
            name: "elb-5xx".to_owned(),
            source: Some("prod".to_owned()),
            asks: Question::Late,
            window: MINUTE,
            min_requests: None,
            every: MINUTE,
            patience: Patience { hold: 0, untold: MINUTE },
            late: MINUTE,
            severity: "page".to_owned(),
            notify: BTreeSet::new(),
        }
    }

    fn happened(change: Change, at: i64) -> Happened {
        let [rule, source, severity] = ["elb-5xx", "prod", "page"].map(str::to_owned);
        Happened { at, rule, source, severity, change, command: vec!["albstats".to_owned(), "it's".to_owned()] }
    }

    #[test]
    fn an_alertmanager_is_told_what_fires_and_for_a_while_what_no_longer_does() {
        let (rule, now) = (rule(), 100 * MINUTE);
        let mut book = Book::default();
        let holding =
            |row: &str, firing| Holding { row: row.to_owned(), since: now, firing, found: "a\u{1b}[31m".to_owned() };
        let rows = [("arn:on".to_owned(), holding("on", Some(now))), ("p".to_owned(), holding("pending", None))].into();
        let untold = Some(Untold { since: 0, why: "late".to_owned(), said: true });
        book.standings.insert(rule.name.clone(), Standing { rows, judged_until: Some(now), untold });
        for (row, at) in [("over", now - MINUTE), ("long over", now - 20 * MINUTE), ("on", now - MINUTE)] {
            book.note(&happened(Change::Resolved { row: row.to_owned(), since: 0, at }, at), &[]);
        }
        let told = to_alertmanager(&[&rule], &book, Some("http://h"), now);
        let of = |row: &str| told.as_array().unwrap().iter().find(|alert| alert["labels"]["row"] == row).cloned();
        assert_eq!(told.as_array().unwrap().len(), 3, "{told:#}");
        let on = of("on").unwrap();
        assert_eq!(on["endsAt"], Iso(now + LASTS).to_string());
        assert!(!on["annotations"]["summary"].as_str().unwrap().contains('\u{1b}'), "{on}");
        assert_eq!(of("over").unwrap()["endsAt"], Iso(now - MINUTE).to_string());
        assert!(of("pending").is_none() && of("long over").is_none());
        assert!(told.to_string().contains("cannot_tell"));
    }

    #[test]
    fn a_webhook_is_told_what_happened_and_how_to_see_it() {
        let change = Change::Firing { row: "shop/api".to_owned(), since: 5, at: 6, found: "rate is 3 %".to_owned() };
        let letter = Letter {
            id: "1-0".to_owned(),
            receiver: "w".to_owned(),
            happened: happened(change, 7),
            attempts: 0,
            next: 0,
        };
        let told = to_webhook(&letter, None);
        assert_eq!(told["state"], "firing");
        assert_eq!(told["command"], r"albstats 'it'\''s'");
        assert_eq!(told["summary"], "elb-5xx: shop/api: rate is 3 %");
    }

    #[test]
    fn waits_grow_and_are_bounded() {
        assert_eq!((wait(1), wait(2), wait(100)), (5_000_000, 10_000_000, 5 * MINUTE));
    }
}
