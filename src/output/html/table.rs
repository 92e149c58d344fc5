//! Tables: rows with what belongs to them, what is not shown, and totals. `headings` has what stands above them.
//!
//! A shown number is rounded; its `title` has it in full, and `data-v` what rows are sorted by.

use alblog::time::Iso;
use maud::{Markup, html};

use super::headings::headings;
use super::parts::{self, Parts};
use super::spark;
use crate::output::document::{Column, Row, Table, Tone, Unit, Value};

/// Texts up to this long need little room even on a phone, characters.
const SHORT: usize = 12;
/// Texts up to this long are not broken if there is room, characters.
const WHOLE: usize = 40;
/// Longer ones get more room, so that a row does not become too high.
const LONG: usize = 80;
const LONGER: usize = 160;

/// A table in a box of its own, which is what scrolls sideways.
pub(super) fn table(table: &Table, parts: &Parts) -> Markup {
    let words = &parts.words;
    let title = table.title.as_deref().map(|title| words.prose(title));
    let nothing = table.rows.is_empty().then(|| table.empty.as_deref().unwrap_or("no rows"));
    let drawing = Drawing::new(table, parts);
    // Rows and what belongs to them are sorted together.
    let is_grouped = table.rows.iter().any(|row| !row.under.is_empty());
    let class = match (table.rows.len() > 1, is_grouped) {
        (true, true) => Some("sortable grouped"),
        (true, false) => Some("sortable"),
        _ => None,
    };
    html! {
        section.table {
            @if let Some(title) = &title { h2 { (title) } }
            @if !drawing.columns.is_empty() {
                div.scroll tabindex="0" role="group" aria-label=(title.as_deref().unwrap_or("Table")) {
                    table class=[class] {
                        (headings(&table.columns, words))
                        @if is_grouped {
                            @for row in &table.rows { tbody { (drawing.row(row)) } }
                        } @else {
                            tbody { @for row in &table.rows { (drawing.row(row)) } }
                        }
                        @if table.more.is_some() || table.total.is_some() {
                            tfoot {
                                @if let Some(more) = &table.more { (drawing.sum(more, "more")) }
                                @if let Some(total) = &table.total { (drawing.sum(total, "total")) }
                            }
                        }
                    }
                }
            }
            @if let Some(nothing) = nothing { p.empty { (words.prose(nothing)) } }
        }
    }
}

struct Drawing<'t> {
    parts: &'t Parts<'t>,
    /// Columns with the class of their cells.
    columns: Vec<(Column, &'static str)>,
}

impl<'t> Drawing<'t> {
    fn new(table: &Table, parts: &'t Parts<'t>) -> Self {
        let rows = || table.rows.iter().chain(&table.more).chain(&table.total);
        let mut columns = table.columns.clone();
        // A value without a column is a mistake, but not one that hides it.
        let longest = rows().map(|row| row.values.len()).max().unwrap_or(0);
        columns.resize_with(columns.len().max(longest), Column::default);
        let longest = |index: usize| {
            let values = table.rows.iter().filter_map(|row| row.values.get(index));
            let lengths = values.map(|value| match value {
                Value::Text(text) | Value::Name { shown: text, .. } => text.chars().count(),
                _ => 0,
            });
            lengths.max().unwrap_or(0)
        };
        let class = |(index, column): (usize, Column)| {
            let class = match column.unit {
                unit if unit.is_aligned_right() => "n",
                Unit::Series => "bars",
                Unit::Time => "t time",
                _ => match longest(index) {
                    length if length <= SHORT => "t short",
                    length if length <= WHOLE => "t",
                    length if length <= LONG => "t long",
                    length if length <= LONGER => "t long longer",
                    _ => "t long longest",
                },
            };
            (column, class)
        };
        Self { parts, columns: columns.into_iter().enumerate().map(class).collect() }
    }

    fn row(&self, row: &Row) -> Markup {
        let link = |column: &Column, value: &Value| self.parts.links.value(column, value);
        html! {
            tr class=[parts::tone(row.tone)] data-apart=[row.apart.then_some("")] { (self.cells(row, "–", link)) }
            (self.under(row))
        }
    }

    /// Totals, or what is not shown. What has no sum has no mark either.
    fn sum(&self, row: &Row, class: &str) -> Markup {
        html! {
            tr class=(class) { (self.cells(&Row { tone: Tone::Plain, ..row.clone() }, "", |_, _| None)) }
            (self.under(row))
        }
    }

    fn under(&self, row: &Row) -> Markup {
        html! {
            @if !row.under.is_empty() {
                tr.under {
                    td colspan=(self.columns.len()) {
                        div { @for line in &row.under { p { (self.parts.prose(line)) } } }
                    }
                }
            }
        }
    }

    fn cells(&self, row: &Row, null: &str, link: impl Fn(&Column, &Value) -> Option<String>) -> Markup {
        html! {
            @for (index, (column, class)) in self.columns.iter().enumerate() {
                @let value = row.values.get(index).unwrap_or(&Value::Null);
                @let mark = if index == 0 { parts::mark(row.tone) } else { Markup::default() };
                (self.cell(value, column, class, &mark, null, link(column, value)))
            }
        }
    }

    fn cell(
        &self,
        value: &Value,
        column: &Column,
        class: &str,
        mark: &Markup,
        null: &str,
        link: Option<String>,
    ) -> Markup {
        let text = |text: &str| self.parts.words.value(text, column.private);
        let sorted = sorted(value, column.unit);
        let title = match value {
            Value::Name { id, .. } => Some(text(id)),
            _ => exact(value, column.unit),
        };
        html! {
            @match value {
                Value::Null => td class=(format!("{class} null")) { (mark) (null) },
                Value::Series(points) => td class=(class) { (mark) (spark::spark(points)) },
                Value::Text(shown) | Value::Name { shown, .. } => {
                    td class=(class) title=[title] data-v=[sorted] { (mark) (linked(link, &breakable(&text(shown)))) }
                }
                Value::Int(_) | Value::Float(_) if column.hides(value) => {
                    td class=(format!("{class} null")) data-v=[sorted] { (mark) "–" }
                }
                Value::Int(_) | Value::Float(_) => {
                    @let shown = value.humane(column.unit);
                    td class=(class) title=[title.filter(|title| *title != shown)] data-v=[sorted] {
                        (mark) (linked(link, &html! { (shown) }))
                    }
                }
            }
        }
    }
}

/// What a value leads to, if to anything.
fn linked(href: Option<String>, shown: &Markup) -> Markup {
    html! { @if let Some(href) = href { a href=(href) { (shown) } } @else { (shown) } }
}

/// A text that may be broken behind a `/`, as readers of paths do.
fn breakable(text: &str) -> Markup {
    // A mark stays with its name.
    let text = match text.strip_suffix(" ~") {
        Some(name) => format!("{name}\u{a0}~"),
        None => text.to_owned(),
    };
    let pieces: Vec<&str> = text.split_inclusive('/').collect();
    html! {
        @for (index, piece) in pieces.iter().enumerate() {
            // Not within or behind `//`.
            @if index > 0 && *piece != "/" && pieces[index - 1] != "/" { wbr; }
            (piece)
        }
    }
}

/// The number by which a value is sorted, if not as text.
fn sorted(value: &Value, unit: Unit) -> Option<f64> {
    let number = match value {
        Value::Text(text) if unit.is_aligned_right() => text.parse().ok(),
        _ => value.number(),
    };
    number.filter(|number| number.is_finite())
}

/// A number in full, with what it is a number of.
fn exact(value: &Value, unit: Unit) -> Option<String> {
    let number = match value {
        Value::Int(number) if unit == Unit::Time => return Some(Iso(*number).to_string()),
        Value::Int(_) if unit == Unit::Count => return None, // it is shown in full
        Value::Float(share) if unit == Unit::Share && share.is_finite() => percent(*share),
        Value::Int(number) => number.to_string(),
        Value::Float(number) if number.is_finite() => plain(*number),
        _ => return None,
    };
    Some(match unit {
        Unit::Seconds | Unit::Duration => format!("{number} s"),
        Unit::Bytes => format!("{number} bytes"),
        Unit::Share => format!("{number} %"),
        _ => number,
    })
}

/// Not with the digits that come from tenths being no sum of halves.
fn percent(share: f64) -> String {
    let text = format!("{:.10}", share * 100.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// All digits of a number, unless there are very many.
pub(super) fn plain(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 || (1e-9..1e15).contains(&size) { number.to_string() } else { format!("{number:e}") }
}
