//! One JSON array of objects, an object a line; `[]` if there are none. Rows are written as they come. A document that
//! has more to say than rows is an object around them.

use std::io::Write;

use anyhow::Result;
use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::json::Writer;
use arrow::json::writer::JsonFormat;

use super::document::{Document, Point, Value};
use super::ndjson::json_options;
use super::{BatchWriter, values};

pub(super) struct JsonWriter<W: Write> {
    writer: Writer<W, ObjectPerLine>,
    empty: bool,
}

impl<W: Write> JsonWriter<W> {
    pub(super) fn new(sink: W) -> Self {
        Self { writer: json_options().build(sink), empty: true }
    }
}

impl<W: Write> BatchWriter<W> for JsonWriter<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        for piece in values::pieces(batch) {
            self.writer.write(&piece?)?;
            self.empty = false;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<W> {
        if self.empty {
            self.writer.get_mut().write_all(b"[]\n")?;
        } else {
            self.writer.finish()?;
        }
        Ok(self.writer.into_inner())
    }
}

/// A document as one JSON object: what it has for programs, and the rows of its main table.
///
/// # Errors
/// When a row is not as long as there are columns.
pub fn json_document(document: &Document) -> Result<String> {
    let mut object = document.data.clone().unwrap_or_default();
    object.insert("rows".to_owned(), json_rows(document)?);
    Ok(serde_json::to_string_pretty(&object)? + "\n")
}

/// The rows of a document's main table, as an array of objects.
///
/// # Errors
/// When a row is not as long as there are columns.
pub fn json_rows(document: &Document) -> Result<serde_json::Value> {
    let mut written = JsonWriter::new(Vec::new());
    if let Some(table) = document.main_table() {
        written.write(&table.batch()?)?;
    }
    let mut rows: serde_json::Value = serde_json::from_slice(&Box::new(written).finish()?)?;
    if let (Some(table), Some(rows)) = (document.main_table(), rows.as_array_mut()) {
        for (row, made) in table.rows.iter().zip(rows) {
            for (column, value) in table.columns.iter().zip(&row.values) {
                if let Some(cell) = made.get_mut(&column.name) {
                    exactly(cell, value);
                }
            }
        }
    }
    Ok(rows)
}

/// The number as it is: read back from text, it can differ in its last digit.
fn exactly(cell: &mut serde_json::Value, value: &Value) {
    match (cell, value) {
        (cell @ serde_json::Value::Number(_), Value::Float(number)) => *cell = serde_json::json!(number),
        (serde_json::Value::Array(cells), Value::Series(points)) => {
            for (cell, point) in cells.iter_mut().zip(points) {
                if let (serde_json::Value::Number(_), Point::Value(number)) = (&*cell, point) {
                    *cell = serde_json::json!(number);
                }
            }
        }
        _ => {}
    }
}

/// An array that has at least one object.
#[derive(Debug, Default)]
struct ObjectPerLine;

impl JsonFormat for ObjectPerLine {
    fn start_row<W: Write>(&self, writer: &mut W, is_first_row: bool) -> Result<(), ArrowError> {
        Ok(writer.write_all(if is_first_row { b"[\n" } else { b",\n" })?)
    }

    fn end_stream<W: Write>(&self, writer: &mut W) -> Result<(), ArrowError> {
        Ok(writer.write_all(b"\n]\n")?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::document::{Block, Column, Row, Table, Unit};

    #[test]
    fn numbers_keep_their_last_digit() {
        let numbers = [0.000_395_413_206_801_107_2, 0.000_395_413_206_801_107_17, 0.1 + 0.2, 1e300, f64::MIN_POSITIVE];
        let table = Table {
            columns: vec![Column::new("x", "X", Unit::Number)],
            rows: numbers.map(|number| Row::new(vec![Value::Float(number)])).to_vec(),
            ..Table::default()
        };
        let rows = json_rows(&Document { blocks: vec![Block::Table(table)], ..Document::default() }).unwrap();
        let read: Vec<u64> = rows.as_array().unwrap().iter().map(|row| row["x"].as_f64().unwrap().to_bits()).collect();
        assert_eq!(read, numbers.map(f64::to_bits));
    }
}
