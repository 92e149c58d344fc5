//! What a report says, before anybody decides how it looks: one model for the terminal, HTML, and formats of rows.
//!
//! A document is plain data. Reports build it ([`crate::report`]); `output::screen` and `output::html` draw it, and its
//! main table as Arrow is what CSV, JSON, Markdown and Parquet get. Values keep their unit and full precision: drawing
//! rounds, data does not.

mod batch;
mod value;

use std::ops::Range;

use super::steps;

pub use value::{Point, Unit, Value};

use crate::base::shell::quoted;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Document {
    /// Name of the report: `latency`.
    pub name: String,
    /// One line: `Latency per target group, slowest target p99 first`.
    pub title: String,
    /// When, how complete, of what.
    pub head: Head,
    /// What follows, in order.
    pub blocks: Vec<Block>,
    /// What to type next.
    pub next: Vec<Next>,
    /// What JSON holds beside the rows of the main table, by names that stay: an object then, whose `rows` they are.
    pub data: Option<serde_json::Map<String, serde_json::Value>>,
}

/// What stands under the title of every report: the promise on which its numbers rest.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Head {
    /// Lines in order, each of parts that are joined by ` · ` and may be broken between:
    /// `2026-11-22 13:00–14:00 UTC (14:00–15:00 CET)`, `logs complete up to 13:55`, `exact percentiles`.
    pub lines: Vec<Vec<String>>,
    /// What must be seen even by who sees nothing else, without `warning:` in front: minutes that are not delivered.
    pub warnings: Vec<String>,
}

/// A part of a report.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// The title of a section: what follows is of it.
    Heading(String),
    /// Sentences, each with a label in front: `likely`, `502s`.
    Findings(Vec<Finding>),
    /// Rows and columns. The first one of a document is its main table, the one that other formats get.
    Table(Table),
    Chart(Chart),
    /// Small print: what was left out, what a mark means.
    Notes(Vec<Note>),
}

/// A sentence with a label.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Finding {
    /// `likely`, `peak`; may be empty: then it continues the one before.
    pub label: String,
    /// Text; wrapped where there is no room.
    pub text: String,
    /// How it is meant.
    pub tone: Tone,
}

/// How something is meant; drawn as colour, never only as colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Plain,
    /// What the eye should find first.
    Strong,
    Bad,
    Dim,
}

/// `left out  21,077 without a target (…) · 1,204 WebSockets`
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Note {
    /// `left out`, `~`.
    pub label: String,
    /// Parts, joined by ` · `, which may be broken between.
    pub parts: Vec<String>,
}

/// A command to type next, and why.
///
/// Its words are values: what draws them quotes them for a shell, last of all ([`Next::typed`]).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Next {
    /// Program and arguments, none of them quoted.
    pub words: Vec<String>,
    /// What it shows; may be empty.
    pub why: String,
}

impl Next {
    /// A command of these words, and nothing said about why.
    pub fn command<W: Into<String>>(words: impl IntoIterator<Item = W>) -> Self {
        Self { words: words.into_iter().map(Into::into).collect(), why: String::new() }
    }

    /// The same with what it shows.
    #[must_use]
    pub fn because(self, why: impl Into<String>) -> Self {
        Self { why: why.into(), ..self }
    }

    /// As it is typed: each word in the form in which `shown` writes it, and that form quoted for a shell. In the other
    /// order, a quote that `shown` makes of another character would end the quotes.
    pub(in crate::output) fn typed(&self, shown: impl Fn(&str) -> String) -> String {
        self.words.iter().map(|word| quoted(&shown(word))).collect::<Vec<_>>().join(" ")
    }
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// A line above it, where a document has several.
    pub title: Option<String>,
    pub columns: Vec<Column>,
    /// Rows; each as long as `columns`.
    pub rows: Vec<Row>,
    /// The last line: totals. No row for other formats.
    pub total: Option<Row>,
    /// Rows that are not shown, as one row above the total: `31 more (--top 0)`.
    pub more: Option<Row>,
    /// What is said in place of rows, if there are none.
    pub empty: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// A value for each column.
    pub values: Vec<Value>,
    /// How the row is meant.
    pub tone: Tone,
    /// A line under the row, indented: the next thing to do about it, or evidence.
    pub under: Vec<String>,
    /// Whether rows of another sort begin here: drawn with room above it. Programs see it in the values.
    pub apart: bool,
}

impl Row {
    /// A row of these values.
    pub fn new(values: Vec<Value>) -> Self {
        Self { values, ..Self::default() }
    }
}

/// A column of a table.
#[expect(clippy::struct_excessive_bools, reason = "none of them excludes another")]
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Column {
    /// Name in SQL and in other formats: `target_p99`.
    pub name: String,
    /// Above it: `p99`.
    pub heading: String,
    /// Above several neighbours together: `TARGET TIME, ms`. Neighbours with the same group share it.
    pub group: Option<String>,
    /// What its values are, which decides how they are drawn and aligned.
    pub unit: Unit,
    /// What is left out first where there is no room: the highest. 0 is never left out.
    pub expendable: u8,
    /// Whether what it holds was sent by clients and may be secret: query strings. HTML leaves it out unless asked.
    pub private: bool,
    /// Whether it holds one character, as `+` or `!`, that stands in front of its row. Of the first column only.
    pub sign: bool,
    /// Whether its texts are sentences, which are not cut: one that has no room beside its row goes below it. Of the last
    /// column only.
    pub spills: bool,
    /// Whether most values are 0, which says nothing: people see `–`. Other formats have 0.
    pub sparse: bool,
    /// How long a point of its bars is, microseconds: the heading goes on with it, `BY` as `BY HOUR`, and where bars are
    /// merged as `BY 2 H`.
    pub step: Option<i64>,
}

impl Column {
    /// A column that is always there: its name, what stands above it, and what its values are.
    pub fn new(name: &str, heading: &str, unit: Unit) -> Self {
        Self { name: name.to_owned(), heading: heading.to_owned(), unit, ..Self::default() }
    }

    /// What stands above it, if so many points are one bar.
    pub(super) fn heading_over(&self, points_per_bar: usize) -> String {
        let points = i64::try_from(points_per_bar).unwrap_or(i64::MAX);
        let length = self.step.map(|step| steps::label(step.saturating_mul(points)));
        length.map_or_else(|| self.heading.clone(), |length| format!("{} {length}", self.heading))
    }

    /// Whether people see this value as `–`.
    pub(super) fn hides(&self, value: &Value) -> bool {
        *value == Value::Null || (self.sparse && value.number() == Some(0.0))
    }
}

/// Values over time, a bar each.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chart {
    /// `5xx per minute`
    pub title: String,
    /// Begin of the first bar, microseconds since the epoch.
    pub start: i64,
    /// Length of a bar, microseconds.
    pub step: i64,
    /// What the values are.
    pub unit: Unit,
    /// One or more lines of bars of the same length, drawn above each other; stacked or as lines in HTML.
    pub series: Vec<Series>,
    /// What happened in its time.
    pub marks: Vec<Mark>,
}

/// A moment or a while in a chart that is pointed out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mark {
    /// When it begins, microseconds since the epoch.
    pub from: i64,
    /// When it ends, if it is no moment.
    pub until: Option<i64>,
    /// A character or two that stand for it in the chart: `A`, `1`.
    pub sign: String,
    /// What it is.
    pub text: String,
}

/// One line of a chart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    /// `p99`, `502`.
    pub name: String,
    /// A value for each bar.
    pub points: Vec<Point>,
}

impl Chart {
    /// The time that it shows, microseconds since the epoch.
    pub fn time(&self) -> Range<i64> {
        let points = self.series.iter().map(|series| series.points.len()).max().unwrap_or(0);
        let length = i64::try_from(points).unwrap_or(i64::MAX).saturating_mul(self.step);
        self.start..self.start.saturating_add(length)
    }

    /// Draws the bars of these times, microseconds since the epoch, as not delivered.
    pub fn hide(&mut self, times: &[Range<i64>]) {
        for series in &mut self.series {
            let mut begin = self.start;
            for point in &mut series.points {
                let end = begin.saturating_add(self.step);
                if times.iter().any(|time| time.start < end && begin < time.end) {
                    *point = Point::Missing;
                }
                begin = end;
            }
        }
    }
}

impl Document {
    /// The table that formats of rows get.
    pub fn main_table(&self) -> Option<&Table> {
        self.blocks.iter().find_map(|block| match block {
            Block::Table(table) => Some(table),
            _ => None,
        })
    }
}
