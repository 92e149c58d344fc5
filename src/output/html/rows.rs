//! Rows of any query as an HTML file with one table. Values are written as in every format of text: nothing is rounded.
//!
//! Browsers take long over long tables, so there is a most; what is beyond is counted and said.

use std::io::Write;

use anyhow::Result;
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Schema};

use super::{HtmlOptions, html};
use crate::base::clock::now;
use crate::output::document::{Block, Column, Document, Head, Note, Row, Table, Unit, Value};
use crate::output::values::{self, Cells};
use crate::output::{BatchWriter, human};

/// Rows that are written.
const MOST_ROWS: usize = 10_000;
/// Rows are held until all have come; not more than this, however few they are.
const MOST_BYTES: usize = 16 << 20;

/// Rows as a table of a document, up to so many.
pub(crate) struct Rows {
    table: Table,
    most: usize,
    held_bytes: usize,
    left_out: u64,
}

impl Rows {
    pub(crate) fn new(schema: &Schema, most: usize) -> Self {
        let column = |field: &arrow::datatypes::FieldRef| Column {
            name: field.name().clone(),
            heading: field.name().clone(),
            unit: unit(field.data_type()),
            ..Column::default()
        };
        let columns = schema.fields().iter().map(column).collect();
        let table = Table { columns, empty: Some("no rows".to_owned()), ..Table::default() };
        Self { table, most, held_bytes: 0, left_out: 0 }
    }

    /// Adds rows, or counts them if there are enough.
    ///
    /// # Errors
    /// When a value cannot be written.
    pub(crate) fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        for piece in values::pieces(batch) {
            let piece = piece?;
            let cells = Cells::new(&piece)?;
            for row in 0..piece.num_rows() {
                if self.left_out > 0 || self.table.rows.len() == self.most || self.held_bytes > MOST_BYTES {
                    self.left_out += (piece.num_rows() - row) as u64;
                    break;
                }
                let values: Vec<Value> = cells.row(row).map(|cell| cell.map_or(Value::Null, Value::Text)).collect();
                self.held_bytes += values.iter().map(size).sum::<usize>();
                self.table.rows.push(Row::new(values));
            }
        }
        Ok(())
    }

    /// The table, and how many rows are not in it.
    pub(crate) fn finish(self) -> (Table, u64) {
        (self.table, self.left_out)
    }
}

pub(crate) struct HtmlWriter<W> {
    sink: W,
    rows: Rows,
}

impl<W: Write> HtmlWriter<W> {
    pub(crate) fn new(schema: &Schema, sink: W) -> Self {
        Self { sink, rows: Rows::new(schema, MOST_ROWS) }
    }

    fn document(self) -> (Document, W) {
        let (table, left_out) = self.rows.finish();
        let shown = table.rows.len() as u64;
        let all = human::plural(shown + left_out, "row");
        let mut document = Document {
            title: all.clone(),
            head: Head::default(),
            blocks: vec![Block::Table(table)],
            ..Document::default()
        };
        if left_out > 0 {
            let left_out = human::plural(left_out, "more row");
            document.head.warnings.push(format!("{} of {all} are shown", human::count(shown)));
            let note =
                Note { label: format!("… {left_out}"), parts: vec!["--format csv or parquet has all".to_owned()] };
            document.blocks.push(Block::Notes(vec![note]));
        }
        (document, self.sink)
    }
}

impl<W: Write> BatchWriter<W> for HtmlWriter<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.rows.add(batch)
    }

    fn finish(self: Box<Self>) -> Result<W> {
        let (document, mut sink) = self.document();
        // Whoever names columns in SQL asks for what they hold.
        sink.write_all(html(&document, &HtmlOptions { private: true, generated: now() }).as_bytes())?;
        Ok(sink)
    }
}

/// Numbers stand at the right.
fn unit(data_type: &DataType) -> Unit {
    if data_type.is_numeric() { Unit::Number } else { Unit::Text }
}

/// About what a value takes.
fn size(value: &Value) -> usize {
    let text = if let Value::Text(text) = value { text.len() } else { 0 };
    text + size_of::<Value>()
}
