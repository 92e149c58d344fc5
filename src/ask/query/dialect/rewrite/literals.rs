//! Numbers: `1.0` is a decimal of its own digits, `1e0` a double, and an integer that is calculated with has 32 bits if it fits.
//! Texts: `U&'\0041'` is `'A'`. Lengths of time: `INTERVAL '1-2' YEAR TO MONTH` is fourteen months, `INTERVAL '2' DAY * 2` four days.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, DataType, DateTimeField, ExactNumberInfo, Expr, Interval, Statement, TypedString,
    UnaryOperator, Value,
};

use super::build::{each_expr, literal_text, refusal, text};
use crate::ask::query::dialect::operators::operation;

/// Digits that a decimal may have.
const MOST_DIGITS: usize = 38;

pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    each_expr(statement, |expr| {
        match expr {
            Expr::BinaryOp { left, op: BinaryOperator::Multiply, right } if times(left, right).is_some() => {
                if let Some(made) = times(left, right) {
                    *expr = made;
                }
            }
            Expr::Interval(interval) => years_and_months(interval),
            Expr::BinaryOp { left, op, right } if operation(op).is_some() => {
                narrow(left);
                narrow(right);
            }
            Expr::TypedString(TypedString { data_type, value, .. }) if is_bare_decimal(data_type) => {
                if let Value::SingleQuotedString(digits) = &value.value
                    && let Some(kind) = decimal(digits.trim_start_matches('-'))
                {
                    *expr = cast(digits, kind);
                }
            }
            Expr::Value(value) => match &value.value {
                Value::Number(digits, _) if digits.contains('_') => {
                    return Err(refusal(&*value, "numbers are written without _", "write 1000 for 1_000"));
                }
                Value::Number(digits, _) if digits.contains(['e', 'E']) => {
                    *expr = cast(digits, DataType::Double(ExactNumberInfo::None));
                }
                Value::Number(digits, _) if digits.contains('.') => {
                    let Some(kind) = decimal(digits) else {
                        let hint = "write 1.0e0 for a double";
                        return Err(refusal(&*value, "a decimal has at most 38 digits", hint));
                    };
                    *expr = cast(digits, kind);
                }
                Value::UnicodeStringLiteral(written) => *expr = text(written),
                _ => {}
            },
            _ => {}
        }
        Ok(())
    })
}

fn is_bare_decimal(kind: &DataType) -> bool {
    matches!(kind, DataType::Decimal(ExactNumberInfo::None))
}

fn cast(digits: &str, data_type: DataType) -> Expr {
    Expr::Cast { kind: CastKind::Cast, expr: Box::new(text(digits)), data_type, array: false, format: None }
}

/// `1.50` is a `decimal(3, 2)`.
fn decimal(digits: &str) -> Option<DataType> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.trim_start_matches('0');
    let precision = (whole.len() + fraction.len()).max(1);
    let scale = i64::try_from(fraction.len()).ok()?;
    (precision <= MOST_DIGITS).then_some(DataType::Decimal(ExactNumberInfo::PrecisionAndScale(precision as u64, scale)))
}

/// A length of time as often as a number says, either way round; `None` if that is not what stands there.
fn times(left: &Expr, right: &Expr) -> Option<Expr> {
    let (Expr::Interval(interval), Expr::Value(number)) = (match left {
        Expr::Interval(_) => (left, right),
        _ => (right, left),
    }) else {
        return None;
    };
    let (Value::Number(times, _), Some(length)) = (&number.value, literal_text(&interval.value)) else { return None };
    let product = length.parse::<i64>().ok()?.checked_mul(times.parse().ok()?)?;
    Some(Expr::Interval(Interval { value: Box::new(text(&product.to_string())), ..interval.clone() }))
}

fn years_and_months(interval: &mut Interval) {
    if !matches!(
        (&interval.leading_field, &interval.last_field),
        (Some(DateTimeField::Year), Some(DateTimeField::Month))
    ) {
        return;
    }
    let months = literal_text(&interval.value).and_then(|length| {
        let (years, months) = length.split_once('-')?;
        years.parse::<i64>().ok()?.checked_mul(12)?.checked_add(months.parse().ok()?)
    });
    if let Some(months) = months {
        *interval.value = text(&months.to_string());
        interval.leading_field = Some(DateTimeField::Month);
        interval.last_field = None;
    }
}

/// An integer that is written out has 32 bits if it fits, with a sign before it as well.
fn narrow(side: &mut Expr) {
    let number = match side {
        Expr::Nested(inner) => return narrow(inner),
        Expr::Value(value) => integer(&value.value, ""),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match expr.as_ref() {
            Expr::Value(value) => integer(&value.value, "-"),
            _ => None,
        },
        _ => None,
    };
    if let Some(number) = number {
        *side = cast(&number, DataType::Integer(None));
    }
}

/// The digits of an integer of 32 bits, behind a sign.
fn integer(value: &Value, sign: &str) -> Option<String> {
    let Value::Number(digits, _) = value else { return None };
    let number = format!("{sign}{digits}");
    number.parse::<i32>().is_ok().then_some(number)
}
