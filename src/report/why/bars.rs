//! Time cut into bars of the same length, and where failures stand out among them.

use std::ops::Range;

use super::rows::{Context, WhyRow};
use crate::report::bars::Bars as TimeBars;
use crate::report::findings::{Direction, bound, surest};

/// More bars than this are joined: a line with a time far away must not make them millions.
const MOST: i64 = 600;

/// The bars of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bars {
    /// Where they begin, how long they are and how many.
    pub(super) time: TimeBars,
    /// From when on there are logs of the window.
    pub(super) begin: i64,
    /// How many of them, from the first, began before the logs end.
    pub(super) delivered: usize,
}

impl Bars {
    /// Bars over the window and every row, also those outside of it.
    pub(super) fn new(rows: &[WhyRow], context: &Context) -> Self {
        let bucket = context.bucket.max(1);
        let buckets = || rows.iter().filter_map(|row| row.bucket);
        let last_of_window = context.window.end.saturating_sub(1).max(context.window.start);
        let first = buckets().min().unwrap_or(i64::MAX).min(context.window.start).div_euclid(bucket);
        let last = buckets().max().unwrap_or(i64::MIN).max(last_of_window).div_euclid(bucket);
        let wanted = last.saturating_sub(first).saturating_add(1);
        let joined = wanted.saturating_add(MOST - 1) / MOST;
        let step = bucket.saturating_mul(joined);
        let start = first.saturating_mul(bucket);
        let place = |time: i64| usize::try_from(time.saturating_sub(start).div_euclid(step)).unwrap_or(0);
        let count = place(last.saturating_mul(bucket)) + 1;
        let delivered =
            if context.delivered_to <= start { 0 } else { (place(context.delivered_to - 1) + 1).min(count) };
        let begin = context.window.start.max(context.delivered_from);
        Self { time: TimeBars { start, step, count }, begin, delivered }
    }

    /// The bar a time lies in, or the nearest one.
    pub(super) fn of(&self, time: i64) -> usize {
        let nearest = if time < self.time.start { 0 } else { self.time.count - 1 };
        self.time.index(time).unwrap_or(nearest)
    }
}

/// Fewer failures than this are no burst, and nothing is concluded from them.
pub(super) const FEW: u64 = 10;

/// Bursts that are looked for in one group and family.
const MOST_BURSTS: usize = 8;
/// The rate of a burst is at least so many times that of the rest.
const TIMES: f64 = 3.0;
/// Of the requests, at least this part lies outside of a burst: without it there is nothing to compare with.
const REST: f64 = 0.05;

/// Where failures stand out of what is usual in the rest of the window, as ranges of bars; empty if they do not.
///
/// A burst is the interval whose rate differs most surely from that of the rest, by more than chance explains for all
/// intervals there are; then the same of what is left. Bursts with little between them are one.
pub(super) fn bursts(failures: &[u64], requests: &[u64]) -> Vec<Range<usize>> {
    let mut counts: Vec<f64> = failures.iter().map(|count| as_number(*count)).collect();
    let mut exposures: Vec<f64> =
        requests.iter().zip(failures).map(|(requests, failures)| as_number(*requests.max(failures))).collect();
    let needed = bound(1, failures.len());
    let mut found: Vec<Range<usize>> = Vec::new();
    for _ in 0..MOST_BURSTS {
        let Some((score, range)) = surest(&counts, &exposures, Direction::More, REST) else { break };
        let sum = |values: &[f64]| (values[range.clone()].iter().sum::<f64>(), values.iter().sum::<f64>());
        let ((count, all), (exposure, of)) = (sum(&counts), sum(&exposures));
        let usual = (all - count) / (of - exposure).max(1.0);
        if score < needed || count < as_number(FEW) || count < TIMES * usual * exposure {
            break;
        }
        counts[range.clone()].fill(0.0);
        exposures[range.clone()].fill(0.0);
        found.push(range);
    }
    found.sort_by_key(|range| range.start);
    let between = (failures.len() / 30).max(2);
    let mut joined: Vec<Range<usize>> = Vec::new();
    for range in found {
        match joined.last_mut().filter(|last| range.start - last.end <= between) {
            Some(last) => last.end = range.end,
            None => joined.push(range),
        }
    }
    let total: u64 = failures.iter().sum();
    joined.retain(|range| failures[range.clone()].iter().sum::<u64>() >= FEW.max(total / 20));
    joined
}

/// As a number; counts of rows are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
pub(super) fn as_number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUCKET: i64 = 60_000_000;

    fn context(window: Range<i64>, delivered_to: i64) -> Context {
        Context { window, delivered_to, bucket: BUCKET, ..Context::default() }
    }

    fn row(bucket: i64) -> WhyRow {
        WhyRow { bucket: Some(bucket), requests: 1, ..WhyRow::default() }
    }

    #[test]
    fn bars_cover_the_window_and_every_row() {
        let bars = Bars::new(&[], &context(90_000_000..330_000_000, 200_000_000));
        assert_eq!(
            bars,
            Bars { time: TimeBars { start: BUCKET, step: BUCKET, count: 5 }, begin: 90_000_000, delivered: 3 }
        );
        assert_eq!((bars.of(0), bars.of(BUCKET), bars.of(2 * BUCKET - 1), bars.of(i64::MAX)), (0, 0, 0, 4));
        assert_eq!(bars.time.begin(2), 3 * BUCKET);
        let wider = Bars::new(&[row(0), row(9 * BUCKET)], &context(90_000_000..330_000_000, 0));
        assert_eq!(
            wider,
            Bars { time: TimeBars { start: 0, step: BUCKET, count: 10 }, begin: 90_000_000, delivered: 0 }
        );
    }

    #[test]
    fn no_time_makes_bars_without_end() {
        for far in [i64::MIN, i64::MAX, 253_402_300_800_000_000] {
            let bars = Bars::new(&[row(far), row(0)], &context(0..3_600_000_000, i64::MAX));
            assert!(bars.time.count <= 2 + usize::try_from(MOST).unwrap(), "{bars:?}");
            assert!(bars.delivered <= bars.time.count && bars.of(far) < bars.time.count);
        }
        let empty = Bars::new(&[], &Context::default());
        assert_eq!((empty.time.count, empty.delivered), (1, 0));
    }

    /// First and last bar of each.
    fn found(failures: &[u64], requests: &[u64]) -> Vec<(usize, usize)> {
        bursts(failures, requests).into_iter().map(|range| (range.start, range.end - 1)).collect()
    }

    #[test]
    fn what_stands_out_is_a_burst() {
        let steady = [1_000; 20];
        let none = Vec::new();
        // Nothing, and the same all the time, do not.
        assert_eq!(found(&[0; 20], &steady), none);
        assert_eq!(found(&[10; 20], &steady), none);
        // Twice the traffic with twice the failures does not.
        let mut traffic = [1_000; 20];
        traffic[5..9].fill(4_000);
        let mut failures = [10; 20];
        failures[5..9].fill(40);
        assert_eq!(found(&failures, &traffic), none);
        assert_eq!(found(&failures, &steady), [(5, 8)]);
        // One or two here and there do not, however quiet it is otherwise.
        let mut scattered = [0; 20];
        for bar in (0..20).step_by(2) {
            scattered[bar] = 2;
        }
        assert_eq!(found(&scattered, &steady), none);
        // A short break belongs to the burst; strays before and after do not.
        let mut strays = [0; 20];
        strays[6..17].copy_from_slice(&[1, 0, 1, 2, 20, 30, 0, 25, 1, 0, 1]);
        assert_eq!(found(&strays, &steady), [(10, 13)]);
        // Two that are far from each other are two.
        let mut two = [0; 20];
        two[2] = 50;
        two[15] = 60;
        assert_eq!(found(&two, &steady), [(2, 2), (15, 15)]);
        // One that lasts for half of the window is still one.
        let mut half = [0; 20];
        half[10..].fill(30);
        assert_eq!(found(&half, &steady), [(10, 19)]);
    }

    #[test]
    fn chance_makes_no_bursts() {
        // Two failures in a bar on average, as dice give them: 6 at once, and none for a while.
        let dice = [2, 0, 1, 3, 2, 6, 4, 1, 0, 2, 3, 0, 0, 1, 5, 2, 2, 1, 3, 2, 0, 4, 2, 1, 7, 0, 2, 1, 1, 3];
        assert_eq!(found(&dice, &[240; 30]), Vec::new());
    }

    #[test]
    fn odd_numbers_of_bars_are_no_trouble() {
        assert_eq!(found(&[], &[]), Vec::new());
        assert_eq!(found(&[100], &[100]), Vec::new());
        assert_eq!(found(&[0, 100], &[0, 100]), Vec::new());
        assert_eq!(found(&[0, 100], &[100, 100]), [(1, 1)]);
    }
}
