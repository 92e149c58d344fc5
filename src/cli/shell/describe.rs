//! Tables and columns as `\d` shows them.

use std::fmt::Write as _;

use anyhow::{Result, bail};

use crate::ask::query::TableShape;
use crate::base::message::Message;
use crate::base::nearest::nearest;
use crate::base::shown::Shown;
use crate::base::tables::Table;
use crate::base::tables::docs::Described;
use crate::cli::schema;

/// A line for each table.
pub(super) fn tables(tables: &[TableShape]) -> String {
    let widest = tables.iter().map(|table| table.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    let order =
        |table: &&TableShape| Table::ALL.iter().position(|known| known.name() == table.name).unwrap_or(usize::MAX);
    let mut tables: Vec<&TableShape> = tables.iter().collect();
    tables.sort_by_key(order);
    for table in tables {
        let doc = match Described::named(&table.name) {
            Some(known) => format!("one row is {}", known.doc),
            None => format!("{} columns", table.columns.len()),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:widest$}  {doc}", table.name);
    }
    text + "\nnext: \\d TABLE\n"
}

/// The columns of a table: with what they mean, if it is one of ours.
pub(super) fn columns(name: &str, tables: &[TableShape]) -> Result<String> {
    let Some(table) = tables.iter().find(|table| table.name.eq_ignore_ascii_case(name.trim_matches('"'))) else {
        let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        match nearest(name, &names) {
            Some(meant) => bail!(
                Message::new(format_args!("no table named {}", Shown(name)))
                    .hint(format_args!("did you mean {meant}?"))
            ),
            None => bail!(Message::new(format_args!("no table named {}", Shown(name))).hint("\\d lists the tables")),
        }
    };
    if let Some(known) = Described::named(&table.name) {
        return Ok(schema::text(&known));
    }
    let widest = table.columns.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = format!("{}\n", table.name);
    for (name, sql_type) in &table.columns {
        let _ = writeln!(text, "  {name:widest$}  {sql_type}");
    }
    Ok(text)
}
