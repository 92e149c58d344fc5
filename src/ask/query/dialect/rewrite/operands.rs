//! A condition is no operand in Trino's grammar: `1 < 2 = true` and `x IS NULL = y` are written with parentheses, of which the
//! parser needs none.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, Statement, UnaryOperator};

use super::build::{each_expr, refusal};
use crate::ask::query::dialect::operators::compares;

pub(super) fn refuse(statement: &mut Statement) -> Result<()> {
    each_expr(statement, |expr| match operands(expr).into_iter().find(|operand| is_condition(operand)) {
        Some(condition) => {
            let hint = "put the inner one into parentheses";
            Err(refusal(condition, "a condition is no operand of another in Athena's SQL", hint))
        }
        None => Ok(()),
    })
}

/// The parts that have to be values.
fn operands(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::BinaryOp { op: BinaryOperator::And | BinaryOperator::Or, .. } => Vec::new(),
        Expr::BinaryOp { left, right, .. }
        | Expr::IsDistinctFrom(left, right)
        | Expr::IsNotDistinctFrom(left, right) => vec![left, right],
        Expr::IsNull(value)
        | Expr::IsNotNull(value)
        | Expr::InList { expr: value, .. }
        | Expr::InSubquery { expr: value, .. }
        | Expr::AnyOp { left: value, .. }
        | Expr::AllOp { left: value, .. }
        | Expr::UnaryOp { op: UnaryOperator::Plus | UnaryOperator::Minus, expr: value } => vec![value],
        Expr::Between { expr, low, high, .. } => vec![expr, low, high],
        Expr::Like { expr, pattern, .. } => vec![expr, pattern],
        Expr::AtTimeZone { timestamp, time_zone } => vec![timestamp, time_zone],
        _ => Vec::new(),
    }
}

/// Whether it is a condition without parentheses.
fn is_condition(expr: &Expr) -> bool {
    match expr {
        Expr::BinaryOp { op, .. } => compares(op) || matches!(op, BinaryOperator::And | BinaryOperator::Or),
        Expr::UnaryOp { op, .. } => *op == UnaryOperator::Not,
        Expr::IsNull(_)
        | Expr::IsNotNull(_)
        | Expr::IsDistinctFrom(..)
        | Expr::IsNotDistinctFrom(..)
        | Expr::InList { .. }
        | Expr::InSubquery { .. }
        | Expr::Between { .. }
        | Expr::Like { .. }
        | Expr::AnyOp { .. }
        | Expr::AllOp { .. } => true,
        _ => false,
    }
}
