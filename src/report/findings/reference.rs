//! What a change is measured against, and that there is something: what came with the interval has no "before and after". Pure.

use std::borrow::Cow;

use super::candidate::{Candidate, Frame, Measure, counted, mean_times};
use super::cube::Cube;
use super::dimension::Dimension;
use super::event::main_host;
use super::explain::{Samples, has};
use super::pin::renamed;
use super::seen::{Class, Key, is_within};
use super::series::Series;
use super::spans::Spans;
use super::traffic::{changes_by_itself, is_load};
use crate::base::counts::tally;

/// Exposure outside of an interval from which on a value has a usual rate of its own.
const ENOUGH: f64 = 30.0;
/// How many times as bad as that of its like at the same time its rate must be.
const WORSE: f64 = 1.5;
/// A target that has a smaller part of another one's requests gets none to speak of.
pub(super) const ACTIVE: f64 = 0.1;
/// Bars before an interval in which targets must have had requests to be missed in it: those of an earlier deployment are gone for good.
const SHORTLY: usize = 6;
/// Requests of a target in them that are some.
const SOME: f64 = 5.0;

/// Whether a target got requests shortly before an interval.
pub(super) fn was_there_before(target: Key, bars: &Spans, cube: &Cube, frame: &Frame) -> bool {
    let before = bars.start().saturating_sub(SHORTLY)..bars.start();
    cube.requests(Dimension::Target, target, frame, &before.into()) >= SOME
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
        let other = Candidate::of((of.log, Dimension::Target, *key), of.measure, &cells, of.change.clone(), frame);
        let exposed = bars.values(&other.exposures).sum::<f64>();
        found.counted += bars.values(&other.counts).sum::<f64>();
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
        Measure::More | Measure::Less => changes_by_itself(&one, cube, frame).then_some(one),
        Measure::Share(_) | Measure::Slow(_) | Measure::Time => {
            let failed = one.measure == Measure::Share(Class::Failed);
            if has_history(&one) {
                let is_its_own = stands_out_then(&one, others.as_ref(), cube, samples, frame)
                    && !is_load(&one, cube, frame)
                    && (failed || !is_of_new_groups(&one, cube, samples, frame));
                return is_its_own.then_some(one);
            }
            match (one.dimension, &others) {
                (Dimension::Target, Some(others)) => against_siblings(one, others),
                // Who comes is the change.
                (Dimension::Client | Dimension::Network | Dimension::Agent, _) => Some(one),
                _ => (failed || is_asked_for_anew(&one, cube, samples, frame)).then_some(one),
            }
        }
    }
}

/// Whether something does worse than its like at the same time, and not only than itself before: what all of them do is nothing
/// of its own, but of what they are parts of.
fn stands_out_then(
    one: &Candidate,
    siblings: Option<&Siblings>,
    cube: &Cube,
    samples: &Samples,
    frame: &Frame,
) -> bool {
    let (observed, usual) = (one.told().observed(), one.told().usual());
    let others = match (one.dimension, siblings) {
        // Targets of a group are alike.
        (Dimension::Target, Some(others)) if others.exposed >= ENOUGH => Some(others.counted / others.exposed - usual),
        (Dimension::Host | Dimension::Route | Dimension::Rule, _) => {
            shift_of_others(one, &in_its_group(one, cube, samples, frame), frame)
                .or_else(|| shift_of_others(one, &its_like(one, cube), frame))
        }
        (Dimension::Subnet | Dimension::TargetGroup | Dimension::Node, _) => {
            shift_of_others(one, &its_like(one, cube), frame)
        }
        _ => None,
    };
    others.is_none_or(|others| observed - usual >= WORSE * others)
}

/// What something is compared with: series that count, and whether its own is counted among them.
struct Others<'c> {
    series: Vec<Cow<'c, Series>>,
    has_own: bool,
}

/// The other subnets, or the other values at its load balancer.
fn its_like<'c>(one: &Candidate, cube: &'c Cube) -> Others<'c> {
    let is_other = |key: &Key| match one.dimension {
        Dimension::Subnet => !is_within(*key, one.key),
        _ => key.0 == one.key.0 && *key != one.key,
    };
    let others = cube.of(one.dimension).iter().filter(|(key, _)| is_other(key));
    Others { series: others.map(|(_, series)| Cow::Borrowed(series)).collect(), has_own: false }
}

/// The target group that nearly all of its requests go to.
fn in_its_group<'c>(one: &Candidate, cube: &'c Cube, samples: &Samples, frame: &Frame) -> Others<'c> {
    const NEARLY_ALL: f64 = 0.9;
    let rows = samples.rows(Measure::More, frame, &one.change.bars).filter(|row| has(row, one));
    let groups = tally(rows.map(|row| (row.key(Dimension::TargetGroup), 1)));
    let all: u64 = groups.iter().map(|(_, count)| count).sum();
    #[expect(clippy::cast_precision_loss, reason = "a sample")]
    let group = groups.first().filter(|(_, count)| *count as f64 >= NEARLY_ALL * all as f64);
    let series = group.and_then(|(group, _)| cube.series(Dimension::TargetGroup, (*group)?));
    Others { series: series.into_iter().collect(), has_own: true }
}

/// By how much the rate of others rises in the interval. `None` if they have too few requests.
fn shift_of_others(one: &Candidate, others: &Others, frame: &Frame) -> Option<f64> {
    let (mut inside, mut outside) = ((0.0, 0.0), (0.0, 0.0));
    let mut add = |bar: usize, (count, exposure): (f64, f64)| {
        let sum = if one.change.bars.contains(bar) { &mut inside } else { &mut outside };
        *sum = (sum.0 + count, sum.1 + exposure);
    };
    for series in &others.series {
        for (bar, cell) in frame.dense(series).iter().enumerate() {
            add(bar, counted(cell, one.measure));
        }
    }
    if others.has_own {
        let own = one.told();
        (inside, outside) = (minus(inside, own.inside), minus(outside, own.outside));
    }
    (inside.1 >= ENOUGH && outside.1 >= ENOUGH).then(|| inside.0 / inside.1 - outside.0 / outside.1)
}

fn minus(all: (f64, f64), part: (f64, f64)) -> (f64, f64) {
    (all.0 - part.0, all.1 - part.1)
}

/// Whether hardly anybody asked for a host, a route or a target group's host before, at any load balancer: what was asked for
/// elsewhere is a service that is as it is, and has moved.
fn is_asked_for_anew(one: &Candidate, cube: &Cube, samples: &Samples, frame: &Frame) -> bool {
    let (dimension, value) = match one.dimension {
        Dimension::Host | Dimension::Route => (one.dimension, Some(one.key.1)),
        Dimension::TargetGroup => {
            let rows = samples.rows(Measure::More, frame, &one.change.bars).filter(|row| has(row, one));
            (Dimension::Host, main_host(rows).map(|host| host.1))
        }
        _ => return false,
    };
    let Some(value) = value else { return false };
    !is_history(of_value(dimension, value, one, cube, frame).1, one)
}

/// Requests for a host or a route at all load balancers, in the interval and outside.
fn of_value(dimension: Dimension, value: u32, one: &Candidate, cube: &Cube, frame: &Frame) -> (f64, f64) {
    let keys = cube.of(dimension).keys().filter(|key| key.1 == value);
    let counts = keys.map(|key| cube.inside_and_outside(dimension, *key, frame, &one.change.bars));
    counts.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
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
    let inside: f64 = one.change.bars.values(&one.exposures).sum();
    is_history(one.exposures.iter().sum::<f64>() - inside, one)
}

/// Whether so many requests outside are enough for that.
fn is_history(outside: f64, one: &Candidate) -> bool {
    const EXPECTED: f64 = 8.0;
    outside >= ENOUGH && (one.measure == Measure::Time || one.change.observed() * outside >= EXPECTED)
}

/// A target that is new, against the others at the same time; if there are none, what was found of its like has to do.
fn against_siblings(mut one: Candidate, others: &Siblings) -> Option<Candidate> {
    if others.exposed < ENOUGH {
        return (one.measure == Measure::Share(Class::Failed)).then_some(one);
    }
    one.change.outside = (others.counted, others.exposed);
    if let Some(whole) = &mut one.whole {
        whole.outside = one.change.outside;
    }
    one.times.1 = others.time;
    one.matters().then_some(one)
}

/// Whether most of its rows are of target groups that had no requests outside: a service that is as it is moved there.
fn is_of_new_groups(one: &Candidate, cube: &Cube, samples: &Samples, frame: &Frame) -> bool {
    let is_mixture = matches!(
        one.dimension,
        Dimension::All
            | Dimension::LoadBalancer
            | Dimension::Listener
            | Dimension::Rule
            | Dimension::Subnet
            | Dimension::Node
    );
    if !is_mixture {
        return false;
    }
    let (mut all, mut new) = (0.0, 0.0);
    for row in samples.rows(one.measure, frame, &one.change.bars).filter(|row| has(row, one)) {
        let Some(group) = row.key(Dimension::TargetGroup) else { continue };
        let everything = cube.requests(Dimension::TargetGroup, group, frame, &frame.all());
        let inside = cube.requests(Dimension::TargetGroup, group, frame, &one.change.bars);
        all += 1.0;
        new += f64::from(u8::from(everything - inside < ENOUGH));
    }
    new >= 0.5 * all && all > 0.0
}

/// Whether the traffic of a host, or of a route, is as much as ever, and only goes to another load balancer or target group.
pub(super) fn has_moved(one: &Candidate, of: Dimension, value: Key, cube: &Cube, frame: &Frame) -> bool {
    const LOST: f64 = 0.3;
    let bars = &one.change.bars;
    let (inside, outside) = of_value(of, value.1, one, cube, frame);
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let (inside, outside) = (inside / bars.len() as f64, outside / (frame.len() - bars.len()).max(1) as f64);
    (inside - outside).abs() <= LOST * (one.change.observed() - one.change.usual()).abs()
}

/// A load balancer's traffic without the hosts that only moved.
pub(super) fn without_moved(one: &Candidate, cube: &Cube, frame: &Frame) -> Candidate {
    let mut rest = one.clone();
    let hosts = cube.of(Dimension::Host).iter().filter(|(host, _)| host.0 == one.key.0);
    for (_, series) in hosts.filter(|(host, _)| has_moved(one, Dimension::Host, **host, cube, frame)) {
        for (bar, cell) in frame.dense(series).iter().enumerate() {
            let change = &mut rest.change;
            let sum = if change.bars.contains(bar) { &mut change.inside } else { &mut change.outside };
            sum.0 -= f64::from(cell.requests);
        }
    }
    rest
}
