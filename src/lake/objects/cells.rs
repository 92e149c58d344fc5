//! The cells of a bar: equal parts of a window, and how many objects belong to each. Pure.

use std::collections::BTreeMap;
use std::ops::Range;

use alblog::time::MINUTE;

use crate::output::steps;

/// A cell is not shorter: within the five minutes of an interval it would be empty by nature.
const LEAST: i64 = 5 * MINUTE;

/// A window in equal parts; the last one may be shorter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cells {
    span: Range<i64>,
    length: i64,
}

impl Cells {
    /// The shortest cells of which at most so many are needed.
    pub(super) fn new(span: Range<i64>, most: usize) -> Self {
        let long = span.end.saturating_sub(span.start);
        let most = i64::try_from(most.max(1)).unwrap_or(i64::MAX);
        let length = steps::lengths(LEAST).find(|length| long <= length.saturating_mul(most));
        Self { span, length: length.unwrap_or(LEAST) }
    }

    /// How long one is, microseconds.
    pub(super) fn length(&self) -> i64 {
        self.length
    }

    /// How many of the objects belong to each cell. An interval that ends where a cell does belongs to that cell; what
    /// ends outside the window belongs to none.
    pub(super) fn counts(&self, ends: &BTreeMap<i64, u64>) -> Vec<u64> {
        let cell = |end: i64| usize::try_from((end - 1 - self.span.start) / self.length).unwrap_or(usize::MAX);
        let mut counts = vec![0; cell(self.span.end) + 1];
        for (&end, count) in ends {
            if end > self.span.start && end <= self.span.end {
                counts[cell(end)] += count;
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use alblog::time::{DAY, HOUR};

    use super::*;

    #[test]
    fn at_most_so_many_cells_of_a_length_people_say() {
        for (long, most, length, count) in [
            (5 * MINUTE, 24, 5 * MINUTE, 1),
            (HOUR, 24, 5 * MINUTE, 12),
            (2 * HOUR, 24, 5 * MINUTE, 24),
            (2 * HOUR + 1, 24, 10 * MINUTE, 13),
            (DAY, 24, HOUR, 24),
            (DAY, 12, 2 * HOUR, 12),
            (DAY + HOUR, 24, 2 * HOUR, 13),
            (7 * DAY, 24, 12 * HOUR, 14),
            (24 * DAY, 24, DAY, 24),
            (365 * DAY, 24, 21 * DAY, 18),
        ] {
            let cells = Cells::new(0..long, most);
            assert_eq!((cells.length(), cells.counts(&BTreeMap::new()).len()), (length, count), "{long}");
        }
    }

    #[test]
    fn an_end_belongs_to_the_cell_that_it_ends() {
        let cells = Cells::new(0..3 * HOUR, 3);
        let ends = [0, 1, HOUR, HOUR + 1, 3 * HOUR, 3 * HOUR + 1].map(|end| (end, 1));
        assert_eq!(cells.counts(&ends.into()), [2, 1, 1]);
    }
}
