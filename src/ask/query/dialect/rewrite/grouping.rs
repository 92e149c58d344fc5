//! `GROUP BY (a, b)` is `GROUP BY a, b`, and `SELECT DISTINCT (a, b)` a row of both.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{Expr, GroupByExpr, Select, Statement, Value};

use super::build::{call, each_expr, each_select, refusal};

pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    each_select(statement, |select: &mut Select| {
        if let GroupByExpr::Expressions(keys, _) = &mut select.group_by {
            refuse_expressions(keys)?;
            // All rows are one group, which the engine makes of a list with an aggregate only.
            let is_one =
                !keys.is_empty() && keys.iter().all(|key| matches!(key, Expr::Tuple(parts) if parts.is_empty()));
            if is_one && select.having.is_none() {
                select.having = Some(Expr::value(Value::Boolean(true)));
            }
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

/// `ROLLUP (lower(elb))`: Trino takes names of columns there.
fn refuse_expressions(keys: &[Expr]) -> Result<()> {
    for key in keys {
        let (Expr::Rollup(sets) | Expr::Cube(sets) | Expr::GroupingSets(sets)) = key else { continue };
        let is_column = |part: &&Expr| {
            matches!(part, Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Value(_) | Expr::Tuple(_))
                || matches!(part, Expr::Rollup(_) | Expr::Cube(_) | Expr::GroupingSets(_))
        };
        if let Some(other) = sets.iter().flatten().find(|part| !is_column(part)) {
            let hint = "give it a name in a query around the table: FROM (SELECT …)";
            return Err(refusal(other, "ROLLUP, CUBE and GROUPING SETS take columns, and no expressions", hint));
        }
    }
    Ok(())
}
