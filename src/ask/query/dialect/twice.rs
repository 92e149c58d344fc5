//! Two tables of one name. The engine finds a column that both have, and does not know where their names stand.

use std::collections::BTreeSet;

use datafusion::common::{DataFusionError, Diagnostic, Result, SchemaError, Span};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Ident, Select, TableFactor};

use super::query_of;
use super::rewrite::build::each_select;

/// Names that stand a second time among the tables of one `SELECT`.
///
/// # Errors
/// None of its own.
pub(in crate::ask::query) fn names(statement: &mut Statement) -> Result<Vec<Ident>> {
    let mut twice = Vec::new();
    let Some(statement) = query_of(statement) else { return Ok(twice) };
    each_select(statement, |select: &mut Select| {
        let mut seen = BTreeSet::new();
        for from in &select.from {
            let factors = std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation));
            twice.extend(factors.filter_map(name).filter(|name| !seen.insert(name.value.to_lowercase())).cloned());
        }
        Ok(())
    })?;
    Ok(twice)
}

/// What columns of a table are qualified by.
fn name(factor: &TableFactor) -> Option<&Ident> {
    match factor {
        TableFactor::Table { name, alias: None, .. } => name.0.last()?.as_ident(),
        TableFactor::Table { alias, .. } | TableFactor::Derived { alias, .. } | TableFactor::UNNEST { alias, .. } => {
            alias.as_ref().map(|alias| &alias.name)
        }
        _ => None,
    }
}

/// The engine's error, with the place of the name if two tables have it.
pub(in crate::ask::query) fn placed(error: DataFusionError, twice: &[Ident]) -> DataFusionError {
    let table = match error.find_root() {
        DataFusionError::SchemaError(schema_error, _) => match schema_error.as_ref() {
            SchemaError::DuplicateQualifiedField { qualifier, .. } => qualifier.table(),
            _ => return error,
        },
        _ => return error,
    };
    let Some(name) = twice.iter().find(|name| name.value.eq_ignore_ascii_case(table)) else { return error };
    let span = Span::try_from_sqlparser_span(name.span);
    error.with_diagnostic(Diagnostic::new_error("", span))
}
