//! From log objects to the files of one slot: every row in the file of its own day.
//!
//! Responsible for reading the objects, one after another, for sending rows to their day's file, and for doing so in
//! bounded memory, whatever the objects hold. Not responsible for which objects belong together, where files lie, or
//! when they become visible.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};

use alblog::time::{DAY, Date};
use alblog::{LogKind, RejectedLine};
use anyhow::{Context, Result, ensure};
use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::{filter_record_batch, max, min};
use arrow::datatypes::TimestampMicrosecondType;

use super::encode::{Encoder, FileSink, stored_positions};
use super::redact::Redaction;
use crate::scan::{ObjectScan, Progress, ScanOptions, Scanner, Sink, rejected_batch};
use crate::storage::LogObject;
use crate::tables::Table;

/// Files of rows that are written at the same time. Rows nearly always are of one day, around midnight of two; those of
/// further days are found by reading the objects again.
const OPEN_DAYS: usize = 4;
/// A slot whose rows are of more days than this is refused: no load balancer wrote it.
const MAX_DAYS: usize = 10_000;

/// What the files of a slot are to hold, and what may be taken for making them.
#[derive(Debug, Clone, Copy)]
pub struct ContentOptions<'a> {
    /// The kind of log all objects hold.
    pub kind: LogKind,
    /// The day under which rejected lines lie, `yyyy-MM-dd`.
    pub slot_day: &'a str,
    /// What is left out.
    pub redaction: &'a Redaction,
    /// Bytes of memory for inflating and encoding, about.
    pub memory: usize,
    /// Moved forward with every object that is read, once.
    pub progress: &'a Progress,
}

impl ContentOptions<'_> {
    /// Two fifths: with 80 MiB, enough for any object that load balancers usually write, and for two days' row groups.
    fn inflate_memory(&self) -> usize {
        self.memory / 5 * 2
    }
}

/// All files of a slot but its record, encoded to their ends.
pub struct SlotContent {
    /// Rows by day, in the order of the days within a pass, and rejected lines.
    pub files: Vec<EncodedFile>,
    /// What came out of each object, in their order.
    pub objects: Vec<ObjectScan>,
}

/// A file whose bytes the sink has.
pub struct EncodedFile {
    /// The table its rows are of.
    pub table: Table,
    /// The day its rows are of, `yyyy-MM-dd`; that of the slot for rejected lines.
    pub day: String,
    /// Rows in it.
    pub rows: u64,
    /// Its size in bytes.
    pub bytes: u64,
    /// Where its bytes went.
    pub sink: Box<dyn FileSink>,
}

/// Makes the sink of the file of a table and a day (`yyyy-MM-dd`).
pub type OpenFile<'a> = dyn FnMut(Table, &str) -> Result<Box<dyn FileSink>> + 'a;

/// Encodes the rows and rejected lines of all these objects.
///
/// An object that ends early or is damaged keeps the rows before, and its [`ObjectScan`] says so.
///
/// # Errors
/// When a sink fails, or when an object that has to be read again is not what it was.
pub fn encode_objects(options: &ContentOptions, objects: &[LogObject], open: &mut OpenFile) -> Result<SlotContent> {
    let mut first = Pass::new(options, open, Days::Any { waiting: BTreeMap::new() });
    let scans = first.read(objects, i64::MIN..i64::MAX)?;
    let Days::Any { mut waiting } = std::mem::replace(&mut first.days, Days::These(Vec::new())) else {
        unreachable!("the first pass takes any days")
    };
    let mut files = first.finish()?;
    while !waiting.is_empty() {
        let these: Vec<(i64, u64)> = std::iter::from_fn(|| waiting.pop_first()).take(OPEN_DAYS).collect();
        files.extend(read_again(options, objects, &scans, &these, open)?);
    }
    Ok(SlotContent { files, objects: scans })
}

/// Encodes the rows of some more days, of which the first pass has counted the rows.
fn read_again(
    options: &ContentOptions,
    objects: &[LogObject],
    scans: &[ObjectScan],
    days: &[(i64, u64)],
    open: &mut OpenFile,
) -> Result<Vec<EncodedFile>> {
    let (first, last) = (days[0].0, days[days.len() - 1].0);
    let mut pass = Pass::new(options, open, Days::These(days.iter().map(|(day, _)| *day).collect()));
    let again = pass.read(objects, first * DAY..(last + 1) * DAY)?;
    for ((object, before), now) in objects.iter().zip(scans).zip(&again) {
        let lines = |scan: &ObjectScan| (scan.stats.rows + scan.stats.outside_window, scan.stats.rejected);
        ensure!(
            lines(before) == lines(now) && before.error == now.error,
            "{} changed while it was exported: it was read twice, and gave {} rows and then {}{}",
            object.location,
            lines(before).0,
            lines(now).0,
            now.error.as_ref().map(|error| format!(" ({error})")).unwrap_or_default()
        );
    }
    let files = pass.finish()?;
    ensure!(files.len() == days.len(), "objects changed while they were exported: days are missing the second time");
    for ((day, rows), file) in days.iter().zip(&files) {
        let date = Date::of(day * DAY);
        ensure!(
            *rows == file.rows,
            "objects changed while they were exported: {rows} rows of {date}, then {}",
            file.rows
        );
    }
    Ok(files)
}

/// The days whose rows a pass encodes.
enum Days {
    /// The first that come; rows of the others are counted.
    Any { waiting: BTreeMap<i64, u64> },
    /// These, and nothing else.
    These(Vec<i64>),
}

/// One reading of all objects.
struct Pass<'a, 'o> {
    options: &'a ContentOptions<'a>,
    table: Table,
    open: &'a mut OpenFile<'o>,
    days: Days,
    /// By days since the epoch.
    files: BTreeMap<i64, Encoder<Box<dyn FileSink>>>,
    rejected: Option<Encoder<Box<dyn FileSink>>>,
}

impl<'a, 'o> Pass<'a, 'o> {
    fn new(options: &'a ContentOptions<'a>, open: &'a mut OpenFile<'o>, days: Days) -> Self {
        Self { options, table: table(options.kind), open, days, files: BTreeMap::new(), rejected: None }
    }

    fn is_first(&self) -> bool {
        matches!(self.days, Days::Any { .. })
    }

    fn read(&mut self, objects: &[LogObject], window: Range<i64>) -> Result<Vec<ObjectScan>> {
        let mut scanner = Scanner::new(&ScanOptions {
            kind: self.options.kind,
            projection: stored_positions(self.table),
            window,
            keep_rejected: self.is_first(),
            memory: self.options.inflate_memory(),
        });
        let mut scans = Vec::with_capacity(objects.len());
        for object in objects {
            let mut router = Router { object, pass: self, failure: None };
            let scan = scanner.scan(object, &mut router);
            if let Some(failure) = router.failure {
                return Err(failure);
            }
            if self.is_first() {
                self.options.progress.object_done(object.size, scan.stats.rows);
            }
            scans.push(scan);
        }
        Ok(scans)
    }

    fn rows(&mut self, rows: RecordBatch) -> Result<()> {
        let rows = self.options.redaction.apply(self.table, rows)?;
        let times = rows.column_by_name("time").context("rows have a time")?.as_primitive::<TimestampMicrosecondType>();
        let (Some(first), Some(last)) = (min(times), max(times)) else { return Ok(()) };
        let (first, last) = (first.div_euclid(DAY), last.div_euclid(DAY));
        if first == last {
            return self.rows_of_day(first, rows.num_rows() as u64, || Ok(rows));
        }
        let mut counts = BTreeMap::<i64, u64>::new();
        for time in times.values() {
            *counts.entry(time.div_euclid(DAY)).or_default() += 1;
        }
        for (day, count) in counts {
            let of_day =
                || times.values().iter().map(|time| Some(time.div_euclid(DAY) == day)).collect::<BooleanArray>();
            self.rows_of_day(day, count, || Ok(filter_record_batch(&rows, &of_day())?))?;
        }
        Ok(())
    }

    /// Encodes rows of one day, unless it is for another pass to do.
    fn rows_of_day(&mut self, day: i64, count: u64, rows: impl FnOnce() -> Result<RecordBatch>) -> Result<()> {
        if !self.files.contains_key(&day) {
            match &mut self.days {
                Days::These(days) if !days.contains(&day) => return Ok(()),
                Days::Any { waiting } if self.files.len() >= OPEN_DAYS => {
                    *waiting.entry(day).or_default() += count;
                    ensure!(waiting.len() < MAX_DAYS, "its rows are of more than {MAX_DAYS} days");
                    return Ok(());
                }
                Days::Any { .. } | Days::These(_) => {
                    let sink = (self.open)(self.table, &Date::of(day * DAY).to_string())?;
                    self.files.insert(day, Encoder::new(self.table, sink)?);
                }
            }
        }
        if let Some(file) = self.files.get_mut(&day) {
            file.write(&rows()?)?;
        }
        self.keep_to_memory()
    }

    fn rejected_lines(&mut self, object: &LogObject, lines: &[RejectedLine]) -> Result<()> {
        let table = Table::RejectedLines;
        let rows = rejected_batch(object, self.options.kind, lines)?.project(&stored_positions(table))?;
        let rows = self.options.redaction.apply(table, rows)?;
        let file = match &mut self.rejected {
            Some(file) => file,
            none => none.insert(Encoder::new(table, (self.open)(table, self.options.slot_day)?)?),
        };
        file.write(&rows)?;
        self.keep_to_memory()
    }

    /// Ends the largest row group when all together take too much memory.
    fn keep_to_memory(&mut self) -> Result<()> {
        let limit = self.options.memory - self.options.inflate_memory();
        let mut files: Vec<_> = self.files.values_mut().chain(&mut self.rejected).collect();
        if files.iter().map(|file| file.memory()).sum::<usize>() > limit
            && let Some(largest) = files.iter_mut().max_by_key(|file| file.memory())
        {
            largest.end_row_group()?;
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<EncodedFile>> {
        let table = self.table;
        let files = self.files.into_iter().map(|(day, file)| (table, Date::of(day * DAY).to_string(), file));
        let rejected = self.rejected.map(|file| (Table::RejectedLines, self.options.slot_day.to_owned(), file));
        let finished = files.chain(rejected).map(|(table, day, file)| {
            let done = file.finish(&[])?;
            Ok(EncodedFile { table, day, rows: done.rows, bytes: done.bytes, sink: done.sink })
        });
        finished.collect()
    }
}

/// Takes what one object yields.
struct Router<'p, 'a, 'o> {
    object: &'p LogObject,
    pass: &'p mut Pass<'a, 'o>,
    failure: Option<anyhow::Error>,
}

impl Router<'_, '_, '_> {
    fn go_on(&mut self, result: Result<()>) -> ControlFlow<()> {
        match result.with_context(|| format!("cannot export {}", self.object.location)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failure = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

impl Sink for Router<'_, '_, '_> {
    fn rows(&mut self, batch: RecordBatch) -> ControlFlow<()> {
        let result = self.pass.rows(batch);
        self.go_on(result)
    }

    fn rejected(&mut self, lines: Vec<RejectedLine>) -> ControlFlow<()> {
        let result = self.pass.rejected_lines(self.object, &lines);
        self.go_on(result)
    }
}

/// The table of a kind's rows.
fn table(kind: LogKind) -> Table {
    let of_kind = Table::ALL.into_iter().find(|table| table.kind() == Some(kind));
    of_kind.expect("every kind has a table")
}
