//! What is true of the failures of one family in one group during a burst, or outside of bursts. Facts only: what they
//! are likely to come from is decided in `judge`.

use std::collections::BTreeMap;
use std::ops::Range;

use super::bars::{Bars, FEW, as_number, bursts};
use super::group::{Cause, Group};
use super::measure::sums;
use super::rules::Family;
use crate::report::pods::Pod;

/// The failures that are judged together.
#[derive(Debug, Clone)]
pub(super) struct Facts<'g> {
    pub(super) group: &'g Group,
    pub(super) bars: Bars,
    pub(super) family: Family,
    /// How they lie in the window.
    pub(super) shape: Shape,
    /// The bars they lie in: of a burst a range, else all that no burst lies in.
    pub(super) within: Vec<bool>,
    /// Times of the first and the last failure, microseconds since the epoch.
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) failures: u64,
    /// All requests in these bars.
    pub(super) requests: u64,
    /// Failures of each cause, most first.
    pub(super) causes: Vec<(&'g Cause, u64)>,
    /// Every target that had requests in these bars, most failures first.
    pub(super) targets: Vec<Share<'g>>,
    /// Targets that had none then, and had some before or after.
    pub(super) absent: Vec<Share<'g>>,
}

/// How failures lie in the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Too few to conclude anything.
    Few,
    /// Here and there, no more at one time than at others.
    Steady,
    Burst(Edges),
}

/// Whether the begin and the end of a burst are in the logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edges {
    /// It was there already where the window begins.
    pub(super) from_start: bool,
    /// It lasts to where the logs end.
    pub(super) ongoing: bool,
}

/// What one target has of it.
#[derive(Debug, Clone)]
pub(super) struct Share<'g> {
    pub(super) name: &'g str,
    /// The pod that had the address.
    pub(super) pod: Option<&'g Pod>,
    /// Place in the group.
    pub(super) index: usize,
    pub(super) requests: u64,
    pub(super) failures: u64,
    /// Times of its first and last failure; 0 without any.
    pub(super) first_failure: i64,
    pub(super) last_failure: i64,
    /// First and last bar of the whole window in which it had requests.
    pub(super) alive: Range<usize>,
}

impl<'g> Facts<'g> {
    /// What is to be judged in a group: every burst of every family, and what is left of a family besides its bursts.
    /// Every failure is in exactly one of them.
    pub(super) fn all(group: &'g Group, bars: Bars) -> Vec<Self> {
        let mut families: Vec<Family> = group.causes.iter().map(|cause| cause.rule.family).collect();
        families.sort_unstable();
        families.dedup();
        families.into_iter().flat_map(|family| Self::of(group, bars, family)).collect()
    }

    fn of(group: &'g Group, bars: Bars, family: Family) -> Vec<Self> {
        let mut by_bar = vec![0; bars.time.count];
        for cause in group.causes.iter().filter(|cause| cause.rule.family == family) {
            for ((_, bar), cell) in &cause.cells {
                by_bar[*bar] += cell.failures;
            }
        }
        let total: u64 = by_bar.iter().sum();
        if total < FEW {
            return Self::within(group, bars, family, Shape::Few, vec![true; bars.time.count]).into_iter().collect();
        }
        let found = bursts(&by_bar, &group.traffic);
        let mut rest = vec![true; bars.time.count];
        let mut all = Vec::new();
        for burst in found {
            rest[burst.clone()].fill(false);
            let edges = Edges { from_start: false, ongoing: is_ongoing(&burst, group, bars) };
            let within = (0..bars.time.count).map(|bar| burst.contains(&bar)).collect();
            let mut facts = Self::within(group, bars, family, Shape::Burst(edges), within);
            if let Some(facts) = &mut facts {
                facts.shape = Shape::Burst(Edges { from_start: facts.is_from_start(), ..edges });
            }
            all.extend(facts);
        }
        if let Some(mut besides) = Self::within(group, bars, family, Shape::Steady, rest) {
            if besides.failures < FEW {
                besides.shape = Shape::Few;
            }
            all.push(besides);
        }
        all
    }

    fn within(group: &'g Group, bars: Bars, family: Family, shape: Shape, within: Vec<bool>) -> Option<Self> {
        let sum =
            |counts: &[u64]| counts.iter().zip(&within).filter(|(_, within)| **within).map(|(count, _)| count).sum();
        let mut targets: Vec<Share<'g>> = group
            .targets
            .iter()
            .enumerate()
            .map(|(index, target)| Share {
                name: &target.name,
                pod: target.pod.as_ref(),
                index,
                requests: sum(&target.requests),
                failures: 0,
                first_failure: 0,
                last_failure: 0,
                alive: bars.of(target.first)..bars.of(target.last),
            })
            .collect();
        let (mut first, mut last) = (i64::MAX, i64::MIN);
        let mut causes: BTreeMap<usize, u64> = BTreeMap::new();
        for (place, cause) in group.causes.iter().enumerate().filter(|(_, cause)| cause.rule.family == family) {
            for ((target, _), cell) in cause.cells.iter().filter(|((_, bar), _)| within[*bar]) {
                first = first.min(cell.first);
                last = last.max(cell.last);
                *causes.entry(place).or_default() += cell.failures;
                if let Some(index) = target {
                    targets[*index].add(cell.failures, cell.first, cell.last);
                }
            }
        }
        let failures = causes.values().sum();
        if failures == 0 {
            return None;
        }
        let absent = targets.extract_if(.., |share| share.requests == 0).collect();
        targets.sort_by_key(|share| std::cmp::Reverse(share.failures));
        let mut causes: Vec<(&Cause, u64)> =
            causes.into_iter().map(|(place, failures)| (&group.causes[place], failures)).collect();
        causes.sort_by_key(|(_, failures)| std::cmp::Reverse(*failures));
        let requests = sum(&group.requests);
        Some(Self { group, bars, family, shape, within, first, last, failures, requests, causes, targets, absent })
    }

    /// Whether it was there where the logs of the window begin: in their first bar, and its first failure came no later than
    /// its failures came after each other.
    fn is_from_start(&self) -> bool {
        const GAPS: i64 = 5;
        let between = self.last.saturating_sub(self.first) / i64::try_from(self.failures).unwrap_or(i64::MAX).max(1);
        let late = self.first.saturating_sub(self.bars.begin);
        self.range().start <= self.bars.of(self.bars.begin) && late <= between.saturating_mul(GAPS)
    }

    /// The part, 0 to 1, of the requests of its bars that came while the failures did, if they come evenly: where a burst begins
    /// and ends within a bar, the rest of that bar is none of it.
    pub(super) fn covered(&self) -> f64 {
        let range = self.range();
        let bars = self.bars.time.begin(range.start)..self.bars.time.begin(range.end);
        if !self.is_burst() || bars.is_empty() {
            return 1.0;
        }
        // It began some time before its first failure, and ended as long after the last one.
        let lasted = self.last.saturating_sub(self.first);
        let between = lasted / i64::try_from(self.failures.saturating_sub(1)).unwrap_or(i64::MAX).max(1);
        let (start, end) = (self.first.saturating_sub(between), self.last.saturating_add(between));
        let inside = end.min(bars.end).saturating_sub(start.max(bars.start));
        #[expect(clippy::cast_precision_loss, reason = "times within a window")]
        let part = inside as f64 / bars.end.saturating_sub(bars.start) as f64;
        if part > 0.0 { part } else { 1.0 }
    }

    /// The failing part of requests of its bars, of those that came while the failures did.
    pub(super) fn rate(&self, failures: u64, requests: f64) -> f64 {
        let failures = as_number(failures);
        if failures == 0.0 { 0.0 } else { failures / (requests * self.covered()).max(failures) }
    }

    /// The same of the requests of some targets.
    pub(super) fn rate_of(&self, shares: &[Share<'_>]) -> f64 {
        let (failures, requests) = sums(shares);
        self.rate(failures, as_number(requests))
    }

    /// The part of the failures, 0 to 1, that these rules have.
    pub(super) fn part(&self, rules: &[&str]) -> f64 {
        let theirs = self.causes.iter().filter(|(cause, _)| rules.contains(&cause.rule.id));
        as_number(theirs.map(|(_, failures)| failures).sum()) / as_number(self.failures)
    }

    /// The rules, most failures first, each once.
    pub(super) fn rules(&self) -> Vec<&'static str> {
        let mut rules = Vec::new();
        for (cause, _) in &self.causes {
            if !rules.contains(&cause.rule.id) {
                rules.push(cause.rule.id);
            }
        }
        rules
    }

    /// The cause that most failures have.
    pub(super) fn main_cause(&self) -> &'g Cause {
        self.causes[0].0
    }

    /// First and last bar.
    pub(super) fn range(&self) -> Range<usize> {
        let first = self.within.iter().position(|within| *within).unwrap_or(0);
        first..self.within.iter().rposition(|within| *within).map_or(first, |last| last + 1)
    }

    /// How many targets get requests in these bars: at least a tenth of what the one with most gets.
    pub(super) fn active(&self) -> usize {
        let most = self.targets.iter().map(|share| share.requests).max().unwrap_or(0);
        self.targets.iter().filter(|share| share.requests * 10 >= most).count()
    }

    /// How many targets had requests shortly before these bars: those of an earlier deployment are gone for good.
    pub(super) fn before(&self) -> usize {
        const SHORTLY: usize = 6;
        let start = self.range().start;
        let was_there = |share: &&Share<'_>| share.alive.start < start && share.alive.end + SHORTLY >= start;
        self.targets.iter().chain(&self.absent).filter(was_there).count()
    }

    /// Whether half of those that had requests shortly before get none now.
    pub(super) fn are_few_left(&self) -> bool {
        self.active() * 2 <= self.before()
    }

    /// Whether they are as few as those that nobody is called for, all through the window.
    pub(super) fn is_everyday(&self) -> bool {
        const ONE_IN: u64 = 100;
        !self.is_burst() && self.failures.saturating_mul(ONE_IN) < self.requests
    }

    /// Whether they stand out in the window.
    pub(super) fn is_burst(&self) -> bool {
        matches!(self.shape, Shape::Burst(_))
    }
}

impl Share<'_> {
    fn add(&mut self, failures: u64, first: i64, last: i64) {
        if self.failures == 0 {
            (self.first_failure, self.last_failure) = (first, last);
        }
        self.failures += failures;
        self.first_failure = self.first_failure.min(first);
        self.last_failure = self.last_failure.max(last);
    }
}

/// Whether a burst is ongoing: nothing shows that it ended, for no bar after it that the logs have had requests.
fn is_ongoing(burst: &Range<usize>, group: &Group, bars: Bars) -> bool {
    let known = bars.delivered.max(burst.end);
    group.traffic[burst.end..known].iter().all(|requests| *requests == 0)
}
