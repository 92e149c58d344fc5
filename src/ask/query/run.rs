//! What one run reads, and what it has read so far. Shared by all tables of a query and their workers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alblog::LogKind;
use alblog::time::Date;

use crate::ask::selection::Window;
use crate::base::message::Message;
use crate::read::scan::{KeptTexts, Openings, Problem, Progress, ScanReport};
use crate::read::storage::cache::ObjectCache;
use crate::read::storage::{Copies, LogObject};

/// Memory for inflating objects whole, all threads together: enough for two threads to inflate any object that AWS
/// usually writes.
const INFLATE_MEMORY: usize = 64 << 20;

/// How a run reads.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// The kind of log every object holds, whatever its name says.
    pub kind: Option<LogKind>,
    /// The time asked about.
    pub window: Window,
    /// Whether a bad object or line ends the run.
    pub strict: bool,
    pub threads: usize,
    /// Bytes that may be downloaded for one table of a query.
    pub max_bytes: Option<u64>,
    /// Where texts are kept from one run to the next, if they are.
    pub kept: Option<Arc<KeptTexts>>,
    /// Where objects are kept that are downloaded, if they are.
    pub cache: Option<Arc<ObjectCache>>,
}

/// One run: its objects and its counts.
#[derive(Debug)]
pub struct Run {
    /// All objects listed, whatever their kind. Their kinds are known.
    pub objects: Arc<[LogObject]>,
    /// What is not among them because it is there twice.
    pub copies: Copies,
    /// How they are read.
    pub options: RunOptions,
    /// For a progress bar.
    pub progress: Progress,
    pub(super) openings: Openings,
    /// What listing found out.
    listed: ScanReport,
    report: Mutex<ScanReport>,
}

impl Run {
    /// Begins with what listing has already found out, and with what was opened to find it out.
    pub(super) fn new(
        objects: Vec<LogObject>,
        copies: Copies,
        options: RunOptions,
        report: ScanReport,
        openings: Openings,
    ) -> Self {
        Self {
            objects: objects.into(),
            copies,
            options,
            progress: Progress::default(),
            openings,
            listed: report.clone(),
            report: Mutex::new(report),
        }
    }

    /// A run over the same objects that has read nothing so far. What can be read only once must not be among them.
    #[must_use]
    pub fn again(&self) -> Self {
        Self {
            objects: Arc::clone(&self.objects),
            copies: self.copies.clone(),
            options: self.options.clone(),
            progress: Progress::default(),
            openings: Openings::default(),
            listed: self.listed.clone(),
            report: Mutex::new(self.listed.clone()),
        }
    }

    /// Whether the text of the object at this position is in memory.
    pub(super) fn remembers(&self, index: usize) -> bool {
        self.options.kept.as_ref().is_some_and(|kept| kept.holds(&self.objects[index]))
    }

    /// Bytes that each of the reading threads may use to inflate objects whole.
    pub(super) fn inflate_memory(&self) -> usize {
        INFLATE_MEMORY / self.options.threads.max(1)
    }

    /// What has been read so far, with what came from standard input and pipes.
    pub fn counted(&self) -> ScanReport {
        let report = self.report().clone();
        // What was only looked into, to see what it is, was not read.
        let is_streamed = report.read.iter().any(|&index| self.objects[index].location.is_stream());
        let streamed = if is_streamed { self.openings.streamed() } else { 0 };
        ScanReport { bytes: report.bytes + streamed, ..report }
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
pub(super) fn problem(object: &LogObject, message: impl Into<Message>) -> Problem {
    Problem { object: object.location.to_string(), message: message.into() }
}
