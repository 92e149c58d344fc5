//! Counts over time.

use super::seen::{CLASSES, Seen};

/// Counts of a bar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) requests: u32,
    pub(super) classes: [u32; CLASSES],
    /// Requests with a time.
    pub(super) timed: u32,
    /// Of these, those of as much time as each of [`SLOW`], or more.
    pub(super) slow: [u32; LEVELS],
    /// Sum of times, microseconds.
    pub(super) micros: u64,
    /// Sum of their logarithms and of the squares of these, in units of 1 / [`UNIT`]: whole numbers, whose sums do not
    /// depend on the order.
    pub(super) logs: i64,
    pub(super) squares: i64,
}

/// Parts of one in sums of logarithms.
pub(super) const UNIT: f64 = 65_536.0;
/// How many ways to be slow there are: what is long for one service is usual for another.
pub(super) const LEVELS: usize = 3;
/// From here on a request is slow, microseconds.
pub(super) const SLOW: [u64; LEVELS] = [250_000, 1_000_000, 5_000_000];

/// The logarithm of a time; what is faster than half a millisecond is as fast.
#[expect(clippy::cast_precision_loss, reason = "times are far below 2^53 µs")]
pub(super) fn log(micros: u64) -> f64 {
    (micros.max(500) as f64).ln()
}

impl Cell {
    /// A row, counted.
    pub(super) fn of(seen: &Seen) -> Self {
        let mut cell = Self { requests: 1, ..Self::default() };
        if let Some(class) = seen.class {
            cell.classes[class as usize] = 1;
        }
        let Some(micros) = seen.micros else { return cell };
        let log = log(micros);
        #[expect(clippy::cast_possible_truncation, reason = "logarithms of 64-bit numbers are small")]
        let whole = |value: f64| (value * UNIT).round() as i64;
        let slow = SLOW.map(|least| u32::from(micros >= least));
        Self { timed: 1, slow, micros, logs: whole(log), squares: whole(log * log), ..cell }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        for (mine, others) in self.classes.iter_mut().zip(other.classes) {
            *mine += others;
        }
        self.timed += other.timed;
        for (mine, others) in self.slow.iter_mut().zip(other.slow) {
            *mine += others;
        }
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
    pub(super) fn add(&mut self, bar: i64, row: &Cell) -> bool {
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
