//! A table turned around: one value a line, for rows of many columns. Rows are written as they come, and nothing is cut.

use std::io::Write;

use anyhow::Result;
use arrow::array::RecordBatch;
use arrow::datatypes::Schema;

use super::grid::{self, Column, Row};
use super::layout::TableLayout;
use super::values::{self, Cells};
use super::{BatchWriter, human, text};

/// The columns that the line above a row takes.
const RULE: usize = 40;

pub(super) struct ExpandedWriter<W> {
    sink: W,
    layout: TableLayout,
    columns: Vec<Column>,
    written: u64,
    left_out: u64,
}

impl<W: Write> ExpandedWriter<W> {
    pub(super) fn new(schema: &Schema, sink: W, layout: TableLayout) -> Self {
        let columns = schema.fields().iter().map(|field| Column::new(field)).collect();
        Self { sink, layout, columns, written: 0, left_out: 0 }
    }

    /// On a terminal that nobody can turn back, the first rows will do.
    fn has_room(&self) -> bool {
        self.layout.width.is_none() || self.layout.scroll || self.written < self.layout.max_rows as u64
    }

    fn write_row(&mut self, row: &Row) -> Result<()> {
        self.written += 1;
        let line = if self.layout.ascii { "-" } else { "─" };
        let title = format!("{line} row {} ", human::count(self.written));
        let rest = RULE.saturating_sub(text::width(&title));
        writeln!(self.sink, "{}", grid::dimmed(title + &line.repeat(rest), self.layout.colour))?;
        for line in grid::vertical(&self.columns, row, self.layout.colour) {
            writeln!(self.sink, "{line}")?;
        }
        Ok(())
    }
}

impl<W: Write> BatchWriter<W> for ExpandedWriter<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        for piece in values::pieces(batch) {
            let piece = piece?;
            let cells = Cells::new(&piece)?;
            for row in 0..piece.num_rows() {
                if !self.has_room() {
                    self.left_out += 1;
                    continue;
                }
                let harmless = |value: Option<String>| value.map(|value| text::harmless(&value).into_owned());
                self.write_row(&cells.row(row).map(harmless).collect())?;
            }
        }
        Ok(self.sink.flush()?)
    }

    fn finish(mut self: Box<Self>) -> Result<W> {
        if self.layout.width.is_some() && self.written == 0 {
            writeln!(self.sink, "(no rows)")?;
        }
        if self.left_out > 0 {
            let left_out = human::count(self.left_out);
            writeln!(self.sink, "… {left_out} more rows (--format csv or -o FILE for all)")?;
        }
        Ok(self.sink)
    }
}
