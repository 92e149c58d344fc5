//! One JSON array of objects, an object a line; `[]` if there are none. Rows are written as they come. A document that
//! has more to say than rows is an object around them.

use std::io::Write;

use anyhow::Result;
use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::json::Writer;
use arrow::json::writer::JsonFormat;

use super::document::Document;
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
    let mut rows = JsonWriter::new(Vec::new());
    if let Some(table) = document.main_table() {
        rows.write(&table.batch()?)?;
    }
    Ok(serde_json::from_slice(&Box::new(rows).finish()?)?)
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
