//! A query file: one question in SQL, and what its header says about it.
//!
//! The header is the comment at the top, a line each: `-- key: value`. Parameters stand in the statement as `:name`, and
//! are bound. Everything but the name is optional in a user's own file.
//!
//! ```sql
//! -- name: latency
//! -- title: Latency per target group, slowest target p99 first
//! -- question: Which target groups are slow, and since when?
//! -- param: top count = 20 — rows shown
//! -- key: target_group
//! -- column: target_group text TARGET GROUP
//! -- column: target_p99 seconds TARGET TIME, ms > p99 [optional 1]
//! -- bars: target_p99 p99 / {bucket}
//! -- left-out: websockets WebSocket sessions
//! -- empty: no target began to answer
//! -- fold: prepared: target_group
//! ```

mod header;
#[cfg(test)]
mod tests;

use std::path::Path;

use anyhow::{Context, Result};

use super::dimensions;
use crate::ask::sql::Folding;
use crate::base::shown::Shown;
use crate::output::document::Unit;

#[derive(Debug, Clone, PartialEq)]
pub struct QueryFile {
    /// How it is asked for: `latency`.
    pub name: String,
    /// One line above the answer; `{by}` stands for what `--by` makes of rows.
    pub title: String,
    /// The question in a person's words.
    pub question: String,
    /// The report that it is a part of, if it is none of its own.
    pub part_of: Option<String>,
    /// Parameters, in the order of the header.
    pub parameters: Vec<Parameter>,
    /// The columns that are shown, in order; none for all of them.
    pub columns: Vec<ColumnHeader>,
    /// Columns that together say what a row is about.
    pub key: Vec<String>,
    /// Columns whose values over time are drawn in the row.
    pub bars: Vec<Labelled>,
    /// Columns whose values over time are drawn as charts of their own.
    pub charts: Vec<ColumnHeader>,
    /// Columns of the total that count what was left out.
    pub left_out: Vec<Labelled>,
    /// What is said in place of rows if others were there to choose from.
    pub empty: Option<String>,
    /// Small print: label and text.
    pub notes: Vec<Labelled>,
    /// What to type next.
    pub next: Vec<String>,
    /// Where values are told apart by which there may be too many to be held.
    pub folding: Option<Folding>,
    /// The statement, without its header.
    pub sql: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// `:name` in the statement.
    pub name: String,
    /// What its values are.
    pub kind: ParameterKind,
    /// Its value if none is given, as it would be typed; none if one must be.
    pub default: Option<String>,
    /// One line of help.
    pub help: String,
}

/// What values a parameter takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParameterKind {
    Text,
    /// A whole number, 0 or more.
    Count,
    Number,
    /// A length of time, bound as seconds. `auto N` as a default: what makes at most N bars of the window.
    Duration,
    /// A point in time, bound as seconds since the epoch.
    Time,
    /// Status codes, `502` or `5xx`, bound as `name_from` and `name_to`, both inclusive.
    Status,
    Regex,
    Choice(Vec<String>),
}

/// How a column is shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ColumnHeader {
    /// Its name in the answer.
    pub name: String,
    /// What its values are.
    pub unit: Unit,
    /// What stands above it.
    pub heading: String,
    /// What stands above it and its neighbours together.
    pub group: Option<String>,
    /// What is left out first where there is no room; 0 is never left out.
    pub expendable: u8,
    /// Whether clients may have sent secrets in it.
    pub private: bool,
    /// Whether it is there only where some row has a value in it.
    pub is_known_only: bool,
}

/// A name with a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labelled {
    /// A column, or a label.
    pub name: String,
    pub text: String,
}

impl QueryFile {
    /// Reads a file of the user's own.
    ///
    /// # Errors
    /// When it cannot be read or its header is wrong; then the line is named.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", Shown(path.display())))?;
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        Self::parse(&text, &Shown(path.display()).to_string(), &name)
    }

    /// Reads the text of a file. `name` is what it is called if its header does not say.
    ///
    /// # Errors
    /// When its header is wrong; the message begins with `path:line:`.
    pub fn parse(text: &str, path: &str, name: &str) -> Result<Self> {
        header::parse(text, path, name)
    }

    /// The title, and the heading of the column `name`, of rows that are what parameter `by` says.
    pub fn title_by(&self, by: Option<&str>) -> String {
        self.title.replace("{by}", &self.words_by(by))
    }

    /// What rows are: `target group`.
    pub fn words_by(&self, by: Option<&str>) -> String {
        let default = || self.parameter("by").and_then(|by| by.default.as_deref());
        dimensions::words(by.or_else(default).unwrap_or_default())
    }

    /// The parameter of this name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }
}
