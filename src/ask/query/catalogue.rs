//! What a session knows by name, for whoever lists or completes it: tables, their columns, functions.

use std::collections::BTreeSet;

use datafusion::arrow::datatypes::DataType;
use datafusion::execution::FunctionRegistry;

use super::engine::Engine;

/// A table as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableShape {
    /// Name in SQL.
    pub name: String,
    /// Names of its columns, and their types as SQL writes them.
    pub columns: Vec<(String, &'static str)>,
}

impl Engine {
    /// Every table, by name.
    pub async fn tables(&self) -> Vec<TableShape> {
        let schemas = self.context.catalog_names().into_iter().filter_map(|name| self.context.catalog(&name));
        let schemas: Vec<_> = schemas
            .flat_map(|catalog| catalog.schema_names().into_iter().filter_map(move |name| catalog.schema(&name)))
            .collect();
        let mut tables = Vec::new();
        for schema in schemas {
            for name in schema.table_names() {
                let Ok(Some(table)) = schema.table(&name).await else { continue };
                let columns = table.schema();
                let columns = columns.fields().iter().map(|it| (it.name().clone(), sql_type(it.data_type()))).collect();
                tables.push(TableShape { name, columns });
            }
        }
        tables.sort_by(|a, b| a.name.cmp(&b.name));
        tables
    }

    /// Every function, by name.
    pub fn functions(&self) -> BTreeSet<String> {
        let state = self.context.state();
        state.udfs().into_iter().chain(state.udafs()).chain(state.udwfs()).collect()
    }
}

/// Name of a type as SQL writes it.
fn sql_type(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => "string",
        DataType::Boolean => "boolean",
        DataType::Int64 | DataType::UInt64 => "bigint",
        number if number.is_integer() => "int",
        number if number.is_floating() => "double",
        DataType::Date32 | DataType::Date64 => "date",
        DataType::Timestamp(..) => "timestamp",
        list if list.is_nested() => "array",
        _ => "other",
    }
}
