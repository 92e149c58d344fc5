//! What has no name in a list is called by its place, `_col1`, as in Trino: so that `SELECT * FROM (SELECT count(*) …)` is called so,
//! and so that `ORDER BY 2` finds it, which the engine does not where `2` is made of aggregates and has no name.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{Expr, Ident, Select, SelectItem, Statement};

use super::build::each_select;

pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    each_select(statement, |select: &mut Select| {
        for (place, item) in select.projection.iter_mut().enumerate() {
            if let SelectItem::UnnamedExpr(expr) = item
                && !is_column(expr)
            {
                *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias: Ident::new(format!("_col{place}")) };
            }
        }
        Ok(())
    })
}

fn is_column(expr: &Expr) -> bool {
    match expr {
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => true,
        Expr::Nested(inner) => is_column(inner),
        _ => false,
    }
}
