//! What the decoder can tell of a row before it builds any column of it: conditions that every row of the answer meets.
//!
//! Comparisons of a column with constants, under AND and OR. They leave nothing out that a filter would keep, and more in than it
//! may: the filter stays above the scan.

use std::ops::RangeInclusive;

use alblog::{Column, Condition, ValueType};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{Between, BinaryExpr, Cast, Expr, Operator};

/// What every row meets that passes all these filters; `None` if nothing can be told.
pub(super) fn of_filters(filters: &[Expr], columns: &[Column]) -> Option<Condition> {
    all(filters.iter().map(|filter| of(filter, columns)))
}

fn all(conditions: impl Iterator<Item = Option<Condition>>) -> Option<Condition> {
    let mut conditions: Vec<Condition> = conditions.flatten().collect();
    if conditions.len() < 2 { conditions.pop() } else { Some(Condition::All(conditions)) }
}

fn of(filter: &Expr, columns: &[Column]) -> Option<Condition> {
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
            all([left, right].into_iter().map(|side| of(side, columns)))
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            Some(Condition::Any(vec![of(left, columns)?, of(right, columns)?]))
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (&**left, &**right) {
            (column, Expr::Literal(value, _)) => compared(found(column, columns)?, *op, value),
            (Expr::Literal(value, _), column) => compared(found(column, columns)?, op.swap()?, value),
            _ => None,
        },
        Expr::Between(Between { expr, negated: false, low, high }) => {
            let (Expr::Literal(low, _), Expr::Literal(high, _)) = (&**low, &**high) else { return None };
            let found = found(expr, columns)?;
            all([compared(found, Operator::GtEq, low), compared(found, Operator::LtEq, high)].into_iter())
        }
        Expr::InList(InList { expr, list, negated: false }) => {
            let found = found(expr, columns)?;
            let one = |value: &Expr| match value {
                Expr::Literal(value, _) => compared(found, Operator::Eq, value),
                _ => None,
            };
            Some(one_of(found.position, list.iter().map(one).collect::<Option<_>>()?))
        }
        Expr::IsNotNull(expr) => Some(Condition::Present { column: found(expr, columns)?.position }),
        Expr::IsTrue(expr) => of(expr, columns),
        _ => None,
    }
}

/// One of conditions on one column, put together: a list may be long, and is gone through for each row.
fn one_of(column: usize, conditions: Vec<Condition>) -> Condition {
    let (mut within, mut texts) = (Vec::new(), Vec::new());
    for condition in &conditions {
        match condition {
            Condition::Number { within: ranges, .. } => within.extend(ranges.iter().cloned()),
            Condition::Text { one_of, .. } => texts.extend(one_of.iter().cloned()),
            _ => return Condition::Any(conditions),
        }
    }
    if texts.is_empty() { Condition::Number { column, within } } else { Condition::Text { column, one_of: texts } }
}

#[derive(Clone, Copy)]
struct Found {
    position: usize,
    value: ValueType,
}

/// The column that an expression is, or is the same value as.
fn found(expr: &Expr, columns: &[Column]) -> Option<Found> {
    match expr {
        Expr::Column(column) => {
            let position = columns.iter().position(|known| known.name == column.name)?;
            Some(Found { position, value: columns[position].value })
        }
        // Wider than what it is of.
        Expr::Cast(Cast { expr, field }) if *field.data_type() == DataType::Int64 => {
            found(expr, columns).filter(|found| matches!(found.value, ValueType::Int | ValueType::BigInt))
        }
        _ => None,
    }
}

/// What a row meets whose value compares so with a constant.
fn compared(found: Found, op: Operator, constant: &ScalarValue) -> Option<Condition> {
    let column = found.position;
    if constant.is_null() {
        return None;
    }
    match found.value {
        ValueType::Int | ValueType::BigInt => {
            Some(Condition::Number { column, within: ranges(op, integer(constant)?)? })
        }
        ValueType::Timestamp => {
            let ScalarValue::TimestampMicrosecond(Some(time), _) = constant else { return None };
            Some(Condition::Number { column, within: ranges(op, *time)? })
        }
        ValueType::Seconds => {
            let ScalarValue::Float64(Some(seconds)) = constant else { return None };
            Some(Condition::Seconds { column, within: range_of_seconds(op, *seconds)? })
        }
        ValueType::Text => {
            let text = constant.try_as_str().flatten()?;
            (op == Operator::Eq).then(|| Condition::Text { column, one_of: vec![text.as_bytes().to_vec()] })
        }
    }
}

fn integer(constant: &ScalarValue) -> Option<i64> {
    match constant {
        ScalarValue::Int32(Some(number)) => Some(i64::from(*number)),
        ScalarValue::Int64(Some(number)) => Some(*number),
        _ => None,
    }
}

fn ranges(op: Operator, number: i64) -> Option<Vec<RangeInclusive<i64>>> {
    let below = || number.checked_sub(1).map(|last| i64::MIN..=last);
    let above = || number.checked_add(1).map(|first| first..=i64::MAX);
    match op {
        Operator::Eq => Some(vec![number..=number]),
        Operator::NotEq => Some(below().into_iter().chain(above()).collect()),
        Operator::Lt => Some(below().into_iter().collect()),
        Operator::LtEq => Some(vec![i64::MIN..=number]),
        Operator::Gt => Some(above().into_iter().collect()),
        Operator::GtEq => Some(vec![number..=i64::MAX]),
        _ => None,
    }
}

/// With the bound itself, whether or not it counts.
fn range_of_seconds(op: Operator, seconds: f64) -> Option<RangeInclusive<f64>> {
    if seconds.is_nan() {
        return None;
    }
    match op {
        Operator::Eq => Some(seconds..=seconds),
        Operator::Lt | Operator::LtEq => Some(f64::NEG_INFINITY..=seconds),
        Operator::Gt | Operator::GtEq => Some(seconds..=f64::INFINITY),
        _ => None,
    }
}
