//! The counts as a screen for people: a line per load balancer, the largest first. Pure: counts in, text out.

use std::collections::BTreeSet;
use std::ops::Range;

use alblog::time::MINUTE;

use super::cost;
use super::summary::Summary;
use super::table::Table;
use super::verify::State;
use crate::base::clock::to_the_minute;
use crate::base::counts::most_first;
use crate::output::{harmless, human, width};

/// What is wider than this is broken where the width is not known.
const WIDEST: usize = 100;
/// Between two columns.
pub(super) const GAP: &str = "  ";

/// What a screen says beside the counts.
#[derive(Debug, Clone)]
pub struct Heading {
    /// `prod = s3://acme-alb-logs`
    pub source: String,
    /// The time of the bars, if it is known.
    pub span: Option<Range<i64>>,
    /// How long after the window objects are read, too; microseconds.
    pub margin: i64,
    /// The next thing to type.
    pub next: String,
}

/// The screen, fitted to this width; without one no name is cut.
pub fn screen(summary: &Summary, heading: &Heading, all: bool, width: Option<usize>) -> String {
    let limit = width.unwrap_or(WIDEST);
    let mut lines = joined(&head(summary, heading), limit);
    lines.push(String::new());
    if summary.load_balancers.is_empty() {
        lines.push(format!("{GAP}no logs of Application Load Balancers"));
        lines.extend(skipped(summary).map(|skipped| format!("{GAP}{skipped}")));
        return lines.join("\n") + "\n";
    }
    lines.extend(Table::fitted(summary, heading, all, width).lines(summary, limit));
    lines.push(String::new());
    let reasons = super::reasons::lines(summary, limit);
    if !reasons.is_empty() {
        lines.extend(reasons);
        lines.push(String::new());
    }
    let end = heading.span.as_ref().map_or(i64::MAX, |span| span.end);
    let late: u64 = summary.total().ends.iter().filter(|(then, _)| **then > end).map(|(_, count)| count).sum();
    if late > 0 {
        let (late, minutes) = (human::plural(late, "object"), heading.margin / MINUTE);
        lines.push(format!("counts {late} of the {minutes} min after the window, for rows that come late"));
    }
    let (objects, bytes) = summary.remote;
    if objects > 0 {
        lines.extend(joined(&cost::to_read(objects, bytes), limit));
    }
    lines.push(format!("next: {}{}", heading.next, exit(summary)));
    lines.join("\n") + "\n"
}

/// Why the program ends with 1, if it does: `    (exit 1: 1 silent, 2 off)`
fn exit(summary: &Summary) -> String {
    let counted = [(State::Silent, "silent"), (State::Off, "off")].map(|(state, name)| (summary.in_state(state), name));
    let counted = counted.into_iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}"));
    let counted = counted.collect::<Vec<_>>().join(", ");
    if counted.is_empty() { counted } else { format!("    (exit 1: {counted})") }
}

/// Where, whose and when.
fn head(summary: &Summary, heading: &Heading) -> Vec<String> {
    let accounts = summary.distinct(|owner| &owner.account);
    let regions = summary.distinct(|owner| &owner.region);
    let owners = [one_or(&accounts, "account", "account "), one_or(&regions, "region", "")];
    let owners: Vec<String> = owners.into_iter().flatten().collect();
    let mut head = vec![harmless(&heading.source).into_owned()];
    head.extend((!owners.is_empty()).then(|| owners.join(", ")));
    let moments = |span: &Range<i64>| format!("{} – {} UTC", to_the_minute(span.start), to_the_minute(span.end));
    head.extend(heading.span.as_ref().map(moments));
    head
}

/// `3 accounts`, or the name of the only one.
fn one_or(names: &BTreeSet<&str>, noun: &str, before: &str) -> Option<String> {
    match names.len() {
        0 => None,
        1 => names.first().map(|name| format!("{before}{}", harmless(name))),
        several => Some(human::plural(several as u64, noun)),
    }
}

/// Parts with dots between them, on as many lines as they need.
fn joined(parts: &[String], limit: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if width(line) + 3 + width(part) <= limit => {
                line.push_str(" · ");
                line.push_str(part);
            }
            Some(_) => lines.push(format!("{GAP}· {part}")),
            None => lines.push(part.clone()),
        }
    }
    lines
}

/// `skipped 9,412 nlb, 3 test`
pub(super) fn skipped(summary: &Summary) -> Option<String> {
    let reasons = most_first(summary.skipped.iter().map(|(reason, count)| (*reason, *count)));
    let reasons = reasons.into_iter().map(|(reason, count)| {
        // `object` is what everything here is.
        format!("{} {}", human::count(count), reason.to_string().trim_end_matches(" object"))
    });
    let reasons = reasons.collect::<Vec<_>>().join(", ");
    (!reasons.is_empty()).then(|| format!("skipped {reasons}"))
}

#[cfg(test)]
mod tests;
