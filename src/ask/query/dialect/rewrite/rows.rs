//! `VALUES ROW(1, 'a')` is a row of two columns, as `VALUES (1, 'a')` is.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{Expr, Query, SetExpr, Statement};

use super::build::{arguments, each_query, name};

pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    each_query(statement, |query: &mut Query| {
        let SetExpr::Values(values) = query.body.as_mut() else { return Ok(()) };
        for row in &mut values.rows {
            if let [Expr::Function(function)] = row.content.as_slice()
                && name(function) == "row"
                && let Some(columns) = arguments(function)
            {
                row.content = columns.into_iter().cloned().collect();
            }
        }
        Ok(())
    })
}
