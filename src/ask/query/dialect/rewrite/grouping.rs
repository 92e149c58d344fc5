//! `GROUP BY (a, b)` is `GROUP BY a, b`, and `SELECT DISTINCT (a, b)` a row of both.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{Expr, GroupByExpr, Select, Statement};

use super::build::{call, each_expr, each_select};

pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    each_select(statement, |select: &mut Select| {
        if let GroupByExpr::Expressions(keys, _) = &mut select.group_by {
            let flat = std::mem::take(keys).into_iter().flat_map(|key| match key {
                Expr::Tuple(parts) => parts,
                key => vec![key],
            });
            *keys = flat.collect();
        }
        Ok(())
    })?;
    // What a list is compared with stays one: `(a, b) IN ((1, 2))`.
    each_expr(statement, |expr| {
        if let Expr::Tuple(parts) = expr {
            *expr = call("struct", std::mem::take(parts));
        }
        Ok(())
    })
}
