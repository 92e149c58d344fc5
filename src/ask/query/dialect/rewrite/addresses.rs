//! Addresses, which are text here, are compared and sorted by their bits: as text, `9.0.0.0` comes after `100.64.0.0`.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{Expr, OrderByKind, Query, Statement};

use super::build::{arguments, call, each_expr, each_query, literal_text};
use crate::ask::query::dialect::operators::compares;
use crate::ask::query::functions::IN_ORDER;

pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    each_expr(statement, |expr| {
        match expr {
            Expr::BinaryOp { left, op, right } if compares(op) && (is_address(left) || is_address(right)) => {
                in_order(left);
                in_order(right);
            }
            Expr::Between { expr, low, high, .. } if [&*expr, &*low, &*high].into_iter().any(|it| is_address(it)) => {
                in_order(expr);
                in_order(low);
                in_order(high);
            }
            _ => {}
        }
        Ok(())
    })?;
    each_query(statement, |query: &mut Query| {
        if let Some(OrderByKind::Expressions(order)) = query.order_by.as_mut().map(|order| &mut order.kind) {
            order.iter_mut().filter(|by| is_address(&by.expr)).for_each(|by| in_order(&mut by.expr));
        }
        Ok(())
    })
}

fn in_order(expr: &mut Expr) {
    *expr = call(IN_ORDER, vec![expr.clone()]);
}

/// Whether it is `CAST(x AS IPADDRESS)`, as casts have become.
pub(super) fn is_address(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_address(inner),
        Expr::Function(function) => {
            let is_named = |expr: &Expr| literal_text(expr).is_some_and(|kind| kind.eq_ignore_ascii_case("ipaddress"));
            arguments(function).is_some_and(|given| given.len() == 2 && is_named(given[1]))
        }
        _ => false,
    }
}
