//! The same time a day before: what happens then every day, a nightly job or a morning's logins, is no incident.

use alblog::time::DAY;

use super::candidate::{Candidate, Frame, Measure, counted, mean_times};
use super::cube::Cube;
use super::series::Cell;

/// What a value did a day before, at the time of its change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum DayBefore {
    /// It changed likewise.
    Same,
    /// It did not.
    Usual {
        /// What was counted then: a share, requests a bar, seconds.
        observed: f64,
    },
    /// There is too little of that day to tell.
    Unknown,
}

/// Of the change, the part that there must have been a day before.
const LIKEWISE: f64 = 0.5;
/// Of the requests, the part that there must have been a day before.
const COMPARABLE: f64 = 0.3;

impl Frame {
    /// The same bars a day before; `None` if a day is no whole number of them.
    pub(super) fn day_before(&self) -> Option<Self> {
        let day = DAY / self.step;
        (day * self.step == DAY).then(|| Self::new(self.step, self.bars.start - day..self.bars.end - day))
    }
}

/// What a changed value did a day before, of which `cube` and `frame` are.
pub(super) fn day_before(one: &Candidate, cube: &Cube, frame: &Frame) -> DayBefore {
    if cube.is_empty() {
        return DayBefore::Unknown;
    }
    let cells = match cube.series(one.dimension, one.key) {
        Some(series) => frame.dense(&series),
        None => vec![Cell::default(); frame.len()],
    };
    let bars = &one.change.bars;
    let (inside, outside): (Vec<_>, Vec<_>) = cells.iter().enumerate().partition(|(bar, _)| bars.contains(*bar));
    let sum = |cells: Vec<(usize, &Cell)>| {
        let counted = cells.into_iter().map(|(_, cell)| counted(cell, one.measure));
        counted.fold((0.0, 0.0), |all, (count, exposure)| (all.0 + count, all.1 + exposure))
    };
    let rate = |(count, exposure): (f64, f64)| if exposure > 0.0 { count / exposure } else { 0.0 };
    let (inside, outside) = (sum(inside), sum(outside));
    let told = one.told();
    if inside.1 < COMPARABLE * told.inside.1 {
        return DayBefore::Unknown;
    }
    let change = told.observed() - told.usual();
    let then = rate(inside) - rate(outside);
    // Against what is usual today, too: where all of the day before was as bad, nothing changed then.
    let higher = if matches!(one.measure, Measure::More | Measure::Less) { then } else { rate(inside) - told.usual() };
    let likewise = |then: f64| then * change.signum() >= LIKEWISE * change.abs();
    let observed = if one.measure == Measure::Time { mean_times(&cells, bars).0 } else { rate(inside) };
    if likewise(then) || likewise(higher) { DayBefore::Same } else { DayBefore::Usual { observed } }
}

#[cfg(test)]
mod tests {
    use super::super::candidate::{Log, candidate};
    use super::super::counter::Counter;
    use super::super::dimension::{DIMENSIONS, Dimension};
    use super::super::seen::{Class, Seen};
    use super::*;

    /// An hour's cube: `requests` and `failed` of each minute of one load balancer, from `first` on.
    fn cube(first: i64, minutes: &[(u32, u32)]) -> Cube {
        let mut keys = [None; DIMENSIONS];
        keys[Dimension::LoadBalancer as usize] = Some((1, 0, 0));
        let mut counter = Counter::default();
        for (bar, (requests, failed)) in (first..).zip(minutes) {
            for row in 0..*requests {
                let class = (row < *failed).then_some(Class::Failed);
                counter.add(&Seen { bar, keys, class, ..Seen::default() }, false);
            }
        }
        counter.finish().0
    }

    fn minutes(usual: (u32, u32), inside: (u32, u32)) -> Vec<(u32, u32)> {
        (0..60).map(|minute| if (20..40).contains(&minute) { inside } else { usual }).collect()
    }

    fn told(measure: Measure, now: &[(u32, u32)], before: &[(u32, u32)]) -> DayBefore {
        let frame = Frame::new(DAY / 1440, 1440..1500);
        let past = frame.day_before().unwrap();
        let (cube_now, cube_before) = (cube(1440, now), cube(0, before));
        let cells = frame.dense(&cube_now.series(Dimension::LoadBalancer, (1, 0, 0)).unwrap());
        let found =
            candidate(Log::Requests, Dimension::LoadBalancer, (1, 0, 0), measure, &cells, &frame, &mut 0).unwrap();
        day_before(&found, &cube_before, &past)
    }

    #[test]
    fn a_nightly_job_is_the_same_every_day() {
        let night = minutes((100, 0), (300, 0));
        assert_eq!(told(Measure::More, &night, &night), DayBefore::Same);
        // Also where the day before had less of everything.
        assert_eq!(told(Measure::More, &night, &minutes((60, 0), (200, 0))), DayBefore::Same);
        assert_eq!(told(Measure::More, &night, &minutes((100, 0), (100, 0))), DayBefore::Usual { observed: 100.0 });
        // A busy day is no reason for a peak.
        assert_eq!(told(Measure::More, &night, &minutes((300, 0), (300, 0))), DayBefore::Usual { observed: 300.0 });
    }

    #[test]
    fn failures_are_compared_by_their_share() {
        let bad = minutes((100, 0), (100, 40));
        assert_eq!(told(Measure::Share(Class::Failed), &bad, &bad), DayBefore::Same);
        assert_eq!(told(Measure::Share(Class::Failed), &bad, &minutes((90, 36), (90, 36))), DayBefore::Same);
        let quiet = minutes((100, 0), (100, 0));
        assert_eq!(told(Measure::Share(Class::Failed), &bad, &quiet), DayBefore::Usual { observed: 0.0 });
        assert_eq!(told(Measure::Share(Class::Failed), &bad, &minutes((10, 4), (10, 4))), DayBefore::Unknown);
        assert_eq!(told(Measure::Share(Class::Failed), &bad, &[]), DayBefore::Unknown);
    }

    #[test]
    fn a_day_is_a_whole_number_of_bars_or_is_not_compared() {
        assert!(Frame::new(7 * DAY / 1440, 0..10).day_before().is_none());
    }
}
