//! `DESCRIBE requests`, `SHOW COLUMNS FROM requests`: the columns as the documentation has them, with Athena's names of types.

use datafusion::common::Result;
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{self, ObjectName};

use super::TableNames;
use crate::ask::sql::text;
use crate::base::tables::docs::Described;

/// The statement that lists the columns of the table that a statement describes; `None` if it describes none that is documented.
///
/// # Errors
/// Never, unless the parser is at fault.
pub(super) fn listing(statement: &ast::Statement, names: &TableNames) -> Result<Option<Statement>> {
    let Some(table) = described(statement).and_then(|name| named(name, names)) else { return Ok(None) };
    let rows = table
        .columns
        .iter()
        .map(|column| format!("({}, {}, {})", text(column.name), text(column.sql_type()), text(column.doc)));
    let rows = rows.collect::<Vec<_>>().join(", ");
    let sql = format!("SELECT * FROM (VALUES {rows}) AS columns (column_name, data_type, comment)");
    Ok(DFParserBuilder::new(sql.as_str()).build()?.parse_statements()?.pop_front())
}

/// What a statement wants to be described.
fn described(statement: &ast::Statement) -> Option<&ObjectName> {
    match statement {
        ast::Statement::ExplainTable { table_name, .. } => Some(table_name),
        ast::Statement::ShowColumns { show_options, .. } => {
            let is_whole = show_options.filter_position.is_none() && show_options.limit.is_none();
            show_options.show_in.as_ref().filter(|_| is_whole)?.parent_name.as_ref()
        }
        _ => None,
    }
}

fn named(name: &ObjectName, names: &TableNames) -> Option<Described> {
    let last = name.0.last()?.as_ident()?.value.to_lowercase();
    match names.table(&last) {
        Some(documented) => Some(documented.into()),
        None => Described::named(&last),
    }
}
