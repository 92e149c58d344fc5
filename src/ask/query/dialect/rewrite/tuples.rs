//! `(day, code) IN (('2026-11-20', 502))` is `day = '2026-11-20' AND code = 502`: compared one by one, values are compared as they
//! are outside of brackets.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, Statement, UnaryOperator};

use super::build::{arguments, each_expr, name};

pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    each_expr(statement, |expr| {
        let (made, negated) = match expr {
            Expr::BinaryOp { left, op: op @ (BinaryOperator::Eq | BinaryOperator::NotEq), right } => {
                (equal(left, right), *op == BinaryOperator::NotEq)
            }
            Expr::InList { expr: left, list, negated } => {
                let any: Option<Vec<Expr>> = list.iter().map(|right| equal(left, right)).collect();
                (any.and_then(|any| joined(any, &BinaryOperator::Or)), *negated)
            }
            _ => return Ok(()),
        };
        if let Some(made) = made {
            let nested = Expr::Nested(Box::new(made));
            *expr = if negated { Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(nested) } } else { nested };
        }
        Ok(())
    })
}

/// Whether two tuples of the same length are equal; `None` of anything else.
fn equal(left: &Expr, right: &Expr) -> Option<Expr> {
    let (left, right) = (parts(left)?, parts(right)?);
    if left.len() != right.len() {
        return None;
    }
    let pair = |(left, right): (&&Expr, &&Expr)| Expr::BinaryOp {
        left: Box::new(Expr::Nested(Box::new((*left).clone()))),
        op: BinaryOperator::Eq,
        right: Box::new(Expr::Nested(Box::new((*right).clone()))),
    };
    joined(left.iter().zip(&right).map(pair).collect(), &BinaryOperator::And)
}

/// The values of `(a, b)`, or of `ROW(a, b)`.
fn parts(tuple: &Expr) -> Option<Vec<&Expr>> {
    match tuple {
        Expr::Tuple(parts) => Some(parts.iter().collect()),
        Expr::Function(function) if name(function) == "row" => arguments(function),
        _ => None,
    }
}

/// Joined in the shape of a tree, so that a long list does not become a deep one.
fn joined(mut parts: Vec<Expr>, op: &BinaryOperator) -> Option<Expr> {
    while parts.len() > 1 {
        let mut pairs = Vec::with_capacity(parts.len().div_ceil(2));
        let mut left = parts.into_iter();
        while let Some(one) = left.next() {
            pairs.push(match left.next() {
                Some(other) => {
                    let nested = |part| Box::new(Expr::Nested(Box::new(part)));
                    Expr::BinaryOp { left: nested(one), op: op.clone(), right: nested(other) }
                }
                None => one,
            });
        }
        parts = pairs;
    }
    parts.pop()
}
