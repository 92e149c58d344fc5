//! What was seen, added up: for each value of each dimension a series of counts over time.

use std::borrow::Cow;

use foldhash::HashMap;

use super::candidate::Frame;
use super::dimension::{DIMENSIONS, Dimension};
use super::seen::{Key, is_within};
use super::series::Series;
use super::spans::Spans;

/// Everything that was seen.
#[derive(Debug, Default)]
pub(super) struct Cube {
    series: [HashMap<Key, Series>; DIMENSIONS],
    rows: u64,
    /// Values that were too rare to be kept.
    pub(super) left_out: u64,
}

impl Cube {
    pub(super) fn new(series: [HashMap<Key, Series>; DIMENSIONS], rows: u64, left_out: u64) -> Self {
        Self { series, rows, left_out }
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

    /// Requests of a value in some bars of a frame, and in the others.
    pub(super) fn inside_and_outside(&self, dimension: Dimension, key: Key, frame: &Frame, bars: &Spans) -> (f64, f64) {
        let inside = self.requests(dimension, key, frame, bars);
        (inside, self.requests(dimension, key, frame, &frame.all()) - inside)
    }

    /// Requests of a value in some bars of a frame.
    pub(super) fn requests(&self, dimension: Dimension, key: Key, frame: &Frame, bars: &Spans) -> f64 {
        self.series(dimension, key)
            .map_or(0.0, |series| bars.values(&frame.dense(&series)).map(|cell| f64::from(cell.requests)).sum())
    }
}
