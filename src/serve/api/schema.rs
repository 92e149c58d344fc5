//! Tables and columns: `GET /api/v1/schema`.

use axum::response::Response;
use serde_json::{Value, json};

use super::as_json;
use crate::base::tables::{Table, TableColumn};

pub(super) async fn schema() -> Response {
    as_json(json!({ "tables": Table::ALL.map(table) }).to_string() + "\n")
}

fn table(table: Table) -> Value {
    let column = |column: TableColumn| {
        json!({
            "name": column.name,
            "type": column.value.data_type().to_string(),
            "nullable": column.nullable,
            "since": Some(column.since).filter(|since| !since.is_empty()),
            "doc": column.doc,
        })
    };
    let columns: Vec<Value> = table.columns().into_iter().map(column).collect();
    json!({ "name": table.name(), "doc": table.doc(), "columns": columns })
}
