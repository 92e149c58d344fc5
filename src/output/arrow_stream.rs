//! A stream of Apache Arrow's inter-process communication: the schema, then batches as they come. Types stay as they are.

use std::io::Write;
use std::sync::Arc;

use anyhow::Result;
use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::StreamWriter;

use super::BatchWriter;

/// Writes through a buffer, because arrow's writer makes text of an I/O error and a broken pipe could not be told.
pub(super) struct ArrowWriter<W> {
    sink: W,
    schema: SchemaRef,
    writer: StreamWriter<Vec<u8>>,
}

impl<W: Write> ArrowWriter<W> {
    pub(super) fn new(schema: SchemaRef, sink: W) -> Result<Self> {
        let writer = StreamWriter::try_new(Vec::new(), &schema)?;
        Ok(Self { sink, schema, writer })
    }

    fn pass_on(&mut self) -> Result<()> {
        let buffer = self.writer.get_mut();
        self.sink.write_all(buffer)?;
        buffer.clear();
        Ok(self.sink.flush()?)
    }
}

impl<W: Write> BatchWriter<W> for ArrowWriter<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        // Columns of the same name have another one by now.
        let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), batch.columns().to_vec(), &rows)?;
        self.writer.write(&batch)?;
        self.pass_on()
    }

    fn finish(mut self: Box<Self>) -> Result<W> {
        self.writer.finish()?;
        self.pass_on()?;
        Ok(self.sink)
    }
}
