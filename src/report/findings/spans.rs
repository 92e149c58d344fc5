//! Bars in which something is otherwise: mostly one interval, or several with calm between them. Pure.

use std::ops::Range;

/// Intervals of bars, in order; there is at least one, and they have no bar in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spans(Vec<Range<usize>>);

impl From<Range<usize>> for Spans {
    fn from(bars: Range<usize>) -> Self {
        Self(vec![bars])
    }
}

impl PartialEq<Range<usize>> for Spans {
    fn eq(&self, other: &Range<usize>) -> bool {
        self.0 == [other.clone()]
    }
}

impl Spans {
    /// These intervals, which are in order and apart; `None` of none.
    pub(super) fn of(intervals: Vec<Range<usize>>) -> Option<Self> {
        (!intervals.is_empty()).then_some(Self(intervals))
    }

    pub(super) fn each(&self) -> &[Range<usize>] {
        &self.0
    }

    /// Where the first interval begins.
    pub(super) fn start(&self) -> usize {
        self.0.first().map_or(0, |first| first.start)
    }

    /// Where the last interval ends.
    pub(super) fn end(&self) -> usize {
        self.0.last().map_or(0, |last| last.end)
    }

    /// From the first bar to the last, with what is calm between them.
    pub(super) fn whole(&self) -> Range<usize> {
        self.start()..self.end()
    }

    /// How many bars there are, without what is calm between them.
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(ExactSizeIterator::len).sum()
    }

    pub(super) fn contains(&self, bar: usize) -> bool {
        self.0.iter().any(|interval| interval.contains(&bar))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().cloned().flatten()
    }

    /// The other ones of so many bars.
    pub(super) fn outside(&self, bars: usize) -> impl Iterator<Item = usize> {
        (0..bars).filter(|bar| !self.contains(*bar))
    }

    /// What there is in these bars.
    pub(super) fn values<'v, T>(&self, values: &'v [T]) -> impl Iterator<Item = &'v T> {
        self.0.iter().flat_map(|interval| &values[interval.clone()])
    }

    /// How many bars are in both.
    pub(super) fn common(&self, other: &Self) -> usize {
        self.iter().filter(|bar| other.contains(*bar)).count()
    }
}
