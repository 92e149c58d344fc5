//! A table for people: aligned, and on a terminal fitted to its width.
//!
//! Responsible for which rows are held and for what is said about what is left out. On a terminal the first rows are
//! shown and the rest is counted. Elsewhere nothing is left out: the first rows tell how wide the columns are, and the
//! others follow as they come. Either way memory does not depend on how many rows there are.

use std::io::Write;

use anyhow::Result;
use arrow::array::RecordBatch;
use arrow::datatypes::Schema;

use super::grid::{self, Column, Grid, Row};
use super::layout::TableLayout;
use super::values::{self, Cells};
use super::{BatchWriter, human, layout, text};

/// Rows are held no longer when they take more than this, however few they are.
const HELD_BYTES: usize = 8 << 20;

pub(super) struct TableWriter<W> {
    sink: W,
    layout: TableLayout,
    columns: Vec<Column>,
    held: Vec<Row>,
    held_bytes: usize,
    /// Set when the widths are settled and the rows held are written.
    grid: Option<Grid>,
    rows_left_out: u64,
    is_empty: bool,
}

impl<W: Write> BatchWriter<W> for TableWriter<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        for piece in values::pieces(batch) {
            self.write_piece(&piece?)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<W> {
        if self.is_one_row_too_wide() {
            for line in grid::vertical(&self.columns, &self.held[0], self.layout.colour) {
                writeln!(self.sink, "{line}")?;
            }
            return Ok(self.sink);
        }
        self.settle()?;
        self.write_notes()?;
        Ok(self.sink)
    }
}

impl<W: Write> TableWriter<W> {
    pub(super) fn new(schema: &Schema, sink: W, layout: TableLayout) -> Self {
        let columns = schema.fields().iter().map(|field| Column::new(field)).collect();
        Self { sink, layout, columns, held: vec![], held_bytes: 0, grid: None, rows_left_out: 0, is_empty: true }
    }

    fn write_piece(&mut self, piece: &RecordBatch) -> Result<()> {
        self.is_empty = false;
        let cells = Cells::new(piece)?;
        let text_of =
            |row| cells.row(row).map(|value| value.map(|value| text::harmless(&value).into_owned())).collect();
        for row in 0..piece.num_rows() {
            if self.has_room() {
                self.hold(text_of(row));
                continue;
            }
            self.settle()?;
            if self.layout.width.is_some() && !self.layout.scroll {
                self.rows_left_out += (piece.num_rows() - row) as u64;
                break;
            }
            self.write_row(&text_of(row))?;
        }
        Ok(())
    }

    fn has_room(&self) -> bool {
        self.grid.is_none() && self.held.len() < self.layout.max_rows && self.held_bytes < HELD_BYTES
    }

    fn hold(&mut self, row: Row) {
        self.held_bytes += row.iter().flatten().map(String::capacity).sum::<usize>() + size_of_val(row.as_slice());
        self.held.push(row);
    }

    fn is_one_row_too_wide(&self) -> bool {
        let is_one_row = self.grid.is_none() && self.held.len() == 1;
        let fits = |width| layout::fits(&grid::bounds(&self.columns, &self.held), width);
        is_one_row && self.layout.width.is_some_and(|width| !fits(width))
    }

    /// Settles the widths by the rows held, and writes the header and those rows, unless it is done.
    fn settle(&mut self) -> Result<()> {
        if self.grid.is_some() {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.held);
        let fits = |width| layout::fits(&grid::bounds(&self.columns, &rows), width);
        let scrolls = self.layout.scroll && self.layout.width.is_some_and(|width| !fits(width));
        let layout = if scrolls { TableLayout { width: None, ..self.layout } } else { self.layout };
        let grid = Grid::new(std::mem::take(&mut self.columns), &rows, layout);
        writeln!(self.sink, "{}\n{}", grid.header(), grid.rule())?;
        self.grid = Some(grid);
        rows.iter().try_for_each(|row| self.write_row(row))?;
        Ok(self.sink.flush()?)
    }

    fn write_row(&mut self, row: &Row) -> Result<()> {
        if let Some(grid) = &self.grid {
            writeln!(self.sink, "{}", grid.row(row))?;
        }
        Ok(())
    }

    /// Says on a terminal what is not there, and how to get it.
    fn write_notes(&mut self) -> Result<()> {
        let (Some(grid), Some(width)) = (&self.grid, self.layout.width) else {
            return Ok(());
        };
        let mut notes = Vec::new();
        if self.is_empty {
            notes.push("(no rows)".to_owned());
        }
        if self.rows_left_out > 0 {
            notes.push(format!("… {} more rows (--format csv or -o FILE for all)", human::count(self.rows_left_out)));
        }
        let (shown, all) = grid.shown_columns();
        if shown < all {
            notes.push(format!(
                "{shown} of {all} columns shown; all with --format csv|ndjson, or name the ones you want"
            ));
        }
        for line in notes.iter().flat_map(|note| text::wrap(note, width)) {
            writeln!(self.sink, "{line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
