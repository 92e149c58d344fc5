//! Time cut into bars of the same length, and where failures stand out among them.

use std::ops::Range;

use super::rows::{Context, WhyRow};
use crate::report::bars::Bars as TimeBars;

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

/// Where failures stand out of what is usual in the rest of the window, as ranges of bars; empty if they do not.
///
/// What is usual is the rate of a quiet quarter of the bars. A bar stands out if it has far more failures than its
/// requests would have at that rate; bars that stand out with little between them are one burst.
pub(super) fn bursts(failures: &[u64], requests: &[u64]) -> Vec<Range<usize>> {
    if is_even(failures, requests) {
        return Vec::new();
    }
    let usual = usual_rate(failures, requests);
    let stands_out = |bar: usize| {
        let expected = usual * as_number(requests[bar]);
        failures[bar] >= 3 && as_number(failures[bar]) > 3.0 * expected + 3.0 * expected.sqrt()
    };
    let between = (failures.len() / 15).max(2);
    let mut found: Vec<Range<usize>> = Vec::new();
    for bar in (0..failures.len()).filter(|&bar| stands_out(bar)) {
        match found.last_mut() {
            Some(range) if bar - range.end <= between => range.end = bar + 1,
            _ => found.push(bar..bar + 1),
        }
    }
    if found.len() == 1 && found[0] == (0..failures.len()) {
        return Vec::new();
    }
    let total: u64 = failures.iter().sum();
    let of = |range: &Range<usize>| failures[range.clone()].iter().sum::<u64>();
    // The begin and the end of a burst may have few; what only happens to have three at once is none.
    for index in 0..found.len() {
        let floor = if index == 0 { 0 } else { found[index - 1].end };
        let ceiling = found.get(index + 1).map_or(failures.len(), |next| next.start);
        let expected = |bar: usize| usual * as_number(requests[bar]);
        let range = &mut found[index];
        let more = |bar: usize| failures[bar] > 0 && as_number(failures[bar]) > 2.0 * expected(bar);
        while range.start > floor && more(range.start - 1) {
            range.start -= 1;
        }
        while range.end < ceiling && more(range.end) {
            range.end += 1;
        }
    }
    found.retain(|range| of(range) >= FEW.max(total / 20));
    found
}

/// Whether all bars fail at one rate, as far as chance explains the differences (chi-square).
fn is_even(failures: &[u64], requests: &[u64]) -> bool {
    let (all, of): (u64, u64) = (failures.iter().sum(), requests.iter().sum());
    let rate = as_number(all) / as_number(of.max(1));
    let busy = failures.iter().zip(requests).filter(|(_, requests)| **requests > 0);
    let (mut bars, mut surprise) = (0, 0.0);
    for (failures, requests) in busy {
        let expected = rate * as_number(*requests);
        bars += 1;
        surprise += (as_number(*failures) - expected).powi(2) / expected.max(f64::MIN_POSITIVE);
    }
    let freedom = as_number(u64::saturating_sub(bars, 1));
    surprise <= freedom + 4.0 * (2.0 * freedom).sqrt()
}

fn usual_rate(failures: &[u64], requests: &[u64]) -> f64 {
    let mut rates: Vec<f64> = failures
        .iter()
        .zip(requests)
        .filter(|(_, requests)| **requests > 0)
        .map(|(&failures, &requests)| as_number(failures) / as_number(requests))
        .collect();
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 4).copied().unwrap_or(0.0)
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
        assert_eq!(bars, Bars { time: TimeBars { start: BUCKET, step: BUCKET, count: 5 }, begin: 90_000_000, delivered: 3 });
        assert_eq!((bars.of(0), bars.of(BUCKET), bars.of(2 * BUCKET - 1), bars.of(i64::MAX)), (0, 0, 0, 4));
        assert_eq!(bars.time.begin(2), 3 * BUCKET);
        let wider = Bars::new(&[row(0), row(9 * BUCKET)], &context(90_000_000..330_000_000, 0));
        assert_eq!(wider, Bars { time: TimeBars { start: 0, step: BUCKET, count: 10 }, begin: 90_000_000, delivered: 0 });
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
        // A begin that rises slowly belongs to the burst, and so does a short break.
        let mut rising = [0; 20];
        rising[8..15].copy_from_slice(&[1, 2, 20, 30, 0, 25, 1]);
        assert_eq!(found(&rising, &steady), [(8, 14)]);
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
