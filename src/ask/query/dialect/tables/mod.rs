//! The tables of AWS's documentation, as queries over ours: every column as AWS's own table has it.
//!
//! A statement's table becomes `(SELECT …) AS alb_logs` over `requests`, with those columns that the statement can mean: `day` is
//! `2026/11/20`, or the day of the month where `year` or `month` stand beside it; columns of partitions, `"$path"` and what AWS has
//! added since its documentation was written are there when they are named, and not in `*`.

mod implied;
mod listed;
mod logged_time;
mod object_day;
mod read_back;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use alblog::ValueType;
use datafusion::logical_expr::ScalarUDF;

pub(super) use implied::ImpliedConditions;
pub(super) use listed::Listed;
pub(in crate::ask::query) use object_day::{OBJECT_COLUMNS, ObjectPart, of_objects};
pub(super) use read_back::ReadBack;

use crate::base::tables::documented::{ALWAYS, Documented, DocumentedColumn};

/// Functions of which the columns are made.
pub(super) fn functions() -> Vec<ScalarUDF> {
    std::iter::once(logged_time::udf()).chain(ObjectPart::ALL.map(object_day::udf)).collect()
}

/// Columns that are there when they are named: of folders, of objects' names.
const HIDDEN: [(&str, &str); 9] = [
    ("$path", "log_object"),
    ("account", "account"),
    ("region", "region"),
    ("year", "object_year(log_object, time)"),
    ("month", "object_month(log_object, time)"),
    ("hour", "substr(logged_time(time), 12, 2)"),
    ("lb", "split_part(elb, '/', 2)"),
    ("loadbalancer_name", "split_part(elb, '/', 2)"),
    ("elb_name", "split_part(elb, '/', 2)"),
];

/// A documented table as a statement means it.
#[derive(Debug)]
pub(super) struct Meant {
    /// `SELECT …` over one of our tables.
    pub(super) sql: String,
    /// Columns that `*` does not mean.
    pub(super) hidden: Vec<String>,
}

/// The table for a statement that has these names for columns.
pub(super) fn meant(table: Documented, named: &BTreeSet<String>) -> Meant {
    let mut hidden = Vec::new();
    let mut list: Vec<String> = Vec::new();
    for column in table.columns() {
        if column.is_documented || named.contains(column.name) {
            list.push(format!("{} AS \"{}\"", value(&column), column.name));
        }
        if !column.is_documented && named.contains(column.name) {
            hidden.push(column.name.to_owned());
        }
    }
    let is_of_month = named.contains("year") || named.contains("month");
    let day = if is_of_month { "object_day_of_month" } else { "object_day" };
    list.push(format!("{day}(log_object, time) AS \"day\""));
    for (name, made) in HIDDEN {
        if named.contains(name) && !list.iter().any(|column| column.ends_with(&format!(" AS \"{name}\""))) {
            list.push(format!("{made} AS \"{name}\""));
            hidden.push(name.to_owned());
        }
    }
    let mut sql = String::from("SELECT ");
    let _ = write!(sql, "{} FROM {}", list.join(", "), table.kind().table());
    Meant { sql, hidden }
}

/// A column as AWS's table has it, in our SQL.
fn value(column: &DocumentedColumn) -> String {
    let name = column.of.name;
    let typed = match (column.of.value, column.value) {
        (ValueType::Timestamp, _) => format!("logged_time(\"{name}\")"),
        (ValueType::Int, ValueType::Text) => format!("CAST(\"{name}\" AS VARCHAR)"),
        _ => format!("\"{name}\""),
    };
    if ALWAYS.contains(&name) {
        return typed;
    }
    match (column.missing(), column.value) {
        (Some(missing), ValueType::Text) => format!("coalesce({typed}, '{missing}')"),
        (Some(missing), _) => format!("coalesce({typed}, CAST('{missing}' AS DOUBLE))"),
        (None, _) => typed,
    }
}

/// Every name that a documented table has a column for.
pub(super) fn known_columns(table: Documented) -> BTreeSet<&'static str> {
    table.columns().map(|column| column.name).chain(HIDDEN.map(|(name, _)| name)).chain(["day"]).collect()
}
