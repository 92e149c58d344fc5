//! What a worker does with each object: decode its rows, list its rejected lines, or describe it; and count.

use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;

use alblog::{Condition, LogKind, RejectedLine, Stats};
use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::{DataFusionError, Result};
use tokio::sync::mpsc::Sender;

use super::attempt::Attempt;
use super::message::cannot_read;
use super::run::{Run, problem};
use crate::base::message::Message;
use crate::base::tables::Table;
use crate::read::scan::{Failure, Input, ObjectScan, ScanOptions, Scanner, Sink, describe_object, rejected_batch};
use crate::read::storage::{Body, LogObject};

/// Reads objects for one partition of one table.
pub(super) struct Reader {
    table: Table,
    projection: Vec<usize>,
    /// What rows of logs must meet.
    condition: Option<Condition>,
    run: Arc<Run>,
    /// One for each kind of log met so far.
    scanners: BTreeMap<LogKind, Scanner>,
    output: Output,
}

/// The way to the query. It is gone when the query has enough.
pub(super) struct Output {
    pub(super) batches: Sender<Result<RecordBatch>>,
    pub(super) attempt: Arc<Attempt>,
}

impl Output {
    fn send(&self, batch: Result<RecordBatch>) -> ControlFlow<()> {
        let batch = batch.and_then(|batch| self.attempt.sees(&batch).map(|()| batch));
        match self.batches.blocking_send(batch) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }
}

impl Reader {
    pub(super) fn new(
        table: Table,
        projection: Vec<usize>,
        condition: Option<Condition>,
        run: Arc<Run>,
        output: Output,
    ) -> Self {
        Self { table, projection, condition, run, scanners: BTreeMap::new(), output }
    }

    /// Reads the object at this position of the run's list; breaks when the query has enough, or must end.
    pub(super) fn read(&mut self, index: usize, body: Option<Body>) -> ControlFlow<()> {
        let run = Arc::clone(&self.run);
        let object = &run.objects[index];
        let Some(kind) = object.kind else { return ControlFlow::Continue(()) };
        match self.table {
            Table::Requests | Table::Connections | Table::HealthChecks => self.read_rows(index, object, kind, body),
            Table::RejectedLines => self.read_rejected(index, object, kind, body),
            Table::LogObjects => self.read_description(index, object, kind, body),
        }
    }

    fn read_rows(&mut self, index: usize, object: &LogObject, kind: LogKind, body: Option<Body>) -> ControlFlow<()> {
        let (run, projection, condition) = (&self.run, &self.projection, &self.condition);
        let scanner = self.scanners.entry(kind).or_insert_with(|| {
            Scanner::new(&ScanOptions {
                kind,
                projection: projection.clone(),
                window: run.options.window.rows(),
                condition: condition.clone(),
                keep_rejected: false,
                memory: run.inflate_memory(),
            })
        });
        let first = begin(&self.run, &self.output, index, object)?;
        let scan = scanner.scan(
            object,
            open(&self.run, object, body),
            &mut Rows { output: &self.output, run: &self.run, first },
        );
        self.account(first, object, &scan)
    }

    fn read_rejected(
        &mut self,
        index: usize,
        object: &LogObject,
        kind: LogKind,
        body: Option<Body>,
    ) -> ControlFlow<()> {
        let scanner = self.scanners.entry(kind).or_insert_with(|| Scanner::new(&counting(&self.run, kind, true)));
        let first = begin(&self.run, &self.output, index, object)?;
        let mut sink =
            Rejected { output: &self.output, run: &self.run, first, object, kind, projection: &self.projection };
        let scan = scanner.scan(object, open(&self.run, object, body), &mut sink);
        self.account(first, object, &scan)
    }

    fn read_description(
        &mut self,
        index: usize,
        object: &LogObject,
        kind: LogKind,
        body: Option<Body>,
    ) -> ControlFlow<()> {
        if !needs_content(self.table, &self.projection) {
            return self.describe(object, kind, None);
        }
        let scanner = self.scanners.entry(kind).or_insert_with(|| Scanner::new(&counting(&self.run, kind, false)));
        let first = begin(&self.run, &self.output, index, object)?;
        let scan = scanner.scan(
            object,
            open(&self.run, object, body),
            &mut Count { output: &self.output, run: &self.run, first },
        );
        self.describe(object, kind, Some(&scan))?;
        self.account(first, object, &scan)
    }

    fn describe(&self, object: &LogObject, kind: LogKind, scan: Option<&ObjectScan>) -> ControlFlow<()> {
        let batch = describe_object(object, kind, scan).map_err(DataFusionError::from);
        self.output.send(batch.and_then(|batch| project(&batch, &self.projection)))
    }

    /// Adds what came out of an object to the counts, unless another table of the query has counted it already. In a
    /// strict run, a bad object or line ends the query.
    fn account(&self, first: bool, object: &LogObject, scan: &ObjectScan) -> ControlFlow<()> {
        let is_refused = matches!(scan.error, Some(Failure::Refused(_)));
        // Of what was refused, that is said already.
        let rejected = scan.first_rejected.filter(|_| !is_refused).map(|(line, reason)| {
            let count = scan.stats.rejected;
            problem(object, format!("{count} rejected, the first in line {line}: {reason}"))
        });
        let rows = scan.stats.rows + scan.stats.unmet;
        let incomplete = scan.error.as_ref().map(|error| match (is_refused, rows) {
            (true, 0) => problem(object, object.said(error.message().clone())),
            (_, rows) => {
                let counted = format_args!("; {rows} rows read from it are counted");
                problem(object, object.said(error.message().clone().then(counted)))
            }
        });
        let fatal = incomplete.as_ref().or(rejected.as_ref()).filter(|_| self.run.options.strict).cloned();
        self.run.progress.object_done(object.size, rows);
        if first && let Some(_counts) = self.output.attempt.counts() {
            let mut report = self.run.report();
            // Its rows were counted as they came, but for those that were passed over.
            report.stats += Stats { rows: scan.stats.unmet, unmet: 0, ..scan.stats };
            report.rejected.extend(rejected);
            if let Some(container) = &scan.container {
                *report.containers.entry(container.clone()).or_default() += 1;
            }
        }
        if let Some(_counts) = self.output.attempt.counts() {
            self.run.report().incomplete.extend(incomplete);
        }
        if let Some(problem) = fatal {
            let message = format!("{}: {} (--strict)", problem.object, problem.message);
            self.output.send(Err(cannot_read(message)))?;
            return ControlFlow::Break(());
        }
        if scan.stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Counts an object that is being opened; answers whether it is for the first time. What can be read only once ends the
/// query the second time: an answer without its rows would be wrong.
fn begin(run: &Run, output: &Output, index: usize, object: &LogObject) -> ControlFlow<(), bool> {
    let remembered = run.remembers(index);
    let first = {
        let Some(_counts) = output.attempt.counts() else { return ControlFlow::Break(()) };
        let mut report = run.report();
        let first = report.begin(index, if remembered { 0 } else { object.size });
        report.remembered += u64::from(first && remembered);
        first
    };
    if !first && object.location.is_stream() {
        let message = format!("{} can be read only once, and this query reads it twice", object.location);
        let error = Message::new(message).hint("save it to a file");
        output.send(Err(cannot_read(error)))?;
        return ControlFlow::Break(());
    }
    ControlFlow::Continue(first)
}

/// Whether objects must be opened for these columns: most of `log_objects` is known without.
pub(super) fn needs_content(table: Table, projection: &[usize]) -> bool {
    let read = |&position: &usize| matches!(table.columns()[position].name, "rows" | "rejected_lines" | "error");
    table != Table::LogObjects || projection.iter().any(read)
}

/// The object's content: in memory, on its way from S3, or where it lies.
fn open(run: &Run, object: &LogObject, body: Option<Body>) -> io::Result<Input> {
    let opened = |body: Option<Body>| body.map_or_else(|| run.openings.open(&object.location), Input::fetched);
    let Some(kept) = &run.options.kept else { return opened(body) };
    if let Some(text) = kept.text(object) {
        return Ok(Input::of_text(text));
    }
    // Before it is opened: of a file that changes meanwhile, what is kept is not taken.
    let keeper = kept.keeper(object);
    Ok(opened(body)?.kept_by(keeper, object))
}

/// Reads all lines and builds no column.
fn counting(run: &Run, kind: LogKind, keep_rejected: bool) -> ScanOptions {
    let memory = run.inflate_memory();
    ScanOptions { kind, projection: Vec::new(), window: i64::MIN..i64::MAX, condition: None, keep_rejected, memory }
}

/// The projected columns of a batch; the number of rows stays even if there are none.
fn project(batch: &RecordBatch, projection: &[usize]) -> Result<RecordBatch> {
    let schema: SchemaRef = Arc::new(batch.schema().project(projection)?);
    let columns = projection.iter().map(|&position| Arc::clone(batch.column(position))).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(schema, columns, &options)?)
}

/// Counts rows as they come: a query that has enough does not wait for the end of the object.
fn count(output: &Output, run: &Run, first: bool, batch: &RecordBatch) {
    if first && let Some(_counts) = output.attempt.counts() {
        run.report().stats.rows += batch.num_rows() as u64;
    }
}

/// Sends rows on.
struct Rows<'a> {
    output: &'a Output,
    run: &'a Run,
    first: bool,
}

impl Sink for Rows<'_> {
    fn rows(&mut self, batch: RecordBatch) -> ControlFlow<()> {
        count(self.output, self.run, self.first, &batch);
        self.output.send(Ok(batch))
    }
}

/// Sends rejected lines on.
struct Rejected<'a> {
    output: &'a Output,
    run: &'a Run,
    first: bool,
    object: &'a LogObject,
    kind: LogKind,
    projection: &'a [usize],
}

impl Sink for Rejected<'_> {
    fn rows(&mut self, batch: RecordBatch) -> ControlFlow<()> {
        count(self.output, self.run, self.first, &batch);
        ControlFlow::Continue(())
    }

    fn rejected(&mut self, lines: Vec<RejectedLine>) -> ControlFlow<()> {
        let batch = rejected_batch(self.object, self.kind, &lines).map_err(DataFusionError::from);
        self.output.send(batch.and_then(|batch| project(&batch, self.projection)))
    }
}

/// Sends nothing on.
struct Count<'a> {
    output: &'a Output,
    run: &'a Run,
    first: bool,
}

impl Sink for Count<'_> {
    fn rows(&mut self, batch: RecordBatch) -> ControlFlow<()> {
        count(self.output, self.run, self.first, &batch);
        ControlFlow::Continue(())
    }
}
