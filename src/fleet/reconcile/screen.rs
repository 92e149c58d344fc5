//! A plan as people read it: what would be written, what is left alone and why, what stands in the way. Pure.
//!
//! Texts are as annotations, tags and AWS have them: whoever draws the document makes them harmless.

mod lines;

use std::collections::BTreeMap;

use alblog::LogKind;

use super::observed::Observed;
use super::state::{Decision, State};
use crate::base::config::LogPolicy;
use crate::base::s3_address::address;
use crate::fleet::aws::elbv2::{Change, keys};
use crate::fleet::kubernetes::Intent;
use crate::output::document::{Block, Column, Document, Head, Row, Table, Tone, Unit, Value};
use crate::output::width;
use lines::{Changed, Line, Sort, lines};

/// Load balancers of one sort shown when there are many more.
const SHOWN: usize = 4;

/// What a plan says beside the decisions.
#[derive(Debug, Clone)]
pub struct Heading<'a> {
    /// `albstats.toml`
    pub file: String,
    /// What was asked for.
    pub policy: &'a LogPolicy,
    pub intents: &'a BTreeMap<String, Intent>,
    /// Flags that a command needs to be about the same history, and by the same configuration: `--state FILE`.
    pub again: Again,
    /// Whether every load balancer is shown.
    pub all: bool,
}

/// Flags that decide what a command goes by, as they were typed, to be typed again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Again {
    /// `--state FILE`, for commands about the history.
    pub state: Vec<String>,
    /// `--config FILE`, for all.
    pub config: Vec<String>,
}

/// The plan without its end, which says what to do next.
pub fn document(heading: &Heading, observed: &Observed, decisions: &[Decision]) -> Document {
    let lines = lines(heading, observed, decisions);
    let mut rows: Vec<Row> = Vec::new();
    for sort in Sort::ALL {
        let lines: Vec<&Line> = lines.iter().filter(|line| line.sort == sort).collect();
        // One more takes no more room than to say so.
        let shown = if heading.all || lines.len() <= SHOWN + 1 { lines.len() } else { SHOWN };
        let mut told = Vec::new();
        for (index, line) in lines[..shown].iter().enumerate() {
            rows.push(Row { apart: index == 0, ..row(line, &told) });
            told.extend_from_slice(&line.changes);
        }
        if let more @ 1.. = lines.len() - shown {
            rows.push(Row::new(vec![mark(sort), text(format!("{more} more (--all)")), text(""), text(""), text("")]));
        }
    }
    let table = Table {
        columns: columns(),
        rows,
        empty: Some("nothing to write, nothing left alone, nothing in the way".to_owned()),
        ..Table::default()
    };
    Document {
        title: title(heading),
        head: Head { lines: vec![counts(observed, decisions)], warnings: Vec::new() },
        blocks: vec![Block::Table(table)],
        ..Document::default()
    }
}

fn columns() -> Vec<Column> {
    let column = |(name, heading)| Column::new(name, heading, Unit::Text);
    let mut columns = [("action", ""), ("load_balancer", "LOAD BALANCER"), ("account", "ACCOUNT"), ("logs", "LOGS")]
        .map(column)
        .to_vec();
    columns[0].sign = true;
    columns.push(Column { spills: true, ..column(("why", "WHY")) });
    columns
}

fn row(line: &Line, told: &[Changed]) -> Row {
    let mut under = changes(line, told);
    under.extend(line.fix.iter().map(|fix| format!("fix: {fix}")));
    let values = vec![
        mark(line.sort),
        name(line.arn, line.name),
        name(line.account, &line.whose),
        name(&list(&line.kinds), &kinds(&line.kinds)),
        name(&line.text, remark(line, told)),
    ];
    let tone = if line.sort == Sort::Blocked { Tone::Strong } else { Tone::Plain };
    Row { tone, under, ..Row::new(values) }
}

fn mark(sort: Sort) -> Value {
    let (word, sign) = sort.names();
    name(word, sign)
}

fn name(id: &str, shown: &str) -> Value {
    Value::Name { id: id.to_owned(), shown: shown.to_owned() }
}

fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

fn title(heading: &Heading) -> String {
    let policy = heading.policy;
    let kinds = if policy.kinds.len() == LogKind::ALL.len() {
        "all three kinds".to_owned()
    } else {
        policy.kinds.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    let accounts = policy.select.keys().cloned().collect::<Vec<_>>().join(", ");
    let whose =
        if accounts.is_empty() { "no ALBs, nothing is selected".to_owned() } else { format!("ALBs of {accounts}") };
    format!("policy {}: {whose}, {kinds} → {}", heading.file, address(&policy.bucket, &policy.prefix))
}

/// How many logs stand how: `40 ALBs, 120 logs: 96 delivering`, `3 silent`, `12 to enable`, `6 left alone`, `3 blocked`
pub fn counts(observed: &Observed, decisions: &[Decision]) -> Vec<String> {
    const ORDER: [&str; 12] = [
        "delivering",
        "enabled",
        "just enabled",
        "silent",
        "to enable",
        "to disable",
        "waiting for Kubernetes",
        "left alone",
        "blocked",
        "throttled",
        "contended",
        "gone",
    ];
    let mut counted: BTreeMap<usize, usize> = BTreeMap::new();
    for decision in decisions {
        let word = match (&decision.state, &decision.write) {
            (_, Some(Change::Enable { .. })) => "to enable",
            (_, Some(Change::Disable)) => "to disable",
            (State::Delivering, _) => "delivering",
            (State::Enabled, _) => "enabled",
            (State::Verifying, _) => "just enabled",
            (State::Stale(_), _) => "silent",
            (State::Unread(_), _) => "waiting for Kubernetes",
            (State::Blocked(_) | State::Preflight, _) => "blocked",
            (State::Throttled(_), _) => "throttled",
            (State::Contended(_), _) => "contended",
            (State::Gone, _) => "gone",
            _ => "left alone",
        };
        *counted.entry(ORDER.iter().position(|known| *known == word).unwrap_or(0)).or_default() += 1;
    }
    let (elbs, logs) = (observed.load_balancers.len(), decisions.len());
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let all = format!("{elbs} ALB{}, {logs} log{}", plural(elbs), plural(logs));
    let mut parts = counted.into_iter().map(|(index, count)| format!("{count} {}", ORDER[index]));
    let first = parts.next().map_or_else(|| all.clone(), |first| format!("{all}: {first}"));
    std::iter::once(first).chain(parts).collect()
}

fn kinds(kinds: &[LogKind]) -> String {
    if kinds.len() == LogKind::ALL.len() { "all three".to_owned() } else { list(kinds) }
}

fn list(kinds: &[LogKind]) -> String {
    kinds.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Keys that would change: `access_logs.s3.enabled  false → true`. What was told of another log is not said again.
fn changes(line: &Line, told: &[Changed]) -> Vec<String> {
    let quoted = |text: &str| if text.is_empty() { "\"\"".to_owned() } else { text.to_owned() };
    let mut changed: Vec<[String; 3]> = Vec::new();
    for (kind, (before, change)) in line.kinds.iter().zip(&line.changes).filter(|(_, change)| !told.contains(change)) {
        let after = change.applied_to(before);
        let [enabled, bucket, prefix] = keys(*kind);
        let all = [
            [enabled, before.enabled.to_string(), after.enabled.to_string()],
            [bucket, quoted(&before.bucket), quoted(&after.bucket)],
            [prefix, quoted(&before.prefix), quoted(&after.prefix)],
        ];
        changed.extend(all.into_iter().filter(|[_, before, after]| before != after));
    }
    let widest = |column: usize| changed.iter().map(|row| width(&row[column])).max().unwrap_or(0);
    let (keys, befores) = (widest(0), widest(1));
    changed.iter().map(|[key, before, after]| format!("{key:keys$}  {before:befores$} → {after}")).collect()
}

/// What stands at the end of a line.
fn remark<'l>(line: &'l Line, told: &[Changed]) -> &'l str {
    let told = !line.changes.is_empty() && line.changes.iter().all(|change| told.contains(change));
    match line.kinds.len() {
        1 if told && line.text.is_empty() => "same keys",
        _ if told && line.text.is_empty() => "same keys each",
        _ => &line.text,
    }
}

#[cfg(test)]
mod tests;
