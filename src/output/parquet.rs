//! An Apache Parquet file: zstd, row groups bounded by memory. Types stay as they are, time zones too.
//!
//! Made for results; how exports are laid out is decided where they are written.

use std::io::Write;

use anyhow::Result;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::BatchWriter;

/// A row group is written out when it takes more memory than this.
const ROW_GROUP_BYTES: usize = 32 << 20;

/// Writes through a buffer, because parquet's writer makes text of an I/O error and a broken pipe could not be told.
pub(super) struct ParquetWriter<W> {
    sink: W,
    buffer: ArrowWriter<Vec<u8>>,
}

impl<W: Write> ParquetWriter<W> {
    pub(super) fn new(schema: SchemaRef, sink: W) -> Result<Self> {
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?)).build();
        Ok(Self { sink, buffer: ArrowWriter::try_new(Vec::new(), schema, Some(properties))? })
    }
}

impl<W: Write> BatchWriter<W> for ParquetWriter<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.buffer.write(batch)?;
        if self.buffer.memory_size() > ROW_GROUP_BYTES {
            self.buffer.flush()?;
        }
        self.buffer.sync()?;
        self.sink.write_all(self.buffer.inner())?;
        self.buffer.inner_mut().clear(); // offsets are counted apart from it
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<W> {
        self.sink.write_all(&self.buffer.into_inner()?)?;
        Ok(self.sink)
    }
}
