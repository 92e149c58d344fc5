//! When something that happens now and then happened a lot: bursts in counts over time. Pure.
//!
//! A few failures are always there, so that the first one of a window tells nothing. A burst is a run of bars that stand
//! out from what is usual in the window.

/// A bar: when it begins, how many, and when the first and the last of them were. Times in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) begin: i64,
    pub(super) count: u64,
    pub(super) first: Option<i64>,
    pub(super) last: Option<i64>,
}

/// A time in which it happened a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Burst {
    /// Time of its first one.
    pub(super) from: i64,
    /// Time of its last one.
    pub(super) to: i64,
    pub(super) count: u64,
}

/// A bar of fewer does not stand out, however few are usual.
const FEWEST_OF_BAR: u64 = 2;
/// Fewer than this are no burst.
const FEWEST: u64 = 5;
/// So many times the usual stand out.
const TIMES: u64 = 4;

/// The largest burst. `bars` are in order of time, bars without any may be missing; `all` is how many bars the window has,
/// `step` how long one is.
pub(super) fn largest(bars: &[Bar], all: usize, step: i64) -> Option<Burst> {
    let (usual, high) = usual_and_high(bars, all)?;
    // First and last bar of each run of high ones.
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (index, bar) in bars.iter().enumerate().filter(|(_, bar)| bar.count >= high) {
        match runs.last_mut().filter(|(_, end)| goes_on(&bars[*end], bar, step)) {
            Some((_, end)) => *end = index,
            None => runs.push((index, index)),
        }
    }
    let bursts = runs.into_iter().filter_map(|(start, end)| {
        let run = widened(bars, start, end, usual, step);
        let (first, last) = (run.first()?, run.last()?);
        let count = run.iter().map(|bar| bar.count).sum();
        Some(Burst { from: first.first.unwrap_or(first.begin), to: last.last.unwrap_or(last.begin), count })
    });
    let bursts: Vec<Burst> = bursts.filter(|burst| burst.count >= FEWEST).collect();
    // Of equals, the first.
    bursts.into_iter().rev().max_by_key(|burst| burst.count)
}

/// The count of a usual bar, and from which count on one stands out: by far more than usual, and by more than chance does
/// to counts of this size (three times the square root of the mean).
fn usual_and_high(bars: &[Bar], all: usize) -> Option<(u64, u64)> {
    let mut counts: Vec<u64> = bars.iter().map(|bar| bar.count).collect();
    counts.resize(counts.len().max(all), 0);
    counts.sort_unstable();
    // The lower of the middle two.
    let usual = *counts.get(counts.len().checked_sub(1)? / 2)?;
    let (sum, bars) = (counts.iter().sum::<u64>(), counts.len() as u64);
    let by_chance = sum.div_ceil(bars) + (sum.saturating_mul(9) / bars).isqrt();
    Some((usual, FEWEST_OF_BAR.max(usual.saturating_mul(TIMES)).max(by_chance)))
}

/// Whether a bar belongs to the burst of the one before: it follows, or one bar is between them and they are alike.
fn goes_on(before: &Bar, bar: &Bar, step: i64) -> bool {
    let (less, more) = (before.count.min(bar.count), before.count.max(bar.count));
    match bar.begin.saturating_sub(before.begin) {
        apart if apart <= step => true,
        apart => apart <= step.saturating_mul(2) && less.saturating_mul(TIMES) >= more,
    }
}

/// The bars from `start` to `end`, and those beside them in which it began and ended.
fn widened(bars: &[Bar], start: usize, end: usize, usual: u64, step: i64) -> &[Bar] {
    let belongs = |bar: &Bar, to: &Bar| {
        bar.begin.abs_diff(to.begin) <= step.unsigned_abs() && bar.count > usual.saturating_mul(2) + 1
    };
    let before = start.checked_sub(1).filter(|before| belongs(&bars[*before], &bars[start]));
    let after = bars.get(end + 1).filter(|after| belongs(after, &bars[end])).map(|_| end + 1);
    &bars[before.unwrap_or(start)..=after.unwrap_or(end)]
}

impl Burst {
    /// Whether the two are of about the same time: they overlap, or less than `slack` microseconds lie between.
    pub(super) fn is_beside(&self, other: &Self, slack: i64) -> bool {
        self.from <= other.to.saturating_add(slack) && other.from <= self.to.saturating_add(slack)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: i64 = 60;

    fn bars(counts: &[u64]) -> Vec<Bar> {
        let bar = |(index, count): (i64, &u64)| Bar {
            begin: index * STEP,
            count: *count,
            first: Some(index * STEP + 7),
            last: Some(index * STEP + 50),
        };
        (0..).zip(counts).map(bar).filter(|bar| bar.count > 0).collect()
    }

    fn of(counts: &[u64]) -> Option<(i64, i64, u64)> {
        largest(&bars(counts), counts.len(), STEP).map(|burst| (burst.from, burst.to, burst.count))
    }

    #[test]
    fn what_stands_out_is_a_burst() {
        assert_eq!(of(&[0, 1, 0, 0, 9, 12, 3, 0, 1, 0]), Some((4 * STEP + 7, 6 * STEP + 50, 24)));
        let mut few = [0; 30];
        few[12..15].fill(2);
        assert_eq!(of(&few), Some((12 * STEP + 7, 14 * STEP + 50, 6)), "few, but one after the other");
        few[12..15].copy_from_slice(&[3, 0, 13]);
        assert_eq!(of(&few), Some((14 * STEP + 7, 14 * STEP + 50, 13)), "what was before was something else");
        few[12..15].copy_from_slice(&[0, 3, 40]);
        assert_eq!(of(&few), Some((13 * STEP + 7, 14 * STEP + 50, 43)), "it began late in a bar");
        assert_eq!(of(&[0, 0, 9, 1, 9, 0, 0, 0]), Some((2 * STEP + 7, 4 * STEP + 50, 19)), "one quiet bar is no end");
        assert_eq!(of(&[5, 0, 0, 0, 0, 6, 0, 0, 0]), Some((5 * STEP + 7, 5 * STEP + 50, 6)), "the larger one");
        assert_eq!(of(&[6, 0, 0, 0, 0, 6, 0, 0, 0]), Some((7, 50, 6)), "the first one of equals");
    }

    #[test]
    fn what_is_usual_is_none() {
        assert_eq!(of(&[0, 1, 2, 0, 1, 0]), None);
        assert_eq!(of(&[0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 0, 0, 0]), None);
        assert_eq!(of(&[0, 0, 0, 4, 0, 0]), None);
        assert_eq!(of(&[0, 3, 2, 0, 0, 1]), None, "by chance");
        assert_eq!(of(&[9, 8, 9, 10, 9]), None, "always so");
        assert_eq!(of(&[]), None);
        assert_eq!(largest(&[], 10, STEP), None);
    }

    #[test]
    fn bursts_of_the_same_time_belong_together() {
        let burst = |from, to| Burst { from, to, count: 1 };
        assert!(burst(100, 200).is_beside(&burst(150, 400), 0));
        assert!(burst(100, 200).is_beside(&burst(260, 400), 60));
        assert!(!burst(100, 200).is_beside(&burst(261, 400), 60));
        assert!(burst(261, 400).is_beside(&burst(100, 201), 60));
    }
}
