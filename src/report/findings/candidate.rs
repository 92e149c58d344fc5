//! Everything that left what is usual for it, before anybody asks which of it explains the rest.

use std::ops::Range;

use super::again::comes_again;
use super::change::{Change, Direction, Measured, bound, most_changed, most_shifted};
use super::cube::Cube;
use super::dimension::Dimension;
use super::missing::Holes;
use super::seen::{Class, Key};
use super::series::{Cell, Series, UNIT};
use super::spans::Spans;
use super::values::Values;
use crate::report::gaps::Missing;

/// What of a series is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Measure {
    /// The part of the requests that is of a class.
    Share(Class),
    /// The part of the requests that takes as long as one of [`SLOW`](super::series::SLOW), by its place there.
    Slow(usize),
    /// The time that answers take: the mean of its logarithm.
    Time,
    /// Requests, more of them.
    More,
    /// Requests, fewer of them.
    Less,
}

impl Measure {
    const EACH: [Self; 13] = [
        Self::Share(Class::Failed),
        Self::Share(Class::Left),
        Self::Share(Class::Blocked),
        Self::Share(Class::NotFound),
        Self::Share(Class::Denied),
        Self::Share(Class::Rejected),
        Self::Share(Class::Redirected),
        Self::Slow(0),
        Self::Slow(1),
        Self::Slow(2),
        Self::Time,
        Self::More,
        Self::Less,
    ];

    /// Whether it is looked at by a dimension. Targets come and go with every deployment: their traffic says nothing.
    /// Of connections the handshakes that fail are looked at, and of health checks those that do: the rest shows in requests.
    fn is_of(self, log: Log, dimension: Dimension) -> bool {
        match self {
            _ if log != Log::Requests => self == Self::Share(Class::Failed),
            // Which certificates were served is only evidence.
            _ if dimension == Dimension::Certificate => false,
            // Nodes come and go, and pass on what clients and targets do: what they reach, and how fast, is their own.
            _ if dimension == Dimension::Node => {
                matches!(self, Self::Share(Class::Failed | Class::Left) | Self::Slow(_) | Self::Time)
            }
            // Clients are sent elsewhere all day, each as it likes.
            Self::Share(Class::Redirected) => !matches!(dimension, Dimension::Client | Dimension::Network),
            Self::More => !matches!(dimension, Dimension::Target | Dimension::Subnet | Dimension::Rule),
            Self::Less => {
                let is_configured = matches!(dimension, Dimension::LoadBalancer | Dimension::TargetGroup);
                is_configured || matches!(dimension, Dimension::All | Dimension::Host)
            }
            _ => true,
        }
    }
}

/// Which log a candidate was seen in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::report) enum Log {
    Requests,
    Connections,
    HealthChecks,
}

impl Log {
    pub(super) const EACH: [Self; 3] = [Self::Requests, Self::Connections, Self::HealthChecks];
}

/// The bars of a window that are whole and delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    /// Length of a bar, microseconds.
    pub(super) step: i64,
    /// Bars since the epoch.
    pub(super) bars: Range<i64>,
    /// Those of which rows are missing.
    holes: Holes,
}

impl Frame {
    /// Bars of a length, by number since the epoch.
    pub(super) fn new(step: i64, bars: Range<i64>) -> Self {
        Self { step, bars, holes: Holes::default() }
    }

    /// The same, where these rows are missing.
    pub(super) fn without(self, missing: &[Missing], cube: &Cube, values: &Values) -> Self {
        Self { holes: Holes::new(missing, cube, values, &self), ..self }
    }

    /// Whether rows of a value are missing in a bar: how many there were is not known.
    pub(super) fn is_missing(&self, dimension: Dimension, key: Key, bar: usize) -> bool {
        self.holes.has(dimension, key, bar)
    }

    /// The bars of a length that lie within a time.
    pub(super) fn of(time: &Range<i64>, step: i64) -> Self {
        let step = step.max(1);
        let first = time.start.div_euclid(step) + i64::from(time.start.rem_euclid(step) != 0);
        Self::new(step, first..time.end.div_euclid(step).max(first))
    }

    /// The time of some bars, microseconds since the epoch.
    pub(super) fn time(&self, bars: &Range<usize>) -> Range<i64> {
        self.begin(bars.start)..self.begin(bars.end)
    }

    pub(super) fn overlaps(&self, time: &Range<i64>) -> bool {
        time.start < self.bars.end * self.step && self.bars.start * self.step < time.end
    }

    /// All of its bars.
    pub(super) fn all(&self) -> Spans {
        (0..self.len()).into()
    }

    pub(super) fn len(&self) -> usize {
        usize::try_from(self.bars.end - self.bars.start).unwrap_or(0)
    }

    /// When a bar of the frame begins, microseconds since the epoch.
    pub(super) fn begin(&self, bar: usize) -> i64 {
        (self.bars.start + i64::try_from(bar).unwrap_or(0)) * self.step
    }

    /// Which bar of the frame a bar since the epoch is.
    pub(super) fn index(&self, bar: i64) -> Option<usize> {
        self.bars.contains(&bar).then(|| usize::try_from(bar - self.bars.start).unwrap_or(0))
    }

    /// The counts of each bar of the frame.
    pub(super) fn dense(&self, series: &Series) -> Vec<Cell> {
        let mut cells = vec![Cell::default(); self.len()];
        for (bar, cell) in &series.cells {
            if let Some(index) = self.index(*bar) {
                cells[index] = *cell;
            }
        }
        cells
    }
}

/// A value whose series left what is usual for it.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) log: Log,
    pub(super) dimension: Dimension,
    pub(super) key: Key,
    pub(super) measure: Measure,
    pub(super) change: Change,
    /// Where something else explains a part of it: the change in all of its requests, which is what words tell. `change` is what
    /// is left.
    pub(super) whole: Option<Change>,
    /// What is usual of it is what was usual of this, in which it lies: it was not there before.
    pub(super) new_in: Option<(Dimension, Key)>,
    /// Requests inside, and in the whole frame.
    pub(super) requests: (f64, f64),
    /// What was counted in each bar, and the exposure; of times the sum of logarithms, and how many.
    pub(super) counts: Vec<f64>,
    pub(super) exposures: Vec<f64>,
    /// Mean time inside and outside, seconds.
    pub(super) times: (f64, f64),
    /// Whether it was hardly there outside.
    pub(super) is_new: bool,
    /// Its excess as a part of all requests inside.
    pub(super) part_of_all: f64,
}

/// What was found, and how surely it had to differ.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    pub(super) found: Vec<Candidate>,
    /// Series that were looked at.
    pub(super) series: usize,
    /// What a score had to exceed.
    pub(super) bound: f64,
}

/// Requests that a value must have to be looked at.
const REQUESTS: u64 = 30;

/// Looks at every series.
pub(super) fn candidates(cube: &Cube, frame: &Frame, log: Log) -> Candidates {
    let mut all: Vec<Candidate> = Vec::new();
    let mut looked_at = 0;
    if frame.len() < 4 {
        return Candidates::default();
    }
    for dimension in Dimension::EACH {
        let mut values: Vec<(&Key, &Series)> =
            cube.of(dimension).iter().filter(|(_, series)| series.requests >= REQUESTS).collect();
        values.sort_unstable_by_key(|(key, _)| **key);
        for (key, series) in values {
            let cells = frame.dense(series);
            for measure in Measure::EACH.into_iter().filter(|measure| measure.is_of(log, dimension)) {
                if let Some(candidate) = candidate(log, dimension, *key, measure, &cells, frame, &mut looked_at) {
                    all.push(candidate);
                }
            }
        }
    }
    let bound = bound(looked_at, frame.len());
    all.retain(|candidate| candidate.change.score >= bound);
    Candidates { found: all, series: looked_at, bound }
}

/// Fewer than so many of a kind are never a sign.
const FEW: u32 = 15;

/// How many times as many there must be in a bar of what is a larger part than usual.
const MORE_IN_TIME: f64 = 1.5;

/// Bars that health checks have to fail for.
const LASTING: usize = 5;

pub(super) fn candidate(
    log: Log,
    dimension: Dimension,
    key: Key,
    measure: Measure,
    cells: &[Cell],
    frame: &Frame,
    looked_at: &mut usize,
) -> Option<Candidate> {
    let (counts, exposures) = series(cells, measure, dimension, key, frame);
    let change = match measure {
        Measure::Share(class) => {
            let all: u32 = cells.iter().map(|cell| cell.classes[class as usize]).sum();
            if all < FEW {
                return None;
            }
            *looked_at += 1;
            larger((log, dimension), measure, &counts, &exposures)
        }
        Measure::Slow(level) => {
            if cells.iter().map(|cell| cell.slow[level]).sum::<u32>() < FEW {
                return None;
            }
            *looked_at += 1;
            larger((log, dimension), measure, &counts, &exposures)
        }
        Measure::Time => {
            *looked_at += 1;
            let bars: Vec<Measured> = cells.iter().map(measured).collect();
            most_shifted(&bars)
        }
        Measure::More | Measure::Less => {
            *looked_at += 1;
            most_changed(&counts, &exposures, if measure == Measure::More { Direction::More } else { Direction::Less })
        }
    }?;
    let candidate = Candidate::of((log, dimension, key), measure, cells, change, frame);
    candidate.matters().then_some(candidate)
}

/// The interval in which a share is larger, or the several in which it is: what is surer.
pub(super) fn larger(
    (log, dimension): (Log, Dimension),
    measure: Measure,
    counts: &[f64],
    exposures: &[f64],
) -> Option<Change> {
    let once = most_changed(counts, exposures, Direction::More);
    let again = if comes_and_goes(log, dimension, measure) { comes_again(counts, exposures) } else { None };
    let score = |change: &Change| change.score;
    once.into_iter().chain(again).max_by(|one, other| score(one).total_cmp(&score(other)))
}

/// Whether it is looked for several times: what clients do they do now and then, all day.
fn comes_and_goes(log: Log, dimension: Dimension, measure: Measure) -> bool {
    log == Log::Requests
        && !matches!(dimension, Dimension::Client | Dimension::Network | Dimension::Agent)
        && matches!(measure, Measure::Share(Class::Failed | Class::Left) | Measure::Slow(_))
}

/// What is counted of each bar, and of how much: of traffic nothing in a bar of which rows are missing.
fn series(cells: &[Cell], measure: Measure, dimension: Dimension, key: Key, frame: &Frame) -> (Vec<f64>, Vec<f64>) {
    let is_traffic = matches!(measure, Measure::More | Measure::Less);
    let of_bar = |(bar, cell)| {
        if is_traffic && frame.is_missing(dimension, key, bar) { (0.0, 0.0) } else { counted(cell, measure) }
    };
    cells.iter().enumerate().map(of_bar).unzip()
}

/// Whether nothing was there before, but for a moment.
fn is_new(cells: &[Cell], start: usize) -> bool {
    const MOMENT: usize = 3;
    start > MOMENT && cells[..start - MOMENT].iter().all(|cell| cell.requests == 0)
}

/// What is counted of a bar, and of how much.
pub(super) fn counted(cell: &Cell, measure: Measure) -> (f64, f64) {
    match measure {
        Measure::Share(class) => (f64::from(cell.classes[class as usize]), f64::from(cell.requests)),
        Measure::Slow(level) => (f64::from(cell.slow[level]), f64::from(cell.timed)),
        Measure::Time => (measured(cell).sum, f64::from(cell.timed)),
        Measure::More | Measure::Less => (f64::from(cell.requests), 1.0),
    }
}

#[expect(clippy::cast_precision_loss, reason = "sums of logarithms of at most a window's requests")]
fn measured(cell: &Cell) -> Measured {
    Measured { count: f64::from(cell.timed), sum: cell.logs as f64 / UNIT, squares: cell.squares as f64 / UNIT }
}

/// Mean time inside and outside, seconds.
#[expect(clippy::cast_precision_loss, reason = "times are far below 2^53 µs")]
pub(super) fn mean_times(cells: &[Cell], inside: &Spans) -> (f64, f64) {
    let (mut of_inside, mut of_outside) = ((0_u64, 0_u64), (0_u64, 0_u64));
    for (bar, cell) in cells.iter().enumerate() {
        let sum = if inside.contains(bar) { &mut of_inside } else { &mut of_outside };
        *sum = (sum.0 + cell.micros, sum.1 + u64::from(cell.timed));
    }
    let mean = |(micros, timed): (u64, u64)| if timed == 0 { 0.0 } else { micros as f64 / timed as f64 / 1e6 };
    (mean(of_inside), mean(of_outside))
}

impl Candidate {
    /// A value's change, with what it has in each bar.
    pub(super) fn of(
        (log, dimension, key): (Log, Dimension, Key),
        measure: Measure,
        cells: &[Cell],
        change: Change,
        frame: &Frame,
    ) -> Self {
        let requests = |bars: &mut dyn Iterator<Item = &Cell>| bars.map(|cell| f64::from(cell.requests)).sum::<f64>();
        let (counts, exposures) = series(cells, measure, dimension, key, frame);
        let inside = requests(&mut change.bars.values(cells));
        Self {
            log,
            dimension,
            key,
            measure,
            requests: (inside, requests(&mut cells.iter())),
            times: mean_times(cells, &change.bars),
            is_new: is_new(cells, change.bars.start()),
            part_of_all: 0.0,
            whole: None,
            new_in: None,
            change,
            counts,
            exposures,
        }
    }

    /// The change in all of its requests: every number that is told can be counted.
    pub(super) fn told(&self) -> &Change {
        self.whole.as_ref().unwrap_or(&self.change)
    }

    /// The same change with what was counted inside and outside of its bars.
    pub(super) fn counted(&self) -> Change {
        let mut change = self.change.clone();
        (change.inside, change.outside) = ((0.0, 0.0), (0.0, 0.0));
        for (bar, (count, exposure)) in self.counts.iter().zip(&self.exposures).enumerate() {
            let sum = if change.bars.contains(bar) { &mut change.inside } else { &mut change.outside };
            *sum = (sum.0 + count, sum.1 + exposure);
        }
        change
    }

    /// Whether there are more of what is counted in a bar than outside, and not only a larger part of fewer.
    fn is_more_in_time(&self) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let (inside, all) = (self.change.bars.len() as f64, self.counts.len() as f64);
        let (of_inside, of_outside) = (self.change.inside.0, self.change.outside.0);
        all <= inside || of_inside / inside >= MORE_IN_TIME * of_outside / (all - inside)
    }

    /// Whether anybody would want to be told, however sure it is.
    pub(super) fn matters(&self) -> bool {
        let Change { bars, .. } = &self.change;
        let (observed, usual, excess) = (self.change.observed(), self.change.usual(), self.change.excess());
        // Where others stay away, what there is as ever is a larger part.
        if matches!(self.measure, Measure::Share(_) | Measure::Slow(_)) && !self.is_more_in_time() {
            return false;
        }
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let minutes = bars.len() as f64;
        match self.measure {
            // A moment is no more than a target that is replaced.
            Measure::Share(Class::Failed) if self.log == Log::HealthChecks => {
                excess >= 15.0 && observed >= (2.0 * usual).max(0.1) && bars.len() >= LASTING
            }
            Measure::Share(Class::Failed) => excess >= 15.0 && observed >= 2.0 * usual,
            Measure::Share(_) => excess >= 40.0 && observed >= 2.0 * usual,
            Measure::Slow(_) => excess >= 20.0 && observed >= (2.5 * usual).max(0.005),
            Measure::Time => {
                // The means are of logarithms.
                let slower = (observed - usual).exp();
                slower >= 1.4 && self.change.inside.1 >= 40.0 && self.times.0 - self.times.1 >= 0.01
            }
            // Where what is known begins with it, the other side of the same step is the change.
            Measure::More | Measure::Less if self.exposures[..bars.start()].iter().all(|exposed| *exposed <= 0.0) => {
                false
            }
            Measure::More => excess >= 200.0 && observed >= 1.5 * usual && excess / minutes >= 20.0,
            Measure::Less => -excess >= 200.0 && observed <= 0.6 * usual,
        }
    }
}
