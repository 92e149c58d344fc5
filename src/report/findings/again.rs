//! What comes, goes, and comes again. Pure.
//!
//! A scan for one interval is blind to it: each time hides the others, which are a part of the rest there, and make it vary. So bars
//! that are far above what is usual in the calmer half are looked for one by one, and put together to the times that it was.

use std::ops::Range;

use super::change::{Change, dispersion, likelihood, ratio};
use super::spans::Spans;

/// A bar is one of such a time from here on: the logarithm of how unlikely it is otherwise.
const UNLIKELY: f64 = 6.0;
/// And the whole time.
const ALL_UNLIKELY: f64 = 10.0;
/// The part of the requests that it must be, in all of its times: what is less comes by itself, now and then.
const SHARE: f64 = 0.1;
/// How many times what is usual.
const TIMES: f64 = 3.0;
/// A bar belongs to one of the times if its rate is such a part of that of all of them.
const ALIKE: f64 = 1.0 / 3.0;
/// Calm bars that interrupt nothing.
const GAP: usize = 2;
/// From the first time to the last, the part of the bars that must be calm.
const CALM: f64 = 0.5;

/// The times in which `counts` of `exposures` are a far larger part than in between; `None` if there are not several that are alike, with
/// more calm than anything between them. The score is of all of them together.
pub(super) fn comes_again(counts: &[f64], exposures: &[f64]) -> Option<Change> {
    let usual = calm_rate(counts, exposures)?;
    let of_bar = |bar: usize| (counts[bar], exposures[bar]);
    let of = |bars: &Range<usize>| bars.clone().map(of_bar).fold((0.0, 0.0), plus);
    let all = |bars: &Spans| bars.each().iter().map(of).fold((0.0, 0.0), plus);
    let rest = |bars: &Spans| {
        let rest = || bars.outside(counts.len()).map(of_bar);
        let sum = rest().fold((0.0, 0.0), plus);
        (sum, dispersion(rest(), ratio(sum)))
    };
    let unlikely = |counted: (f64, f64)| {
        let expected = usual * counted.1;
        if counted.0 >= TIMES * expected && counted.0 > 0.0 {
            counted.0 * (counted.0 / expected).ln() - (counted.0 - expected)
        } else {
            0.0
        }
    };
    let mut far: Vec<usize> = (0..counts.len()).filter(|bar| unlikely(of_bar(*bar)) >= UNLIKELY).collect();
    let mean = ratio(far.iter().fold((0.0, 0.0), |sum, bar| plus(sum, of_bar(*bar))));
    far.retain(|bar| ratio(of_bar(*bar)) >= ALIKE * mean);
    let mut times: Vec<Range<usize>> = Vec::new();
    for bar in far {
        match times.last_mut() {
            Some(last) if bar <= last.end + GAP => last.end = bar + 1,
            _ => times.push(bar..bar + 1),
        }
    }
    let bars = Spans::of(times).filter(|bars| ratio(all(bars)) >= SHARE)?;
    // What varies anyway has to be as unlikely as it varies.
    let (_, varies) = rest(&bars);
    let times = bars.each().iter().filter(|time| unlikely(of(time)) >= ALL_UNLIKELY * varies).cloned();
    let bars = Spans::of(times.collect()).filter(|bars| bars.each().len() > 1)?;
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let (inside, whole) = (bars.len() as f64, bars.whole().len() as f64);
    if inside > (1.0 - CALM) * whole {
        return None;
    }
    let inside = all(&bars);
    let (outside, varies) = rest(&bars);
    let score = likelihood(inside, (inside.0 + outside.0, inside.1 + outside.1)) / varies;
    Some(Change { bars, score, inside, outside })
}

fn plus(one: (f64, f64), other: (f64, f64)) -> (f64, f64) {
    (one.0 + other.0, one.1 + other.1)
}

/// The rate of the calmer half of the bars, and no less than half a count in all of them; `None` without any.
fn calm_rate(counts: &[f64], exposures: &[f64]) -> Option<f64> {
    let mut bars: Vec<(f64, f64)> =
        counts.iter().copied().zip(exposures.iter().copied()).filter(|(_, exposure)| *exposure > 0.0).collect();
    bars.sort_by(|one, other| ratio(*one).total_cmp(&ratio(*other)));
    bars.truncate(bars.len().div_ceil(2));
    let sum = bars.into_iter().fold((0.0, 0.0), plus);
    (sum.1 > 0.0).then(|| ratio((f64::max(sum.0, 0.5), sum.1)))
}

#[cfg(test)]
mod tests {
    use super::super::change::bound;
    use super::super::change::tests::Dice;
    use super::*;

    /// Failures among 100 requests a bar: `then` inside of intervals, `usual` else.
    fn series(dice: &mut Dice, inside: &[Range<usize>], usual: f64, then: f64) -> (Vec<f64>, Vec<f64>) {
        let is_inside = |bar| inside.iter().any(|interval| interval.contains(&bar));
        let counts = (0..120).map(|bar| dice.poisson(if is_inside(bar) { then } else { usual })).collect();
        (counts, vec![100.0; 120])
    }

    #[test]
    fn every_time_is_found_and_no_other() {
        let rhythm: Vec<Range<usize>> = (0..10).map(|time| 3 + 12 * time..4 + 12 * time).collect();
        let uneven = vec![5..7, 31..34, 88..90];
        let twice = vec![20..30, 80..85];
        for (seed, times) in (0..30).flat_map(|seed| [&rhythm, &uneven, &twice].map(|times| (seed, times))) {
            for usual in [0.0, 0.5, 2.0] {
                let (counts, exposures) = series(&mut Dice(seed), times, usual, 50.0);
                let found = comes_again(&counts, &exposures).expect("it comes again");
                assert_eq!(found.bars.each(), times, "{seed} {usual}");
                assert!(found.score > 3.0 * bound(10_000, 120), "{seed} {usual}: {}", found.score);
                assert!((found.observed() - 0.5).abs() < 0.1 && found.usual() <= 0.03, "{found:?}");
            }
        }
    }

    #[test]
    fn what_is_there_once_does_not_come_again() {
        let mut dice = Dice(7);
        for time in [0..0, 40..60, 118..120] {
            let (counts, exposures) = series(&mut dice, std::slice::from_ref(&time), 1.0, 50.0);
            assert_eq!(comes_again(&counts, &exposures), None, "{time:?}");
        }
        // One burst that flickers is one.
        let (counts, exposures) = series(&mut dice, &[30..34, 38..44, 48..55], 1.0, 50.0);
        assert_eq!(comes_again(&counts, &exposures), None);
        assert_eq!(comes_again(&[], &[]), None);
        assert_eq!(comes_again(&[0.0; 9], &[0.0; 9]), None);
        assert_eq!(comes_again(&[5.0; 9], &[0.0; 9]), None);
    }

    #[test]
    fn chance_and_small_bursts_all_day_come_to_nothing() {
        let mut dice = Dice(11);
        for _ in 0..4000 {
            let usual = 9.0 * dice.next();
            let (counts, exposures) = series(&mut dice, &[], usual, 0.0);
            let found = comes_again(&counts, &exposures);
            assert!(found.is_none_or(|found| found.score < bound(1000, 120)), "{counts:?}");
        }
        let crawler: Vec<Range<usize>> = (0..9).map(|time| 5 + 13 * time..7 + 13 * time).collect();
        for _ in 0..50 {
            let (counts, exposures) = series(&mut dice, &crawler, 0.2, 5.0);
            assert_eq!(comes_again(&counts, &exposures), None, "{counts:?}");
        }
    }
}
