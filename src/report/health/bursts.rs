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
/// So many times the usual are one.
const TIMES: u64 = 4;

/// The largest burst. `bars` are in order of time, bars without any may be missing; `all` is how many bars the window has,
/// `step` how long one is.
pub(super) fn largest(bars: &[Bar], all: usize, step: i64) -> Option<Burst> {
    let mut counts: Vec<u64> = bars.iter().map(|bar| bar.count).collect();
    counts.resize(counts.len().max(all), 0);
    counts.sort_unstable();
    // The lower of the middle two.
    let usual = *counts.get(counts.len().checked_sub(1)? / 2)?;
    let is_high = |bar: &Bar| bar.count >= FEWEST_OF_BAR.max(usual.saturating_mul(TIMES));
    let mut bursts: Vec<Burst> = Vec::new();
    let mut last_begin = None;
    for bar in bars.iter().filter(|bar| is_high(bar)) {
        let (from, to) = (bar.first.unwrap_or(bar.begin), bar.last.unwrap_or(bar.begin));
        // One bar that is not high does not end it.
        let goes_on = last_begin.is_some_and(|begin: i64| bar.begin.saturating_sub(begin) <= step.saturating_mul(2));
        match bursts.last_mut().filter(|_| goes_on) {
            Some(burst) => {
                burst.to = to;
                burst.count += bar.count;
            }
            None => bursts.push(Burst { from, to, count: bar.count }),
        }
        last_begin = Some(bar.begin);
    }
    // Of equals, the first.
    bursts.into_iter().filter(|burst| burst.count >= FEWEST).rev().max_by_key(|burst| burst.count)
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
        assert_eq!(
            of(&[0, 0, 2, 2, 2, 0, 0, 0]),
            Some((2 * STEP + 7, 4 * STEP + 50, 6)),
            "few, but one after the other"
        );
        assert_eq!(of(&[0, 0, 9, 1, 9, 0, 0, 0]), Some((2 * STEP + 7, 4 * STEP + 50, 18)), "one quiet bar is no end");
        assert_eq!(of(&[5, 0, 0, 0, 0, 6, 0, 0, 0]), Some((5 * STEP + 7, 5 * STEP + 50, 6)), "the larger one");
        assert_eq!(of(&[6, 0, 0, 0, 0, 6, 0, 0, 0]), Some((7, 50, 6)), "the first one of equals");
    }

    #[test]
    fn what_is_usual_is_none() {
        assert_eq!(of(&[0, 1, 2, 0, 1, 0]), None);
        assert_eq!(of(&[0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 0, 0, 0]), None);
        assert_eq!(of(&[0, 0, 0, 4, 0, 0]), None);
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
