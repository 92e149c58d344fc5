//! Alerts as people see them: what stands, and what happened. Pure.

use super::book::{Book, Happened};
use super::judge::{Holding, Standing};
use super::rule::Rule;
use crate::output::document::{Block, Column, Document, Head, Row, Table, Tone, Unit, Value};

/// So much of what happened is shown.
const SHOWN: usize = 100;

/// What stands of every rule, what fires first, and what happened, the newest first.
pub(in crate::serve) fn document(rules: &[Rule], book: &Book) -> Document {
    let firing = |row: &&Holding| row.firing.is_some();
    let count: usize = book.standings.values().map(|standing| standing.rows.values().filter(firing).count()).sum();
    let untold = book.standings.values().filter(|standing| standing.untold.is_some()).count();
    let mut line = vec![match count {
        0 => "nothing fires".to_owned(),
        count => format!("{count} firing"),
    }];
    if untold > 0 {
        line.push(format!("{untold} of {} cannot be judged", rules.len()));
    }
    let mut rows: Vec<(u8, Row)> =
        rules.iter().flat_map(|rule| of_rule(rule, book.standings.get(&rule.name))).collect();
    rows.sort_by_key(|(place, _)| *place);
    let standing = Table {
        columns: vec![
            Column::new("alert", "ALERT", Unit::Text),
            Column::new("severity", "SEVERITY", Unit::Text),
            Column::new("state", "STATE", Unit::Text),
            Column::new("row", "OF", Unit::Text),
            Column::new("since", "SINCE", Unit::Time),
            Column::new("judged_until", "JUDGED UP TO", Unit::Time),
            Column { spills: true, ..Column::new("found", "FOUND", Unit::Text) },
        ],
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        empty: Some("no alert is configured: [[alert]] in albstats.toml, docs/alerts.md".to_owned()),
        ..Table::default()
    };
    let history = Table {
        title: Some("What happened".to_owned()),
        columns: vec![
            Column::new("at", "AT", Unit::Time),
            Column::new("alert", "ALERT", Unit::Text),
            Column::new("state", "STATE", Unit::Text),
            Column::new("row", "OF", Unit::Text),
            Column::new("since", "SINCE", Unit::Time),
            Column { spills: true, ..Column::new("found", "FOUND", Unit::Text) },
        ],
        rows: book.history.iter().rev().take(SHOWN).map(of_past).collect(),
        empty: Some("nothing yet".to_owned()),
        ..Table::default()
    };
    Document {
        name: "alerts".to_owned(),
        title: "Alerts".to_owned(),
        head: Head { lines: vec![line], warnings: Vec::new() },
        blocks: vec![Block::Table(standing), Block::Table(history)],
        ..Document::default()
    }
}

/// The lines of a rule, each with its place among those of all: what fires, what cannot be told, what is pending, and the rest.
fn of_rule(rule: &Rule, standing: Option<&Standing>) -> Vec<(u8, Row)> {
    let judged = standing.and_then(|standing| standing.judged_until);
    let line = |place: u8, state: &str, of: &str, since: Option<i64>, found: &str| {
        let values =
            vec![text(&rule.name), text(&rule.severity), text(state), text(of), time(since), time(judged), text(found)];
        let tone = if place == 0 { Tone::Bad } else { Tone::Plain };
        (place, Row { tone, ..Row::new(values) })
    };
    let mut lines = Vec::new();
    if let Some(untold) = standing.and_then(|standing| standing.untold.as_ref()) {
        lines.push(line(1, "cannot tell", "", Some(untold.since), &untold.why));
    }
    for (key, holding) in standing.iter().flat_map(|standing| &standing.rows) {
        let (place, state) = if holding.firing.is_some() { (0, "firing") } else { (2, "pending") };
        lines.push(line(place, state, holding.called(key), Some(holding.since), &holding.found));
    }
    if lines.is_empty() {
        lines.push(line(3, if judged.is_some() { "well" } else { "not judged yet" }, "", None, ""));
    }
    lines
}

fn of_past(happened: &Happened) -> Row {
    let change = &happened.change;
    let state = match change.state() {
        "cannot_tell" => "cannot tell",
        "can_tell" => "can be told again",
        state => state,
    };
    Row::new(vec![
        time(Some(happened.at)),
        text(&happened.rule),
        text(state),
        text(change.row().unwrap_or_default()),
        time(Some(change.since())),
        text(change.found().unwrap_or_default()),
    ])
}

fn text(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { Value::Text(text.to_owned()) }
}

fn time(time: Option<i64>) -> Value {
    time.map_or(Value::Null, Value::Int)
}

#[cfg(test)]
mod tests {
    use super::super::judge::Change;
    use super::super::rule::{common, rules};
    use super::*;

    #[test]
    fn what_fires_comes_first_and_everything_is_there() {
        let rules = rules(&common(), &[]).unwrap();
        let mut book = Book::default();
        let holding = |firing| Holding { row: String::new(), since: 1, firing, found: "x is 5".to_owned() };
        let rows = [("a".to_owned(), holding(None)), ("b".to_owned(), holding(Some(2)))].into();
        book.standings.insert("latency-p99".to_owned(), Standing { rows, judged_until: Some(2), untold: None });
        let change = Change::Firing { row: "b".to_owned(), since: 1, at: 2, found: "x is 5".to_owned() };
        let [rule, source, severity] = ["latency-p99", "", "ticket"].map(str::to_owned);
        book.note(&Happened { at: 3, rule, source, severity, change, command: Vec::new() }, &[]);
        let document = document(&rules, &book);
        assert_eq!(document.head.lines, [["1 firing"]]);
        let [Block::Table(standing), Block::Table(history)] = &document.blocks[..] else { panic!("two tables") };
        let states: Vec<&Value> = standing.rows.iter().map(|row| &row.values[2]).collect();
        assert_eq!(states[..2], [&text("firing"), &text("pending")]);
        assert_eq!((standing.rows.len(), history.rows.len()), (rules.len() + 1, 1));
    }
}
