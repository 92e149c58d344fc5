//! Reading one object after another with one set of buffers.

use std::borrow::Cow;
use std::io::{self, Read};
use std::ops::{ControlFlow, Range};

use alblog::{Condition, Decoder, LogKind, RejectReason, RejectedLine, Stats};
use arrow::array::RecordBatch;

use super::failure::{self, Failure, refuse};
use super::inflate::{self, Inflater, Text};
use super::input::Input;
use super::shape::{self, Shape};
use super::{json, prefixed};
use crate::read::storage::LogObject;

/// How objects are to be read.
#[derive(Debug, Clone)]
pub struct ScanOptions {
    /// The kind of log every object holds.
    pub kind: LogKind,
    /// Columns to build, by position in the kind's columns.
    pub projection: Vec<usize>,
    /// Rows outside these microseconds since the epoch are left out.
    pub window: Range<i64>,
    /// What rows must meet; the others are counted only.
    pub condition: Option<Condition>,
    /// Hand rejected lines over, instead of only counting them.
    pub keep_rejected: bool,
    /// Bytes of memory for inflating objects whole. What does not fit is streamed.
    pub memory: usize,
}

/// What came out of one object.
#[derive(Debug)]
pub struct ObjectScan {
    /// Counts of its lines.
    pub stats: Stats,
    /// Line number and reason of its first rejected line.
    pub first_rejected: Option<(u64, RejectReason)>,
    /// What its lines are in, if not in nothing: `inside JSON (CloudWatch subscription)`.
    pub container: Option<String>,
    /// Why it could not be read, or not to its end. The rows before count.
    pub error: Option<Failure>,
    /// Whether the caller had enough before the end.
    pub stopped: bool,
}

/// Reads objects of one kind, keeping its decoder and buffers between them.
pub struct Scanner {
    kind: LogKind,
    decoder: Decoder,
    inflater: Inflater,
}

/// Takes what an object yields, piece by piece, and may stop it.
pub trait Sink {
    /// A batch of rows.
    fn rows(&mut self, batch: RecordBatch) -> ControlFlow<()>;
    /// Lines that are no rows, if they are kept.
    fn rejected(&mut self, _lines: Vec<RejectedLine>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl Scanner {
    /// Prepares to read objects.
    pub fn new(options: &ScanOptions) -> Self {
        let decoder = Decoder::builder(options.kind)
            .projection(&options.projection)
            .window(options.window.clone())
            .condition(options.condition.clone())
            .keep_rejected(options.keep_rejected)
            .build();
        Self { kind: options.kind, decoder, inflater: Inflater::new(options.memory) }
    }

    /// Reads one object, whose content was opened, to its end, to its first unreadable byte, or until the sink has
    /// enough.
    pub fn scan(&mut self, object: &LogObject, input: io::Result<Input>, sink: &mut dyn Sink) -> ObjectScan {
        self.decoder.start_object(object.context());
        let mut flow = ControlFlow::Continue(());
        let before = object.state();
        let (mut container, mut unlike) = (None, None);
        let result = input.and_then(|input| self.inflater.open(input)).and_then(|text| {
            let decoder = &mut self.decoder;
            let mut take = |piece: &[u8]| {
                flow = decode(decoder, piece, sink);
                flow.is_continue()
            };
            unwrap(text, &mut container, &mut unlike, &mut take)
        });
        let mut error = result.err().map(|error| failure::describe(&error));
        if flow.is_continue() {
            // A line cut off in the middle is no line: its rest was lost with the rest of the object.
            if error.is_none() {
                self.decoder.finish();
            }
            flow = hand_over(&mut self.decoder, sink);
        }
        let (stats, first_rejected) = (self.decoder.stats(), self.decoder.first_rejected());
        if error.is_none() && flow.is_continue() {
            error = first_rejected.and_then(|first| missing(&stats, self.kind, unlike, first));
        }
        // What is not there any more was still whole when it was read.
        if error.is_none() && object.state().is_some_and(|after| Some(after) != before) {
            error =
                Some(Failure::Unread("it was changed while it was read, and may be of two halves: run again".into()));
        }
        if error.is_none() && stats.cut_short > 0 {
            error = Some(Failure::Damaged("cut short: it ends in the middle of a line".into()));
        }
        ObjectScan { stats, first_rejected, container, error, stopped: flow.is_break() }
    }
}

/// Hands on the lines of a text, whatever they are in. Of lines that begin like no log, `unlike` says what they are.
fn unwrap(
    text: Text<'_>,
    container: &mut Option<String>,
    unlike: &mut Option<String>,
    take: &mut dyn FnMut(&[u8]) -> bool,
) -> io::Result<()> {
    let (head, rest): (Cow<'_, [u8]>, Box<dyn Read + '_>) = match text {
        Text::Whole(text) => (Cow::Borrowed(text), Box::new(io::empty())),
        Text::Stream(mut text) => match shape::read_head(&mut *text) {
            (head, None) => (Cow::Owned(head), text),
            (head, Some(error)) => (Cow::Owned(head), Box::new(Failing(Some(error)))),
        },
    };
    let found = shape::of(&head);
    if let Shape::Unknown(other) = &found {
        *unlike = Some(other.what.clone());
    }
    match found {
        Shape::Lines(_) | Shape::Unknown(_) => {
            if head.is_empty() || take(&head) {
                inflate::stream(rest, take)?;
            }
            Ok(())
        }
        Shape::Prefixed(_) => {
            *container = Some("behind a time (CloudWatch Logs export)".to_owned());
            prefixed::lines(head.chain(rest), take)
        }
        Shape::Json(_, path) => {
            *container = Some(format!("inside JSON ({})", json::describe(&path)));
            json::lines(head.chain(rest), &path, take)
        }
        // Nothing at all is no line, and no error either.
        Shape::Other(_) if head.trim_ascii().is_empty() => inflate::stream(rest, take),
        Shape::Other(other) => Err(refuse(other.what)),
    }
}

/// The error that ended a text, after what stands before it.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// So many lines of another log than an object's are no strays: rows are missing.
pub(super) const STRAY: u64 = 5;
/// So few rejected lines say nothing about an object, even if it has fewer rows.
const FEW: u64 = 20;

/// Why rejected lines mean that rows are missing, if they do: none is a line, some hold lines or are those of another log, or most
/// are none.
fn missing(
    stats: &Stats,
    kind: LogKind,
    unlike: Option<String>,
    (line, reason): (u64, RejectReason),
) -> Option<Failure> {
    let Stats { rejected, wrapped, of_other_kinds, .. } = *stats;
    let lines = stats.rows + stats.outside_window + stats.unmet;
    let what = if lines == 0 {
        unlike.unwrap_or_else(|| format!("no line of it is a line of the {kind} log"))
    } else if wrapped > 0 {
        format!("{wrapped} of its lines hold ALB lines in a shape that is not read")
    } else if of_other_kinds >= STRAY {
        format!("{of_other_kinds} of its lines are of another log, and it is read as the {kind} log")
    } else if rejected > lines.max(FEW) {
        format!("most of its lines are no lines of the {kind} log")
    } else {
        return None;
    };
    Some(Failure::Refused(format_args!("{what}; {rejected} rejected, the first in line {line}: {reason}").into()))
}

fn decode(decoder: &mut Decoder, mut piece: &[u8], sink: &mut dyn Sink) -> ControlFlow<()> {
    while !piece.is_empty() {
        piece = &piece[decoder.decode(piece)..];
        if decoder.is_full() {
            hand_over(decoder, sink)?;
        }
    }
    ControlFlow::Continue(())
}

fn hand_over(decoder: &mut Decoder, sink: &mut dyn Sink) -> ControlFlow<()> {
    let rejected = decoder.take_rejected();
    if !rejected.is_empty() {
        sink.rejected(rejected)?;
    }
    match decoder.flush() {
        Some(batch) => sink.rows(batch),
        None => ControlFlow::Continue(()),
    }
}
