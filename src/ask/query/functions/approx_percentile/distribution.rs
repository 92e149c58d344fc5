//! How often each value occurred: counted exactly, in little memory, and mergeable.
//!
//! Knows nothing of Arrow or of SQL; how one value is told from another is the business of [`Value`].
//!
//! A distribution begins as a short list, because a query may have hundreds of thousands of groups with a handful of
//! rows each. What outgrows the list is counted in two places: an array for values that have a cell (latencies in
//! whole milliseconds, small integers), as long as that pays, and a hash table for all others. Once more than
//! [`MAX_UNROUNDED`] values without a cell have been met, those are rounded by less than 0.1 %, which bounds memory
//! whatever the data; values with a cell stay exact. Whether it comes to that depends on the values alone, not on
//! their order nor on how they were split up before merging.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::mem::{size_of, take};

use super::hasher::BuildKeyHasher;
use super::value::{CELLS, Value};

/// How many values without a cell are told apart before they are rounded.
pub(super) const MAX_UNROUNDED: usize = 65_536;

/// How many values are kept as a list.
const MAX_FEW: usize = 16;

/// One in so many new cells has to be of use: a cell takes 8 bytes, a value in the hash table about 30 and more time.
const CELLS_PER_VALUE: usize = 8;

/// How often each value occurred.
#[derive(Debug, Clone)]
pub(super) struct Distribution<V> {
    /// Keys and counts, in no order.
    few: Vec<(i64, u64)>,
    /// What replaces the list.
    many: Option<Box<Many>>,
    value: PhantomData<V>,
}

#[derive(Debug, Clone, Default)]
struct Many {
    cells: Vec<u64>,
    others: HashMap<i64, u64, BuildKeyHasher>,
    rounded: bool,
}

impl<V> Default for Distribution<V> {
    fn default() -> Self {
        Self { few: Vec::new(), many: None, value: PhantomData }
    }
}

impl<V: Value> Distribution<V> {
    /// Counts a value once if it has a cell here, and says whether it had. If not, [`Self::add`] is to count it.
    ///
    /// Nearly all rows take this path. It is apart because it takes no memory: callers need watch only the other one.
    #[inline]
    pub(super) fn try_add(&mut self, value: V) -> bool {
        if let Some(many) = &mut self.many
            && let Some(count) = many.cells.get_mut(value.cell())
        {
            *count += 1;
            return true;
        }
        false
    }

    /// Counts a value `times` times; what is not a number is ignored.
    pub(super) fn add(&mut self, value: V, times: u64) {
        let Some(key) = value.key() else { return };
        if let Some(many) = &mut self.many {
            many.add(value, key, times);
        } else if let Some((_, count)) = self.few.iter_mut().find(|(known, _)| *known == key) {
            *count += times;
        } else if self.few.len() < MAX_FEW {
            self.few.push((key, times));
        } else {
            self.many().add(value, key, times);
        }
    }

    /// Rounds values without a cell from now on: to be done before adding those of a distribution that did.
    pub(super) fn round(&mut self) {
        let many = self.many();
        if !many.rounded {
            many.round::<V>();
        }
    }

    /// Whether nothing was rounded, so that every percentile is exact.
    pub(super) fn is_exact(&self) -> bool {
        self.many.as_ref().is_none_or(|many| !many.rounded)
    }

    /// The smallest value such that at least this share of all values are no greater; `None` if there are no values.
    #[cfg(test)]
    pub(super) fn percentile(&self, share: f64) -> Option<V> {
        self.ranked().percentile(share, Rank::Nearest)
    }

    /// The values in their order, to read any number of percentiles from.
    pub(super) fn ranked(&self) -> Ranked<V> {
        let mut counts: Vec<_> = self.counts().collect();
        counts.sort_unstable_by_key(|(key, _)| *key);
        let mut passed = 0;
        for (_, count) in &mut counts {
            passed += *count;
            *count = passed;
        }
        Ranked { passed: counts, value: PhantomData }
    }

    /// Every value with its count, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (V, u64)> {
        self.counts().map(|(key, count)| (V::of_key(key), count))
    }

    /// The bytes held apart from the struct itself.
    pub(super) fn heap_size(&self) -> usize {
        self.few.capacity() * size_of::<(i64, u64)>() + self.many.as_ref().map_or(0, |many| many.size())
    }

    fn counts(&self) -> impl Iterator<Item = (i64, u64)> {
        self.few.iter().copied().chain(self.many.iter().flat_map(|many| many.counts::<V>()))
    }

    fn many(&mut self) -> &mut Many {
        let few = &mut self.few;
        self.many.get_or_insert_with(|| Box::new(Many { others: take(few).into_iter().collect(), ..Many::default() }))
    }
}

/// The values of a distribution in their order.
pub(super) struct Ranked<V> {
    /// Keys, each with how many values are no greater.
    passed: Vec<(i64, u64)>,
    value: PhantomData<V>,
}

impl<V: Value> Ranked<V> {
    /// Whether there are no values.
    pub(super) fn is_empty(&self) -> bool {
        self.passed.is_empty()
    }

    /// The value of the rank that this share is; `None` if there are no values.
    pub(super) fn percentile(&self, share: f64, rank: Rank) -> Option<V> {
        let (last, total) = *self.passed.last()?;
        let rank = rank.of(share, total);
        let index = self.passed.partition_point(|(_, passed)| *passed < rank);
        Some(V::of_key(self.passed.get(index).map_or(last, |(key, _)| *key)))
    }
}

impl Many {
    fn add<V: Value>(&mut self, value: V, key: i64, times: u64) {
        let full = self.others.len() == self.others.capacity() || self.others.len() == MAX_UNROUNDED;
        if full && !self.rounded && value.cell() >= self.cells.len() && !self.others.contains_key(&key) {
            self.make_room(value);
        }
        self.put(value, key, times);
    }

    fn put<V: Value>(&mut self, value: V, key: i64, times: u64) {
        if let Some(count) = self.cells.get_mut(value.cell()) {
            *count += times;
        } else {
            let key = if self.rounded { value.rounded().key().unwrap_or(key) } else { key };
            *self.others.entry(key).or_default() += times;
        }
    }

    /// Before a value is added to a full hash table: sees whether it is better to have more cells, or time to round.
    fn make_room<V: Value>(&mut self, newcomer: V) {
        let cells = if self.others.len() < MAX_UNROUNDED { self.worthwhile_cells::<V>() } else { CELLS };
        if cells > self.cells.len() {
            self.lengthen_cells::<V>(cells);
        }
        if self.others.len() == MAX_UNROUNDED && newcomer.cell() >= CELLS {
            self.round::<V>();
        }
    }

    /// The greatest power of two of cells that enough of the other values would move to.
    fn worthwhile_cells<V: Value>(&self) -> usize {
        /// How many bits the number of a cell can have, and none.
        const WIDTHS: usize = CELLS.ilog2() as usize + 1;
        let mut of_width = [0; WIDTHS];
        for key in self.others.keys() {
            let cell = V::of_key(*key).cell();
            if cell < CELLS {
                of_width[cell.checked_ilog2().map_or(0, |log| log as usize + 1)] += 1;
            }
        }
        let had = self.cells.len();
        let mut moving = 0;
        let mut worthwhile = had;
        for (width, values) in of_width.into_iter().enumerate() {
            moving += values;
            if 1 << width > had && moving * CELLS_PER_VALUE >= (1 << width) - had {
                worthwhile = 1 << width;
            }
        }
        worthwhile
    }

    fn lengthen_cells<V: Value>(&mut self, cells: usize) {
        self.cells.resize(cells, 0);
        for (key, count) in take(&mut self.others) {
            self.put(V::of_key(key), key, count);
        }
    }

    fn round<V: Value>(&mut self) {
        self.rounded = true;
        self.lengthen_cells::<V>(CELLS);
    }

    fn counts<V: Value>(&self) -> impl Iterator<Item = (i64, u64)> {
        let cells = (0..).zip(&self.cells).filter(|(_, count)| **count > 0);
        let in_cells = cells.filter_map(|(cell, count)| Some((V::of_cell(cell).key()?, *count)));
        in_cells.chain(self.others.iter().map(|(key, count)| (*key, *count)))
    }

    fn size(&self) -> usize {
        // The table keeps an eighth of its buckets free, and a byte of its own for each.
        let buckets = self.others.capacity() * 8 / 7;
        size_of::<Self>() + self.cells.capacity() * size_of::<u64>() + buckets * (size_of::<(i64, u64)>() + 1)
    }
}

/// Which of the sorted values a share is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Rank {
    /// The first that has at least this share of all values up to and including itself.
    Nearest,
    /// The first that has more than this share of them, as in Trino: of 1, 2, 3 and 4 the median is 3.
    Next,
}

impl Rank {
    /// Which of `total` sorted values it is, counted from 1.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "share <= 1"
    )]
    fn of(self, share: f64, total: u64) -> u64 {
        let product = share * total as f64;
        // 0.07 is not quite 7/100 in binary; without this, 0.07 of 100 values would be eight of them.
        let is_whole = (product - product.round()).abs() <= product * f64::EPSILON;
        let passed = if is_whole { product.round() } else { product.floor() } as u64;
        match self {
            Self::Nearest => if is_whole { passed } else { passed + 1 }.max(1),
            Self::Next => (passed + 1).min(total),
        }
    }
}

#[cfg(test)]
#[path = "distribution_tests.rs"]
mod tests;
