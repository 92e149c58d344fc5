//! What a worker does with each object: decode its rows, list its rejected lines, or describe it; and count.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use alblog::{LogKind, RejectedLine};
use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::{DataFusionError, Result};
use tokio::sync::mpsc::Sender;

use super::describing::{describe_object, rejected_batch};
use super::run::{Run, problem};
use crate::scan::{ObjectScan, ScanOptions, Scanner, Sink};
use crate::storage::LogObject;
use crate::tables::Table;

/// What is read of standard input is gone, and half an answer is none.
const STDIN_TWICE: &str =
    "standard input can be read only once, and this query reads it twice\nhint: save it to a file";

/// Reads objects for one partition of one table.
pub(super) struct Reader {
    table: Table,
    projection: Vec<usize>,
    run: Arc<Run>,
    /// One for each kind of log met so far.
    scanners: BTreeMap<LogKind, Scanner>,
    output: Output,
}

/// The way to the query. It is gone when the query has enough.
struct Output(Sender<Result<RecordBatch>>);

impl Output {
    fn send(&self, batch: Result<RecordBatch>) -> ControlFlow<()> {
        match self.0.blocking_send(batch) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }
}

impl Reader {
    pub(super) fn new(
        table: Table,
        projection: Vec<usize>,
        run: Arc<Run>,
        output: Sender<Result<RecordBatch>>,
    ) -> Self {
        Self { table, projection, run, scanners: BTreeMap::new(), output: Output(output) }
    }

    /// Reads the object at this position of the run's list; breaks when the query has enough, or must end.
    pub(super) fn read(&mut self, index: usize) -> ControlFlow<()> {
        let run = Arc::clone(&self.run);
        let object = &run.objects[index];
        let Some(kind) = object.kind else { return ControlFlow::Continue(()) };
        if self.opens_objects() && !run.may_read(object) {
            self.output.send(Err(DataFusionError::External(STDIN_TWICE.into())))?;
            return ControlFlow::Break(());
        }
        match self.table {
            Table::Requests | Table::Connections | Table::HealthChecks => self.read_rows(index, object, kind),
            Table::RejectedLines => self.read_rejected(index, object, kind),
            Table::LogObjects => self.read_description(index, object, kind),
        }
    }

    fn opens_objects(&self) -> bool {
        self.table != Table::LogObjects || self.projection.iter().any(|&position| needs_reading(position))
    }

    fn read_rows(&mut self, index: usize, object: &LogObject, kind: LogKind) -> ControlFlow<()> {
        let options = ScanOptions {
            kind,
            projection: self.projection.clone(),
            window: self.run.window.rows(),
            keep_rejected: false,
        };
        let scanner = self.scanners.entry(kind).or_insert_with(|| Scanner::new(&options));
        let scan = scanner.scan(object, &mut Rows(&self.output));
        self.account(index, object, &scan)
    }

    fn read_rejected(&mut self, index: usize, object: &LogObject, kind: LogKind) -> ControlFlow<()> {
        let scanner = self.scanners.entry(kind).or_insert_with(|| Scanner::new(&counting(kind, true)));
        let mut sink = Rejected { output: &self.output, object, kind, projection: &self.projection };
        let scan = scanner.scan(object, &mut sink);
        self.account(index, object, &scan)
    }

    fn read_description(&mut self, index: usize, object: &LogObject, kind: LogKind) -> ControlFlow<()> {
        let mut scan = None;
        if self.opens_objects() {
            let scanner = self.scanners.entry(kind).or_insert_with(|| Scanner::new(&counting(kind, false)));
            scan = Some(scanner.scan(object, &mut Nothing));
        }
        self.output
            .send(describe_object(object, kind, scan.as_ref()).and_then(|batch| project(&batch, &self.projection)))?;
        scan.map_or(ControlFlow::Continue(()), |scan| self.account(index, object, &scan))
    }

    /// Adds the object to the counts. In a strict run, a bad object or line ends the query.
    fn account(&self, index: usize, object: &LogObject, scan: &ObjectScan) -> ControlFlow<()> {
        let rejected = scan.first_rejected.map(|(line, reason)| {
            let count = scan.stats.rejected;
            problem(object, format!("{count} rejected, the first in line {line}: {reason}"))
        });
        let incomplete = scan
            .error
            .as_ref()
            .map(|error| problem(object, format!("{error}; {} rows before it are counted", scan.stats.rows)));
        let fatal = incomplete.as_ref().or(rejected.as_ref()).filter(|_| self.run.strict).cloned();
        self.run.progress.object_done(object.size, scan.stats.rows);
        {
            let mut report = self.run.report();
            // Another table of the query, or a join with itself, may read it again.
            if report.read.insert(index) {
                report.bytes += object.size;
                report.stats += scan.stats;
            }
            report.incomplete.extend(incomplete);
            report.rejected.extend(rejected);
        }
        if let Some(problem) = fatal {
            let message = format!("{}: {} (--strict)", problem.object, problem.message);
            self.output.send(Err(DataFusionError::External(message.into())))?;
            return ControlFlow::Break(());
        }
        if scan.stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Whether a column of `log_objects` is known only after reading the object.
fn needs_reading(position: usize) -> bool {
    matches!(Table::LogObjects.columns()[position].name, "rows" | "rejected_lines" | "error")
}

fn counting(kind: LogKind, keep_rejected: bool) -> ScanOptions {
    ScanOptions { kind, projection: Vec::new(), window: i64::MIN..i64::MAX, keep_rejected }
}

/// The projected columns of a batch; the number of rows stays even if there are none.
fn project(batch: &RecordBatch, projection: &[usize]) -> Result<RecordBatch> {
    let schema: SchemaRef = Arc::new(batch.schema().project(projection)?);
    let columns = projection.iter().map(|&position| Arc::clone(batch.column(position))).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(schema, columns, &options)?)
}

/// Sends rows on.
struct Rows<'a>(&'a Output);

impl Sink for Rows<'_> {
    fn rows(&mut self, batch: RecordBatch) -> ControlFlow<()> {
        self.0.send(Ok(batch))
    }

    fn rejected(&mut self, _lines: Vec<RejectedLine>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Sends rejected lines on.
struct Rejected<'a> {
    output: &'a Output,
    object: &'a LogObject,
    kind: LogKind,
    projection: &'a [usize],
}

impl Sink for Rejected<'_> {
    fn rows(&mut self, _batch: RecordBatch) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn rejected(&mut self, lines: Vec<RejectedLine>) -> ControlFlow<()> {
        let batch = rejected_batch(self.object, self.kind, &lines);
        self.output.send(batch.and_then(|batch| project(&batch, self.projection)))
    }
}

/// Counts only.
struct Nothing;

impl Sink for Nothing {
    fn rows(&mut self, _batch: RecordBatch) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn rejected(&mut self, _lines: Vec<RejectedLine>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}
