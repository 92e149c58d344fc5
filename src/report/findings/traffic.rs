//! Whether traffic that comes or goes does so by itself and at once, and not as that of everybody, or of the time of day. Pure.

use std::ops::Range;

use super::candidate::{Candidate, Frame, Measure};
use super::cube::Cube;
use super::dimension::Dimension;
use super::seen::Key;
use super::spans::Spans;

/// Fewer requests tell nothing.
const ENOUGH: f64 = 30.0;
/// Of traffic that falls or rises altogether, a value that does so is no finding unless it does so by so much more.
const MORE_THAN_ALL: f64 = 0.7;
/// The part of a change that must come within a few bars: what takes longer is the time of day.
const AT_ONCE: f64 = 0.5;
/// Bars on each side of an edge that tell whether it comes at once, at least; and of longer changes which part of them.
const NEAR: usize = 3;
const PART: usize = 8;

/// Whether a change of traffic is one of its own. That of everything is if it comes at once, at every load balancer. A client that
/// asks more and more is one; what is configured or asked for rises and falls slowly with the day, each at its own hours.
pub(super) fn changes_by_itself(one: &Candidate, cube: &Cube, frame: &Frame) -> bool {
    let is_who_asks = matches!(one.dimension, Dimension::Client | Dimension::Network | Dimension::Agent);
    match one.dimension {
        Dimension::All => is_step(one) && is_everywhere(one, cube, frame),
        _ => differs_from_all(one, cube, frame) && (is_who_asks || is_step(one)),
    }
}

/// Whether it comes at once, and surely so.
fn is_step(one: &Candidate) -> bool {
    comes_at_once(one, AT_ONCE) && is_no_slope(one)
}

/// Requests of a value in a bar of the interval, and in one outside; `None` if there are too few on a side.
fn rates(dimension: Dimension, key: Key, cube: &Cube, frame: &Frame, bars: &Spans) -> Option<(f64, f64)> {
    let (inside, outside) = cube.inside_and_outside(dimension, key, frame, bars);
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let (bars_inside, bars_outside) = (bars.len() as f64, (frame.len() - bars.len()) as f64);
    (bars_inside >= 1.0 && bars_outside >= 1.0).then(|| (inside / bars_inside, outside / bars_outside))
}

/// Whether its requests fall, or rise, by more than those of everybody else do.
fn differs_from_all(one: &Candidate, cube: &Cube, frame: &Frame) -> bool {
    let bars = &one.change.bars;
    let all = rates(Dimension::All, (0, 0, 0), cube, frame, bars);
    let (Some(all), Some(own)) = (all, rates(one.dimension, one.key, cube, frame, bars)) else { return true };
    let (inside, outside) = (all.0 - own.0, all.1 - own.1);
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let counted = (inside * bars.len() as f64, outside * (frame.len() - bars.len()) as f64);
    if counted.0 < ENOUGH || counted.1 < ENOUGH {
        return true;
    }
    let of_all = inside / outside;
    match one.measure {
        Measure::Less => one.change.observed() <= MORE_THAN_ALL * of_all.min(1.0) * one.change.usual(),
        _ => MORE_THAN_ALL * one.change.observed() >= of_all.max(1.0) * one.change.usual(),
    }
}

/// Whether all load balancers that have a part of the traffic worth speaking of change alike. Of one only, it is that.
fn is_everywhere(one: &Candidate, cube: &Cube, frame: &Frame) -> bool {
    const SOME: f64 = 0.05;
    /// The part of the whole change that each must show.
    const ALIKE: f64 = 0.6;
    let (observed, usual) = (one.change.observed(), one.change.usual());
    let changed = |of: (f64, f64)| (of.0 - of.1) / of.1;
    let keys = cube.of(Dimension::LoadBalancer).keys();
    let rates = keys.filter_map(|key| rates(Dimension::LoadBalancer, *key, cube, frame, &one.change.bars));
    let larger: Vec<(f64, f64)> = rates.filter(|(_, outside)| *outside >= SOME * usual).collect();
    let whole = changed((observed, usual));
    larger.len() > 1 && larger.iter().all(|of| changed(*of) / whole >= ALIKE)
}

/// Whether answers get slower little by little while everybody asks more: load, as every morning.
pub(super) fn is_load(one: &Candidate, cube: &Cube, frame: &Frame) -> bool {
    /// How many times as much everybody asks; from how many times as slow on it is more than that.
    const RISES: f64 = 1.3;
    const FAR: f64 = 3.0;
    /// Shares of few requests leap by chance.
    const NEARLY_AT_ONCE: f64 = 0.7;
    let is_slower = matches!(one.measure, Measure::Slow(_) | Measure::Time);
    let all = rates(Dimension::All, (0, 0, 0), cube, frame, &one.change.bars);
    let rises = all.is_some_and(|(inside, outside)| inside >= RISES * outside);
    is_slower && rises && one.times.0 < FAR * one.times.1 && !comes_at_once(one, NEARLY_AT_ONCE)
}

/// Whether so large a part of a change comes within a few bars, where it begins or where it ends.
fn comes_at_once(one: &Candidate, part: f64) -> bool {
    let bars = one.change.bars.whole();
    let near = (bars.len() / PART).max(NEAR);
    let mean = |bars: Range<usize>| {
        let exposed = one.exposures[bars.clone()].iter().sum::<f64>();
        (exposed > 0.0).then(|| one.counts[bars].iter().sum::<f64>() / exposed)
    };
    let before = mean(bars.start.saturating_sub(near)..bars.start);
    let after = mean(bars.end..(bars.end + near).min(one.counts.len()));
    let first = mean(bars.start..bars.end.min(bars.start + near));
    let last = mean(bars.end.saturating_sub(near).max(bars.start)..bars.end);
    let change = one.change.observed() - one.change.usual();
    let is_step = |outside: Option<f64>, inside: Option<f64>| {
        outside.zip(inside).is_some_and(|(outside, inside)| (inside - outside) / change >= part)
    };
    is_step(before, first) || is_step(after, last)
}

/// Whether two rates, inside and outside, tell the counts surely better than a curve that rises and falls with the hours does: of few
/// requests, chance makes edges on every slope.
fn is_no_slope(one: &Candidate) -> bool {
    /// How much better, in squares of how far chance moves counts.
    const SURELY: f64 = 10.0;
    let known = (0..one.counts.len()).filter(|bar| one.exposures[*bar] > 0.0);
    let points: Vec<(f64, f64, f64)> = known
        .map(|bar| {
            let of_change = if one.change.bars.contains(bar) { one.change.observed() } else { one.change.usual() };
            let at = f64::from(u32::try_from(bar).unwrap_or(u32::MAX))
                / f64::from(u32::try_from(one.counts.len()).unwrap_or(1));
            (at - 0.5, one.counts[bar] / one.exposures[bar], of_change)
        })
        .collect();
    let number = f64::from(u32::try_from(points.len()).unwrap_or(u32::MAX));
    let curve = parabola(&points);
    let squares = |told: &dyn Fn(&(f64, f64, f64)) -> f64| {
        points.iter().map(|point| (point.1 - told(point)).powi(2)).sum::<f64>()
    };
    let of_step = squares(&|point| point.2);
    let of_curve = squares(&|point| curve[0] + curve[1] * point.0 + curve[2] * point.0.powi(2));
    let mean = points.iter().map(|point| point.1).sum::<f64>() / number;
    of_curve - of_step >= SURELY * mean.max(of_step / number)
}

/// The coefficients of the parabola that is nearest to points, by least squares; all 0 where there are too few.
fn parabola(points: &[(f64, f64, f64)]) -> [f64; 3] {
    let sum = |power: i32| points.iter().map(|point| point.0.powi(power)).sum::<f64>();
    let with = |power: i32| points.iter().map(|point| point.0.powi(power) * point.1).sum::<f64>();
    let mut rows = [0, 1, 2].map(|row| [sum(row), sum(row + 1), sum(row + 2), with(row)]);
    for pivot in 0..3 {
        if rows[pivot][pivot].abs() < 1e-12 {
            return [0.0; 3];
        }
        let by = rows[pivot];
        for row in rows.iter_mut().skip(pivot + 1) {
            let times = row[pivot] / by[pivot];
            row.iter_mut().zip(by).for_each(|(value, other)| *value -= times * other);
        }
    }
    let two = rows[2][3] / rows[2][2];
    let one = (rows[1][3] - rows[1][2] * two) / rows[1][1];
    [(rows[0][3] - rows[0][1] * one - rows[0][2] * two) / rows[0][0], one, two]
}

#[cfg(test)]
mod tests {
    use super::super::candidate::{Log, candidate};
    use super::super::counter::Counter;
    use super::super::dimension::DIMENSIONS;
    use super::super::seen::Seen;
    use super::super::series::Cell;
    use super::*;

    fn found(measure: Measure, counts: &[u32]) -> Option<Candidate> {
        let cells: Vec<Cell> = counts.iter().map(|&requests| Cell { requests, ..Cell::default() }).collect();
        candidate(Log::Requests, Dimension::Host, (1, 2, 0), measure, &cells, &Frame::new(60_000_000, 0..240), &mut 0)
    }

    #[test]
    fn a_step_comes_at_once_and_the_time_of_day_does_not() {
        let step = |from: u32, to: u32| (0..120).map(|bar| if (60..84).contains(&bar) { to } else { from }).collect();
        let steps: [(Measure, Vec<u32>); 2] = [(Measure::More, step(100, 300)), (Measure::Less, step(300, 40))];
        for (measure, counts) in steps {
            assert!(is_step(&found(measure, &counts).unwrap()), "{measure:?}");
        }
        let morning: Vec<u32> = (0..180).map(|bar| 50 + bar).collect();
        assert!(!comes_at_once(&found(Measure::More, &morning).unwrap(), AT_ONCE));
        let evening: Vec<u32> = morning.iter().rev().copied().collect();
        assert!(!comes_at_once(&found(Measure::Less, &evening).unwrap(), AT_ONCE));
    }

    /// Few requests, fewer and fewer: where they seem to fall at once is chance.
    #[test]
    fn a_slope_of_few_requests_is_no_step() {
        let mut state = 7_u32;
        for night in 0..40 {
            let mut dice = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                f64::from(state >> 8) / f64::from(1 << 24)
            };
            let counts: Vec<u32> = (0..240)
                .map(|bar| {
                    let expected = 7.0 - 5.0 * f64::from(bar) / 240.0;
                    let (mut count, mut left) = (0, (-expected).exp());
                    let drawn = dice();
                    let mut sum = left;
                    while sum < drawn {
                        count += 1;
                        left *= expected / f64::from(count);
                        sum += left;
                    }
                    count
                })
                .collect();
            if let Some(one) = found(Measure::Less, &counts) {
                assert!(!is_step(&one), "{night}: {:?}", one.change.bars);
            }
        }
    }

    /// And a few that fall away at once, in the middle or to the end, are one.
    #[test]
    fn a_step_of_few_requests_is_one() {
        for (bars, then) in [(100..140, 0), (133..240, 3), (10..60, 2), (200..240, 1)] {
            let counts: Vec<u32> = (0..240).map(|bar| if bars.contains(&bar) { then } else { 5 + bar % 4 }).collect();
            let one = found(Measure::Less, &counts).expect("it is found");
            assert!(is_step(&one), "{bars:?}: {:?}", one.change.bars);
        }
    }

    #[test]
    fn what_grows_within_some_minutes_comes_at_once() {
        let flood: Vec<u32> = (0_u32..120).map(|bar| 100 + 40 * bar.saturating_sub(50).min(8)).collect();
        assert!(is_step(&found(Measure::More, &flood).unwrap()));
    }

    #[test]
    fn what_is_slower_as_everybody_comes_is_load() {
        let cube = |slow: fn(u32) -> u32| {
            let mut counter = Counter::default();
            for bar in 0..120_u32 {
                for row in 0..50 + bar {
                    let mut keys = [None; DIMENSIONS];
                    keys[Dimension::All as usize] = Some((0, 0, 0));
                    let micros = Some(if row < slow(bar) { 300_000 } else { 200_000 });
                    counter.add(&Seen { bar: i64::from(bar), keys, micros, ..Seen::default() }, false);
                }
            }
            counter.finish().0
        };
        let frame = Frame::new(60_000_000, 0..120);
        let little_by_little: fn(u32) -> u32 = |bar| bar / 10;
        let at_once: fn(u32) -> u32 = |bar| if bar < 60 { 1 } else { 20 };
        for (slow, expected) in [(little_by_little, true), (at_once, false)] {
            let cube = cube(slow);
            let cells = frame.dense(&cube.series(Dimension::All, (0, 0, 0)).unwrap());
            let one =
                candidate(Log::Requests, Dimension::All, (0, 0, 0), Measure::Slow(0), &cells, &frame, &mut 0).unwrap();
            assert_eq!(is_load(&one, &cube, &frame), expected, "{:?}", one.change);
        }
    }

    #[test]
    fn hours_of_a_day_do_not_come_at_once() {
        let day = |bar: u32| 200.0 + 150.0 * (f64::from(bar) * std::f64::consts::TAU / 240.0).sin();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small numbers")]
        let counts: Vec<u32> = (0..240).map(|bar| day(bar) as u32).collect();
        for measure in [Measure::More, Measure::Less] {
            if let Some(one) = found(measure, &counts) {
                assert!(!comes_at_once(&one, AT_ONCE), "{measure:?}: {:?}", one.change.bars);
            }
        }
    }
}
