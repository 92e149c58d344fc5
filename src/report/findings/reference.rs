//! What a change is measured against, and that there is something: what came with the interval has no "before and after". Pure.

use std::ops::Range;

use super::candidate::{Candidate, Frame, Measure, mean_times};
use super::cube::Cube;
use super::dimension::Dimension;
use super::explain::{Samples, has};
use super::pin::renamed;
use super::seen::{Class, Key};

/// Exposure outside of an interval from which on a value has a usual rate of its own.
const ENOUGH: f64 = 30.0;
/// A target that has a smaller part of another one's requests gets none to speak of.
pub(super) const ACTIVE: f64 = 0.1;
/// Of traffic that falls or rises altogether, a value that does so is no finding unless it does so by so much more.
const MORE_THAN_ALL: f64 = 0.7;

/// Bars before an interval in which targets must have had requests to be missed in it: those of an earlier deployment are gone for good.
const SHORTLY: usize = 6;
/// Requests of a target in them that are some.
const SOME: f64 = 5.0;

/// Whether a target got requests shortly before an interval.
pub(super) fn was_there_before(target: Key, bars: &Range<usize>, cube: &Cube, frame: &Frame) -> bool {
    let before = bars.start.saturating_sub(SHORTLY)..bars.start;
    cube.requests(Dimension::Target, target, frame, &before) >= SOME
}

/// The other targets of a target's group.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Siblings {
    /// Those that get requests inside the interval.
    pub(super) inside: u64,
    /// Those that got some shortly before it.
    pub(super) before: u64,
    /// What was counted of those inside, and their exposure.
    pub(super) counted: f64,
    pub(super) exposed: f64,
    /// Mean time of those inside, seconds.
    time: f64,
}

/// The siblings of a target.
pub(super) fn siblings(of: &Candidate, cube: &Cube, frame: &Frame) -> Siblings {
    let bars = of.change.bars.clone();
    let mut found = Siblings::default();
    let mut timed = 0.0;
    for (key, series) in cube.of(Dimension::Target).iter().filter(|(key, _)| key.0 == of.key.0 && **key != of.key) {
        let cells = frame.dense(series);
        found.before += u64::from(was_there_before(*key, &bars, cube, frame));
        if cube.requests(Dimension::Target, *key, frame, &bars) < ACTIVE * of.requests.0 {
            continue;
        }
        found.inside += 1;
        let other = Candidate::of((of.log, Dimension::Target, *key), of.measure, &cells, of.change.clone());
        let exposed = other.exposures[bars.clone()].iter().sum::<f64>();
        found.counted += other.counts[bars.clone()].iter().sum::<f64>();
        found.exposed += exposed;
        (found.time, timed) = (found.time + mean_times(&cells, &bars).0 * exposed, timed + exposed);
    }
    found.time /= timed.max(1.0);
    found
}

/// The same, measured against something; `None` if there is nothing, or against it nothing is unusual.
pub(super) fn compared(one: Candidate, cube: &Cube, samples: &Samples, frame: &Frame) -> Option<Candidate> {
    let others = (one.dimension == Dimension::Target).then(|| siblings(&one, cube, frame));
    let group = others.as_ref().and_then(|others| group_of_last(&one, others, cube, samples, frame));
    let one = group.unwrap_or(one);
    match one.measure {
        Measure::More => Some(one),
        Measure::Less => falls_by_itself(&one, cube, frame).then_some(one),
        Measure::Share(_) | Measure::Slow(_) | Measure::Time => {
            let failed = one.measure == Measure::Share(Class::Failed);
            if has_history(&one) {
                return (failed || !is_of_new_groups(&one, cube, samples, frame)).then_some(one);
            }
            match (one.dimension, &others) {
                (Dimension::Target, Some(others)) => against_siblings(one, others),
                // Who comes is the change.
                (Dimension::Client | Dimension::Network | Dimension::Agent, _) => Some(one),
                _ => failed.then_some(one),
            }
        }
    }
}

/// The group of a target that alone is left of several: whatever it does, the group does, and it cannot be told from others.
fn group_of_last(
    one: &Candidate,
    others: &Siblings,
    cube: &Cube,
    samples: &Samples,
    frame: &Frame,
) -> Option<Candidate> {
    if others.inside > 0 || others.before == 0 {
        return None;
    }
    let mut rows = samples.rows(Measure::More, frame, &one.change.bars).filter(|row| has(row, one));
    let group = rows.find_map(|row| row.key(Dimension::TargetGroup))?;
    renamed(one, Dimension::TargetGroup, group, cube, frame).filter(Candidate::matters)
}

/// Whether it was there outside for long enough to show that it was otherwise.
fn has_history(one: &Candidate) -> bool {
    const EXPECTED: f64 = 8.0;
    let inside: f64 = one.exposures[one.change.bars.clone()].iter().sum();
    let outside = one.exposures.iter().sum::<f64>() - inside;
    outside >= ENOUGH && (one.measure == Measure::Time || one.change.observed() * outside >= EXPECTED)
}

/// A target that is new, against the others at the same time; if there are none, what was found of its like has to do.
fn against_siblings(mut one: Candidate, others: &Siblings) -> Option<Candidate> {
    if others.exposed < ENOUGH {
        return (one.measure == Measure::Share(Class::Failed)).then_some(one);
    }
    one.change.outside = (others.counted, others.exposed);
    one.times.1 = others.time;
    one.matters().then_some(one)
}

/// Whether most of its rows are of target groups that had no requests outside: a service that is as it is moved there.
fn is_of_new_groups(one: &Candidate, cube: &Cube, samples: &Samples, frame: &Frame) -> bool {
    let is_mixture = matches!(
        one.dimension,
        Dimension::All | Dimension::LoadBalancer | Dimension::Listener | Dimension::Rule | Dimension::Subnet
    );
    if !is_mixture {
        return false;
    }
    let (mut all, mut new) = (0.0, 0.0);
    for row in samples.rows(one.measure, frame, &one.change.bars).filter(|row| has(row, one)) {
        let Some(group) = row.key(Dimension::TargetGroup) else { continue };
        let everything = cube.requests(Dimension::TargetGroup, group, frame, &(0..frame.len()));
        let inside = cube.requests(Dimension::TargetGroup, group, frame, &one.change.bars);
        all += 1.0;
        new += f64::from(u8::from(everything - inside < ENOUGH));
    }
    new >= 0.5 * all && all > 0.0
}

/// Whether its requests fall by more than those of everybody do.
fn falls_by_itself(one: &Candidate, cube: &Cube, frame: &Frame) -> bool {
    let bars = &one.change.bars;
    let whole = 0..frame.len();
    let all = |part| {
        cube.requests(Dimension::All, (0, 0, 0), frame, part) - cube.requests(one.dimension, one.key, frame, part)
    };
    let (inside, outside) = (all(bars), all(&whole) - all(bars));
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let (bars_inside, bars_outside) = (bars.len() as f64, (frame.len() - bars.len()) as f64);
    if inside < ENOUGH || outside < ENOUGH || bars_outside < 1.0 {
        return true;
    }
    let of_all = (inside / bars_inside) / (outside / bars_outside);
    one.change.observed() <= MORE_THAN_ALL * of_all.min(1.0) * one.change.usual()
}

/// Whether a host's traffic is as much as ever, and only goes to another load balancer or target group.
pub(super) fn has_moved(one: &Candidate, host: Key, cube: &Cube, frame: &Frame) -> bool {
    const LOST: f64 = 0.3;
    let bars = &one.change.bars;
    let whole = 0..frame.len();
    let (mut inside, mut outside) = (0.0, 0.0);
    for key in cube.of(Dimension::Host).keys().filter(|key| key.1 == host.1) {
        let (all, then) =
            (cube.requests(Dimension::Host, *key, frame, &whole), cube.requests(Dimension::Host, *key, frame, bars));
        (inside, outside) = (inside + then, outside + all - then);
    }
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let (inside, outside) = (inside / bars.len() as f64, outside / (frame.len() - bars.len()).max(1) as f64);
    (inside - outside).abs() <= LOST * (one.change.observed() - one.change.usual()).abs()
}

/// A load balancer's traffic without the hosts that only moved.
pub(super) fn without_moved(one: &Candidate, cube: &Cube, frame: &Frame) -> Candidate {
    let mut rest = one.clone();
    let hosts = cube.of(Dimension::Host).iter().filter(|(host, _)| host.0 == one.key.0);
    for (_, series) in hosts.filter(|(host, _)| has_moved(one, **host, cube, frame)) {
        for (bar, cell) in frame.dense(series).iter().enumerate() {
            let change = &mut rest.change;
            let sum = if change.bars.contains(&bar) { &mut change.inside } else { &mut change.outside };
            sum.0 -= f64::from(cell.requests);
        }
    }
    rest
}
