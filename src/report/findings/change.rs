//! When a series of counts left what is usual for it, and how unlikely that is by chance. Pure.
//!
//! An incident begins and ends: of all intervals the one is found whose rate differs most from that of the rest (a scan
//! statistic with the likelihood ratio of M. Kulldorff, "A spatial scan statistic", 1997; for two change points at once).
//! Its logarithm is divided by how much more than chance the rest of the series varies, and compared with a bound that
//! grows with the number of series and intervals that were looked at ([`bound`]).

use std::ops::Range;

use super::spans::Spans;

/// Quiet windows in which chance alone may show something.
pub(super) const FALSE_ALARMS: f64 = 0.05;
/// Of the window, the rest must be at least this part: without it there is nothing usual to compare with.
const REST: f64 = 0.15;

/// A part of a series that differs from the rest of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    /// The bars of it.
    pub(super) bars: Spans,
    /// Logarithm of the likelihood ratio, divided by the dispersion of the rest.
    pub(super) score: f64,
    /// What was counted in it, and the exposure.
    pub(super) inside: (f64, f64),
    /// The same of the rest.
    pub(super) outside: (f64, f64),
}

impl Change {
    /// Counted for each of the exposure, inside.
    pub(super) fn observed(&self) -> f64 {
        ratio(self.inside)
    }

    /// The same outside.
    pub(super) fn usual(&self) -> f64 {
        ratio(self.outside)
    }

    /// How much more was counted than usual; less than nothing if it was less.
    pub(super) fn excess(&self) -> f64 {
        self.inside.0 - self.usual() * self.inside.1
    }
}

pub(super) fn ratio((count, exposure): (f64, f64)) -> f64 {
    if exposure > 0.0 { count / exposure } else { 0.0 }
}

/// What a score must exceed where so many series of so many bars are looked at, so that chance shows something in one of
/// twenty quiet windows at most (Chernoff's bound over all of them; intervals that overlap are nearly one).
pub(in crate::report) fn bound(series: usize, bars: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let looks = series.max(1) as f64 * (10 * bars.max(1)) as f64;
    (looks / FALSE_ALARMS).ln()
}

/// Which way a series left what is usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Direction {
    More,
    Less,
}

/// Sums up to each bar.
fn sums(values: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    std::iter::once(0.0)
        .chain(values.iter().map(|value| {
            sum += value;
            sum
        }))
        .collect()
}

/// Bars among which every interval is tried; longer series are tried in longer steps first, then by the bar around the
/// best.
const TRIED: usize = 60;

/// The interval with the highest score, if any has one.
fn best(bars: usize, score: impl Fn(&Range<usize>) -> Option<f64>) -> Option<(f64, Range<usize>)> {
    let step = bars.div_ceil(TRIED).max(1);
    let mut best: Option<(f64, Range<usize>)> = None;
    let mut attempt = |range: Range<usize>| {
        if let Some(score) = score(&range).filter(|score| best.as_ref().is_none_or(|(most, _)| score > most)) {
            best = Some((score, range));
        }
    };
    for start in (0..bars).step_by(step) {
        for end in (start + step..bars + step).step_by(step) {
            attempt(start..end.min(bars));
        }
    }
    let (_, coarse) = best.clone()?;
    if step > 1 {
        let near = |edge: usize| edge.saturating_sub(step)..=(edge + step).min(bars);
        for start in near(coarse.start) {
            for end in near(coarse.end).filter(|end| *end > start) {
                let range = start..end;
                if let Some(score) = score(&range).filter(|score| best.as_ref().is_none_or(|(most, _)| score > most)) {
                    best = Some((score, range));
                }
            }
        }
    }
    best
}

/// Without bars at its ends in which there was nothing.
fn trimmed(bars: Range<usize>, is_something: impl Fn(usize) -> bool) -> Range<usize> {
    let first = bars.clone().find(|bar| is_something(*bar)).unwrap_or(bars.start);
    let last = bars.clone().rfind(|bar| is_something(*bar)).map_or(bars.end, |last| last + 1);
    first..last
}

/// The interval in which `counts` of `exposures` are most surely more (or less) than in the rest, and how surely: the
/// logarithm of the likelihood ratio. Outside of it is at least this part of the exposure. `None` if there is none.
pub(in crate::report) fn surest(
    counts: &[f64],
    exposures: &[f64],
    direction: Direction,
    rest: f64,
) -> Option<(f64, Range<usize>)> {
    let (counted, exposed) = (sums(counts), sums(exposures));
    let bars = counts.len();
    let (all_counted, all_exposed) = (counted[bars], exposed[bars]);
    if all_counted <= 0.0 || all_exposed <= 0.0 {
        return None;
    }
    let expected = all_counted / all_exposed;
    let (score, bars) = best(bars, |range| {
        let inside = (counted[range.end] - counted[range.start], exposed[range.end] - exposed[range.start]);
        let is_part = inside.1 > 0.0 && inside.1 <= (1.0 - rest) * all_exposed;
        let is_that_way = (inside.0 > expected * inside.1) == (direction == Direction::More);
        (is_part && is_that_way).then(|| likelihood(inside, (all_counted, all_exposed)))
    })?;
    Some((score, trimmed(bars, |bar| exposures[bar] > 0.0)))
}

/// The same, with how much the rest varies taken into account.
pub(super) fn most_changed(counts: &[f64], exposures: &[f64], direction: Direction) -> Option<Change> {
    let (score, bars) = surest(counts, exposures, direction, REST)?;
    let inside = (counts[bars.clone()].iter().sum::<f64>(), exposures[bars.clone()].iter().sum::<f64>());
    let all = (counts.iter().sum::<f64>(), exposures.iter().sum::<f64>());
    let outside = (all.0 - inside.0, all.1 - inside.1);
    let rest = (0..counts.len()).filter(|bar| !bars.contains(bar)).map(|bar| (counts[bar], exposures[bar]));
    let score = score / dispersion(rest, ratio(outside));
    Some(Change { bars: bars.into(), score, inside, outside })
}

/// How likely it is that inside and outside have rates of their own, against one rate, as a logarithm.
pub(super) fn likelihood(inside: (f64, f64), all: (f64, f64)) -> f64 {
    let part = |count: f64, exposure: f64| {
        if count > 0.0 && exposure > 0.0 { count * (count / exposure).ln() } else { 0.0 }
    };
    (part(inside.0, inside.1) + part(all.0 - inside.0, all.1 - inside.1) - part(all.0, all.1)).max(0.0)
}

/// How much more than chance counts vary around a rate: 1 if they do not. Bars in which little is expected are put
/// together with the next ones until something is.
pub(super) fn dispersion(rest: impl Iterator<Item = (f64, f64)>, rate: f64) -> f64 {
    const EXPECTED: f64 = 3.0;
    let (mut sum, mut cells) = (0.0, 0.0);
    let (mut count, mut exposure) = (0.0, 0.0);
    for bar in rest {
        count += bar.0;
        exposure += bar.1;
        let expected = exposure * rate;
        if expected >= EXPECTED {
            sum += (count - expected).powi(2) / expected;
            cells += 1.0;
            (count, exposure) = (0.0, 0.0);
        }
    }
    if cells < 3.0 { 1.0 } else { (sum / (cells - 1.0)).max(1.0) }
}

/// A bar of measured values: how many, their sum, and the sum of their squares.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Measured {
    pub(super) count: f64,
    pub(super) sum: f64,
    pub(super) squares: f64,
}

impl Measured {
    fn plus(self, other: Self) -> Self {
        Self { count: self.count + other.count, sum: self.sum + other.sum, squares: self.squares + other.squares }
    }

    fn minus(self, other: Self) -> Self {
        Self { count: self.count - other.count, sum: self.sum - other.sum, squares: self.squares - other.squares }
    }

    /// Their mean; 0 of none.
    pub(super) fn mean(self) -> f64 {
        ratio((self.sum, self.count))
    }

    fn variance(self) -> f64 {
        if self.count < 2.0 { 0.0 } else { (self.squares / self.count - self.mean().powi(2)).max(0.0) }
    }
}

/// The interval in which the mean of measured values is most surely above that of the rest. The bars' means are
/// what varies: by chance of the values, and by how much bars differ anyway.
pub(super) fn most_shifted(bars: &[Measured]) -> Option<Change> {
    let mut sum = Measured::default();
    let sums: Vec<Measured> = std::iter::once(sum)
        .chain(bars.iter().map(|bar| {
            sum = sum.plus(*bar);
            sum
        }))
        .collect();
    let all = sums[bars.len()];
    if all.count <= 0.0 {
        return None;
    }
    let (explained, found) = best(bars.len(), |range| {
        let inside = sums[range.end].minus(sums[range.start]);
        let outside = all.minus(inside);
        let difference = inside.mean() - outside.mean();
        let is_part = inside.count > 0.0 && inside.count <= (1.0 - REST) * all.count;
        // What is explained by two means instead of one.
        (is_part && difference > 0.0).then(|| difference.powi(2) * inside.count * outside.count / all.count)
    })?;
    let found = trimmed(found, |bar| bars[bar].count > 0.0);
    let inside = sums[found.end].minus(sums[found.start]);
    let outside = all.minus(inside);
    let variance = outside.variance().max(f64::MIN_POSITIVE).max(1e-6);
    let (mut between, mut cells) = (0.0, 0.0);
    for (_, bar) in bars.iter().enumerate().filter(|(index, bar)| !found.contains(index) && bar.count > 0.0) {
        between += bar.count * (bar.mean() - outside.mean()).powi(2) / variance;
        cells += 1.0;
    }
    let dispersion = if cells < 3.0 { 1.0 } else { f64::max(between / (cells - 1.0), 1.0) };
    let score = explained / (2.0 * variance * dispersion);
    Some(Change {
        bars: found.into(),
        score,
        inside: (inside.sum, inside.count),
        outside: (outside.sum, outside.count),
    })
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Chance, the same every time (PCG by M. O'Neill, in its smallest form).
    pub(in crate::report::findings) struct Dice(pub(in crate::report::findings) u64);

    impl Dice {
        pub(in crate::report::findings) fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let word = u32::try_from((self.0 >> 33) & 0xffff_ffff).unwrap_or(0);
            f64::from(word) / f64::from(1_u32 << 31)
        }

        /// How often something happens that is expected so often (Knuth's way).
        pub(in crate::report::findings) fn poisson(&mut self, expected: f64) -> f64 {
            let (mut count, mut left) = (0.0, self.next());
            let end = (-expected).exp();
            while left > end {
                count += 1.0;
                left *= self.next();
            }
            count
        }
    }

    fn planted(dice: &mut Dice, bars: usize, inside: &Range<usize>, usual: f64, then: f64) -> Vec<f64> {
        (0..bars).map(|bar| dice.poisson(if inside.contains(&bar) { then } else { usual })).collect()
    }

    #[test]
    fn a_burst_begins_and_ends_where_its_rate_does() {
        for seed in 0..50 {
            let mut dice = Dice(seed);
            let start = 10 + usize::try_from(seed).unwrap();
            let inside = start..start + 10;
            let counts = planted(&mut dice, 120, &inside, 0.5, 20.0);
            let found = most_changed(&counts, &[300.0; 120], Direction::More).unwrap();
            assert!(
                found.bars.start().abs_diff(inside.start) <= 1 && found.bars.end().abs_diff(inside.end) <= 1,
                "{found:?}"
            );
            assert!(found.score > 2.0 * bound(10_000, 120), "{found:?}");
        }
    }

    #[test]
    fn strays_before_and_after_do_not_stretch_it() {
        let mut counts = vec![0.0; 120];
        counts[50..60].fill(12.0);
        for stray in [20, 31, 44, 63, 70, 95] {
            counts[stray] = 1.0;
        }
        assert_eq!(most_changed(&counts, &[300.0; 120], Direction::More).unwrap().bars, 50..60);
    }

    #[test]
    fn quiet_windows_show_nothing() {
        let (windows, series) = (40, 100);
        let mut alarms = 0;
        for window in 0..windows {
            let mut dice = Dice(1_000 + window);
            let is_alarm = |dice: &mut Dice| {
                let expected = 0.1 + 8.0 * dice.next();
                let counts: Vec<f64> = (0..120).map(|_| dice.poisson(expected)).collect();
                let found = most_changed(&counts, &[300.0; 120], Direction::More);
                found.is_some_and(|found| found.score >= bound(series, 120))
            };
            alarms += usize::from((0..series).map(|_| is_alarm(&mut dice)).filter(|alarm| *alarm).count() > 0);
        }
        // One in twenty is promised.
        assert!(alarms <= 4, "{alarms} of {windows}");
    }

    #[test]
    fn what_varies_anyway_needs_more() {
        let steady: Vec<(f64, f64)> = (0..60).map(|bar| (10.0 + f64::from(bar % 2), 1.0)).collect();
        let bursts: Vec<(f64, f64)> = (0..60).map(|bar| (if bar % 7 == 0 { 60.0 } else { 2.0 }, 1.0)).collect();
        let of = |rest: &[(f64, f64)]| {
            let rate = rest.iter().map(|bar| bar.0).sum::<f64>() / 60.0;
            dispersion(rest.iter().copied(), rate)
        };
        assert!((of(&steady) - 1.0).abs() < 1e-9);
        assert!(of(&bursts) > 20.0, "{}", of(&bursts));
    }

    #[test]
    fn slower_for_a_while_is_found() {
        let mut dice = Dice(7);
        let bar = |dice: &mut Dice, mean: f64| {
            let values: Vec<f64> = (0..30).map(|_| mean + dice.next() + dice.next() - 1.0).collect();
            Measured { count: 30.0, sum: values.iter().sum(), squares: values.iter().map(|value| value * value).sum() }
        };
        let bars: Vec<Measured> =
            (0..120).map(|at| bar(&mut dice, if (50..90).contains(&at) { 11.0 } else { 10.0 })).collect();
        let found = most_shifted(&bars).unwrap();
        assert_eq!(found.bars, 50..90);
        assert!((found.observed() - 11.0).abs() < 0.1 && (found.usual() - 10.0).abs() < 0.1 && found.score > 100.0);
    }

    #[test]
    fn bars_without_requests_are_no_part_of_it() {
        let (mut counts, mut exposures) = (vec![0.0; 60], vec![100.0; 60]);
        exposures[..20].fill(0.0);
        counts[20..30].fill(15.0);
        assert_eq!(most_changed(&counts, &exposures, Direction::More).unwrap().bars, 20..30);
        let bar = |at: usize| match at {
            0..20 => Measured::default(),
            20..30 => Measured { count: 9.0, sum: 90.0, squares: 909.0 },
            _ => Measured { count: 9.0, sum: 9.0, squares: 18.0 },
        };
        assert_eq!(most_shifted(&(0..60).map(bar).collect::<Vec<_>>()).unwrap().bars, 20..30);
    }

    #[test]
    fn nothing_is_no_change() {
        for (counts, exposures) in [(vec![], vec![]), (vec![0.0; 9], vec![5.0; 9]), (vec![3.0; 9], vec![0.0; 9])] {
            assert_eq!(most_changed(&counts, &exposures, Direction::More), None);
        }
        assert_eq!(most_shifted(&[]), None);
    }

    /// Every interval by its definition, slowly.
    fn slow(counts: &[f64], exposures: &[f64]) -> Option<f64> {
        let sum = |values: &[f64]| values.iter().sum::<f64>();
        let (all, exposed) = (sum(counts), sum(exposures));
        let term = |count: f64, exposure: f64| if count > 0.0 { count * (count / exposure).ln() } else { 0.0 };
        let mut best: Option<f64> = None;
        for start in 0..counts.len() {
            for end in start + 1..=counts.len() {
                let (k, n) = (sum(&counts[start..end]), sum(&exposures[start..end]));
                if n <= 0.0 || n > 0.85 * exposed || k / n <= all / exposed {
                    continue;
                }
                let score = term(k, n) + term(all - k, exposed - n) - term(all, exposed);
                best = Some(best.map_or(score, |best| best.max(score)));
            }
        }
        best
    }

    proptest! {
        #[test]
        fn the_best_interval_is_the_best(bars in prop::collection::vec((0_u32..20, 0_u32..200), 4..50)) {
            let counts: Vec<f64> = bars.iter().map(|(count, _)| f64::from(*count)).collect();
            let exposures: Vec<f64> = bars.iter().map(|(count, more)| f64::from(count + more)).collect();
            let found = most_changed(&counts, &exposures, Direction::More);
            let expected = slow(&counts, &exposures);
            prop_assert_eq!(found.is_some(), expected.is_some());
            if let (Some(found), Some(expected)) = (found, expected) {
                let rest = (0..counts.len()).filter(|bar| !found.bars.contains(*bar));
                let rest: Vec<(f64, f64)> = rest.map(|bar| (counts[bar], exposures[bar])).collect();
                let score = found.score * dispersion(rest.into_iter(), found.usual());
                prop_assert!((score - expected).abs() < 1e-6 * expected.max(1.0), "{} {}", score, expected);
            }
        }
    }
}
