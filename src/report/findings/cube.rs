//! What was seen, added up: for each value of each dimension a series of counts over time, and samples of whole rows, which
//! tell what goes together. Bounded whatever comes; the same whatever the order in which rows came, as long as the bounds
//! are not met.

use std::borrow::Cow;
use std::collections::BinaryHeap;
use std::ops::Range;

use foldhash::HashMap;

use super::candidate::Frame;
use super::dimension::{DIMENSIONS, Dimension, masked};
use super::explain::Samples;
use super::values::Id;

/// What became of a row, as far as it can be a sign of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Class {
    /// 5xx, 561 and 000 of requests; handshakes and health checks that failed.
    Failed,
    /// 460: the client left before the answer.
    Left,
    /// 403 by AWS WAF.
    Blocked,
    /// 404, whoever says so.
    NotFound,
    /// 401 and other 403.
    Denied,
    /// Any other 4xx.
    Rejected,
    /// The load balancer itself sent the client elsewhere.
    Redirected,
}

/// How many there are.
pub(super) const CLASSES: usize = 7;

/// A value of a dimension: where it belongs to, its number, and a number beside it. Zeros where there is none.
pub(super) type Key = (Id, Id, u32);

/// A row as it is counted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// Begin of its bar, in bars since the epoch.
    pub(super) bar: i64,
    /// Its value of each dimension, if it has one.
    pub(super) keys: [Option<Key>; DIMENSIONS],
    pub(super) class: Option<Class>,
    /// What exactly became of it, a number of [`super::values::Values`]; of classes only.
    pub(super) cause: Id,
    /// What the target took, microseconds.
    pub(super) micros: Option<u64>,
    /// What tells the row from others, whatever the order in which they come.
    pub(super) mark: u64,
}

impl Seen {
    pub(super) fn key(&self, dimension: Dimension) -> Option<Key> {
        self.keys[dimension as usize]
    }

    /// The logarithm of its time, in microseconds; of a row without one that of the shortest.
    pub(super) fn log(&self) -> f64 {
        log(self.micros.unwrap_or(0))
    }

    pub(super) fn is_slow(&self) -> bool {
        self.micros.is_some_and(|micros| micros >= SLOW)
    }

    /// Leaves out all values but these.
    pub(super) fn keep(&mut self, wanted: &[(Dimension, Key)]) {
        let mut keys = [None; DIMENSIONS];
        for (dimension, _) in wanted.iter().filter(|(dimension, key)| self.has(*dimension, *key)) {
            keys[*dimension as usize] = self.key(*dimension);
        }
        self.keys = keys;
    }

    /// Whether it has a value of a dimension.
    pub(super) fn has(&self, dimension: Dimension, key: Key) -> bool {
        match self.key(dimension) {
            Some(row) if dimension == Dimension::Subnet => is_within(row, key),
            row => row == Some(key),
        }
    }
}

/// Whether a row's subnet lies in one.
fn is_within(row: Key, subnet: Key) -> bool {
    masked(row.1, subnet.2) == subnet.1
}

/// Counts of a bar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) requests: u32,
    pub(super) classes: [u32; CLASSES],
    /// Requests with a time.
    pub(super) timed: u32,
    /// Of these, those of a second or more.
    pub(super) slow: u32,
    /// Sum of times, microseconds.
    pub(super) micros: u64,
    /// Sum of their logarithms and of the squares of these, in units of 1 / [`UNIT`]: whole numbers, whose sums do not
    /// depend on the order.
    pub(super) logs: i64,
    pub(super) squares: i64,
}

/// Parts of one in sums of logarithms.
pub(super) const UNIT: f64 = 65_536.0;
/// From here on a request is slow, microseconds.
const SLOW: u64 = 1_000_000;

/// The logarithm of a time; what is faster than half a millisecond is as fast.
#[expect(clippy::cast_precision_loss, reason = "times are far below 2^53 µs")]
fn log(micros: u64) -> f64 {
    (micros.max(500) as f64).ln()
}

impl Cell {
    /// A row, counted.
    fn of(seen: &Seen) -> Self {
        let mut cell = Self { requests: 1, ..Self::default() };
        if let Some(class) = seen.class {
            cell.classes[class as usize] = 1;
        }
        let Some(micros) = seen.micros else { return cell };
        let log = log(micros);
        #[expect(clippy::cast_possible_truncation, reason = "logarithms of 64-bit numbers are small")]
        let whole = |value: f64| (value * UNIT).round() as i64;
        Self { timed: 1, slow: u32::from(micros >= SLOW), micros, logs: whole(log), squares: whole(log * log), ..cell }
    }

    fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        for (mine, others) in self.classes.iter_mut().zip(other.classes) {
            *mine += others;
        }
        self.timed += other.timed;
        self.slow += other.slow;
        self.micros += other.micros;
        self.logs += other.logs;
        self.squares += other.squares;
    }
}

/// Bars up to which room is made for one at a time.
const FEW: usize = 4;

/// A value over time: the bars in which it was seen, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Series {
    pub(super) cells: Vec<(i64, Cell)>,
    pub(super) requests: u64,
    /// Where the row before was counted: the next one mostly belongs there, too.
    latest: usize,
}

impl Series {
    /// Counts a row, and tells whether it is the first of its bar.
    fn add(&mut self, bar: i64, row: &Cell) -> bool {
        self.requests += 1;
        let (cell, is_new) = self.cell(bar);
        cell.merge(row);
        is_new
    }

    /// Puts the counts of another on top.
    pub(super) fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        for (bar, cell) in &other.cells {
            self.cell(*bar).0.merge(cell);
        }
    }

    fn cell(&mut self, bar: i64) -> (&mut Cell, bool) {
        let is_there = |index: usize| self.cells.get(index).is_some_and(|(there, _)| *there == bar);
        let found = match self.latest {
            latest if is_there(latest) => Ok(latest),
            latest if is_there(latest + 1) => Ok(latest + 1),
            _ => self.cells.binary_search_by_key(&bar, |(bar, _)| *bar),
        };
        if let Err(index) = found {
            // Under an attack, most values come once: room for more is four times as much memory.
            if self.cells.len() < FEW {
                self.cells.reserve_exact(1);
            }
            self.cells.insert(index, (bar, Cell::default()));
        }
        self.latest = found.unwrap_or_else(|index| index);
        (&mut self.cells[self.latest].1, found.is_err())
    }
}

/// Some of many rows: those with the lowest marks, which do not depend on the order.
#[derive(Debug)]
struct Sample {
    /// Rows that are kept.
    most: usize,
    rows: Vec<Seen>,
    /// Their marks and where they are, the highest first.
    marks: BinaryHeap<(u64, usize)>,
}

impl Sample {
    fn of(most: usize) -> Self {
        Self { most, rows: Vec::new(), marks: BinaryHeap::new() }
    }

    fn offer(&mut self, seen: &Seen) {
        if self.rows.len() < self.most {
            self.marks.push((seen.mark, self.rows.len()));
            self.rows.push(*seen);
            return;
        }
        let Some(mut highest) = self.marks.peek_mut().filter(|highest| highest.0 > seen.mark) else { return };
        let place = highest.1;
        *highest = (seen.mark, place);
        self.rows[place] = *seen;
    }

    /// The rows, by their marks.
    fn take(&mut self) -> Vec<Seen> {
        self.marks.clear();
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_by_key(|row| row.mark);
        rows
    }
}

/// Rows that are kept of each class, and of slow ones: what everybody gets all day must not crowd out what is rare.
const OF_A_CLASS: usize = 8_000;
/// Rows that are kept of all.
const OF_ALL: usize = 40_000;

/// Cells that are kept; past them the rarest values of open dimensions are left out.
const CELLS: usize = 300_000;

/// Everything that was seen.
#[derive(Debug)]
pub(super) struct Cube {
    series: [HashMap<Key, Series>; DIMENSIONS],
    /// Rows of each class.
    of_classes: [Sample; CLASSES],
    slow: Sample,
    any: Sample,
    rows: u64,
    cells: usize,
    /// Values that were too rare to be kept.
    pub(super) left_out: u64,
}

impl Default for Cube {
    fn default() -> Self {
        Self {
            series: Default::default(),
            of_classes: std::array::from_fn(|_| Sample::of(OF_A_CLASS)),
            slow: Sample::of(OF_A_CLASS),
            any: Sample::of(OF_ALL),
            rows: 0,
            cells: 0,
            left_out: 0,
        }
    }
}

impl Cube {
    /// Counts a row, and keeps it as a sample if `has_samples` says so.
    pub(super) fn add(&mut self, seen: &Seen, has_samples: bool) {
        self.rows += 1;
        let row = Cell::of(seen);
        for (series, key) in self.series.iter_mut().zip(seen.keys) {
            if let Some(key) = key {
                self.cells += usize::from(series.entry(key).or_default().add(seen.bar, &row));
            }
        }
        if has_samples {
            if let Some(class) = seen.class {
                self.of_classes[class as usize].offer(seen);
            }
            if seen.is_slow() {
                self.slow.offer(seen);
            }
            self.any.offer(seen);
        }
        if self.cells > CELLS {
            self.leave_rare_out();
        }
    }

    /// Leaves the rarest values of open dimensions out, until half of the room is free again.
    fn leave_rare_out(&mut self) {
        let mut rare = 1;
        while self.cells > CELLS / 2 && rare < 1 << 40 {
            rare *= 2;
            for dimension in Dimension::EACH.into_iter().filter(|dimension| dimension.is_open()) {
                let (cells, left_out) = (&mut self.cells, &mut self.left_out);
                self.series[dimension as usize].retain(|_, series| {
                    let stays = series.requests > rare;
                    if !stays {
                        *cells -= series.cells.len();
                        *left_out += 1;
                    }
                    stays
                });
            }
        }
    }

    /// Whether no row was seen.
    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Every value of a dimension, in no order.
    pub(super) fn of(&self, dimension: Dimension) -> &HashMap<Key, Series> {
        &self.series[dimension as usize]
    }

    /// A value's series; of a subnet that is wider than those of rows, all of these together.
    pub(super) fn series(&self, dimension: Dimension, key: Key) -> Option<Cow<'_, Series>> {
        if let Some(series) = self.of(dimension).get(&key) {
            return Some(Cow::Borrowed(series));
        }
        if dimension != Dimension::Subnet {
            return None;
        }
        let mut whole = Series::default();
        for (_, part) in self.of(dimension).iter().filter(|(part, _)| is_within(**part, key)) {
            whole.merge(part);
        }
        Some(Cow::Owned(whole))
    }

    /// Requests of a value in some bars of a frame.
    pub(super) fn requests(&self, dimension: Dimension, key: Key, frame: &Frame, bars: &Range<usize>) -> f64 {
        self.series(dimension, key)
            .map_or(0.0, |series| frame.dense(&series)[bars.clone()].iter().map(|cell| f64::from(cell.requests)).sum())
    }

    /// The samples, which are none from then on.
    pub(super) fn take_samples(&mut self) -> Samples {
        Samples {
            notable: self.of_classes.iter_mut().flat_map(Sample::take).collect(),
            slow: self.slow.take(),
            any: self.any.take(),
        }
    }
}
