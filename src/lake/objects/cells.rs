//! The cells of a bar: equal parts of a window, and how many objects belong to each. Pure.

use std::collections::BTreeMap;
use std::ops::Range;

use alblog::time::{DAY, HOUR, MINUTE};

/// How long a cell may be. Shorter than the five minutes of an interval it would be empty by nature.
const LENGTHS: [i64; 12] = [
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
];

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
        let fits = |length: &i64| long <= length.saturating_mul(most);
        // A window of years has cells of whole weeks.
        let weeks = long / (7 * DAY) / most + 1;
        Self { span, length: LENGTHS.into_iter().find(fits).unwrap_or(weeks * 7 * DAY) }
    }

    /// `BY HOUR`, `BY 5 MIN`
    pub(super) fn header(&self) -> String {
        match self.length {
            HOUR => "BY HOUR".to_owned(),
            DAY => "BY DAY".to_owned(),
            length if length < HOUR => format!("BY {} MIN", length / MINUTE),
            length if length < DAY => format!("BY {} H", length / HOUR),
            length => format!("BY {} DAYS", length / DAY),
        }
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
    use super::*;

    #[test]
    fn at_most_so_many_cells_of_a_length_people_say() {
        for (long, most, header, count) in [
            (5 * MINUTE, 24, "BY 5 MIN", 1),
            (HOUR, 24, "BY 5 MIN", 12),
            (2 * HOUR, 24, "BY 5 MIN", 24),
            (2 * HOUR + 1, 24, "BY 10 MIN", 13),
            (DAY, 24, "BY HOUR", 24),
            (DAY, 12, "BY 2 H", 12),
            (DAY + HOUR, 24, "BY 2 H", 13),
            (7 * DAY, 24, "BY 12 H", 14),
            (24 * DAY, 24, "BY DAY", 24),
            (365 * DAY, 24, "BY 21 DAYS", 18),
        ] {
            let cells = Cells::new(0..long, most);
            assert_eq!((cells.header().as_str(), cells.counts(&BTreeMap::new()).len()), (header, count), "{long}");
        }
    }

    #[test]
    fn an_end_belongs_to_the_cell_that_it_ends() {
        let cells = Cells::new(0..3 * HOUR, 3);
        let ends = [0, 1, HOUR, HOUR + 1, 3 * HOUR, 3 * HOUR + 1].map(|end| (end, 1));
        assert_eq!(cells.counts(&ends.into()), [2, 1, 1]);
    }
}
