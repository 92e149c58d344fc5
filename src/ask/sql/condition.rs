//! What rows of a table must meet.

use alblog::time::Iso;

use super::scalar::{Scalar, text};
use crate::base::tables::Table;

/// A condition on the rows of one table, with the values of its parameters.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Condition {
    /// Text with `:name` for each value.
    pub sql: String,
    /// Names and values; a name is used in one condition of a statement only.
    pub values: Vec<(String, Scalar)>,
}

/// The times of a half-open window, microseconds since the epoch, as conditions on a table's rows; of `log_objects` on
/// the ends of their intervals, (since, until + margin].
pub fn times(table: Table, since: Option<i64>, until: Option<i64>, margin: i64) -> Vec<String> {
    let (column, after, before, until) = match table {
        Table::RejectedLines => return Vec::new(),
        Table::LogObjects => ("interval_end", ">", "<=", until.map(|until| until.saturating_add(margin))),
        Table::Requests | Table::Connections | Table::HealthChecks => ("time", ">=", "<", until),
    };
    let since = since.map(|since| format!("{column} {after} {}", moment(since)));
    let until = until.map(|until| format!("{column} {before} {}", moment(until)));
    since.into_iter().chain(until).collect()
}

/// `TIMESTAMP '2026-11-20 14:05:00.000000'`
fn moment(time: i64) -> String {
    let written = Iso(time).to_string();
    format!("TIMESTAMP {}", text(&written.trim_end_matches('Z').replace('T', " ")))
}
