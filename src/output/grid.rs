//! The lines of a table: header, rule and rows in columns of settled widths. Pure: cells in, lines out.

use std::borrow::Cow;

use arrow::datatypes::{DataType, Field};

use super::layout::{self, Bounds, GAP, Slot, TableLayout};
use super::text;

/// The values of a row, made harmless; `None` is NULL.
pub(super) type Row = Vec<Option<String>>;

/// What a column's name and type say about how it is shown.
pub(super) struct Column {
    pub(super) name: String,
    align_right: bool,
    may_be_cut: bool,
}

impl Column {
    pub(super) fn new(field: &Field) -> Self {
        let data_type = field.data_type();
        let is_exact = data_type.is_numeric() || data_type.is_temporal() || *data_type == DataType::Boolean;
        Self {
            name: text::harmless(field.name()).into_owned(),
            align_right: data_type.is_numeric(),
            may_be_cut: !is_exact,
        }
    }
}

/// How wide each column can be, judged by its name and by `rows`.
pub(super) fn bounds(columns: &[Column], rows: &[Row]) -> Vec<Bounds> {
    let bounds = |(index, column): (usize, &Column)| {
        let values = rows.iter().map(|row| text::width(shown(row[index].as_deref()))).max().unwrap_or(0);
        let of = if column.may_be_cut { Bounds::text } else { Bounds::exact };
        of(text::width(&column.name), values)
    };
    columns.iter().enumerate().map(bounds).collect()
}

fn shown(value: Option<&str>) -> &str {
    value.unwrap_or("NULL")
}

/// Columns with their widths.
pub(super) struct Grid {
    columns: Vec<Column>,
    slots: Vec<Slot>,
    layout: TableLayout,
}

impl Grid {
    pub(super) fn new(columns: Vec<Column>, rows: &[Row], layout: TableLayout) -> Self {
        let slots = layout::fit(&bounds(&columns, rows), layout.width);
        Self { columns, slots, layout }
    }

    /// How many columns are shown, and of how many.
    pub(super) fn shown_columns(&self) -> (usize, usize) {
        let shown = self.slots.iter().filter(|slot| matches!(slot, Slot::Column { .. })).count();
        (shown, self.columns.len())
    }

    pub(super) fn header(&self) -> String {
        self.line(|index| Some(&self.columns[index].name))
    }

    pub(super) fn rule(&self) -> String {
        let rules: Vec<String> =
            self.slots.iter().map(|slot| (if self.layout.ascii { "-" } else { "─" }).repeat(slot.width())).collect();
        dimmed(rules.join(&" ".repeat(GAP)), self.layout.colour)
    }

    pub(super) fn row(&self, row: &Row) -> String {
        self.line(|index| row[index].as_deref())
    }

    /// A line of the values that `cell` answers with, without blanks at its end.
    fn line<'c>(&self, cell: impl Fn(usize) -> Option<&'c str>) -> String {
        let mut line = String::new();
        let mut blanks = 0;
        for slot in &self.slots {
            let (value, align_right) = match *slot {
                Slot::Column { index, .. } => (cell(index), self.columns[index].align_right),
                Slot::LeftOut => (Some(if self.layout.ascii { "." } else { "…" }), false),
            };
            let is_cut = self.layout.width.is_some();
            let text = if is_cut {
                text::cut_with(shown(value), slot.width(), if self.layout.ascii { "..." } else { "…" })
            } else {
                shown(value).into()
            };
            let padding = slot.width().saturating_sub(text::width(&text));
            if align_right {
                blanks += padding;
            }
            line.extend(std::iter::repeat_n(' ', blanks));
            line.push_str(&styled(text, value, self.layout.colour));
            blanks = if align_right { GAP } else { padding + GAP };
        }
        line
    }
}

/// One row over several lines, with nothing cut: `name  value`.
pub(super) fn vertical(columns: &[Column], row: &Row, colour: bool) -> Vec<String> {
    let widest = columns.iter().map(|column| text::width(&column.name)).max().unwrap_or(0);
    let line = |(column, value): (&Column, &Option<String>)| {
        let blanks = " ".repeat(widest - text::width(&column.name) + GAP);
        let value = value.as_deref();
        format!("{}{blanks}{}", column.name, styled(shown(value).into(), value, colour))
    };
    columns.iter().zip(row).map(line).collect()
}

/// The text to print for `value`; NULL is dimmed.
fn styled<'t>(text: Cow<'t, str>, value: Option<&str>, colour: bool) -> Cow<'t, str> {
    if value.is_none() { dimmed(text.into_owned(), colour).into() } else { text }
}

pub(super) fn dimmed(text: String, colour: bool) -> String {
    if colour { format!("\x1b[2m{text}\x1b[0m") } else { text }
}
