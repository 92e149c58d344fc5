//! What is said on standard error at the end of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use alblog::SkipReason;

use super::messages::message;
use crate::ask::query::{ExportReport, Run, Source};
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::base::place::Place;
use crate::base::shown::Shown;
use crate::output::human::{self, plural};
use crate::read::scan::{Problem, ScanReport};

/// Objects named one by one; the rest is counted.
const NAMED: usize = 5;

/// Says what was read, left out and could not be read, and how the run ended.
pub(in crate::cli) fn finish(source: &Source, elapsed: Duration, quiet: bool) -> Outcome {
    match source {
        Source::Logs(run) => finish_logs(run, elapsed, quiet),
        Source::Exports(run) => {
            let strange = run.strange();
            name_strange(&strange);
            if !quiet {
                message(format_args!("{}", closing_line_of_export(&run.report(), elapsed)));
            }
            if strange.is_empty() { Outcome::Done } else { Outcome::Incomplete }
        }
    }
}

fn finish_logs(run: &Run, elapsed: Duration, quiet: bool) -> Outcome {
    let report = run.report();
    let unread = "; all of them: SELECT log_object, error FROM log_objects WHERE error IS NOT NULL";
    name_problems("incomplete", &report.incomplete, unread);
    if !quiet {
        name_problems("rejected lines", &report.rejected, "; all of them: SELECT * FROM rejected_lines");
        say_containers(&report.containers);
        if report.stats.rows_with_extra_fields > 0 {
            message(format_args!(
                "notice: some lines have fields that are not known yet; they are in column extra_fields, nothing is lost"
            ));
        }
        if report.stats.unreadable_values > 0 {
            let count = human::count(report.stats.unreadable_values);
            message(format_args!("notice: {count} values were not what their column holds, and are NULL"));
        }
        message(format_args!("{}", closing_line(&report, elapsed)));
    }
    if report.is_incomplete() { Outcome::Incomplete } else { Outcome::Done }
}

/// Says what lines were found in, where it is not simply a text.
pub(in crate::cli) fn say_containers(containers: &BTreeMap<String, u64>) {
    for (container, count) in containers.iter().take(NAMED) {
        let verb = if *count == 1 { "holds" } else { "hold" };
        message(format_args!("notice: {} {verb} ALB lines {container}", plural(*count, "object")));
    }
}

/// Files of an export that were left out: nobody knows whether they are whole, and a copy would count rows twice.
fn name_strange(files: &BTreeMap<String, &'static str>) {
    for (file, why) in files.iter().take(NAMED) {
        message(format_args!("warning: not read: {}: {why}", Shown(file)));
    }
    if files.len() > NAMED {
        message(format_args!("warning: not read: {} more files that are not the export's", files.len() - NAMED));
    }
}

/// Names the first few problems; `all` is how to see the others.
pub(in crate::cli) fn name_problems(what: &str, problems: &BTreeSet<Problem>, all: &str) {
    for Problem { object, message: text } in problems.iter().take(NAMED) {
        message(text.clone().after(format_args!("warning: {what}: {object}: ")));
    }
    if problems.len() > NAMED {
        let more = problems.len() - NAMED;
        message(format_args!("warning: {what}: {more} more objects{all}"));
    }
}

/// `72 objects, 1,430,000 rows, 0 rejected, 143 MB in 0.52 s; 300 objects pruned by name; skipped 1 object (1 nlb)`
fn closing_line(report: &ScanReport, elapsed: Duration) -> String {
    let stats = report.stats;
    let mut line = format!(
        "{}, {}, {} rejected, {} in {}",
        human::plural(report.read.len() as u64, "object"),
        human::plural(stats.rows, "row"),
        human::count(stats.rejected),
        human::bytes(report.bytes),
        human::elapsed(elapsed),
    );
    // Writing to a String cannot fail.
    if stats.outside_window > 0 {
        let _ = write!(line, "; {} outside the window", human::plural(stats.outside_window, "row"));
    }
    if report.remembered > 0 {
        let is_all = report.read.len() as u64 == report.remembered;
        let count = if is_all { "all".to_owned() } else { human::count(report.remembered) };
        let _ = write!(line, "; {count} from memory");
    }
    let pruned = report.pruned.difference(&report.read).count() as u64 + report.pruned_unlisted;
    if pruned > 0 {
        let _ = write!(line, "; {} pruned by name", human::plural(pruned, "object"));
    }
    if !report.skipped.is_empty() {
        let _ = write!(line, "; skipped {}", skipped(&report.skipped));
    }
    line
}

/// `7 files, 1,430,000 rows, 12 MB in 0.05 s; pruned 2 folders and 20 files by name`
fn closing_line_of_export(report: &ExportReport, elapsed: Duration) -> String {
    let mut line = format!(
        "{}, {}, {} in {}",
        plural(report.files, "file"),
        plural(report.rows, "row"),
        human::bytes(report.bytes),
        human::elapsed(elapsed),
    );
    let pruned = [(report.pruned_folders, "folder"), (report.pruned, "file")];
    let pruned: Vec<String> =
        pruned.into_iter().filter(|(count, _)| *count > 0).map(|(count, noun)| plural(count, noun)).collect();
    if !pruned.is_empty() {
        // Writing to a String cannot fail.
        let _ = write!(line, "; pruned {} by name", pruned.join(" and "));
    }
    line
}

/// `3 objects (2 test object, 1 nlb)`
pub(in crate::cli) fn skipped(skipped: &BTreeMap<SkipReason, u64>) -> String {
    let reasons = skipped.iter().map(|(reason, count)| format!("{} {reason}", human::count(*count)));
    let reasons = reasons.collect::<Vec<_>>().join(", ");
    format!("{} ({reasons})", human::plural(skipped.values().sum(), "object"))
}

/// Why there is nothing to read, although everything named exists; `otherwise` helps if it is not the window, or is empty.
pub(in crate::cli) fn nothing_to_read(places: &[Place], report: &ScanReport, otherwise: &str) -> Message {
    let from: Vec<String> = places.iter().map(|place| Shown(&place.from).to_string()).collect();
    let mut text = format!("no Application Load Balancer logs in {}", from.join(", "));
    if !report.skipped.is_empty() {
        let _ = write!(text, "; skipped {}", skipped(&report.skipped));
    }
    if report.pruned_unlisted > 0 {
        let _ = write!(text, "; {} of other times or load balancers", human::plural(report.pruned_unlisted, "object"));
    }
    let remote = places.iter().any(|place| place.in_s3().is_some());
    let is_explained = !report.skipped.is_empty() || !report.incomplete.is_empty();
    let is_window = report.pruned_unlisted > 0 || remote && !is_explained;
    let hint =
        if is_window { "a longer window (--since 24h); AWS delivers logs a few minutes late" } else { otherwise };
    let named = report.incomplete.iter().take(NAMED);
    let message = named.fold(Message::new(text), |told, problem| {
        told.below(problem.message.clone().after(format_args!("{}: ", problem.object)))
    });
    message.hint_if((!hint.is_empty()).then_some(hint))
}
