//! Reading one object after another with one set of buffers.

use std::ops::{ControlFlow, Range};
use std::{fmt, io};

use alblog::{Decoder, LogKind, RejectReason, RejectedLine, Stats};
use arrow::array::RecordBatch;

use super::inflate::Inflater;
use super::input::Input;
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
    /// Why it could not be read, or not to its end. The rows before count.
    pub error: Option<Failure>,
    /// Whether the caller had enough before the end.
    pub stopped: bool,
}

/// Why an object could not be read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Its content is cut short or damaged: reading it again gives the same.
    Damaged(String),
    /// It could not be got: that may pass.
    Unread(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(message) | Self::Unread(message) => f.write_str(message),
        }
    }
}

/// Reads objects of one kind, keeping its decoder and buffers between them.
pub struct Scanner {
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
            .keep_rejected(options.keep_rejected)
            .build();
        Self { decoder, inflater: Inflater::new(options.memory) }
    }

    /// Reads one object, whose content was opened, to its end, to its first unreadable byte, or until the sink has
    /// enough.
    pub fn scan(&mut self, object: &LogObject, input: io::Result<Input>, sink: &mut dyn Sink) -> ObjectScan {
        self.decoder.start_object(object.context());
        let mut flow = ControlFlow::Continue(());
        let result = input.and_then(|input| {
            let decoder = &mut self.decoder;
            let mut take = |piece: &[u8]| {
                flow = decode(decoder, piece, sink);
                flow.is_continue()
            };
            if input.is_gzip() {
                self.inflater.gzip(input.into_reader(), &mut take)
            } else {
                self.inflater.plain(input.into_reader(), &mut take)
            }
        });
        let error = result.err().map(|error| describe(&error));
        if flow.is_continue() {
            // A line cut off in the middle is no line: its rest was lost with the rest of the object.
            if error.is_none() {
                self.decoder.finish();
            }
            flow = hand_over(&mut self.decoder, sink);
        }
        ObjectScan {
            stats: self.decoder.stats(),
            first_rejected: self.decoder.first_rejected(),
            error,
            stopped: flow.is_break(),
        }
    }
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

fn describe(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Failure::Damaged("cut short: its gzip stream ends in the middle".to_owned()),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            Failure::Damaged(format!("damaged: {error}; rows near the damage may be wrong"))
        }
        _ => Failure::Unread(error.to_string()),
    }
}
