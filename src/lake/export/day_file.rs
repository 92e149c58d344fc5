//! The rows of one file, in the order that is wanted of them.

use anyhow::{Context, Result};
use arrow::array::{AsArray, RecordBatch};
use arrow::compute::{concat_batches, max, min, sort_to_indices, take_record_batch};
use arrow::datatypes::TimestampMicrosecondType;

use super::encode::{Encoded, Encoder, FileSink, stored_schema};
use crate::base::tables::Table;

/// Rows that are put in order together, at most: a file of more is in order part by part.
const PART_ROWS: usize = 32 << 10;
/// And so many bytes of them.
const PART_BYTES: usize = 32 << 20;

/// First and last time of rows, microseconds since the epoch; none of no rows.
pub type Times = Option<(i64, i64)>;

/// In which order the rows of a file lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOrder {
    /// In that of the objects, which is that of load balancers.
    OfObjects,
    /// By time: who asks for the last minutes reads the last pages.
    ByTime,
}

/// Encodes rows of one day.
pub struct DayFile<S: FileSink> {
    encoder: Encoder<S>,
    table: Table,
    order: RowOrder,
    part: Vec<RecordBatch>,
    part_rows: usize,
    part_bytes: usize,
    times: Times,
}

impl<S: FileSink> DayFile<S> {
    /// Begins a file of this table, which has this path below its export.
    pub fn new(table: Table, order: RowOrder, path: &str, sink: S) -> Result<Self> {
        let encoder = Encoder::new(table, path, sink)?;
        Ok(Self { encoder, table, order, part: Vec::new(), part_rows: 0, part_bytes: 0, times: None })
    }

    /// Takes rows with the columns of [`stored_schema`].
    pub fn write(&mut self, rows: &RecordBatch) -> Result<()> {
        let time = rows.column_by_name("time").context("rows have a time")?.as_primitive::<TimestampMicrosecondType>();
        if let (Some(first), Some(last)) = (min(time), max(time)) {
            let (begin, end) = self.times.unwrap_or((first, last));
            self.times = Some((begin.min(first), end.max(last)));
        }
        if self.order == RowOrder::OfObjects {
            return self.encoder.write(rows);
        }
        self.part_rows += rows.num_rows();
        self.part_bytes += rows.get_array_memory_size();
        self.part.push(rows.clone());
        if self.part_rows >= PART_ROWS || self.part_bytes >= PART_BYTES { self.end_part() } else { Ok(()) }
    }

    /// Encodes the rows that are waiting to be put in order.
    fn end_part(&mut self) -> Result<()> {
        if self.part.is_empty() {
            return Ok(());
        }
        let rows = concat_batches(&stored_schema(self.table), &self.part)?;
        (self.part_rows, self.part_bytes) = (0, 0);
        self.part.clear();
        let time = rows.column_by_name("time").context("rows have a time")?;
        let sorted = take_record_batch(&rows, &sort_to_indices(time, None, None)?)?;
        self.encoder.write(&sorted)
    }

    /// Bytes of memory it takes at the moment, about.
    pub fn memory(&self) -> usize {
        self.encoder.memory() + self.part_bytes
    }

    /// Ends the row group and hands its bytes to the sink, which frees most of the memory.
    pub fn end_row_group(&mut self) -> Result<()> {
        self.end_part()?;
        self.encoder.end_row_group()
    }

    /// Ends the file; also the first and last time of its rows, microseconds since the epoch.
    pub fn finish(mut self) -> Result<(Encoded<S>, Times)> {
        self.end_part()?;
        Ok((self.encoder.finish(&[])?, self.times))
    }
}
