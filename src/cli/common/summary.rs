//! What is said on standard error at the end of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use alblog::SkipReason;

use super::cache;
use super::messages::message;
use crate::ask::query::{ExportReport, ExportRun, Run, Source};
use crate::base::clock::to_the_minute;
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::base::place::Place;
use crate::base::shown::Shown;
use crate::base::tables::Layer;
use crate::lake::layers::LetGo;
use crate::output::human::{self, plural};
use crate::read::scan::{Problem, ScanReport};

/// Objects named one by one; the rest is counted.
const NAMED: usize = 5;

/// Says what was read, left out and could not be read, and how the run ended.
pub(in crate::cli) fn finish(source: &Source, elapsed: Duration, quiet: bool) -> Outcome {
    let strange = source.stored().flat_map(|run| run.strange()).collect();
    name_strange(&strange);
    say_let_go(&source.let_go);
    source.stored().for_each(|run| say_of_stored(run, quiet));
    let stored: Vec<(Layer, ExportReport)> = source.stored().map(|run| (run.layer, run.report())).collect();
    let raw = source.raw.as_ref().map(|run| run.counted());
    if let Some(report) = &raw {
        say_of_logs(report, quiet);
    }
    if !quiet {
        let line = match (&stored[..], &raw) {
            ([], Some(raw)) => closing_line(raw, elapsed),
            ([(_, stored)], None) => closing_line_of_export(stored, elapsed),
            (stored, raw) => closing_line_of_layers(stored, raw.as_ref(), elapsed),
        };
        let hits = source.raw.as_ref().and_then(|run| cache::hits(run.options.cache.as_ref())).unwrap_or_default();
        message(format_args!("{line}{hits}"));
        if let Some(run) = &source.raw {
            cache::suggest(downloaded(run), run.options.cache.as_ref());
        }
    }
    let is_incomplete = source.stored().any(|run| !run.unread().is_empty())
        || !source.let_go.is_empty()
        || raw.is_some_and(|report| report.is_incomplete());
    if is_incomplete { Outcome::Incomplete } else { Outcome::Done }
}

/// Bytes of a run that came from buckets.
fn downloaded(run: &Run) -> u64 {
    let report = run.report();
    let read = report.read.iter().map(|index| &run.objects[*index]).filter(|object| object.is_remote());
    // Objects in memory have no bytes in the report.
    read.map(|object| object.size).sum::<u64>().min(report.bytes)
}

/// How to see all objects that could not be read to their ends.
const ALL_INCOMPLETE: &str = "; all of them: SELECT log_object, error FROM log_objects WHERE error IS NOT NULL";
/// How to see all rejected lines.
const ALL_REJECTED: &str = "; all of them: SELECT * FROM rejected_lines";

/// Says what was odd about the objects whose rows were read of exports or a live store, as of logs.
fn say_of_stored(run: &ExportRun, quiet: bool) {
    name_problems("incomplete", &run.incomplete(), ALL_INCOMPLETE);
    let left_out = run.left_out();
    if let Some(Problem { object, message: why }) = left_out.first() {
        let objects = plural(left_out.len() as u64, "object");
        let said = format_args!("warning: incomplete: {objects} of these hours not in the export: {object}: ");
        let hint = "albstats export again takes in what can be read by now, or name the logs beside the export";
        message(why.clone().after(said).hint(hint));
    }
    if !quiet {
        name_problems("rejected lines", &run.rejected(), ALL_REJECTED);
    }
}

/// Says what was odd about logs that were read.
fn say_of_logs(report: &ScanReport, quiet: bool) {
    name_problems("incomplete", &report.incomplete, ALL_INCOMPLETE);
    if quiet {
        return;
    }
    name_problems("rejected lines", &report.rejected, ALL_REJECTED);
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

/// Says which rows were let go before anybody asked about them.
pub(in crate::cli) fn say_let_go(let_go: &[LetGo]) {
    for LetGo { store, before } in let_go {
        let (store, before) = (Shown(store), to_the_minute(*before));
        message(format_args!(
            "warning: incomplete: {store}: rows from before {before} UTC were let go (--keep, --max-bytes of albstats ingest)"
        ));
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
    let mut line = format!("{} in {}", read_of_logs(report), human::elapsed(elapsed));
    for left_out in left_out_of_logs(report) {
        line.extend(["; ", &left_out]);
    }
    line
}

/// `7 files, 1,430,000 rows, 12 MB in 0.05 s; pruned 2 folders and 20 files by name`
fn closing_line_of_export(report: &ExportReport, elapsed: Duration) -> String {
    let rest = left_out_of_export(report).map(|it| format!("; {it}")).unwrap_or_default();
    format!("{} in {}{rest}", read_of_export(report), human::elapsed(elapsed))
}

/// `kept 7 files, 1,430,000 rows, 12 MB; raw 3 objects, 900 rows, 0 rejected, 41 kB; in 0.07 s; kept: pruned 20 files by name`
fn closing_line_of_layers(stored: &[(Layer, ExportReport)], raw: Option<&ScanReport>, elapsed: Duration) -> String {
    let mut line = String::new();
    let read = stored.iter().map(|(layer, report)| (*layer, read_of_export(report)));
    for (layer, read) in read.chain(raw.map(|report| (Layer::Raw, read_of_logs(report)))) {
        line.extend([layer.name(), " ", &read, "; "]);
    }
    line.extend(["in ".to_owned(), human::elapsed(elapsed)]);
    let rest = stored.iter().filter_map(|(layer, report)| Some((*layer, left_out_of_export(report)?)));
    for (layer, left_out) in rest.chain(raw.into_iter().flat_map(left_out_of_logs).map(|it| (Layer::Raw, it))) {
        line.extend(["; ", layer.name(), ": ", &left_out]);
    }
    line
}

fn read_of_logs(report: &ScanReport) -> String {
    let (objects, stats) = (human::plural(report.read.len() as u64, "object"), report.stats);
    let (rows, rejected) = (human::plural(stats.rows, "row"), human::count(stats.rejected));
    format!("{objects}, {rows}, {rejected} rejected, {}", human::bytes(report.bytes))
}

fn read_of_export(report: &ExportReport) -> String {
    let (files, rows) = (plural(report.files, "file"), plural(report.rows, "row"));
    let rejected =
        if report.rejected > 0 { format!("{} rejected, ", human::count(report.rejected)) } else { String::new() };
    format!("{files}, {rows}, {rejected}{}", human::bytes(report.bytes))
}

/// What else there is to say of logs.
fn left_out_of_logs(report: &ScanReport) -> Vec<String> {
    let mut said = Vec::new();
    if report.stats.outside_window > 0 {
        said.push(format!("{} outside the window", human::plural(report.stats.outside_window, "row")));
    }
    if report.remembered > 0 {
        let is_all = report.read.len() as u64 == report.remembered;
        let count = if is_all { "all".to_owned() } else { human::count(report.remembered) };
        said.push(format!("{count} from memory"));
    }
    let pruned = report.pruned.difference(&report.read).count() as u64 + report.pruned_unlisted;
    if pruned > 0 {
        said.push(format!("{} pruned by name", human::plural(pruned, "object")));
    }
    if !report.skipped.is_empty() {
        said.push(format!("skipped {}", skipped(&report.skipped)));
    }
    said
}

fn left_out_of_export(report: &ExportReport) -> Option<String> {
    let pruned = [(report.pruned_folders, "folder"), (report.pruned, "file")];
    let pruned: Vec<String> =
        pruned.into_iter().filter(|(count, _)| *count > 0).map(|(count, noun)| plural(count, noun)).collect();
    (!pruned.is_empty()).then(|| format!("pruned {} by name", pruned.join(" and ")))
}

/// `3 objects (2 test objects, 1 nlb)`
pub(in crate::cli) fn skipped(skipped: &BTreeMap<SkipReason, u64>) -> String {
    format!("{} ({})", human::plural(skipped.values().sum(), "object"), reasons(skipped))
}

/// `2 test objects, 1 nlb`
pub(in crate::cli) fn reasons(skipped: &BTreeMap<SkipReason, u64>) -> String {
    let counted = |(reason, count): (&SkipReason, &u64)| format!("{} {}", human::count(*count), reason.counted(*count));
    skipped.iter().map(counted).collect::<Vec<_>>().join(", ")
}

/// Why there is nothing to read, although everything named exists; `otherwise` helps if it is not the window, or is empty.
pub(in crate::cli) fn nothing_to_read(places: &[Place], report: &ScanReport, otherwise: &str) -> Message {
    let from: Vec<String> = places.iter().map(|place| Shown(&place.from).to_string()).collect();
    if from.is_empty() {
        return Message::new("the export or live store holds nothing yet");
    }
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
    let hint = if is_window {
        "an earlier --since, or a later --until; AWS delivers logs a few minutes late"
    } else {
        otherwise
    };
    let named = report.incomplete.iter().take(NAMED);
    let message = named.fold(Message::new(text), |told, problem| {
        told.below(problem.message.clone().after(format_args!("{}: ", problem.object)))
    });
    message.hint_if((!hint.is_empty()).then_some(hint))
}
