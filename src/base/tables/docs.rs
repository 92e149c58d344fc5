//! The tables as documents: JSON schema and Markdown. The files in `schemas/` are these and Athena's DDL, and a test
//! compares.

use std::fmt::Write as _;

use alblog::ValueType;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::documented::Documented;
use super::{Table, TableColumn};

/// What is told of a table.
#[derive(Debug, Clone)]
pub struct Described {
    /// Its name in SQL.
    pub name: &'static str,
    /// What one row of it is.
    pub doc: String,
    /// In schema order.
    pub columns: Vec<TableColumn>,
}

impl Described {
    /// The table of this name.
    pub fn named(name: &str) -> Option<Self> {
        let documented = Documented::ALL.into_iter().find(|table| table.name() == name).map(Self::from);
        documented.or_else(|| Table::ALL.into_iter().find(|table| table.name() == name).map(Self::from))
    }
}

impl From<Table> for Described {
    fn from(table: Table) -> Self {
        Self { name: table.name(), doc: table.doc().to_owned(), columns: table.columns() }
    }
}

impl From<Documented> for Described {
    fn from(table: Documented) -> Self {
        let of_line = table.columns().filter(|column| column.is_documented).map(|column| TableColumn {
            name: column.name,
            value: column.value,
            nullable: column.missing().is_none(),
            since: column.of.since,
            doc: column.of.doc,
        });
        let day = TableColumn {
            name: "day",
            value: ValueType::Text,
            nullable: false,
            since: "",
            doc: "the object's folder, yyyy/MM/dd; the day of the month beside year and month",
        };
        let native = table.kind().table();
        Self {
            name: table.name(),
            doc: format!(
                "a row of {native} as AWS's Athena table has it: times are text, what is missing is '-' or -1"
            ),
            columns: of_line.chain([day]).collect(),
        }
    }
}

/// JSON schema of one row as `--format json` and `ndjson` print it.
pub fn json_schema(table: &Described) -> String {
    let columns = table.columns.clone();
    let schema = JsonSchema {
        schema: "https://json-schema.org/draft/2020-12/schema",
        title: table.name,
        description: format!("One row is {}", table.doc),
        r#type: "object",
        required: columns.iter().map(|column| column.name).collect(),
        additional_properties: false,
        properties: Properties(columns),
    };
    // Strings, numbers and lists with text keys always have a JSON form.
    let text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    format!("{text}\n")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonSchema {
    #[serde(rename = "$schema")]
    schema: &'static str,
    title: &'static str,
    description: String,
    r#type: &'static str,
    properties: Properties,
    required: Vec<&'static str>,
    additional_properties: bool,
}

/// Columns as an object whose keys keep the columns' order.
struct Properties(Vec<TableColumn>);

impl Serialize for Properties {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|column| (column.name, property(column))))
    }
}

fn property(column: &TableColumn) -> Value {
    let name = match column.value {
        ValueType::Text | ValueType::Timestamp => "string",
        ValueType::Int | ValueType::BigInt => "integer",
        ValueType::Seconds => "number",
    };
    let types = if column.nullable { json!([name, "null"]) } else { json!(name) };
    let mut property = json!({ "type": types, "description": column.doc });
    if column.value == ValueType::Timestamp {
        property["format"] = json!("date-time");
    }
    property
}

/// A Markdown table of the columns.
pub fn markdown(table: &Described) -> String {
    let mut text = format!("# {}\n\nOne row is {}.\n\n", table.name, table.doc);
    text.push_str("| column | type | NULL | since | what it is |\n|---|---|---|---|---|\n");
    for column in &table.columns {
        let null = if column.nullable { "may be" } else { "never" };
        let doc = column.doc.replace('|', "\\|").replace('<', "&lt;");
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| `{}` | {} | {null} | {} | {doc} |", column.name, column.sql_type(), column.since);
    }
    text
}
