//! Which of all that left what is usual explains the rest. Pure.
//!
//! A fault shows in the value that has it and, weaker, in every value that shares requests with it. The value whose score
//! is highest is the one that fits best: of a target that fails, its group has the same failures among more requests. It is
//! taken, what it explains is taken out of all others (by what samples of whole rows say goes together), and the rest is
//! looked at again.

use std::collections::BTreeMap;

use super::candidate::{Candidate, Candidates, Frame, Measure, larger};
use super::cube::Cube;
use super::dimension::Dimension;
use super::pin::pinned;
use super::reference::compared;
use super::seen::{Key, Seen};
use super::series::LEVELS;
use super::spans::Spans;

/// Findings of one measure are not looked for beyond this number.
const MOST: usize = 6;
/// Values of one measure that are tried. What all parts of a whole do alike, each of them does no worse than the others: the whole comes
/// after them.
const TRIED: usize = 100;
/// Of values with the same rows, scores nearer than this part differ only by what else they have: the dimension that names
/// best is taken.
const SAME: f64 = 0.25;

/// Rows that tell what goes together.
#[derive(Debug, Default)]
pub(super) struct Samples {
    /// Rows of a class, as many of each as there are, up to a bound.
    pub(super) notable: Vec<Seen>,
    /// Rows that take as long as each of [`SLOW`](super::series::SLOW).
    pub(super) slow: [Vec<Seen>; LEVELS],
    /// Any rows.
    pub(super) any: Vec<Seen>,
}

impl Samples {
    /// Rows that count for a measure, inside an interval.
    pub(super) fn rows<'a>(
        &'a self,
        measure: Measure,
        frame: &'a Frame,
        bars: &'a Spans,
    ) -> impl Iterator<Item = &'a Seen> {
        let rows = match measure {
            Measure::Share(_) => &self.notable,
            Measure::Slow(level) => &self.slow[level],
            Measure::Time | Measure::More | Measure::Less => &self.any,
        };
        rows.iter().filter(move |row| {
            let counts = match measure {
                Measure::Share(class) => row.class == Some(class),
                Measure::Slow(level) => row.is_slow(level),
                Measure::Time => row.micros.is_some(),
                Measure::More | Measure::Less => true,
            };
            counts && frame.index(row.bar).is_some_and(|bar| bars.contains(bar))
        })
    }
}

/// A row's part in a value: whether it has it.
pub(super) fn has(row: &Seen, of: &Candidate) -> bool {
    row.has(of.dimension, of.key)
}

/// What explains most, each with what explains the same rows by another name.
pub(super) fn explanations(candidates: Candidates, cube: &Cube, samples: &Samples, frame: &Frame) -> Vec<Candidate> {
    let Candidates { found, bound, .. } = candidates;
    let mut chosen = Vec::new();
    let mut measures: Vec<Measure> = found.iter().map(|candidate| candidate.measure).collect();
    measures.sort_unstable();
    measures.dedup();
    for measure in measures {
        let mut left: Vec<Candidate> = found.iter().filter(|it| it.measure == measure).cloned().collect();
        let mut told: Vec<Candidate> = Vec::new();
        for _ in 0..TRIED {
            let Some(best) = take_best(&mut left, samples, frame).filter(|_| told.len() < MOST) else { break };
            let best = pinned(best, cube, samples, frame);
            let Some(mut best) = compared(best, cube, samples, frame) else { continue };
            let is_known = |other: &Candidate| (other.dimension, other.key) == (best.dimension, best.key);
            if told.iter().any(is_known) || (measure == Measure::Time && is_another_mix(&best, samples, frame)) {
                continue;
            }
            best.part_of_all = best.change.excess().abs()
                / cube.requests(Dimension::All, (0, 0, 0), frame, &best.change.bars).max(1.0);
            left.retain(|other| (other.dimension, other.key) != (best.dimension, best.key));
            told.push(best);
            if measure == Measure::Time {
                left.retain(|other| is_slower_besides(other, &told, samples, frame));
            } else if let Some(best) = told.last() {
                left = left.into_iter().filter_map(|other| rest_of(other, best, cube, samples, frame, bound)).collect();
            }
        }
        chosen.append(&mut told);
    }
    chosen
}

/// The one with the highest score; of several with nearly the same score and the same rows, the one that names them best.
fn take_best(left: &mut Vec<Candidate>, samples: &Samples, frame: &Frame) -> Option<Candidate> {
    let score = |candidate: &Candidate| candidate.change.score;
    let most = left.iter().max_by(|a, b| score(a).total_cmp(&score(b)))?.clone();
    let is_same = |other: &Candidate| {
        score(other) >= (1.0 - SAME) * score(&most)
            && share(&most, other, samples, frame) >= 0.9
            && share(other, &most, samples, frame) >= 0.9
    };
    let (index, _) = left
        .iter()
        .enumerate()
        .filter(|(_, other)| is_same(other))
        .min_by_key(|(_, other)| (other.dimension.rank(), other.key))
        .or_else(|| {
            left.iter().enumerate().find(|(_, other)| (other.dimension, other.key) == (most.dimension, most.key))
        })?;
    Some(left.swap_remove(index))
}

/// Which part of the rows of one, inside its interval, has the other value too.
pub(super) fn share(of: &Candidate, other: &Candidate, samples: &Samples, frame: &Frame) -> f64 {
    let (mut all, mut both) = (0.0, 0.0);
    for row in samples.rows(of.measure, frame, &of.change.bars).filter(|row| has(row, of)) {
        all += 1.0;
        both += f64::from(u8::from(has(row, other)));
    }
    if all == 0.0 { 0.0 } else { both / all }
}

/// Whether two changes have bars in common.
fn overlap(a: &Candidate, b: &Candidate) -> bool {
    a.change.bars.common(&b.change.bars) > 0
}

/// Whether a value is slower besides what was told of the same time.
fn is_slower_besides(one: &Candidate, told: &[Candidate], samples: &Samples, frame: &Frame) -> bool {
    let then: Vec<&Candidate> = told.iter().filter(|other| overlap(one, other)).collect();
    then.is_empty() || slower_without(one, &then, samples, frame)
}

/// What is left of a candidate, but of times, without what an explanation explains; `None` if that is nothing to speak of.
pub(super) fn rest_of(
    other: Candidate,
    best: &Candidate,
    cube: &Cube,
    samples: &Samples,
    frame: &Frame,
    bound: f64,
) -> Option<Candidate> {
    if !overlap(&other, best) {
        return Some(other);
    }
    let bars = best.change.bars.clone();
    let (mut all, mut both) = (0.0, 0.0);
    for row in samples.rows(best.measure, frame, &bars).filter(|row| has(row, &other)) {
        all += 1.0;
        both += f64::from(u8::from(has(row, best)));
    }
    if both == 0.0 {
        return Some(other);
    }
    let excess = (best.change.excess() / best.change.inside.0).clamp(-1.0, 1.0);
    if best.measure == Measure::Less {
        // Rows that are missing are in no sample: what moves with it, less than itself, follows from it.
        return (both / all < 0.5 && other.change.excess() < 2.0 * best.change.excess()).then_some(other);
    }
    let explained = both / all * excess;
    let before = other.change.excess();
    let mut rest = other;
    for bar in bars.iter() {
        rest.counts[bar] *= 1.0 - explained;
    }
    rest.change = larger((rest.log, rest.dimension), rest.measure, &rest.counts, &rest.exposures)?;
    let is_left = rest.change.score >= bound && rest.change.excess() >= 0.3 * before && rest.matters();
    if is_left { recounted(rest, cube, frame) } else { None }
}

/// What is left of a candidate, with all numbers that are told of it counted anew: in the bars that are left, which may be others
/// than before, and among all of its requests, explained or not.
fn recounted(rest: Candidate, cube: &Cube, frame: &Frame) -> Option<Candidate> {
    let cells = frame.dense(cube.series(rest.dimension, rest.key)?.as_ref());
    let all = Candidate::of((rest.log, rest.dimension, rest.key), rest.measure, &cells, rest.change, frame);
    let whole = Some(all.counted());
    Some(Candidate { whole, new_in: rest.new_in, counts: rest.counts, exposures: rest.exposures, ..all })
}

/// Whether what is slower lies where something else lies: the other requests take as long as ever.
pub(super) fn is_slower_within(one: &Candidate, other: &Candidate, samples: &Samples, frame: &Frame) -> bool {
    one.measure == Measure::Time && !other.is_wide() && !slower_without(one, &[other], samples, frame)
}

/// Whether a value is slower than usual also in the requests that have nothing to do with explanations: of two groups that are slow, who
/// asks both waits for the one and for the other.
fn slower_without(other: &Candidate, explained: &[&Candidate], samples: &Samples, frame: &Frame) -> bool {
    const ENOUGH: f64 = 20.0;
    // Inside and outside of its interval: what is left of it may always have been slower than the whole.
    let (mut with, mut without) = (0.0, [(0.0, 0.0); 2]);
    let all = frame.all();
    for row in samples.rows(Measure::Time, frame, &all).filter(|row| has(row, other)) {
        let is_inside = frame.index(row.bar).is_some_and(|bar| other.change.bars.contains(bar));
        if explained.iter().any(|one| has(row, one)) {
            with += f64::from(u8::from(is_inside));
            continue;
        }
        let sums = &mut without[usize::from(is_inside)];
        *sums = (sums.0 + 1.0, sums.1 + row.log());
    }
    if with == 0.0 {
        return true;
    }
    let [outside, inside] = without;
    let usual = if outside.0 >= ENOUGH { outside.1 / outside.0 } else { other.change.usual() };
    inside.0 >= ENOUGH && (inside.1 / inside.0 - usual).exp() >= 1.0 + 0.6 * (other.slower() - 1.0)
}

/// Whether a value is slower only because it is asked for other routes, each of which takes as long as ever.
fn is_another_mix(one: &Candidate, samples: &Samples, frame: &Frame) -> bool {
    const ENOUGH: f64 = 3.0;
    let mut routes: BTreeMap<Key, [(f64, f64); 2]> = BTreeMap::new();
    let all = frame.all();
    for row in samples.rows(Measure::Time, frame, &all).filter(|row| has(row, one)) {
        let (Some(route), Some(bar)) = (row.key(Dimension::Route), frame.index(row.bar)) else { continue };
        let side = usize::from(one.change.bars.contains(bar));
        let sums = &mut routes.entry(route).or_default()[side];
        *sums = (sums.0 + 1.0, sums.1 + row.log());
    }
    let (mut compared, mut shift, mut rows) = (0.0, 0.0, 0.0);
    for [outside, inside] in routes.values() {
        rows += inside.0;
        if outside.0 >= ENOUGH && inside.0 >= ENOUGH {
            compared += inside.0;
            shift += inside.0 * (inside.1 / inside.0 - outside.1 / outside.0);
        }
    }
    // Where few routes can be compared nothing is known.
    compared >= 0.5 * rows && shift / compared < 0.5 * (one.change.observed() - one.change.usual())
}

impl Candidate {
    /// How many times as long requests take as usual.
    pub(super) fn slower(&self) -> f64 {
        (self.change.observed() - self.change.usual()).exp()
    }

    /// Whether its rows are everything that there is, or all of a load balancer: nobody in particular.
    pub(super) fn is_wide(&self) -> bool {
        matches!(self.dimension, Dimension::All | Dimension::LoadBalancer)
    }
}
