//! Failures over time, by what they come from.

use std::collections::BTreeMap;

use super::bars::{Bars, as_number};
use super::group::{Cause, Group};
use super::rows::Context;
use super::tables::plural;
use crate::base::counts::tally;
use crate::output::document::{Chart, Point, Series, Unit};

/// Rules that have a line of their own; the others have one together.
const LINES: usize = 5;

/// A line a rule, most failures first; of one rule as a finding among others. Where services fail, what clients are refused
/// is left out.
pub(super) fn of(groups: &[Group], bars: Bars, context: &Context, status: Option<i64>) -> Chart {
    let is_of_service = |cause: &&Cause| cause.status >= 500 || matches!(cause.status, 0 | 460);
    let every = || groups.iter().flat_map(|group| &group.causes);
    // What clients are refused would hide what services do.
    let only_service = every().any(|cause| is_of_service(&cause)) && !every().all(|cause| is_of_service(&cause));
    let causes = || every().filter(move |cause| !only_service || is_of_service(cause));
    let rules: Vec<&str> =
        tally(causes().map(|cause| (cause.rule.id, cause.failures))).into_iter().map(|(rule, _)| rule).collect();
    let step = length(bars.time.step);
    let has_others = rules.len() > LINES + 1;
    let named = if has_others { LINES } else { rules.len() };
    let mut lines: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    for cause in causes() {
        let line = rules.iter().position(|rule| *rule == cause.rule.id).unwrap_or(named).min(named);
        count(cause, lines.entry(line).or_insert_with(|| vec![0; bars.time.count]));
    }
    let name = |line: usize| match line {
        _ if rules.len() == 1 => format!("/{step}"),
        line if line == named => format!("{} others", rules.len() - named),
        line => rules[line].to_owned(),
    };
    let series = lines.iter().map(|(line, counts)| Series {
        name: name(*line),
        points: counts.iter().enumerate().map(|(bar, count)| point(bar, *count, bars, context)).collect(),
    });
    Chart {
        title: format!("{} per {step}", if only_service { "5xx, 460 and 000".to_owned() } else { plural(status) }),
        start: bars.time.start,
        step: bars.time.step,
        unit: Unit::Count,
        series: series.collect(),
        marks: Vec::new(),
    }
}

fn count(cause: &Cause, counts: &mut [u64]) {
    for ((_, bar), cell) in &cause.cells {
        counts[*bar] += cell.failures;
    }
}

fn point(bar: usize, count: u64, bars: Bars, context: &Context) -> Point {
    if bars.time.is_delivered(bar, context.delivered_to) { Point::Value(as_number(count)) } else { Point::NotDelivered }
}

/// `min`, `5 min`, `h`
pub(super) fn length(step: i64) -> String {
    let seconds = step / 1_000_000;
    let (number, unit) = match seconds {
        _ if seconds % 86_400 == 0 => (seconds / 86_400, "day"),
        _ if seconds % 3_600 == 0 => (seconds / 3_600, "h"),
        _ if seconds % 60 == 0 => (seconds / 60, "min"),
        _ => (seconds, "s"),
    };
    if number == 1 { unit.to_owned() } else { format!("{number} {unit}") }
}
