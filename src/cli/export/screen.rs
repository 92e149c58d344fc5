//! What a run says at its end: a table of days, and remarks.

use std::fmt::Write as _;
use std::time::Duration;

use super::super::common::message;
use crate::base::clock::to_the_minute;
use crate::lake::export::{DayReport, ExportReport, ExportSpec};
use crate::output::human;

/// Problems named one by one; the rest is counted.
const NAMED: usize = 5;

/// The table of days.
pub(super) fn days(spec: &ExportSpec, report: &ExportReport, elapsed: Duration) -> String {
    let window = spec.window();
    let redact = &spec.settings.redact;
    let redact = if redact.is_empty() { String::new() } else { format!(" · redact {redact}") };
    let slots = format!("{}s", spec.settings.slot);
    let mut text = format!("{slots} {} – {} UTC{redact}\n\n", to_the_minute(window.start), to_the_minute(window.end));
    if report.days.is_empty() {
        text.push_str("  no log objects in this window\n");
        return text;
    }
    let (new, redone) = if spec.dry_run { ("TO DO", "REDO") } else { ("NEW", "REDONE") };
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "  {:10} {:>6} {:>6} {new:>6} {redone:>6} {:>15} {:>8} {:>8}  WHY",
        "DAY", "SLOTS", "KEPT", "ROWS", "RAW", "PARQUET"
    );
    for (day, counts) in &report.days {
        line(&mut text, day, counts, &why(counts));
    }
    let peak = peak_memory().map(|bytes| format!(", peak {bytes}")).unwrap_or_default();
    line(&mut text, "total", &report.total(), &format!("{}{peak}", human::elapsed(elapsed)));
    text
}

fn line(text: &mut String, name: &str, counts: &DayReport, why: &str) {
    let number = |count: u64| if count == 0 { "–".to_owned() } else { human::count(count) };
    let size = |bytes: u64| if bytes == 0 { "–".to_owned() } else { human::bytes(bytes) };
    let row = format!(
        "  {name:10} {:>6} {:>6} {:>6} {:>6} {:>15} {:>8} {:>8}  {why}",
        number(counts.slots),
        number(counts.kept),
        number(counts.new),
        number(counts.redone),
        number(counts.rows),
        size(counts.raw),
        size(counts.parquet),
    );
    text.push_str(row.trim_end());
    text.push('\n');
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
        message(format_args!("warning: {}: {}", problem.object, problem.message));
    }
    if report.incomplete.len() > NAMED {
        message(format_args!("warning: {} more; all of them: --format json", report.incomplete.len() - NAMED));
    }
    for path in report.foreign.iter().take(NAMED) {
        message(format_args!(
            "warning: {path} is none of the export's files, and readers count its rows\nhint: move it elsewhere"
        ));
    }
    if report.interrupted {
        message(format_args!("interrupted: what is written is whole, the rest is for the next run"));
    }
    if quiet {
        return;
    }
    if report.unnamed > 0 {
        message(format_args!(
            "notice: {} objects have no account, region and time in their names, and fit into no slot",
            human::count(report.unnamed)
        ));
    }
    let skipped: Vec<String> =
        report.skipped.iter().map(|(reason, count)| format!("{} {reason}", human::count(*count))).collect();
    if !skipped.is_empty() {
        message(format_args!("notice: skipped {}", skipped.join(", ")));
    }
    if report.rejected_lines > 0 {
        message(format_args!("notice: {} rejected lines: table rejected_lines", human::count(report.rejected_lines)));
    }
    if dry_run {
        for (slot, why) in &report.written {
            message(format_args!("would write {slot}: {why}"));
        }
    }
}
