//! Samples of whole rows, which tell what goes together. The same whatever the order in which rows come, and from which thread.

use std::collections::BinaryHeap;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};

use super::explain::Samples;
use super::seen::{CLASSES, Seen};
use super::series::LEVELS;

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

    /// The highest mark of a row that may be kept.
    fn bound(&self) -> u64 {
        let highest = self.marks.peek().filter(|_| self.rows.len() == self.most);
        highest.map_or(u64::MAX, |(mark, _)| *mark)
    }

    /// The rows, by their marks.
    fn take(&mut self) -> Vec<Seen> {
        self.marks.clear();
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_by_key(|row| row.mark);
        rows
    }
}

/// Rows that are kept of each class: what everybody gets all day must not crowd out what is rare.
const OF_A_CLASS: usize = 8_000;
/// Rows that are kept of each way to be slow.
const OF_A_LEVEL: usize = 4_000;
/// Rows that are kept of all.
const OF_ALL: usize = 40_000;

/// One for each class, one for each way to be slow, and one of any.
const SAMPLES: usize = CLASSES + LEVELS + 1;
const OF_SLOW: usize = CLASSES;
const ANY: usize = CLASSES + LEVELS;

/// Samples that several threads offer rows to.
#[derive(Debug)]
pub(super) struct Sampler {
    kept: Mutex<[Sample; SAMPLES]>,
    /// A row with a higher mark is none of them: most need no look at what is kept.
    bounds: [AtomicU64; SAMPLES],
}

impl Default for Sampler {
    fn default() -> Self {
        let most = |index| match index {
            ANY => OF_ALL,
            0..OF_SLOW => OF_A_CLASS,
            _ => OF_A_LEVEL,
        };
        Self {
            kept: Mutex::new(std::array::from_fn(|index| Sample::of(most(index)))),
            bounds: std::array::from_fn(|_| AtomicU64::new(u64::MAX)),
        }
    }
}

impl Sampler {
    pub(super) fn offer(&self, seen: &Seen) {
        let of_class = seen.class.map(|class| class as usize);
        let of_slow = (0..LEVELS).take_while(|level| seen.is_slow(*level)).map(|level| OF_SLOW + level);
        for index in of_class.into_iter().chain(of_slow).chain([ANY]) {
            if seen.mark <= self.bounds[index].load(Relaxed) {
                let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept[index].offer(seen);
                self.bounds[index].store(kept[index].bound(), Relaxed);
            }
        }
    }

    /// The samples, which are none from then on.
    pub(super) fn take(&self) -> Samples {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (of_classes, rest) = kept.split_at_mut(OF_SLOW);
        let notable = of_classes.iter_mut().flat_map(Sample::take).collect();
        Samples { notable, slow: std::array::from_fn(|level| rest[level].take()), any: rest[LEVELS].take() }
    }
}
