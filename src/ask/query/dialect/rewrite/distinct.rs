//! `SELECT DISTINCT a, count(*) … GROUP BY a ORDER BY count(*)`: what a list is ordered by is named by its place where it is one of
//! the list's own expressions, since the engine looks for it among the names only.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{
    Distinct, Expr, GroupByExpr, OrderByKind, Query, SelectItem, SetExpr, Statement,
};

use super::build::{each_query, number};

pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    each_query(statement, |query: &mut Query| {
        let SetExpr::Select(select) = query.body.as_mut() else { return Ok(()) };
        if !matches!(select.distinct, Some(Distinct::Distinct)) {
            return Ok(());
        }
        if is_all_groups(&select.projection, &select.group_by) {
            select.distinct = None;
            return Ok(());
        }
        let Some(OrderByKind::Expressions(order)) = query.order_by.as_mut().map(|order| &mut order.kind) else {
            return Ok(());
        };
        // A number names a place, also where a column is that number.
        for by in order.iter_mut().filter(|by| !matches!(by.expr, Expr::Value(_))) {
            let place = select.projection.iter().position(|item| match item {
                SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => *expr == by.expr,
                _ => false,
            });
            if let Some(place) = place {
                by.expr = number(place + 1);
            }
        }
        Ok(())
    })
}

/// Whether every key of the groups is in the list, so that no two rows are the same and `DISTINCT` says nothing.
fn is_all_groups(projection: &[SelectItem], group_by: &GroupByExpr) -> bool {
    let GroupByExpr::Expressions(keys, modifiers) = group_by else { return false };
    let is_in_list = |key| {
        projection.iter().any(|item| match item {
            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => expr == key,
            _ => false,
        })
    };
    !keys.is_empty() && modifiers.is_empty() && keys.iter().all(is_in_list)
}
