//! From log objects to the files of one slot: every row in the file of its own day.
//!
//! Responsible for reading the objects, one after another, for sending rows to their day's file, and for doing so in
//! bounded memory, whatever the objects hold. Not responsible for which objects belong together, where files lie, or
//! when they become visible.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use alblog::time::{DAY, Date};
use alblog::{LogKind, RejectedLine};
use anyhow::{Context, Result, anyhow, ensure};
use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::{filter_record_batch, max, min};
use arrow::datatypes::TimestampMicrosecondType;
use tokio::runtime::Handle;

use super::day_file::{DayFile, RowOrder};
use super::encode::{Encoder, FileSink, stored_positions};
use super::redact::Redaction;
use super::slot::table_of;
use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::base::tables::Table;
use crate::read::scan::{Failure, Input, ObjectScan, Openings, Progress, ScanOptions, Scanner, Sink, rejected_batch};
use crate::read::storage::{FetchAhead, FetchBudget, LogObject};

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
    /// In which order rows lie in their files.
    pub order: RowOrder,
    /// Bytes of memory for inflating and encoding, about.
    pub memory: usize,
    /// Moved forward with every object that is read, once.
    pub progress: &'a Progress,
    /// Opens what is not downloaded.
    pub openings: &'a Openings,
    /// Set when the run is to end: the slot is given up.
    pub stop: &'a AtomicBool,
    pub runtime: &'a Handle,
    /// What downloads may take, with those of other slots.
    pub budget: &'a FetchBudget,
    /// Who sees rows on their way, once, as they are stored.
    pub observer: Option<&'a dyn RowObserver>,
}

/// Sees rows on their way into files.
pub trait RowObserver: std::fmt::Debug {
    /// Called with the rows that come out of the objects, some at a time. An error ends the writing.
    fn see(&self, rows: &RecordBatch) -> Result<()>;
}

impl ContentOptions<'_> {
    /// Two fifths: with 80 MiB, enough for any object that load balancers usually write, and for two days' row groups.
    fn inflate_memory(&self) -> usize {
        self.memory / 5 * 2
    }
}

/// All files of a slot but its record, encoded to their ends.
pub struct SlotContent<S> {
    /// Rows by day, in the order of the days within a pass, and rejected lines.
    pub files: Vec<EncodedFile<S>>,
    /// What came out of each object, in their order.
    pub objects: Vec<ObjectScan>,
}

/// A file whose bytes the sink has.
pub struct EncodedFile<S> {
    /// The table its rows are of.
    pub table: Table,
    /// The day its rows are of, `yyyy-MM-dd`; that of the slot for rejected lines.
    pub day: String,
    pub rows: u64,
    /// First and last time of its rows, microseconds since the epoch; none for rejected lines.
    pub times: Option<(i64, i64)>,
    /// Where its bytes went.
    pub sink: S,
}

/// Makes the sink of the file of a table and a day (`yyyy-MM-dd`), and says the file's path below its export.
pub type OpenFile<'a, S> = dyn FnMut(Table, &str) -> Result<(String, S)> + 'a;

/// Encodes the rows and rejected lines of all these objects.
///
/// An object that ends early or is damaged keeps the rows before, and its [`ObjectScan`] says so.
///
/// # Errors
/// When a sink fails, or when an object that has to be read again is not what it was.
pub fn encode_objects<S: FileSink>(
    options: &ContentOptions,
    objects: &[&LogObject],
    open: &mut OpenFile<S>,
) -> Result<SlotContent<S>> {
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
fn read_again<S: FileSink>(
    options: &ContentOptions,
    objects: &[&LogObject],
    scans: &[ObjectScan],
    days: &[(i64, u64)],
    open: &mut OpenFile<S>,
) -> Result<Vec<EncodedFile<S>>> {
    let (first, last) = (days[0].0, days[days.len() - 1].0);
    let mut pass = Pass::new(options, open, Days::These(days.iter().map(|(day, _)| *day).collect()));
    let again = pass.read(objects, first * DAY..(last + 1) * DAY)?;
    for ((object, before), now) in objects.iter().zip(scans).zip(&again) {
        let lines = |scan: &ObjectScan| (scan.stats.rows + scan.stats.outside_window, scan.stats.rejected);
        ensure!(
            lines(before) == lines(now) && before.error == now.error,
            "{} changed while it was exported: it was read twice, and gave {} rows and then {}{}",
            Shown(&object.location),
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
struct Pass<'a, 'o, S: FileSink> {
    options: &'a ContentOptions<'a>,
    table: Table,
    open: &'a mut OpenFile<'o, S>,
    days: Days,
    /// By days since the epoch.
    files: BTreeMap<i64, DayFile<S>>,
    rejected: Option<Encoder<S>>,
}

impl<'a, 'o, S: FileSink> Pass<'a, 'o, S> {
    fn new(options: &'a ContentOptions<'a>, open: &'a mut OpenFile<'o, S>, days: Days) -> Self {
        Self { options, table: table_of(options.kind), open, days, files: BTreeMap::new(), rejected: None }
    }

    fn is_first(&self) -> bool {
        matches!(self.days, Days::Any { .. })
    }

    fn read(&mut self, objects: &[&LogObject], window: Range<i64>) -> Result<Vec<ObjectScan>> {
        let mut scanner = Scanner::new(&ScanOptions {
            kind: self.options.kind,
            projection: stored_positions(self.table),
            window,
            condition: None,
            keep_rejected: self.is_first(),
            memory: self.options.inflate_memory(),
        });
        let mut scans = Vec::with_capacity(objects.len());
        let wanted = objects.iter().enumerate().map(|(at, object)| (at, Some((*object).clone())));
        let queue = FetchAhead::start(wanted.collect(), self.options.budget, self.options.runtime);
        while let Some((at, body)) = queue.next() {
            ensure!(!self.options.stop.load(Relaxed), "interrupted");
            let object = objects[at];
            let input = body.map_or_else(|| self.options.openings.open(&object.location), Input::fetched);
            let mut router = Router { object, pass: self, failure: None };
            let mut scan = scanner.scan(object, input, &mut router);
            if let Some(failure) = router.failure {
                return Err(failure);
            }
            // The record is to name the content that was read.
            if object.has_changed() {
                scan.error = Some(Failure::Unread(Message::new("it changed while it was read")));
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
        if let Some(observer) = self.options.observer.filter(|_| self.is_first()) {
            observer.see(&rows)?;
        }
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
                    let (path, sink) = (self.open)(self.table, &Date::of(day * DAY).to_string())?;
                    self.files.insert(day, DayFile::new(self.table, self.options.order, &path, sink)?);
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
            none => {
                let (path, sink) = (self.open)(table, self.options.slot_day)?;
                none.insert(Encoder::new(table, &path, sink)?)
            }
        };
        file.write(&rows)?;
        self.keep_to_memory()
    }

    /// Ends the largest row group when all together take too much memory.
    fn keep_to_memory(&mut self) -> Result<()> {
        let limit = self.options.memory - self.options.inflate_memory();
        let of_rejected = self.rejected.as_ref().map_or(0, Encoder::memory);
        if self.files.values().map(DayFile::memory).sum::<usize>() + of_rejected <= limit {
            return Ok(());
        }
        let largest = self.files.values_mut().max_by_key(|file| file.memory());
        match (largest.filter(|file| file.memory() >= of_rejected), &mut self.rejected) {
            (Some(largest), _) => largest.end_row_group(),
            (None, Some(rejected)) => rejected.end_row_group(),
            (None, None) => Ok(()),
        }
    }

    fn finish(self) -> Result<Vec<EncodedFile<S>>> {
        let mut finished = Vec::with_capacity(self.files.len() + 1);
        for (day, file) in self.files {
            let (done, times) = file.finish()?;
            let day = Date::of(day * DAY).to_string();
            finished.push(EncodedFile { table: self.table, day, rows: done.rows, times, sink: done.sink });
        }
        if let Some(file) = self.rejected {
            let (done, day) = (file.finish(&[])?, self.options.slot_day.to_owned());
            finished.push(EncodedFile {
                table: Table::RejectedLines,
                day,
                rows: done.rows,
                times: None,
                sink: done.sink,
            });
        }
        Ok(finished)
    }
}

/// Takes what one object yields.
struct Router<'p, 'a, 'o, S: FileSink> {
    object: &'p LogObject,
    pass: &'p mut Pass<'a, 'o, S>,
    failure: Option<anyhow::Error>,
}

impl<S: FileSink> Router<'_, '_, '_, S> {
    fn go_on(&mut self, result: Result<()>) -> ControlFlow<()> {
        match result.with_context(|| format!("cannot export {}", Shown(&self.object.location))) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failure = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

impl<S: FileSink> Sink for Router<'_, '_, '_, S> {
    fn rows(&mut self, batch: RecordBatch) -> ControlFlow<()> {
        if self.pass.options.stop.load(Relaxed) {
            return self.go_on(Err(anyhow!("interrupted")));
        }
        let result = self.pass.rows(batch);
        self.go_on(result)
    }

    fn rejected(&mut self, lines: Vec<RejectedLine>) -> ControlFlow<()> {
        let result = self.pass.rejected_lines(self.object, &lines);
        self.go_on(result)
    }
}
