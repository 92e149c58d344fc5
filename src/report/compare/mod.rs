//! Report `compare`: two times beside each other, and what differs by more than chance explains ([`judge`]).
//!
//! It is a comparison, no cause: whatever else is different between the two times is different here too.

mod judge;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use alblog::time::MINUTE;
use anyhow::{Result, bail};

use self::judge::{Difference, Side, changes, fails_more, rate};
use super::answer::{Answer, AnswerRow};
use super::bars::Bars;
use super::dimensions::heading;
use super::draft::Draft;
use super::elements::{finding, remove_column};
use super::head::{length, moment};
use super::parameters::seconds;
use super::session::Session;
use crate::ask::sql::{OTHERS, Scalar};
use crate::base::message::Message;
use crate::output::document::{Chart, Document, Finding, Next, Note, Point, Series, Table, Tone, Unit, Value};
use crate::output::human;

/// Bars of its charts, at most.
const BARS: usize = 60;
/// Rows that are named for each change.
const NAMED: usize = 3;

/// The two times, and how much of the later one was asked for. Microseconds since the epoch.
struct Times {
    before: Range<i64>,
    after: Range<i64>,
    /// Where the time before should have begun and the time after should have ended: the logs may not reach so far.
    wanted: Range<i64>,
}

/// A row with what changed in it.
#[expect(clippy::struct_field_names, reason = "named as the columns of the answer")]
struct Row<'a> {
    index: usize,
    row: AnswerRow<'a>,
    before: Side,
    after: Side,
    changes: Vec<Difference>,
    /// Of a target that is new: the others of its target group, after.
    siblings: Option<Side>,
}

/// Makes the report.
///
/// # Errors
/// As [`Session::answer`].
pub(super) async fn document(session: &Session<'_>) -> Result<Document> {
    let times = times(session)?;
    let given = [
        ("before_from", times.before.start),
        ("before_to", times.before.end),
        ("after_from", times.after.start),
        ("after_to", times.after.end),
    ];
    let given = given.map(|(name, time)| (name.to_owned(), Scalar::Float(seconds(time))));
    let typed = session.question.typed.get("least").and_then(|least| least.parse().ok());
    let least: u32 = typed.unwrap_or_else(|| least_of(&times));
    let length = 0..times.after.end - times.after.start;
    let bars = match session.question.bucket {
        Some(step) => Bars::asked(&length, step)?,
        None => Bars::fit(&length, BARS),
    };
    let bucket = Scalar::Float(seconds(bars.step.max(1)));
    let more = [("least".to_owned(), Scalar::Int(least.into())), ("bucket".to_owned(), bucket)];
    let given = given.into_iter().chain(more);
    let answer = session.answer_with(given).await?;
    let least = least.into();
    let mut rows = worst_first(&answer, &times, least);
    if session.question.by() == Some("target") {
        judge_new_ones(&mut rows);
    }
    let order: Vec<usize> = rows.iter().map(|row| row.index).collect();
    let others = answer.rows().enumerate().filter(|(_, row)| row.text("part") != Some("row")).map(|(index, _)| index);
    let sorted = answer.taken(order.into_iter().chain(others))?;
    let mut draft = Draft::of(session, &sorted);
    complete(&mut draft.table, &rows, session.question.by().unwrap_or_default());
    draft.findings = when(&times);
    draft.findings.extend(differences(session, &rows, &answer));
    draft.charts = charts(&answer, &times, &bars);
    draft.notes.extend(notes(&answer, least));
    draft.next = next(session, &rows);
    Ok(draft.document())
}

/// The times that were typed; of the later one, what is delivered.
fn times(session: &Session) -> Result<Times> {
    let time = |name: &str| -> Result<i64> {
        let typed = session.question.typed.get(name).map(String::as_str).unwrap_or_default();
        match typed.parse::<jiff::Timestamp>() {
            Ok(time) => Ok(time.as_microsecond()),
            Err(_) => bail!(
                Message::new("report compare needs two times")
                    .hint("--at 2026-11-22T14:05, or --since 1h --baseline 1w")
            ),
        }
    };
    let (before, after) = (time("before_from")?..time("before_to")?, time("after_from")?..time("after_to")?);
    let wanted = before.start..after.end;
    Ok(Times { before: session.delivered_of(&before), after: session.delivered_of(&after), wanted })
}

/// Requests below which a row is not compared: 500 of half an hour or more, and as much less of less time.
fn least_of(times: &Times) -> u32 {
    let longest = [&times.before, &times.after].map(|time| time.end - time.start).into_iter().max().unwrap_or(0);
    let minutes = (longest / MINUTE).clamp(0, 30);
    u32::try_from(500 * minutes / 30).unwrap_or(500).max(50)
}

/// What is new has no time before to be compared with: whether it fails more than its siblings do.
fn judge_new_ones(rows: &mut [Row]) {
    let mut groups: BTreeMap<Option<&str>, Side> = BTreeMap::new();
    for row in rows.iter() {
        let group = groups.entry(row.row.text("within")).or_default();
        group.requests += row.after.requests;
        group.errors += row.after.errors;
    }
    for row in rows.iter_mut().filter(|row| row.before.requests == 0 && !is_others(&row.row)) {
        let Some(group) = groups.get(&row.row.text("within")) else { continue };
        let siblings = Side {
            requests: group.requests - row.after.requests,
            errors: group.errors - row.after.errors,
            ..Side::default()
        };
        if fails_more(&siblings, &row.after) {
            row.changes.push(Difference::FailsMore);
            row.changes.sort_unstable();
            row.siblings = Some(siblings);
        }
    }
    sort(rows);
}

/// The rows of the table, with what changed in each.
fn worst_first<'a>(answer: &'a Answer, times: &Times, least: u64) -> Vec<Row<'a>> {
    let rows = answer.rows().enumerate().filter(|(_, row)| row.text("part") == Some("row"));
    let mut rows: Vec<Row> = rows.map(|(index, row)| compared_row(index, row, times, least)).collect();
    sort(&mut rows);
    rows
}

/// Both times above each other, from their beginnings on; the clock is that of the later one.
fn charts(answer: &Answer, times: &Times, bars: &Bars) -> Vec<Chart> {
    let label = bars.label().to_lowercase();
    let series = |name: &str, column: &str, time: &Range<i64>| {
        let given =
            answer.part("time").filter_map(|row| Some((row.int("bar")?.saturating_mul(bars.step), row.float(column))));
        let points = bars.points(given, Point::Nothing, time.end - time.start);
        Series { name: name.to_owned(), points }
    };
    let chart = |title: String, column: &str, unit| Chart {
        title,
        start: times.after.start,
        step: bars.step,
        unit,
        series: vec![
            series("before", &format!("{column}_before"), &times.before),
            series("after", &format!("{column}_after"), &times.after),
        ],
        marks: Vec::new(),
    };
    let has = |column: &str| {
        let names = ["before", "after"].map(|side| format!("{column}_{side}"));
        answer.part("total").any(|row| names.iter().any(|name| row.float(name).is_some_and(|value| value > 0.0)))
    };
    let wanted = [
        ("requests", format!("Requests per {label}"), Unit::Number),
        ("errors", format!("5xx per {label}"), Unit::Number),
        ("p99", format!("Target time per {label}, p99"), Unit::Seconds),
    ];
    wanted
        .into_iter()
        .filter(|(column, ..)| has(column))
        .map(|(column, title, unit)| chart(title, column, unit))
        .collect()
}

/// What changed worst, and of the same what concerns most requests; then the others.
fn sort(rows: &mut [Row]) {
    rows.sort_by_key(|row| {
        let first = row.changes.first().copied();
        (is_others(&row.row), first.is_none(), first, Reverse(row.before.requests + row.after.requests))
    });
}

fn compared_row<'a>(index: usize, row: AnswerRow<'a>, times: &Times, least: u64) -> Row<'a> {
    let (before, after) = (side(row, "before", &times.before), side(row, "after", &times.after));
    // What is many things together does not change as one.
    let changes = if is_others(&row) { Vec::new() } else { changes(&before, &after, least) };
    Row { index, row, before, after, changes, siblings: None }
}

/// Whether it is what does not fit in memory one by one.
fn is_others(row: &AnswerRow) -> bool {
    row.text("name") == Some(OTHERS)
}

fn side(row: AnswerRow, name: &str, time: &Range<i64>) -> Side {
    let count = |what: &str| row.count(&format!("{what}_{name}"));
    Side {
        minutes: seconds(time.end - time.start) / 60.0,
        requests: count("requests"),
        squares: row.float(&format!("squares_{name}")).unwrap_or_default(),
        errors: count("errors"),
        client_errors: count("client_errors"),
        timed: count("timed"),
        percentiles: ["p45", "p50", "p55", "p98", "p99"].map(|percentile| row.float(&format!("{percentile}_{name}"))),
    }
}

/// Fills in what changed, and calls the second column by what it is.
fn complete(table: &mut Table, rows: &[Row], by: &str) {
    let index = |table: &Table, name: &str| table.columns.iter().position(|column| column.name == name);
    if let Some(change) = index(table, "change") {
        for (drawn, row) in table.rows.iter_mut().zip(rows) {
            let names: Vec<&str> = row.changes.iter().map(|change| change.name()).collect();
            drawn.values[change] = Value::Text(names.join(", "));
            drawn.tone = if row.changes.iter().any(|change| change.is_bad()) { Tone::Bad } else { Tone::Plain };
        }
    }
    let within = match by {
        "path" | "target" | "status" => "target_group",
        "rule" => "elb",
        // As the header calls it.
        "target_group" => return,
        _ => return remove_column(table, "within"),
    };
    if let Some(index) = index(table, "within") {
        table.columns[index].heading = heading(within);
    }
}

/// Which times are compared.
fn when(times: &Times) -> Vec<Finding> {
    let of = |time: &Range<i64>| {
        format!("{} – {} UTC ({})", moment(time.start), moment(time.end), length(time.end - time.start))
    };
    let early = times.before.start - times.wanted.start;
    let text = match early {
        early if early < MINUTE => of(&times.before),
        _ if times.before.is_empty() => format!("{}: there are no logs of it", of(&times.before)),
        _ => format!("{}: the {} before are before the first log, and not compared", of(&times.before), length(early)),
    };
    let mut findings = vec![finding("before", text, if early < MINUTE { Tone::Plain } else { Tone::Bad })];
    let missing = times.wanted.end - times.after.end;
    let text = match missing {
        missing if missing < MINUTE => of(&times.after),
        _ if times.after.is_empty() => format!("{}: nothing of it is delivered yet", of(&times.after)),
        _ => format!("{}: the other {} are not delivered yet, and not compared", of(&times.after), length(missing)),
    };
    findings.push(finding("after", text, if missing < MINUTE { Tone::Plain } else { Tone::Bad }));
    findings
}

/// What changed, in sentences.
fn differences(session: &Session, rows: &[Row], answer: &Answer) -> Vec<Finding> {
    let Some(total) = answer.part("total").next() else { return Vec::new() };
    for (side, other) in [("before", "after"), ("after", "before")] {
        if total.count(&format!("requests_{side}")) == 0 {
            let text = format!("no requests {side}: there is nothing to compare those {other} with");
            return vec![finding("nothing", text, Tone::Strong)];
        }
    }
    let ids: BTreeSet<&str> =
        rows.iter().flat_map(|row| [row.row.text("name"), row.row.text("within")]).flatten().collect();
    let names = (session.question.names)(&ids.into_iter().collect::<Vec<_>>());
    let name = |id: &str| names.get(id).map_or(id, String::as_str).to_owned();
    let mut kinds: Vec<Difference> = rows.iter().flat_map(|row| row.changes.iter().copied()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let mut findings = Vec::new();
    for kind in kinds {
        let mut of_kind: Vec<&Row> = rows.iter().filter(|row| row.changes.contains(&kind)).collect();
        of_kind.sort_by_key(|row| Reverse(weight(kind, row)));
        for (place, row) in of_kind.iter().take(NAMED).enumerate() {
            let within = row.row.text("within").filter(|within| !within.is_empty());
            let within = within.map(|within| format!(" ({})", name(within))).unwrap_or_default();
            let text = format!("{}{within}: {}", name(row.row.text("name").unwrap_or("–")), figures(kind, row));
            let tone = if kind.is_bad() { Tone::Bad } else { Tone::Plain };
            findings.push(finding(if place == 0 { kind.name() } else { "" }, text, tone));
        }
        if of_kind.len() > NAMED {
            findings.push(finding("", format!("{} more", of_kind.len() - NAMED), Tone::Dim));
        }
    }
    if findings.is_empty() {
        let text = format!("changed in {} by more than chance explains", human::plural(rows.len() as u64, "row"));
        findings.push(finding("nothing", text, Tone::Strong));
    }
    findings
}

/// How many requests a change concerns, roughly: what is told first.
fn weight(kind: Difference, row: &Row) -> u64 {
    let (before, after) = (&row.before, &row.after);
    match kind {
        Difference::FailsMore | Difference::FailsLess => before.errors.abs_diff(after.errors),
        Difference::RefusesMore | Difference::RefusesLess => before.client_errors.abs_diff(after.client_errors),
        _ => before.requests + after.requests,
    }
}

/// `0.10 % → 1.00 % (4 of 4,000 → 40 of 4,000)`
#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
fn figures(kind: Difference, row: &Row) -> String {
    let (before, after) = (&row.before, &row.after);
    let share = |part: u64, side: &Side| Value::Float(part as f64 / side.requests.max(1) as f64).humane(Unit::Share);
    let shares = |of: fn(&Side) -> u64| {
        let counts = |side: &Side| format!("{} of {}", human::count(of(side)), human::count(side.requests));
        let (was, is) = (share(of(before), before), share(of(after), after));
        format!("{was} → {is} ({} → {})", counts(before), counts(after))
    };
    let time = |index: usize| {
        let millis = |side: &Side| side.percentiles[index].map_or(Value::Null, Value::Float).humane(Unit::Seconds);
        format!("{} → {} ms", millis(before), millis(after))
    };
    let rates = || {
        let rate = |side: &Side| Value::Float(rate(side)).humane(Unit::Number);
        format!("{} → {} requests a minute", rate(before), rate(after))
    };
    if let (Difference::FailsMore, Some(siblings)) = (kind, &row.siblings) {
        let counts = format!("{} of {}", human::count(after.errors), human::count(after.requests));
        let (own, theirs) = (share(after.errors, after), share(siblings.errors, siblings));
        return format!("new, {own} of its requests fail ({counts}), of its siblings' {theirs}");
    }
    match kind {
        Difference::FailsMore | Difference::FailsLess => shares(|side| side.errors),
        Difference::RefusesMore | Difference::RefusesLess => shares(|side| side.client_errors),
        Difference::SlowerP50 | Difference::FasterP50 => time(1),
        Difference::SlowerP99 | Difference::FasterP99 => time(4),
        Difference::Gone => format!("{} before, none after", human::plural(before.requests, "request")),
        Difference::New => format!("{} after, none before", human::plural(after.requests, "request")),
        Difference::LessTraffic | Difference::MoreTraffic => rates(),
    }
}

fn notes(answer: &Answer, least: u64) -> Vec<Note> {
    let note = |label: &str, parts: Vec<String>| Note { label: label.to_owned(), parts };
    let mut notes = Vec::new();
    let of = |row: AnswerRow| row.count("requests_before") + row.count("requests_after");
    let all: u64 = answer.part("total").map(of).sum();
    let left_out = all.saturating_sub(answer.part("row").map(of).sum());
    if left_out > 0 {
        let requests = human::plural(left_out, "request");
        notes.push(note("left out", vec![format!("{requests} of rows with fewer than {least} in both times")]));
    }
    let rules = [
        "5xx and 4xx: 4 standard errors apart (two-proportion test), by 0.1 % of requests and half as much again, 10 \
         requests or more",
        "p50: p45 after above p55 before, by a quarter and 10 ms, 500 requests or more on each side",
        "p99: p98 after above p99 before, by a quarter and 50 ms, 1,000 or more",
        "traffic: half as much again by the minute, or two thirds, by more than its own ups and downs explain: 5.5 standard \
         errors, by how it scattered over eight parts of each time",
        "a target that is new: its 5xx against those of its siblings",
    ];
    notes.push(note("changed", rules.map(ToOwned::to_owned).to_vec()));
    let caution = "a comparison, no cause: what else differs between the two times (the hour, the traffic, other deploys) \
                   differs here too";
    notes.push(note("caution", vec![caution.to_owned()]));
    notes
}

fn next(session: &Session, rows: &[Row]) -> Vec<Next> {
    let flags = &session.question.flags;
    let has = |change: Difference| rows.iter().any(|row| row.changes.contains(&change));
    let mut next = Vec::new();
    let mut add = |report: &str, why: &str| {
        next.push(super::next::report([report], flags, why));
    };
    if has(Difference::FailsMore) {
        add("why", "why they fail");
    }
    if has(Difference::SlowerP50) || has(Difference::SlowerP99) {
        add("latency", "since when it is slow");
    }
    next
}
