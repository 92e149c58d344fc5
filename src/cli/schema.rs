//! `albstats schema`: what can be asked for.

use std::fmt::Write as _;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use clap_complete::engine::ArgValueCompleter;

use super::common::{candidates, print};
use crate::ask::athena::Export;
use crate::base::nearest::nearest;
use crate::base::outcome::Outcome;
use crate::base::shown::Shown;
use crate::base::tables::Table;
use crate::base::tables::docs::{json_schema, markdown};

const EXAMPLES: &str = "\
Examples:
  albstats schema
  albstats schema requests
  albstats schema requests --format athena";

/// List tables and columns
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct SchemaArgs {
    /// Only this table
    #[arg(add = ArgValueCompleter::new(candidates::tables))]
    table: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value = "text")]
    format: SchemaFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SchemaFormat {
    /// For reading
    Text,
    /// Markdown tables
    Markdown,
    /// JSON schema of a row
    Json,
    /// CREATE EXTERNAL TABLE for Athena
    Athena,
}

pub(super) fn run(args: &SchemaArgs) -> Result<Outcome> {
    let tables = match &args.table {
        None => Table::ALL.to_vec(),
        Some(name) => vec![find(name)?],
    };
    let documents = tables.into_iter().map(match args.format {
        SchemaFormat::Text => text,
        SchemaFormat::Markdown => markdown,
        SchemaFormat::Json => json_schema,
        SchemaFormat::Athena => athena_ddl,
    });
    print(&documents.collect::<Vec<_>>().join("\n"))?;
    Ok(Outcome::Done)
}

/// The table of this name.
pub(super) fn find(name: &str) -> Result<Table> {
    if let Some(table) = Table::ALL.into_iter().find(|table| table.name() == name) {
        return Ok(table);
    }
    let names = Table::ALL.map(Table::name);
    match nearest(name, &names) {
        Some(table) => bail!("no table named {name}\nhint: did you mean {table}?", name = Shown(name)),
        None => bail!("no table named {name}\nhint: the tables are {}", names.join(", "), name = Shown(name)),
    }
}

/// A table over an export that nobody has.
fn athena_ddl(table: Table) -> String {
    let create = Export::placeholder().create(table);
    format!(
        "-- {}\n-- Replace BUCKET/PREFIX, the accounts and the regions: albstats athena ddl\n{create};\n",
        table.doc()
    )
}

/// A table and its columns, for reading.
pub(super) fn text(table: Table) -> String {
    let columns = table.columns();
    let width = columns.iter().map(|column| column.name.len()).max().unwrap_or(0);
    let mut text = format!("{}: one row is {}\n", table.name(), table.doc());
    for column in columns {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {:width$}  {:9}  {}", column.name, column.sql_type(), column.doc);
    }
    text
}
