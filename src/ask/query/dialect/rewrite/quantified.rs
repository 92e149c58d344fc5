//! `= ANY (SELECT …)` is `IN (SELECT …)`, `<> ALL (SELECT …)` is `NOT IN (SELECT …)`; and of values that are written out, `IN (…)` is a
//! list, which may stand anywhere.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, Query, SetExpr, Statement, TableFactor};

use super::build::each_expr;

pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    each_expr(statement, |expr| {
        if let Expr::InSubquery { expr: left, subquery, negated } = expr
            && let Some(list) = written_out(subquery, width(left))
        {
            *expr = Expr::InList { expr: left.clone(), list, negated: *negated };
            return Ok(());
        }
        let (left, right, negated) = match expr {
            Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => (left, right, false),
            Expr::AllOp { left, compare_op: BinaryOperator::NotEq, right } => (left, right, true),
            _ => return Ok(()),
        };
        if let Expr::Subquery(subquery) = right.as_ref() {
            *expr = match written_out(subquery, width(left)) {
                Some(list) => Expr::InList { expr: left.clone(), list, negated },
                None => Expr::InSubquery { expr: left.clone(), subquery: subquery.clone(), negated },
            };
        }
        Ok(())
    })
}

/// How many values are compared with each row.
fn width(compared: &Expr) -> usize {
    match compared {
        Expr::Tuple(parts) => parts.len(),
        _ => 1,
    }
}

/// The values of `VALUES 1, 2`, or the tuples of `VALUES (1, 2), (3, 4)`, alone or within `SELECT * FROM (VALUES 1, 2)`.
fn written_out(query: &Query, width: usize) -> Option<Vec<Expr>> {
    if query.with.is_some() || query.order_by.is_some() || query.limit_clause.is_some() {
        return None;
    }
    match query.body.as_ref() {
        SetExpr::Values(values) => values
            .rows
            .iter()
            .map(|row| match row.content.as_slice() {
                [value] if width == 1 => Some(value.clone()),
                values if width > 1 && values.len() == width => Some(Expr::Tuple(values.to_vec())),
                _ => None,
            })
            .collect(),
        SetExpr::Query(inner) => written_out(inner, width),
        SetExpr::Select(select) => match select.from.as_slice() {
            [table] if table.joins.is_empty() && select.selection.is_none() && select.projection.len() == 1 => {
                match &table.relation {
                    TableFactor::Derived { subquery, .. } => written_out(subquery, width),
                    _ => None,
                }
            }
            _ => None,
        },
        _ => None,
    }
}
