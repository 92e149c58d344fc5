//! Comma-separated values, RFC 4180 with LF; a header always, NULL as nothing. Rows are written as they come.

use std::io::Write;

use anyhow::Result;
use arrow::array::RecordBatch;
use arrow::csv::WriterBuilder;
use arrow::datatypes::SchemaRef;

use super::BatchWriter;
use super::values::{self, TIME_ANYWHERE, TIME_UTC};

pub(super) struct CsvWriter<W> {
    sink: W,
    buffer: Vec<u8>,
}

impl<W: Write> CsvWriter<W> {
    pub(super) fn new(schema: SchemaRef, sink: W) -> Result<Self> {
        let mut writer = Self { sink, buffer: Vec::new() };
        writer.write_piece(&RecordBatch::new_empty(schema), true)?;
        Ok(writer)
    }

    /// Through a buffer, because arrow's writer makes text of an I/O error and a broken pipe could not be told.
    fn write_piece(&mut self, piece: &RecordBatch, header: bool) -> Result<()> {
        self.buffer.clear();
        WriterBuilder::new()
            .with_header(header)
            .with_timestamp_format(TIME_ANYWHERE.to_owned())
            .with_timestamp_tz_format(TIME_UTC.to_owned())
            .build(&mut self.buffer)
            .write(&values::nested_as_json(piece)?)?;
        Ok(self.sink.write_all(&self.buffer)?)
    }
}

impl<W: Write> BatchWriter<W> for CsvWriter<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        for piece in values::pieces(batch) {
            self.write_piece(&piece?, false)?;
        }
        Ok(self.sink.flush()?)
    }

    fn finish(self: Box<Self>) -> Result<W> {
        Ok(self.sink)
    }
}
