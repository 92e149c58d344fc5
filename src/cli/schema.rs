//! `albstats schema`: what can be asked for.

use std::fmt::Write as _;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use clap_complete::engine::ArgValueCompleter;

use super::common::{candidates, print};
use crate::ask::athena::{Export, RawLogs, raw};
use crate::base::message::Message;
use crate::base::nearest::nearest;
use crate::base::outcome::Outcome;
use crate::base::shown::Shown;
use crate::base::tables::Table;
use crate::base::tables::docs::{Described, json_schema, markdown};
use crate::base::tables::documented::Documented;
use crate::fleet::inventory::targets::{COLUMNS, DOC, TARGETS};

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
    if let Some(name) = &args.table
        && let Some(documented) = Documented::ALL.into_iter().find(|table| table.name() == name)
    {
        print(&document(&documented.into(), args.format, || raw_ddl(documented)))?;
        return Ok(Outcome::Done);
    }
    if args.table.as_deref() == Some(TARGETS) {
        if matches!(args.format, SchemaFormat::Athena) {
            bail!(Message::new(format_args!("{TARGETS} is no table of Athena: albstats inventory keeps it")));
        }
        let targets = Described { name: TARGETS, doc: DOC.to_owned(), columns: COLUMNS.to_vec() };
        print(&document(&targets, args.format, String::new))?;
        return Ok(Outcome::Done);
    }
    let tables = match &args.table {
        None => Table::ALL.to_vec(),
        Some(name) => vec![find(name)?],
    };
    let documents = tables.into_iter().map(|table| document(&table.into(), args.format, || athena_ddl(table)));
    print(&documents.collect::<Vec<_>>().join("\n"))?;
    Ok(Outcome::Done)
}

fn document(table: &Described, format: SchemaFormat, ddl: impl FnOnce() -> String) -> String {
    match format {
        SchemaFormat::Text => text(table),
        SchemaFormat::Markdown => markdown(table),
        SchemaFormat::Json => json_schema(table),
        SchemaFormat::Athena => ddl(),
    }
}

/// The table of this name.
pub(super) fn find(name: &str) -> Result<Table> {
    if let Some(table) = Table::ALL.into_iter().find(|table| table.name() == name) {
        return Ok(table);
    }
    let names = Table::ALL.map(Table::name);
    match nearest(name, &names) {
        Some(table) => bail!(
            Message::new(format_args!("no table named {name}", name = Shown(name)))
                .hint(format_args!("did you mean {table}?"))
        ),
        None => bail!(
            Message::new(format_args!("no table named {name}", name = Shown(name)))
                .hint(format_args!("the tables are {}", names.join(", ")))
        ),
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

/// A table of AWS's documentation over logs that nobody has.
fn raw_ddl(table: Documented) -> String {
    let kind = table.kind();
    let create = raw::TABLES.iter().find(|raw| raw.kind == kind).map(|raw| RawLogs::placeholder().create(raw));
    format!(
        "-- Replace BUCKET/PREFIX, the accounts and the regions: albstats athena ddl --raw\n{};\n",
        create.unwrap_or_default()
    )
}

/// A table and its columns, for reading.
pub(super) fn text(table: &Described) -> String {
    let width = table.columns.iter().map(|column| column.name.len()).max().unwrap_or(0);
    let mut text = format!("{}: one row is {}\n", table.name, table.doc);
    for column in &table.columns {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {:width$}  {:9}  {}", column.name, column.sql_type(), column.doc);
    }
    text
}
