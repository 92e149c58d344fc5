//! Documented columns compared with what they once were: `elb_status_code` was text in AWS's documentation and is an integer,
//! `target_status_code` is text with a dash in it. `elb_status_code = '460'`, `elb_status_code LIKE '5%'` and `target_status_code >= 400` all
//! mean what they say. Numbers beside a partition's columns (`year = 2026`) are written as the column is. Beside any other text a number is
//! left as it is, and refused by its type.

use alblog::ValueType;
use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{BinaryOperator, CastKind, DataType, Expr, Statement, Value};

use super::build::{digits, each_expr, literal_text, name, text};
use crate::ask::query::dialect::operators::compares;
use crate::base::tables::documented::{Documented, DocumentedColumn};

/// Columns of partitions, and how many digits they are written with.
const PARTITIONS: [(&str, usize); 4] = [("year", 4), ("month", 2), ("day", 2), ("hour", 2)];

/// Functions that take text first.
const OF_TEXT: [&str; 14] = [
    "substr",
    "regexp_like",
    "regexp_extract",
    "regexp_replace",
    "starts_with",
    "split",
    "split_part",
    "length",
    "concat",
    "lower",
    "upper",
    "strpos",
    "trim",
    "replace",
];

pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    each_expr(statement, |expr| {
        match expr {
            Expr::BinaryOp { left, op, right } if compares(op) => {
                agree(left, &mut [right]);
                agree(right, &mut [left]);
            }
            Expr::BinaryOp { left, op: BinaryOperator::StringConcat, right } => {
                as_text(left);
                as_text(right);
            }
            Expr::InList { expr, list, .. } => agree(expr, &mut list.iter_mut().collect::<Vec<_>>()),
            Expr::Between { expr, low, high, .. } => agree(expr, &mut [low, high]),
            Expr::Like { expr, .. } | Expr::Substring { expr, .. } => as_text(expr),
            Expr::Case { operand: Some(operand), conditions, .. } => {
                agree(operand, &mut conditions.iter_mut().map(|when| &mut when.condition).collect::<Vec<_>>());
            }
            Expr::Function(function) if OF_TEXT.contains(&name(function).as_str()) => {
                use datafusion::sql::sqlparser::ast::{FunctionArg, FunctionArgExpr, FunctionArguments};
                if let FunctionArguments::List(list) = &mut function.args {
                    for argument in &mut list.args {
                        if let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = argument {
                            as_text(expr);
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    })
}

/// The name of a column that is written without anything around it.
fn column(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Identifier(name) => Some(&name.value),
        Expr::CompoundIdentifier(parts) => parts.last().map(|name| name.value.as_str()),
        Expr::Nested(inner) => column(inner),
        _ => None,
    }
}

/// The documented column of this name.
fn documented(name: &str) -> Option<DocumentedColumn> {
    Documented::ALL.into_iter().flat_map(Documented::columns).find(|column| column.name == name)
}

fn number(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) => Some(digits),
            _ => None,
        },
        Expr::Nested(inner) => number(inner),
        _ => None,
    }
}

/// Makes a column and what it is compared with of one type.
fn agree(value: &mut Expr, others: &mut [&mut Expr]) {
    let Some(name) = column(value).map(ToOwned::to_owned) else { return };
    if let Some((_, digits)) = PARTITIONS.iter().find(|(known, _)| *known == name) {
        for other in others {
            let written = number(other).or_else(|| literal_text(other));
            // A whole day may be written with dashes.
            if let Some(day) = written.filter(|text| text.len() == 10 && text.contains('-') && name == "day") {
                **other = text(&day.replace('-', "/"));
                continue;
            }
            if let Some(written) =
                written.filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
            {
                **other = text(&format!("{written:0>digits$}"));
            }
        }
        return;
    }
    let Some(documented) = documented(&name) else { return };
    match (documented.value, documented.of.value) {
        (ValueType::Int | ValueType::BigInt | ValueType::Seconds, _) => {
            let texts: Vec<&str> = others.iter().filter_map(|other| literal_text(other)).collect();
            if texts.is_empty() {
                return;
            }
            if texts.iter().all(|text| text.parse::<i64>().is_ok()) {
                for other in others {
                    if let Some(number) = literal_text(other).map(ToOwned::to_owned) {
                        **other = digits(number);
                    }
                }
            } else {
                *value = cast(value, CastKind::Cast, DataType::Varchar(None));
            }
        }
        // AWS has these integers as text.
        (ValueType::Text, ValueType::Int) if others.iter().any(|other| number(other).is_some()) => {
            *value = cast(value, CastKind::TryCast, DataType::BigInt(None));
        }
        _ => {}
    }
}

/// A number of the documentation where text is wanted.
fn as_text(expr: &mut Expr) {
    if let Some(ValueType::Int | ValueType::BigInt) = column(expr).and_then(documented).map(|column| column.value) {
        *expr = cast(expr, CastKind::Cast, DataType::Varchar(None));
    }
}

fn cast(expr: &Expr, kind: CastKind, data_type: DataType) -> Expr {
    Expr::Cast { kind, expr: Box::new(expr.clone()), data_type, array: false, format: None }
}
