//! The tables as documents: Athena DDL, JSON schema, Markdown. The files in `schemas/` are these, and a test compares.

use std::fmt::Write as _;

use alblog::ValueType;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::tables::{Table, TableColumn};

/// Columns that Athena takes from the folders of an export, not from its files.
const PARTITIONS: [&str; 3] = ["account", "region", "day"];

/// `CREATE EXTERNAL TABLE` for the Parquet files of an export.
///
/// Partitions are projected, so that no crawler has to find them:
/// <https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html>.
pub fn athena_ddl(table: Table) -> String {
    let columns = table.columns();
    let width = columns.iter().map(|column| column.name.len()).max().unwrap_or(0) + 2;
    let line = |column: &TableColumn| {
        let doc = column.doc.replace('\'', "''");
        format!("  {:width$} {:9} COMMENT '{doc}'", format!("`{}`", column.name), column.sql_type())
    };
    let stored: Vec<String> = columns.iter().filter(|column| !PARTITIONS.contains(&column.name)).map(line).collect();
    let name = table.name();
    format!(
        "\
-- {doc}
-- Replace BUCKET/PREFIX, the accounts and the regions.
CREATE EXTERNAL TABLE IF NOT EXISTS `{name}` (
{columns}
)
COMMENT 'One row is {doc}'
PARTITIONED BY (`account` string, `region` string, `day` string)
STORED AS PARQUET
LOCATION 's3://BUCKET/PREFIX/{name}/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.account.type' = 'enum',
  'projection.account.values' = '123456789012',
  'projection.region.type' = 'enum',
  'projection.region.values' = 'us-east-1',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy-MM-dd',
  'projection.day.range' = '2016-08-01,NOW+1DAYS',
  'storage.location.template' = 's3://BUCKET/PREFIX/{name}/account=${{account}}/region=${{region}}/day=${{day}}/'
);
",
        doc = table.doc().replace('\'', "''"),
        columns = stored.join(",\n"),
    )
}

/// JSON schema of one row as `--format json` and `ndjson` print it.
pub fn json_schema(table: Table) -> String {
    let columns = table.columns();
    let schema = JsonSchema {
        schema: "https://json-schema.org/draft/2020-12/schema",
        title: table.name(),
        description: format!("One row is {}", table.doc()),
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
pub fn markdown(table: Table) -> String {
    let mut text = format!("# {}\n\nOne row is {}.\n\n", table.name(), table.doc());
    text.push_str("| column | type | NULL | since | what it is |\n|---|---|---|---|---|\n");
    for column in table.columns() {
        let null = if column.nullable { "may be" } else { "never" };
        let doc = column.doc.replace('|', "\\|").replace('<', "&lt;");
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| `{}` | {} | {null} | {} | {doc} |", column.name, column.sql_type(), column.since);
    }
    text
}
