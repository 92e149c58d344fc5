//! Whether answers became slower: the mean answer time of targets during failures, against the time before (or after).

use std::ops::Range;

use crate::report::why::bars::as_number;
use crate::report::why::facts::Facts;

/// Fewer answers than this are not compared.
const ENOUGH: u64 = 20;
const ENOUGH_OF_A_TARGET: u64 = 5;

/// How answer times changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum LatencyChange {
    /// There is nothing to compare with, or hardly anything was answered.
    Unknown,
    /// No slower.
    No,
    /// Slower.
    Slower(Slower),
}

/// How much slower.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slower {
    /// Mean answer time in the quiet, and during the failures, seconds.
    pub(super) before: f64,
    pub(super) during: f64,
    /// So many targets are slower, of those that can be compared.
    pub(super) targets: usize,
    pub(super) compared: usize,
    /// When it began: the first of the bars that were slow up to the failures.
    pub(super) since: i64,
}

pub(super) fn change(facts: &Facts<'_>) -> LatencyChange {
    let range = facts.range();
    let all = || 0..facts.group.targets.len();
    let quiet = [0..begin_of_rise(facts, range.start), range.end..facts.bars.delivered.max(range.end)]
        .into_iter()
        .find(|bars| facts.is_burst() && answers(facts, all(), bars).0 >= ENOUGH);
    let Some(quiet) = quiet else { return LatencyChange::Unknown };
    let during = answers(facts, all(), &range);
    if during.0 < ENOUGH_OF_A_TARGET {
        return LatencyChange::Unknown;
    }
    let (before, during) = (mean(answers(facts, all(), &quiet)), mean(during));
    if during < 3.0 * before || during - before < 0.05 {
        return LatencyChange::No;
    }
    let (mut targets, mut compared) = (0, 0);
    for share in &facts.targets {
        let of = |bars: &Range<usize>| answers(facts, share.index..share.index + 1, bars);
        let (then, now) = (of(&quiet), of(&range));
        if then.0 >= ENOUGH_OF_A_TARGET && now.0 >= ENOUGH_OF_A_TARGET {
            compared += 1;
            targets += usize::from(mean(now) >= 2.0 * mean(then));
        }
    }
    let since = facts.bars.time.begin(begin_of_rise(facts, range.start));
    LatencyChange::Slower(Slower { before, during, targets, compared, since })
}

/// The first of the bars before the failures that are already twice as slow as what is before them all.
fn begin_of_rise(facts: &Facts<'_>, start: usize) -> usize {
    let of = |bars: &Range<usize>| answers(facts, 0..facts.group.targets.len(), bars);
    let earliest = of(&(0..start.div_ceil(2)));
    if earliest.0 < ENOUGH {
        return start;
    }
    let slow = |bar: &usize| {
        let answers = of(&(*bar..*bar + 1));
        answers.0 >= ENOUGH_OF_A_TARGET && mean(answers) >= 2.0 * mean(earliest)
    };
    (start.div_ceil(2)..start).rev().take_while(slow).last().unwrap_or(start)
}

fn answers(facts: &Facts<'_>, targets: Range<usize>, bars: &Range<usize>) -> (u64, f64) {
    let of_targets = facts.group.targets[targets].iter();
    of_targets
        .flat_map(|target| &target.answers[bars.clone()])
        .fold((0, 0.0), |sum, more| (sum.0 + more.0, sum.1 + more.1))
}

fn mean((count, seconds): (u64, f64)) -> f64 {
    if count == 0 { 0.0 } else { seconds / as_number(count) }
}
