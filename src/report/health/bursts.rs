//! When something that happens now and then happened a lot: bursts in counts over time. Pure.
//!
//! A few failures are always there, so that the first one of a window tells nothing. A burst is a run of bars in which
//! there were by far more than in the rest of the window.

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

/// Fewer than this are no burst.
const FEWEST: u64 = 5;
/// A burst has at least so many times the rate of the rest of the window.
const TIMES: f64 = 3.0;
/// How much likelier than an even rate a burst must make what was seen, as a logarithm: e^8 is about 3000 times, which pays
/// for having looked at all the intervals there are.
const LIKELIER: f64 = 8.0;
/// Bars with any that are looked at one by one; of more, several are taken together.
const MOST_BARS: usize = 1500;

/// The burst that stands out most. `bars` are in order of time, bars without any may be missing; `all` is how many bars the
/// window has, `step` how long one is.
///
/// Of all intervals, it is the one for which a rate of its own and another outside explain the counts best, against one
/// rate for all: Kulldorff's scan statistic, <https://doi.org/10.1080/03610929708831995>.
pub(super) fn largest(bars: &[Bar], all: usize, step: i64) -> Option<Burst> {
    if bars.len() > MOST_BARS {
        let (bars, all) = wider_bars(bars, all, step.saturating_mul(2));
        return largest(&bars, all, step.saturating_mul(2));
    }
    let total: u64 = bars.iter().map(|bar| bar.count).sum();
    let all = all.max(bars.len());
    let mut best: Option<(f64, usize, usize)> = None;
    for (start, first) in bars.iter().enumerate() {
        let mut count = 0;
        for (end, last) in bars.iter().enumerate().skip(start) {
            count += last.count;
            let length = last.begin.saturating_sub(first.begin) / step.max(1) + 1;
            let found = Interval { count, length: float(length.unsigned_abs()), total, all: float(all as u64) };
            let score = found.score();
            if found.stands_out() && score >= LIKELIER && best.is_none_or(|(most, ..)| score > most) {
                best = Some((score, start, end));
            }
        }
    }
    let (_, start, end) = best?;
    let bars = widened(bars, start, end, total, all, step);
    let (first, last) = (bars.first()?, bars.last()?);
    Some(Burst {
        from: first.first.unwrap_or(first.begin),
        to: last.last.unwrap_or(last.begin),
        count: bars.iter().map(|bar| bar.count).sum(),
    })
}

/// Counts inside of an interval and in the whole window; lengths in bars.
struct Interval {
    count: u64,
    length: f64,
    total: u64,
    all: f64,
}

impl Interval {
    /// How much likelier two rates make the counts than one, as a logarithm.
    fn score(&self) -> f64 {
        let (inside, outside) = (float(self.count), float(self.total - self.count));
        let expected = float(self.total) * (self.length / self.all).min(1.0);
        let part = |count: f64, expected: f64| if count > 0.0 { count * (count / expected).ln() } else { 0.0 };
        part(inside, expected) + part(outside, float(self.total) - expected)
    }

    /// Whether its rate is by far higher than that of the rest.
    fn stands_out(&self) -> bool {
        let rest = self.all - self.length;
        let outside = float(self.total - self.count);
        self.count >= FEWEST && rest > 0.0 && float(self.count) * rest >= TIMES * outside * self.length
    }
}

/// The bars from `start` to `end`, and those beside them in which it began late or ended early.
fn widened(bars: &[Bar], start: usize, end: usize, total: u64, all: usize, step: i64) -> &[Bar] {
    let inside: u64 = bars[start..=end].iter().map(|bar| bar.count).sum();
    let length = (bars[end].begin - bars[start].begin) / step.max(1) + 1;
    let outside = float(total - inside) / (float(all as u64) - float(length.unsigned_abs())).max(1.0);
    let belongs = |bar: &Bar, to: &Bar| {
        bar.begin.abs_diff(to.begin) <= step.unsigned_abs() && bar.count > 1 && float(bar.count) > TIMES * outside
    };
    let before = start.checked_sub(1).filter(|before| belongs(&bars[*before], &bars[start]));
    let after = bars.get(end + 1).filter(|after| belongs(after, &bars[end])).map(|_| end + 1);
    &bars[before.unwrap_or(start)..=after.unwrap_or(end)]
}

/// Bars of a greater length.
fn wider_bars(bars: &[Bar], all: usize, step: i64) -> (Vec<Bar>, usize) {
    let mut wide: Vec<Bar> = Vec::new();
    for bar in bars {
        let begin = bar.begin.div_euclid(step.max(1)) * step.max(1);
        match wide.last_mut().filter(|wide| wide.begin == begin) {
            Some(wide) => {
                wide.count += bar.count;
                wide.last = wide.last.max(bar.last);
            }
            None => wide.push(Bar { begin, ..*bar }),
        }
    }
    (wide, all.div_ceil(2) + 1)
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
fn float(count: u64) -> f64 {
    count as f64
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
        assert_eq!(of(&[0, 0, 9, 1, 9, 0, 0, 0]), Some((2 * STEP + 7, 4 * STEP + 50, 19)), "one quiet bar is no end");
        assert_eq!(of(&[50, 0, 0, 0, 0, 60, 0, 0, 0]), Some((5 * STEP + 7, 5 * STEP + 50, 60)), "the larger one");
        assert_eq!(of(&[60, 0, 0, 0, 0, 60, 0, 0, 0]), Some((7, 50, 60)), "the first one of equals");
        let mut bars = [0; 30];
        bars[12..18].copy_from_slice(&[1, 1, 2, 1, 1, 1]);
        assert_eq!(of(&bars), Some((12 * STEP + 7, 17 * STEP + 50, 7)), "few, but one after the other");
        bars[12..18].copy_from_slice(&[1, 0, 0, 0, 13, 0]);
        assert_eq!(of(&bars), Some((16 * STEP + 7, 16 * STEP + 50, 13)), "what was before was something else");
        bars[12..18].copy_from_slice(&[0, 3, 40, 0, 0, 0]);
        assert_eq!(of(&bars), Some((13 * STEP + 7, 14 * STEP + 50, 43)), "it began late in a bar");
        bars[6..].fill(60);
        assert_eq!(of(&bars), Some((6 * STEP + 7, 29 * STEP + 50, 1440)), "most of the window");
    }

    #[test]
    fn what_is_usual_is_none() {
        assert_eq!(of(&[0, 1, 2, 0, 1, 0]), None);
        assert_eq!(of(&[0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 0, 0, 0]), None);
        assert_eq!(of(&[0, 0, 0, 4, 0, 0]), None);
        assert_eq!(of(&[0, 3, 2, 0, 0, 1]), None, "by chance");
        assert_eq!(of(&[900, 800, 900, 1000, 900]), None, "always so");
        assert_eq!(of(&[100, 120, 150, 180, 200, 180, 150]), None, "as traffic goes");
        assert_eq!(of(&[90]), None, "nothing to compare with");
        assert_eq!(of(&[]), None);
        assert_eq!(largest(&[], 10, STEP), None);
    }

    #[test]
    fn many_bars_are_taken_together() {
        let mut counts = vec![1; 4000];
        counts[1000..1100].fill(50);
        let found = largest(&bars(&counts), counts.len(), STEP).unwrap();
        assert!((980..=1000).contains(&(found.from / STEP)) && (1099..=1120).contains(&(found.to / STEP)), "{found:?}");
        assert!(found.count >= 5000);
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
