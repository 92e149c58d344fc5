//! `SELECT elb, round(avg(x), 2) … GROUP BY elb ORDER BY 2`: the engine looks for the second column among what is grouped, and does not
//! find it if it has no name. So the place is replaced by what stands there.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{Expr, GroupByExpr, OrderByKind, Query, SelectItem, SetExpr, Statement, Value};

use super::build::each_query;

pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    each_query(statement, |query: &mut Query| {
        let SetExpr::Select(select) = query.body.as_mut() else { return Ok(()) };
        let is_grouped = !matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty());
        if !is_grouped || select.distinct.is_some() {
            return Ok(());
        }
        let Some(OrderByKind::Expressions(order)) = query.order_by.as_mut().map(|order| &mut order.kind) else {
            return Ok(());
        };
        for by in order {
            if let Some(SelectItem::UnnamedExpr(expr)) =
                place(&by.expr).and_then(|place| item(&select.projection, place))
                && !matches!(expr, Expr::Value(_))
            {
                by.expr = expr.clone();
            }
        }
        Ok(())
    })
}

/// The place that a number in `ORDER BY` names, from 1.
fn place(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) => digits.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

/// The item at a place; `None` behind a wildcard, of which nobody knows how many columns it has.
fn item(list: &[SelectItem], place: usize) -> Option<&SelectItem> {
    let at = place.checked_sub(1)?;
    let before = list.get(..at)?;
    let is_known = |item: &SelectItem| matches!(item, SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. });
    before.iter().all(is_known).then(|| list.get(at))?
}
