//! The push decoder: bytes of a log in, record batches out.
//!
//! Responsible for lines, rejection, the time window, conditions, projection and counting. Not responsible for reading, inflating,
//! choosing objects, or what happens with rejected lines.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{Schema, SchemaRef};

use crate::LogKind;
use crate::builders::{ColumnBuilder, ObjectContext, Row};
use crate::columns::{Column, Source, known_fields};
use crate::condition::Condition;
use crate::fields::{Fields, Span};
use crate::lines::{Line, LineCutter, MAX_REJECTED_TEXT};
use crate::rejected::{RejectReason, RejectedLine};
use crate::stats::Stats;
use crate::structure;
use crate::time;
use crate::values;

/// Rows of a full batch, unless set. With all columns, longer batches leave the core's cache: 8192 rows take 10 % longer to
/// decode and four times the memory; with a few columns it makes no difference (docs/performance.md).
pub const DEFAULT_BATCH_SIZE: usize = 2048;
/// A decoder that keeps rejected lines counts as full when it holds this many, so that they stay bounded too.
const MAX_REJECTED_LINES: usize = 1024;
/// A batch is full when its lines are this long together, however few: clients choose how long their URLs are, and must
/// not choose how much memory we take. Ordinary lines fill a batch of the default size before that; of the longest it
/// holds 128.
const MAX_BATCH_BYTES: usize = 2 << 20;
/// A batch is also full after so many lines that do not meet the condition, so that whoever waits for rows hears of it.
const MAX_PASSED_OVER: usize = 64 << 10;
/// Lines at the start of each object that are looked through for further lines within them. Later ones are when they are
/// longer than usual: where line ends are lost, they are lost all over the object.
const LOOKED_THROUGH: u64 = 64;
/// Some programs put it at the start of a file, and so between lines of files that were put together.
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];
/// More than any kind has known fields.
const MAX_FIELDS: usize = {
    let (mut most, mut at) = (0, 0);
    while at < LogKind::ALL.len() {
        let known = LogKind::ALL[at].known_fields();
        most = if known > most { known } else { most };
        at += 1;
    }
    (most + 1).next_multiple_of(8)
};

/// Decodes the lines of one kind of log into record batches.
///
/// Push bytes, in pieces of any size, with [`decode`](Self::decode); take a batch with [`flush`](Self::flush) when
/// [`is_full`](Self::is_full); call [`finish`](Self::finish) at the end of each object and flush once more:
///
/// ```
/// # use alblog::{Decoder, LogKind};
/// # let pieces = [b"http 2025-10-31T12:44:59.8Z 0.01 10.0.0.1:80 web PASS".as_slice(), b" 200 -\nnot a log line"];
/// let mut decoder = Decoder::builder(LogKind::HealthCheck).columns(&["time", "status"]).build();
/// let mut batches = Vec::new();
/// for mut piece in pieces {
///     while !piece.is_empty() {
///         piece = &piece[decoder.decode(piece)..];
///         if decoder.is_full() {
///             batches.extend(decoder.flush());
///         }
///     }
/// }
/// decoder.finish();
/// batches.extend(decoder.flush());
/// assert_eq!((batches[0].num_rows(), batches[0].num_columns()), (1, 2));
/// assert_eq!(decoder.stats().rejected, 1);
/// ```
#[derive(Debug)]
pub struct Decoder {
    lines: LineCutter,
    rows: Rows,
}

/// Everything behind the line cutter, apart from it so that a line can be borrowed from the one while the other works.
#[derive(Debug)]
struct Rows {
    kind: LogKind,
    known_fields: usize,
    schema: SchemaRef,
    builders: Vec<ColumnBuilder>,
    /// Fields a line is split into: enough to reject it or not, and for the condition.
    fields_first: usize,
    /// Fields a row's line is split into: enough for every projected column, too.
    fields_needed: usize,
    needs_extra_fields: bool,
    batch_size: usize,
    columns: &'static [Column],
    window: Range<i64>,
    condition: Option<Condition>,
    keep_rejected: bool,
    object: ObjectContext,
    line_number: u64,
    /// About how long a line of this object is.
    usual_length: usize,
    /// How many fields the first row of this object has; 0 before it.
    usual_fields: usize,
    /// Places of the fields of the line at hand. Kept, because room made anew for each line costs a query 2 % of its time.
    spans: [Span; MAX_FIELDS],
    /// Rows since the last flush, and the length of their lines.
    pending: usize,
    pending_bytes: usize,
    /// Lines since then that do not meet the condition.
    passed_over: usize,
    stats: Stats,
    rejected: Vec<RejectedLine>,
    first_rejected: Option<(u64, RejectReason)>,
}

/// Options of a [`Decoder`].
#[derive(Debug, Clone)]
pub struct DecoderBuilder {
    kind: LogKind,
    all: &'static [Column],
    projection: Vec<usize>,
    batch_size: usize,
    window: Range<i64>,
    condition: Option<Condition>,
    keep_rejected: bool,
}

impl DecoderBuilder {
    /// Builds only these columns, by position in [`LogKind::columns`]. All by default; none is fine (rows are counted).
    ///
    /// # Panics
    /// [`build`](Self::build) panics if a position is not below the number of columns.
    #[must_use]
    pub fn projection(mut self, positions: &[usize]) -> Self {
        self.projection = positions.to_vec();
        self
    }

    /// Builds only these columns, by name; names that are not columns of the kind are left out.
    #[must_use]
    pub fn columns(self, names: &[&str]) -> Self {
        let positions: Vec<usize> =
            names.iter().filter_map(|name| self.all.iter().position(|column| column.name == *name)).collect();
        self.projection(&positions)
    }

    /// Rows of a full batch; very long lines fill one earlier.
    #[must_use]
    pub fn batch_size(mut self, rows: usize) -> Self {
        self.batch_size = rows.max(1);
        self
    }

    /// Leaves out rows whose time is not within these microseconds since the epoch.
    #[must_use]
    pub fn window(mut self, window: Range<i64>) -> Self {
        self.window = window;
        self
    }

    /// Leaves out rows that do not meet this: of them, no column is built.
    ///
    /// # Panics
    /// [`build`](Self::build) panics if a column is not one of the kind.
    #[must_use]
    pub fn condition(mut self, condition: Option<Condition>) -> Self {
        self.condition = condition;
        self
    }

    /// Keeps rejected lines for [`Decoder::take_rejected`] instead of only counting them.
    #[must_use]
    pub fn keep_rejected(mut self, keep: bool) -> Self {
        self.keep_rejected = keep;
        self
    }

    /// Makes the decoder.
    #[must_use]
    pub fn build(self) -> Decoder {
        let columns: Vec<_> = self.projection.iter().map(|&position| &self.all[position]).collect();
        let known_fields = known_fields(self.all);
        let schema = Schema::new(columns.iter().map(|column| column.field()).collect::<Vec<_>>());
        let looked_at: Vec<usize> = self.condition.iter().flat_map(Condition::columns).collect();
        let looked_at = || looked_at.iter().map(|&position| self.all[position].source);
        let needs_extra_fields =
            columns.iter().map(|column| column.source).chain(looked_at()).any(|source| source == Source::ExtraFields);
        let highest = columns.iter().filter_map(|column| column.source.position()).max().unwrap_or(0);
        let needed = if needs_extra_fields { known_fields } else { highest };
        let decides = looked_at().filter_map(Source::position).max().unwrap_or(0);
        let fields_first = decides.max(structure::looked_at(self.kind));
        let rows = Rows {
            kind: self.kind,
            known_fields,
            schema: Arc::new(schema),
            builders: columns.iter().map(|column| ColumnBuilder::new(column, self.batch_size)).collect(),
            fields_first,
            fields_needed: needed.max(fields_first),
            needs_extra_fields,
            batch_size: self.batch_size,
            columns: self.all,
            window: self.window,
            condition: self.condition,
            keep_rejected: self.keep_rejected,
            object: ObjectContext::default(),
            line_number: 0,
            usual_length: 0,
            usual_fields: 0,
            spans: [Span::default(); MAX_FIELDS],
            pending: 0,
            pending_bytes: 0,
            passed_over: 0,
            stats: Stats::default(),
            rejected: Vec::new(),
            first_rejected: None,
        };
        Decoder { lines: LineCutter::default(), rows }
    }
}

impl Decoder {
    /// Options for reading one kind of log; all columns by default.
    #[must_use]
    pub fn builder(kind: LogKind) -> DecoderBuilder {
        Self::with_columns(kind, kind.columns())
    }

    /// The same with other columns than the kind's: for the test that adds a field AWS has not added yet.
    #[doc(hidden)]
    #[must_use]
    pub fn with_columns(kind: LogKind, columns: &'static [Column]) -> DecoderBuilder {
        assert!(known_fields(columns) <= MAX_FIELDS, "more fields than a line is split into");
        DecoderBuilder {
            kind,
            all: columns,
            projection: (0..columns.len()).collect(),
            batch_size: DEFAULT_BATCH_SIZE,
            window: i64::MIN..i64::MAX,
            condition: None,
            keep_rejected: false,
        }
    }

    /// Schema of the batches: the projected columns.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.rows.schema)
    }

    /// The bytes that follow belong to another object: line numbers and counts start again. Flush before.
    pub fn start_object(&mut self, object: ObjectContext) {
        debug_assert!(self.rows.pending == 0, "flush before the next object");
        for builder in &mut self.rows.builders {
            builder.start_object(&object);
        }
        self.lines = LineCutter::default();
        self.rows.object = object;
        self.rows.line_number = 0;
        self.rows.usual_length = 0;
        self.rows.usual_fields = 0;
        self.rows.stats = Stats::default();
        self.rows.first_rejected = None;
    }

    /// Takes bytes in until they end or the batch is full; answers how many were taken.
    ///
    /// Cannot fail: a line that is no row is counted as rejected.
    pub fn decode(&mut self, input: &[u8]) -> usize {
        let mut rest = input;
        while !self.rows.is_full() {
            match self.lines.next(&mut rest) {
                Some(line) => self.rows.push(&line),
                None => break,
            }
        }
        input.len() - rest.len()
    }

    /// The object has ended: what is left is its last line, even without a line ending. May make the batch one row larger
    /// than its size.
    pub fn finish(&mut self) {
        if let Some(line) = self.lines.finish() {
            self.rows.push_last(&line);
        }
    }

    /// Whether the batch must be taken with [`flush`](Self::flush) before [`decode`](Self::decode) goes on. With
    /// [`keep_rejected`](DecoderBuilder::keep_rejected), also whether rejected lines must be taken.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.rows.is_full()
    }

    /// The rows since the last call, if there were any lines of rows: where none of them meets the condition, a batch of no rows.
    pub fn flush(&mut self) -> Option<RecordBatch> {
        self.rows.flush()
    }

    /// The rejected lines since the last call; always empty unless they are kept.
    pub fn take_rejected(&mut self) -> Vec<RejectedLine> {
        std::mem::take(&mut self.rows.rejected)
    }

    /// Line number and reason of the first rejected line of this object.
    #[must_use]
    pub fn first_rejected(&self) -> Option<(u64, RejectReason)> {
        self.rows.first_rejected
    }

    /// Counts of this object.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.rows.stats
    }
}

impl Rows {
    #[inline]
    fn is_full(&self) -> bool {
        self.pending >= self.batch_size
            || self.pending_bytes >= MAX_BATCH_BYTES
            || self.passed_over >= MAX_PASSED_OVER
            || self.rejected.len() >= MAX_REJECTED_LINES
    }

    #[inline]
    fn push(&mut self, line: &Line) {
        self.line_number += 1;
        match *line {
            Line::Whole(b"") => {}
            Line::Whole(line) => self.push_line(line),
            Line::TooLong(start) => self.reject(RejectReason::TooLong, start),
        }
    }

    /// A line behind which the object ends without a line ending.
    fn push_last(&mut self, line: &Line) {
        if let Line::Whole(text) = *line
            && let Some(found) = structure::cut_after(self.kind, text, self.usual_fields)
        {
            self.line_number += 1;
            self.stats.cut_short += 1;
            return self.reject(RejectReason::CutShort { found, usual: self.usual_fields }, text);
        }
        self.push(line);
    }

    fn push_line(&mut self, line: &[u8]) {
        let line = line.strip_prefix(&BYTE_ORDER_MARK).unwrap_or(line);
        let may_be_several = self.may_be_several(line.len());
        // Whether AWS has added a field is looked up in one row of each batch even if nobody asks for the field.
        let split_all = self.needs_extra_fields || self.pending + self.passed_over == 0;
        let limit = if split_all { self.known_fields } else { self.fields_first };
        let mut splitter = Fields::new(line);
        let count = split(&mut splitter, &mut self.spans[..limit]);
        let fields = &self.spans[..count];
        if count < self.kind.min_fields() {
            let looks_like = LogKind::recognise(line);
            return self.reject(RejectReason::TooFewFields { found: count, kind: self.kind, looks_like }, line);
        }
        let Some(time) = time::parse(fields[self.kind.time_field()].of(line)) else {
            let looks_like = LogKind::recognise(line).filter(|kind| *kind != self.kind);
            return self.reject(RejectReason::UnreadableTime { looks_like }, line);
        };
        if let Some(reason) = structure::misfit(self.kind, line, fields) {
            return self.reject(reason, line);
        }
        if may_be_several && structure::is_several(self.kind, line) {
            return self.reject(RejectReason::SeveralLines, line);
        }
        if self.usual_fields == 0 {
            self.usual_fields = Fields::new(line).count();
        }
        if !self.window.contains(&time) {
            self.stats.outside_window += 1;
            return;
        }
        let extra_fields = if split_all { extra_fields(splitter.clone()) } else { b"" };
        self.stats.rows_with_extra_fields += u64::from(!extra_fields.is_empty());
        let row = Row { line, fields, extra_fields, time, object: &self.object };
        if self.condition.as_ref().is_some_and(|condition| !condition.may_be_met(self.columns, &row)) {
            self.stats.unmet += 1;
            self.passed_over += 1;
            return;
        }
        let mut count = count;
        if count == self.fields_first {
            count += split(&mut splitter, &mut self.spans[count..self.fields_needed]);
        }
        let row = Row { line, fields: &self.spans[..count], extra_fields, time, object: &self.object };
        let mut unreadable = 0;
        for builder in &mut self.builders {
            unreadable += u64::from(builder.append(&row));
        }
        self.pending += 1;
        self.pending_bytes += line.len();
        self.stats.rows += 1;
        self.stats.unreadable_values += unreadable;
    }

    /// Whether a line is worth looking through for others; learns how long lines are.
    #[inline]
    fn may_be_several(&mut self, length: usize) -> bool {
        let usual = self.usual_length;
        self.usual_length = usual - usual / 16 + length / 16;
        self.line_number <= LOOKED_THROUGH || length > usual + usual / 4
    }

    #[cold]
    fn reject(&mut self, reason: RejectReason, line: &[u8]) {
        self.stats.rejected += 1;
        self.stats.wrapped += u64::from(reason == RejectReason::SeveralLines || structure::holds_line(line));
        self.stats.of_other_kinds += u64::from(reason.looks_like().is_some());
        self.first_rejected.get_or_insert((self.line_number, reason));
        if self.keep_rejected {
            let mut text = values::text(&line[..line.len().min(MAX_REJECTED_TEXT)]).into_owned();
            text.truncate(text.floor_char_boundary(MAX_REJECTED_TEXT));
            self.rejected.push(RejectedLine { line_number: self.line_number, reason, text });
        }
    }

    fn flush(&mut self) -> Option<RecordBatch> {
        let rows = std::mem::take(&mut self.pending);
        self.pending_bytes = 0;
        if rows + std::mem::take(&mut self.passed_over) == 0 {
            return None;
        }
        let columns = self.builders.iter_mut().map(ColumnBuilder::finish).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options);
        Some(batch.expect("every builder makes its column's type, one value a row"))
    }
}

/// Splits as many fields as there is room for, or as there are; answers how many.
#[expect(clippy::inline_always, reason = "as for the splitting itself")]
#[inline(always)]
fn split(splitter: &mut Fields<'_>, spans: &mut [Span]) -> usize {
    let mut count = 0;
    while count < spans.len() {
        let Some(field) = splitter.next_span() else { break };
        spans[count] = field;
        count += 1;
    }
    count
}

/// What follows the last known field; empty when that is nothing but `-`, which AWS may write before it announces a field.
fn extra_fields(splitter: Fields<'_>) -> &[u8] {
    let rest = splitter.rest().trim_ascii_end();
    if splitter.into_iter().all(|field| values::present(field).is_none()) { b"" } else { rest }
}

#[cfg(test)]
mod tests;
