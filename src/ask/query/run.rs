//! What one run reads, and what it has read so far. Shared by all tables of a query and their workers.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use alblog::LogKind;
use alblog::key::MARGIN;
use alblog::time::Date;

use crate::read::scan::{Problem, Progress, ScanReport};
use crate::read::storage::LogObject;

/// Memory for inflating objects whole, all threads together: enough for two threads to inflate any object that AWS
/// usually writes.
const INFLATE_MEMORY: usize = 64 << 20;

/// The time asked about, by the rows' own time. Half-open, microseconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// From this time on.
    pub since: Option<i64>,
    /// Up to, and without, this time.
    pub until: Option<i64>,
    /// How long after a row's time the interval of its object may end. Rows that are later still are not found.
    pub margin: i64,
}

impl Default for Window {
    /// All times; objects may hold rows as much older than their end as is usual.
    fn default() -> Self {
        Self { since: None, until: None, margin: MARGIN }
    }
}

impl Window {
    /// The times of the rows asked for.
    pub fn rows(&self) -> Range<i64> {
        self.since.unwrap_or(i64::MIN)..self.until.unwrap_or(i64::MAX)
    }

    /// First and last time that rows of an object may have, from the end of its interval: an object is opened for
    /// [since, until) if its interval ends in (since, until + margin].
    pub fn row_times(&self, interval_end: i64) -> (i64, i64) {
        (interval_end - self.margin - 1, interval_end - 1)
    }

    /// When the intervals of objects that may hold rows of the window end: after the start, and not after the end.
    pub fn intervals(&self) -> Range<i64> {
        self.since.unwrap_or(i64::MIN)..self.until.map_or(i64::MAX, |until| until.saturating_add(self.margin))
    }

    /// Whether an object whose interval ends then may hold rows of the window.
    pub fn may_hold(&self, interval_end: i64) -> bool {
        let (first, last) = self.row_times(interval_end);
        let rows = self.rows();
        first < rows.end && last >= rows.start
    }
}

/// How a run reads.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// The kind of log every object holds, whatever its name says.
    pub kind: Option<LogKind>,
    /// The time asked about.
    pub window: Window,
    /// Whether a bad object or line ends the run.
    pub strict: bool,
    /// Threads that read.
    pub threads: usize,
    /// Bytes that may be downloaded for one table of a query.
    pub max_bytes: Option<u64>,
}

/// One run: its objects and its counts.
#[derive(Debug)]
pub struct Run {
    /// All objects listed, whatever their kind. Their kinds are known.
    pub objects: Vec<LogObject>,
    /// How they are read.
    pub options: RunOptions,
    /// For a progress bar.
    pub progress: Progress,
    report: Mutex<ScanReport>,
}

impl Run {
    /// Begins with what listing has already found out.
    pub fn new(objects: Vec<LogObject>, options: RunOptions, report: ScanReport) -> Self {
        Self { objects, options, progress: Progress::default(), report: Mutex::new(report) }
    }

    /// Bytes that each of the reading threads may use to inflate objects whole.
    pub(super) fn inflate_memory(&self) -> usize {
        INFLATE_MEMORY / self.options.threads.max(1)
    }

    /// What has been read so far.
    pub fn report(&self) -> MutexGuard<'_, ScanReport> {
        // Counts are added whole, so a panic elsewhere cannot leave them half-made.
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Days of the rows an object may hold, first and last.
pub(super) fn row_days(window: &Window, interval_end: i64) -> (String, String) {
    let (first, last) = window.row_times(interval_end);
    (Date::of(first).to_string(), Date::of(last).to_string())
}

/// A message about one object.
pub(super) fn problem(object: &LogObject, message: impl Into<String>) -> Problem {
    Problem { object: object.location.to_string(), message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_opened_if_its_interval_ends_in_the_window_or_its_margin() {
        let window = Window { since: Some(1_000), until: Some(2_000), margin: 500 };
        let opened: Vec<i64> =
            [999, 1_000, 1_001, 2_000, 2_500, 2_501].into_iter().filter(|&end| window.may_hold(end)).collect();
        assert_eq!(opened, [1_001, 2_000, 2_500]);
        assert!(Window::default().may_hold(0));
    }
}
