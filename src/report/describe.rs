//! The columns that a report has in the formats of rows, before anything is read.

use super::elements::SINCE;
use super::{QueryFile, health, why};
use crate::output::document::Unit;

/// Names and units, in order. Of `why`, the target group and the status are left out where all rows have the same.
pub fn columns(file: &QueryFile) -> Vec<(String, Unit)> {
    if file.name == "why" {
        return why::COLUMNS.iter().map(|(name, unit)| ((*name).to_owned(), *unit)).collect();
    }
    let by = file.parameter("by").and_then(|by| by.default.as_deref());
    // Where all rows are of the same, nothing says of what.
    let is_shown = |name: &str| match name {
        "name" => by != Some("all"),
        "within" => file.name != "paths",
        _ => true,
    };
    // Nobody knows before whether pods will be known.
    let shown = file.columns.iter().filter(|column| is_shown(&column.name) && !column.is_known_only);
    let mut columns: Vec<(String, Unit)> = shown.map(|column| (column.name.clone(), column.unit)).collect();
    if file.name == "health" {
        let at = health::REQUESTS_AT.min(columns.len());
        columns.splice(at..at, ["requests", "errors"].map(|name| (name.to_owned(), Unit::Count)));
    }
    columns.extend(file.bars.iter().map(|bars| (format!("{}_over_time", bars.name), Unit::Series)));
    if ["latency", "targets", "clients", "handshakes"].contains(&file.name.as_str()) {
        columns.push((SINCE.to_owned(), Unit::Text));
    }
    columns
}
