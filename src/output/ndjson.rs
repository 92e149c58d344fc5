//! One JSON object a line, NULLs included. Rows are written as they come.

use std::io::Write;

use anyhow::Result;
use arrow::array::RecordBatch;
use arrow::json::WriterBuilder;
use arrow::json::writer::LineDelimited;

use super::BatchWriter;
use super::values::{self, TIME_ANYWHERE, TIME_UTC};

pub(super) struct NdjsonWriter<W> {
    sink: W,
}

impl<W: Write> NdjsonWriter<W> {
    pub(super) fn new(sink: W) -> Self {
        Self { sink }
    }
}

impl<W: Write> BatchWriter<W> for NdjsonWriter<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        for piece in values::pieces(batch) {
            json_options().build::<_, LineDelimited>(&mut self.sink).write(&piece?)?;
        }
        Ok(self.sink.flush()?)
    }

    fn finish(self: Box<Self>) -> Result<W> {
        Ok(self.sink)
    }
}

/// How values look in JSON, in lines or in an array.
pub(super) fn json_options() -> WriterBuilder {
    WriterBuilder::new()
        .with_explicit_nulls(true)
        .with_timestamp_format(TIME_ANYWHERE.to_owned())
        .with_timestamp_tz_format(TIME_UTC.to_owned())
}
