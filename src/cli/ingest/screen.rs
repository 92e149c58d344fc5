//! What is said of a live store, as people see it. Pure.

use serde_json::{Map, Value as Json, json};

use super::super::common::intake::batches;
use crate::base::clock::to_the_minute;
use crate::lake::ingest::status::{Balancer, Status};
use crate::output::document::{Block, Column, Document, Head, Note, Row, Table, Tone, Unit, Value};
use crate::output::human;

/// A line for each load balancer, those that are behind first, and what is in the store.
pub(super) fn document(status: &Status, to: &str, now: i64) -> Document {
    let complete = status.complete_until.map(|time| format!("complete up to {} UTC", to_the_minute(time)));
    let (missing, since) = status.missing();
    let behind = match since {
        Some(since) => format!("{} behind, the oldest since {}", human::plural(missing, "object"), ago(now - since)),
        None => "nothing is behind".to_owned(),
    };
    Document {
        title: format!("Live store {to}"),
        head: Head { lines: vec![complete.into_iter().chain([behind]).collect()], warnings: Vec::new() },
        blocks: vec![Block::Table(table(status, now)), Block::Notes(notes(status))],
        data: Some(data(status)),
        ..Document::default()
    }
}

fn table(status: &Status, now: i64) -> Table {
    let mut balancers: Vec<(&String, &Balancer)> = status.balancers.iter().collect();
    balancers.sort_by_key(|(name, balancer)| (balancer.since.unwrap_or(i64::MAX), *name));
    Table {
        columns: vec![
            Column::new("elb", "LOAD BALANCER", Unit::Text),
            Column::new("newest", "TAKEN IN UP TO", Unit::Time),
            Column::new("objects", "OBJECTS", Unit::Count),
            Column { sparse: true, ..Column::new("missing", "BEHIND", Unit::Count) },
            Column::new("lag", "SINCE", Unit::Duration),
        ],
        rows: balancers.into_iter().map(|(name, balancer)| row(name, balancer, now)).collect(),
        empty: Some("no objects of today are there".to_owned()),
        ..Table::default()
    }
}

fn row(name: &str, balancer: &Balancer, now: i64) -> Row {
    let lag = balancer.since.map(|since| seconds(now - since));
    let values = vec![
        Value::Text(name.to_owned()),
        balancer.newest.map_or(Value::Null, Value::Int),
        Value::count(balancer.objects),
        Value::count(balancer.missing),
        lag.map_or(Value::Null, Value::Int),
    ];
    Row { tone: if balancer.missing > 0 { Tone::Strong } else { Tone::Plain }, ..Row::new(values) }
}

fn seconds(micros: i64) -> i64 {
    micros.max(0) / alblog::time::SECOND
}

fn ago(micros: i64) -> String {
    human::elapsed(std::time::Duration::from_secs(seconds(micros).unsigned_abs()))
}

fn notes(status: &Status) -> Vec<Note> {
    let note = |label: &str, parts: Vec<String>| Note { label: label.to_owned(), parts };
    let mut held = vec![
        human::plural(status.objects, "object"),
        human::plural(status.rows, "row"),
        format!("{} in {}", human::bytes(status.bytes), batches(status.batches)),
    ];
    held.extend(status.times.map(|(first, last)| format!("{} – {} UTC", to_the_minute(first), to_the_minute(last))));
    let mut notes = vec![note("store", held)];
    let mut lacks = Vec::new();
    if status.rejected_lines > 0 {
        lacks.push(format!("{} (rejected_lines)", human::plural(status.rejected_lines, "rejected line")));
    }
    if status.damaged > 0 {
        lacks.push(format!("{} not read to their ends (log_objects)", human::plural(status.damaged, "object")));
    }
    if !lacks.is_empty() {
        notes.push(note("damage", lacks));
    }
    if let Some(queue) = &status.queue {
        let waiting = format!("{} waiting", human::plural(queue.waiting, "message"));
        notes.push(note("queue", vec![waiting, format!("{} in flight", human::count(queue.in_flight))]));
    }
    notes
}

/// What JSON holds beside the load balancers.
fn data(status: &Status) -> Map<String, Json> {
    let (missing, since) = status.missing();
    let time = |time: Option<i64>| time.map(|time| alblog::time::Iso(time).to_string());
    let queue = status.queue.as_ref().map(|queue| json!({ "waiting": queue.waiting, "in_flight": queue.in_flight }));
    let Json::Object(data) = json!({
        "complete_until": time(status.complete_until),
        "behind": missing,
        "behind_since": time(since),
        "objects": status.objects,
        "stored_rows": status.rows,
        "rejected_lines": status.rejected_lines,
        "damaged_objects": status.damaged,
        "batches": status.batches,
        "bytes": status.bytes,
        "queue": queue,
    }) else {
        return Map::new();
    };
    data
}
