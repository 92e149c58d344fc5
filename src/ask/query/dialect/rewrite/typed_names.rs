//! `AS t(name type)`: the parser takes a type behind the name of a column, which Trino does not.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{Expr, Query, Statement, TableAlias, TableFactor};

use super::build::{each_query, each_table, refusal};

pub(super) fn refuse(statement: &mut Statement) -> Result<()> {
    each_table(statement, |table| match table {
        TableFactor::Table { alias, .. }
        | TableFactor::Derived { alias, .. }
        | TableFactor::TableFunction { alias, .. }
        | TableFactor::UNNEST { alias, .. }
        | TableFactor::NestedJoin { alias, .. } => alias.as_ref().map_or(Ok(()), refuse_types),
        _ => Ok(()),
    })?;
    each_query(statement, |query: &mut Query| {
        query.with.iter().flat_map(|with| &with.cte_tables).try_for_each(|table| refuse_types(&table.alias))
    })
}

fn refuse_types(alias: &TableAlias) -> Result<()> {
    match alias.columns.iter().find(|column| column.data_type.is_some()) {
        Some(column) => {
            let name = Expr::Identifier(column.name.clone());
            Err(refusal(&name, "a name of a column has no type in Athena's SQL", "CAST(x AS type) gives it one"))
        }
        None => Ok(()),
    }
}
