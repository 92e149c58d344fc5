//! The counts as a document for people: a line per load balancer, the largest first. Pure: counts in, document out.

use std::collections::BTreeSet;
use std::ops::Range;

use alblog::time::MINUTE;

use super::heading::Heading;
use super::summary::Summary;
use super::verify::State;
use super::{cost, reasons, table};
use crate::base::clock::to_the_minute;
use crate::output::document::{Block, Document, Head, Next, Note};
use crate::output::human;

/// Everything that is said of the counts. Of many load balancers only the first are shown, unless `all` are.
pub fn document(summary: &Summary, heading: &Heading, all: bool) -> Document {
    let mut blocks = vec![Block::Table(table::table(summary, heading, all))];
    blocks.push(Block::Findings(reasons::findings(summary)));
    blocks.push(Block::Notes(notes(summary, heading)));
    // What says nothing is no block.
    blocks.retain(|block| match block {
        Block::Findings(findings) => !findings.is_empty(),
        Block::Notes(notes) => !notes.is_empty(),
        Block::Heading(_) | Block::Table(_) | Block::Chart(_) => true,
    });
    let next = Next::command(heading.next.clone()).because(exit(summary));
    Document {
        title: format!("Objects: {}", heading.source),
        head: Head { lines: vec![head(summary, heading)], warnings: Vec::new() },
        blocks,
        next: if summary.load_balancers.is_empty() { Vec::new() } else { vec![next] },
        ..Document::default()
    }
}

/// What is not counted, what is although it lies outside of the window, and what it takes to read everything.
fn notes(summary: &Summary, heading: &Heading) -> Vec<Note> {
    let note = |label: &str, parts: Vec<String>| Note { label: label.to_owned(), parts };
    let mut notes = Vec::new();
    if !summary.skipped.is_empty() {
        notes.push(note("skipped", skipped(summary)));
    }
    let end = heading.span.as_ref().map_or(i64::MAX, |span| span.end);
    let late: u64 = summary.total().ends.iter().filter(|(then, _)| **then > end).map(|(_, count)| count).sum();
    if late > 0 {
        let (late, minutes) = (human::plural(late, "object"), heading.margin / MINUTE);
        let text = format!("counts {late} of the {minutes} min after the window, for rows that come late");
        notes.push(note("late", vec![text]));
    }
    let (objects, bytes) = summary.remote;
    if objects > 0 {
        notes.push(note("to read", cost::to_read(objects, bytes).to_vec()));
    }
    notes
}

/// Why the program ends with 1, if it does: `exit 1: 1 silent, 2 off`
fn exit(summary: &Summary) -> String {
    let counted = [(State::Silent, "silent"), (State::Off, "off")].map(|(state, name)| (summary.in_state(state), name));
    let counted = counted.into_iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}"));
    let counted = counted.collect::<Vec<_>>().join(", ");
    if counted.is_empty() { counted } else { format!("exit 1: {counted}") }
}

/// Whose and when.
fn head(summary: &Summary, heading: &Heading) -> Vec<String> {
    let accounts = summary.distinct(|owner| &owner.account);
    let regions = summary.distinct(|owner| &owner.region);
    let owners = [one_or(&accounts, "account", "account "), one_or(&regions, "region", "")];
    let owners: Vec<String> = owners.into_iter().flatten().collect();
    let moments = |span: &Range<i64>| format!("{} – {} UTC", to_the_minute(span.start), to_the_minute(span.end));
    let owners = (!owners.is_empty()).then(|| owners.join(", "));
    owners.into_iter().chain(heading.span.as_ref().map(moments)).collect()
}

/// `3 accounts`, or the name of the only one.
fn one_or(names: &BTreeSet<&str>, noun: &str, before: &str) -> Option<String> {
    match names.len() {
        0 => None,
        1 => names.first().map(|name| format!("{before}{name}")),
        several => Some(human::plural(several as u64, noun)),
    }
}

/// `9,412 nlb`, `3 test`
fn skipped(summary: &Summary) -> Vec<String> {
    let mut reasons: Vec<_> = summary.skipped.iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let reasons = reasons.into_iter().map(|(reason, count)| {
        // `object` is what everything here is.
        format!("{} {}", human::count(*count), reason.to_string().trim_end_matches(" object"))
    });
    reasons.collect()
}

#[cfg(test)]
mod tests;
