//! What a run says at its end: a document with a row per day, and remarks.

use std::collections::BTreeSet;
use std::time::Duration;

use super::super::common::selection::{say_copies, warn_of_differing};
use super::super::common::summary::say_containers;
use super::super::common::{message, summary};
use crate::base::clock::to_the_minute;
use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::lake::export::{DayReport, ExportReport, ExportSpec};
use crate::output::document::{Block, Column, Document, Head, Note, Row, Table, Unit, Value};
use crate::output::human;
use crate::read::scan::Problem;

/// Problems named one by one; the rest is counted.
const NAMED: usize = 5;

/// What was done, or would be, day by day.
pub(super) fn document(spec: &ExportSpec, to: &str, report: &ExportReport, elapsed: Duration) -> Document {
    let window = spec.window();
    let slots = format!("{}s {} – {} UTC", spec.settings.slot, to_the_minute(window.start), to_the_minute(window.end));
    let redact = Some(&spec.settings.redact).filter(|redact| !redact.is_empty());
    let peak = peak_memory().map(|bytes| format!("peak {bytes}"));
    let took = std::iter::once(human::elapsed(elapsed)).chain(peak).collect();
    Document {
        title: format!("{} to {to}", if spec.dry_run { "What would be exported" } else { "Export" }),
        head: Head {
            lines: vec![std::iter::once(slots).chain(redact.map(|redact| format!("redact {redact}"))).collect()],
            warnings: Vec::new(),
        },
        blocks: vec![
            Block::Table(days(spec.dry_run, report)),
            Block::Notes(vec![Note { label: "took".to_owned(), parts: took }]),
        ],
        ..Document::default()
    }
}

/// A row per day.
fn days(dry_run: bool, report: &ExportReport) -> Table {
    let column =
        |name, heading, unit, expendable| Column { expendable, sparse: true, ..Column::new(name, heading, unit) };
    let (new, redone) = if dry_run { ("TO DO", "REDO") } else { ("NEW", "REDONE") };
    let total = report.total();
    Table {
        columns: vec![
            column("day", "DAY", Unit::Text, 0),
            // The sum of those behind it gives way first.
            column("slots", "SLOTS", Unit::Count, 3),
            column("kept", "KEPT", Unit::Count, 0),
            column("new", new, Unit::Count, 0),
            column("redone", redone, Unit::Count, 0),
            column("rows", "ROWS", Unit::Count, 0),
            column("raw", "RAW", Unit::Bytes, 2),
            column("parquet", "PARQUET", Unit::Bytes, 1),
            column("why", "WHY", Unit::Text, 0),
        ],
        rows: report.days.iter().map(|(day, counts)| row(day, counts, why(counts))).collect(),
        total: (!report.days.is_empty()).then(|| row("total", &total, String::new())),
        empty: Some("no log objects in this window".to_owned()),
        ..Table::default()
    }
}

fn row(name: &str, counts: &DayReport, why: String) -> Row {
    let DayReport { slots, kept, new, redone, rows, raw, parquet, .. } = counts;
    let mut values = vec![Value::Text(name.to_owned())];
    values.extend([slots, kept, new, redone, rows, raw, parquet].map(|&number| Value::count(number)));
    values.push(Value::Text(why));
    Row::new(values)
}

/// `198 new, 18 missing (was not exported)`
fn why(counts: &DayReport) -> String {
    let several = counts.why.len() > 1;
    let mut reasons: Vec<String> = Vec::new();
    for (why, count) in &counts.why {
        reasons.push(if several || *count > 1 { format!("{} {why}", human::count(*count)) } else { why.to_string() });
    }
    if counts.failed > 0 {
        reasons.push(format!("{} not written", human::count(counts.failed)));
    }
    reasons.join(", ")
}

/// The most memory this process has taken so far, where the system tells.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(format!("{} MiB", kib.div_ceil(1024)))
}

/// What else there is to know, on standard error.
pub(super) fn remarks(report: &ExportReport, dry_run: bool, quiet: bool) {
    for problem in report.incomplete.iter().take(NAMED) {
        message(problem.message.clone().after(format_args!("warning: {}: ", problem.object)));
    }
    if report.incomplete.len() > NAMED {
        message(format_args!("warning: {} more; all of them: --format json", report.incomplete.len() - NAMED));
    }
    name_damaged(&report.damaged);
    name_foreign(&report.foreign);
    if report.interrupted {
        message(format_args!("interrupted: what is written is whole, the rest is for the next run"));
    }
    if quiet {
        return;
    }
    say_copies(&report.copies);
    warn_of_differing(&report.copies);
    say_containers(&report.containers);
    if report.unnamed > 0 {
        message(format_args!(
            "notice: {} objects have no account, region and time in their names, and fit into no slot",
            human::count(report.unnamed)
        ));
    }
    if !report.skipped.is_empty() {
        message(format_args!("notice: skipped {}", summary::reasons(&report.skipped)));
    }
    if report.rejected_lines > 0 {
        message(format_args!("notice: {} rejected lines: table rejected_lines", human::count(report.rejected_lines)));
    }
    if dry_run {
        for (slot, why) in &report.written {
            message(format_args!("would write {slot}: {why}", slot = Shown(slot)));
        }
    }
}

/// Names the first few objects of which rows are missing in what stays as it is.
pub(super) fn name_damaged(objects: &BTreeSet<Problem>) {
    for Problem { object, message: text } in objects.iter().take(NAMED) {
        message(text.clone().after(format_args!("warning: not all in the export: {object}: ")));
    }
    if objects.len() > NAMED {
        message(format_args!("warning: not all in the export: {} more objects", objects.len() - NAMED));
    }
}

/// Names the first few files that are none of the export's.
pub(super) fn name_foreign(files: &[String]) {
    for path in files.iter().take(NAMED) {
        let warning = format_args!(
            "warning: {path} is none of the export's files: no record names it, and other readers count its rows"
        );
        message(Message::new(warning).hint("move it elsewhere"));
    }
    if files.len() > NAMED {
        message(format_args!("warning: {} more files are none of the export's", files.len() - NAMED));
    }
}
