//! A Markdown table. Log text comes from strangers, so it can neither leave its cell nor become markup.

use std::borrow::Cow;
use std::io::Write;

use anyhow::Result;
use arrow::array::RecordBatch;
use arrow::datatypes::Schema;

use super::values::{self, Cells};
use super::{BatchWriter, text};

pub(super) struct MarkdownWriter<W> {
    sink: W,
}

impl<W: Write> MarkdownWriter<W> {
    pub(super) fn new(schema: &Schema, sink: W) -> Result<Self> {
        let mut writer = Self { sink };
        writer.write_row(schema.fields().iter().map(|field| escape(field.name())))?;
        writer.write_row(schema.fields().iter().map(|field| {
            let rule = if field.data_type().is_numeric() { "---:" } else { "---" };
            rule.into()
        }))?;
        Ok(writer)
    }

    fn write_row(&mut self, cells: impl Iterator<Item = String>) -> Result<()> {
        let mut line = String::from("|");
        for cell in cells {
            line.push(' ');
            line.push_str(&cell);
            line.push_str(" |");
        }
        line.push('\n');
        Ok(self.sink.write_all(line.as_bytes())?)
    }
}

impl<W: Write> BatchWriter<W> for MarkdownWriter<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        for piece in values::pieces(batch) {
            let piece = piece?;
            let cells = Cells::new(&piece)?;
            for row in 0..piece.num_rows() {
                self.write_row(cells.row(row).map(|cell| escape(&cell.unwrap_or_default())))?;
            }
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<W> {
        Ok(self.sink)
    }
}

/// `_` stays, although it could emphasise: nearly every name here has one, and emphasis harms nobody.
fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    let one_line: Cow<'_, str> = if value.contains(['\n', '\r']) {
        value.replace("\r\n", " ").replace(['\n', '\r'], " ").into()
    } else {
        value.into()
    };
    for char in text::harmless(&one_line).chars() {
        if matches!(char, '\\' | '|' | '`' | '*' | '[' | ']' | '<') {
            escaped.push('\\');
        }
        escaped.push(char);
    }
    escaped
}
