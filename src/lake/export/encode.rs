//! The bytes of one Parquet file of an export: how each column is encoded, and where a row group ends.
//!
//! Responsible for what any engine finds in the file: plain UTF-8 strings, timestamps in microseconds of UTC, statistics
//! and an index of pages, bloom filters on what is looked up by its exact value. Not responsible for which rows belong
//! into a file, or where its bytes go. Numbers behind the choices: `docs/performance.md`.

use std::io::{self, Write};
use std::sync::Arc;

use alblog::ValueType;
use anyhow::{Context, Result, bail, ensure};
use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use super::seal::{self, SEAL, Sums};
use crate::base::tables::{Table, TableColumn};

/// Values that hardly repeat: a dictionary would be built, outgrow its limit and be thrown away. All other text and
/// numbers have one (but byte counts and times: see [`encode_column`]).
const HARDLY_REPEAT: [&str; 3] = ["trace_id", "conn_trace_id", "client_port"];
/// What is looked up by its exact value has bloom filters.
const LOOKED_UP: [&str; 2] = ["trace_id", "conn_trace_id"];
/// Text of nearly every row that any page has all sorts of, so that smallest and largest values rule nothing out. Not so
/// `trace_id`, which begins with the time; and rows of one load balancer lie together, which makes statistics of its
/// target groups, host names and certificates worth having. Text that is mostly NULL costs little. Names of objects are
/// long and alike, and nobody looks for a range of them.
const WITHOUT_ORDER: [&str; 14] = [
    "actions_executed",
    "client_ip",
    "conn_trace_id",
    "log_object",
    "request_proto",
    "request_url",
    "request_verb",
    "ssl_cipher",
    "ssl_protocol",
    "target_ip",
    "target_port_list",
    "target_status_code_list",
    "type",
    "user_agent",
];
/// Share of row groups that a bloom filter does not rule out although they lack the value: eight bits for each value.
const BLOOM_FALSE_POSITIVES: f64 = 0.03;
/// Rows of a row group at most. Bloom filters begin with room for so many values, and are folded to what came.
const MAX_ROW_GROUP_ROWS: usize = 256 << 10;
/// Bytes of text that statistics keep of a smallest or largest value.
const STATISTICS_TEXT: usize = 32;
/// What a column of an unfinished row group takes beside what Parquet's writer counts: the compressor's tables, and room
/// that allocations leave. Measured with four open files.
const UNCOUNTED: usize = 128 << 10;
/// Encoded bytes are handed on in pieces of about this size.
const PIECE: usize = 1 << 20;

/// Takes the bytes of one file, piece by piece from the first one on.
pub trait FileSink: Send {
    /// The next bytes.
    fn write(&mut self, bytes: Vec<u8>) -> Result<()>;

    /// There are no more bytes. What holds a handle open can close it: other files of the slot may follow, and only
    /// when all are complete are they made visible.
    fn end(&mut self) -> Result<()> {
        Ok(())
    }
}

impl FileSink for Vec<u8> {
    fn write(&mut self, bytes: Vec<u8>) -> Result<()> {
        self.extend_from_slice(&bytes);
        Ok(())
    }
}

impl<S: FileSink + ?Sized> FileSink for Box<S> {
    fn write(&mut self, bytes: Vec<u8>) -> Result<()> {
        (**self).write(bytes)
    }

    fn end(&mut self) -> Result<()> {
        (**self).end()
    }
}

/// Positions of what files hold among all columns of the table.
pub(super) fn stored_positions(table: Table) -> Vec<usize> {
    let columns = table.columns();
    let stored = columns.iter().enumerate().filter(|(_, column)| column.is_stored());
    stored.map(|(position, _)| position).collect()
}

/// Schema of the batches that an [`Encoder`] takes.
pub fn stored_schema(table: Table) -> SchemaRef {
    Arc::new(Schema::new(table.stored_columns().iter().map(TableColumn::field).collect::<Vec<_>>()))
}

/// Encodes the rows of one file.
pub struct Encoder<S: FileSink> {
    writer: ArrowWriter<Pieces<S>>,
    path: String,
    columns: usize,
    rows: u64,
}

/// What became of a file.
pub struct Encoded<S> {
    /// Where its bytes went; all of them are there.
    pub sink: S,
    pub rows: u64,
}

impl<S: FileSink> Encoder<S> {
    /// Begins a file of this table, which has this path below its export.
    pub fn new(table: Table, path: &str, sink: S) -> Result<Self> {
        // Without the Arrow schema in the metadata, every reader goes by Parquet's own types, which say the same.
        let options = ArrowWriterOptions::new().with_properties(properties(table)).with_skip_arrow_metadata(true);
        let pieces = Pieces { sink: Some(sink), buffer: Vec::new(), sums: Some(Sums::default()), failure: None };
        let schema = stored_schema(table);
        let columns = schema.fields().len();
        let writer = ArrowWriter::try_new_with_options(pieces, schema, options)?;
        Ok(Self { writer, path: path.to_owned(), columns, rows: 0 })
    }

    /// Encodes rows with the columns of [`stored_schema`]. May hand bytes to the sink.
    pub fn write(&mut self, rows: &RecordBatch) -> Result<()> {
        let written = self.writer.write(rows);
        self.explain(written)?;
        self.rows += rows.num_rows() as u64;
        Ok(())
    }

    /// Bytes of memory it takes at the moment, about.
    pub fn memory(&self) -> usize {
        let uncounted = if self.writer.in_progress_rows() > 0 { self.columns * UNCOUNTED } else { 0 };
        self.writer.memory_size() + self.writer.inner().buffer.capacity() + uncounted
    }

    /// Ends the row group and hands its bytes to the sink, which frees most of the memory.
    pub fn end_row_group(&mut self) -> Result<()> {
        let flushed = self.writer.flush();
        self.explain(flushed)
    }

    /// Ends the file, with these names and values in its footer, and its seal.
    pub fn finish(mut self, metadata: &[(&str, &str)]) -> Result<Encoded<S>> {
        self.end_row_group()?;
        let synced = self.writer.sync().map_err(ParquetError::from);
        self.explain(synced)?;
        let seal = self.writer.inner_mut().end_rows(&self.path)?;
        for (name, value) in metadata.iter().chain(&[(SEAL, &*seal)]) {
            self.writer.append_key_value_metadata(KeyValue::new((*name).to_owned(), (*value).to_owned()));
        }
        let finished = self.writer.finish().map(|_| ());
        self.explain(finished)?;
        let pieces = self.writer.inner_mut();
        ensure!(seal::complete(&mut pieces.buffer, &seal), "a file's footer is not what was put into it");
        pieces.hand_over()?;
        let mut sink = pieces.sink.take().context("a file ends once")?;
        sink.end()?;
        Ok(Encoded { sink, rows: self.rows })
    }

    /// Parquet's writer makes text of an error of the sink; this finds the error itself again.
    fn explain(&mut self, result: parquet::errors::Result<()>) -> Result<()> {
        match (result, self.writer.inner_mut().failure.take()) {
            (Ok(()), None) => Ok(()),
            (_, Some(failure)) => Err(failure),
            (Err(error), None) => bail!(error),
        }
    }
}

fn properties(table: Table) -> WriterProperties {
    let builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(MAX_ROW_GROUP_ROWS))
        .set_statistics_truncate_length(Some(STATISTICS_TEXT))
        .set_column_index_truncate_length(Some(STATISTICS_TEXT));
    table.stored_columns().iter().fold(builder, encode_column).build()
}

fn encode_column(builder: WriterPropertiesBuilder, column: &TableColumn) -> WriterPropertiesBuilder {
    let path = || ColumnPath::from(column.name);
    let builder = match column.value {
        // So dense that compressing them again takes time and saves a hundredth.
        ValueType::Timestamp => builder
            .set_column_dictionary_enabled(path(), false)
            .set_column_encoding(path(), Encoding::DELTA_BINARY_PACKED)
            .set_column_compression(path(), Compression::UNCOMPRESSED),
        ValueType::BigInt => builder.set_column_dictionary_enabled(path(), false),
        ValueType::Int | ValueType::Seconds | ValueType::Text if HARDLY_REPEAT.contains(&column.name) => {
            builder.set_column_dictionary_enabled(path(), false)
        }
        ValueType::Int | ValueType::Seconds | ValueType::Text => builder,
    };
    let builder = if LOOKED_UP.contains(&column.name) {
        builder
            .set_column_bloom_filter_fpp(path(), BLOOM_FALSE_POSITIVES)
            .set_column_bloom_filter_max_ndv(path(), MAX_ROW_GROUP_ROWS as u64)
    } else {
        builder
    };
    if WITHOUT_ORDER.contains(&column.name) {
        builder.set_column_statistics_enabled(path(), EnabledStatistics::None)
    } else {
        builder
    }
}

/// Gathers what Parquet's writer writes into pieces for the sink.
struct Pieces<S> {
    /// None after the end of the file.
    sink: Option<S>,
    buffer: Vec<u8>,
    /// Of the rows; none behind them, where everything stays in the buffer until it has its checksum.
    sums: Option<Sums>,
    failure: Option<anyhow::Error>,
}

impl<S: FileSink> Pieces<S> {
    /// There are no more rows: the seal of the file with this path below its export, but for its last checksum.
    fn end_rows(&mut self, path: &str) -> Result<String> {
        self.hand_over()?;
        Ok(self.sums.take().context("rows end once")?.finish(path))
    }

    fn hand_over(&mut self) -> Result<()> {
        let piece = std::mem::take(&mut self.buffer);
        if piece.is_empty() {
            return Ok(());
        }
        if let Some(sums) = &mut self.sums {
            sums.add(&piece);
        }
        self.sink.as_mut().context("the file has ended")?.write(piece)
    }
}

impl<S: FileSink> Write for Pieces<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.sums.is_some()
            && self.buffer.len() >= PIECE
            && let Err(error) = self.hand_over()
        {
            let message = error.to_string();
            self.failure.get_or_insert(error);
            return Err(io::Error::other(message));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
