//! Operators as Trino means them: arithmetic that fails where it would wrap, decimals that keep their scale, and no comparison of
//! text with numbers.

use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::datatypes::TimeUnit::Microsecond;
use datafusion::common::{DFSchema, Result, ScalarValue, plan_err};
use datafusion::functions::core::expr_fn::get_field;
use datafusion::functions_nested::concat::{array_append_udf, array_concat_udf, array_prepend_udf};
use datafusion::logical_expr::ExprSchemable;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr, RawFieldAccessExpr};
use datafusion::logical_expr::{Expr, GetFieldAccess, cast, lit};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::arithmetic::{self, Operation};
use crate::ask::query::functions::{element_at, subscript, substr};

/// Plans operators of statements in Athena's SQL.
#[derive(Debug)]
pub(super) struct Operators;

impl ExprPlanner for Operators {
    fn plan_binary_op(&self, raw: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let (left, right) = (raw.left.get_type(schema)?, raw.right.get_type(schema)?);
        if compares(&raw.op) {
            refuse_mixture(&left, &right, &raw.op)?;
            return Ok(PlannerResult::Original(raw));
        }
        if raw.op == BinaryOperator::StringConcat {
            if left.is_list() && right.is_list() {
                return Ok(PlannerResult::Planned(array_concat_udf().call(vec![raw.left, raw.right])));
            }
            if left.is_list() && !right.is_null() {
                return Ok(PlannerResult::Planned(array_append_udf().call(vec![raw.left, raw.right])));
            }
            if right.is_list() && !left.is_null() {
                return Ok(PlannerResult::Planned(array_prepend_udf().call(vec![raw.left, raw.right])));
            }
            for kind in [&left, &right] {
                if kind.is_numeric() || kind.is_temporal() || *kind == DataType::Boolean {
                    return plan_err!("|| joins text, and one side is {kind}: CAST(… AS varchar) makes text of it");
                }
            }
            return Ok(PlannerResult::Original(raw));
        }
        if matches!(raw.op, BinaryOperator::Plus | BinaryOperator::Minus) {
            if [(&left, &right), (&right, &left)].iter().any(|(time, number)| is_time(time) && number.is_numeric()) {
                return plan_err!("a time and a number cannot be combined by {}: write INTERVAL '1' DAY", raw.op);
            }
            refuse_lengths((&raw.left, &left), (&raw.right, &right))?;
            if left == DataType::Date32 && right == DataType::Date32 {
                let [left, right] = [raw.left, raw.right].map(|day| cast(day, DataType::Timestamp(Microsecond, None)));
                return Ok(PlannerResult::Planned(left - right));
            }
        }
        match operation(&raw.op) {
            Some(operation) if arithmetic::is_exact(&left, &right) => {
                Ok(PlannerResult::Planned(arithmetic::udf(operation).call(vec![raw.left, raw.right])))
            }
            _ => Ok(PlannerResult::Original(raw)),
        }
    }

    fn plan_substring(&self, args: Vec<Expr>) -> Result<PlannerResult<Vec<Expr>>> {
        Ok(PlannerResult::Planned(substr().call(args)))
    }

    fn plan_field_access(
        &self,
        raw: RawFieldAccessExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawFieldAccessExpr>> {
        if let DataType::Struct(fields) = raw.expr.get_type(schema)?
            && let GetFieldAccess::ListIndex { key } = &raw.field_access
            && let Expr::Literal(place, _) = key.as_ref()
        {
            let index = place.to_string().parse::<usize>().ok().and_then(|place| place.checked_sub(1));
            let Some(field) = index.and_then(|index| fields.get(index)) else {
                return plan_err!("a row of {} values has no [{place}]", fields.len());
            };
            return Ok(PlannerResult::Planned(get_field(raw.expr, field.name().as_str())));
        }
        match &raw.field_access {
            GetFieldAccess::ListIndex { key } if raw.expr.get_type(schema)?.is_list() => {
                Ok(PlannerResult::Planned(subscript().call(vec![raw.expr, key.as_ref().clone()])))
            }
            // NULL where the key is missing.
            access if matches!(raw.expr.get_type(schema)?, DataType::Map(..)) => match access {
                GetFieldAccess::ListIndex { key } => {
                    Ok(PlannerResult::Planned(element_at().call(vec![raw.expr, key.as_ref().clone()])))
                }
                GetFieldAccess::NamedStructField { name } => {
                    Ok(PlannerResult::Planned(element_at().call(vec![raw.expr, lit(name.clone())])))
                }
                GetFieldAccess::ListRange { .. } => plan_err!("a map has no range: element_at(map, key)"),
            },
            _ => Ok(PlannerResult::Original(raw)),
        }
    }
}

/// Months and days do not go together, nor a date and hours.
fn refuse_lengths(left: (&Expr, &DataType), right: (&Expr, &DataType)) -> Result<()> {
    let written = |expr: &Expr| match expr {
        Expr::Literal(ScalarValue::IntervalMonthDayNano(length), _) => *length,
        _ => None,
    };
    for ((_, kind), (length, _)) in [(left, right), (right, left)] {
        if *kind == DataType::Date32 && written(length).is_some_and(|length| length.nanoseconds != 0) {
            return plan_err!("hours, minutes and seconds are not added to a date: CAST(day AS timestamp) takes them");
        }
    }
    if let (Some(one), Some(other)) = (written(left.0), written(right.0))
        && (one.months != 0) != (other.months != 0)
    {
        return plan_err!("months and days are no one length of time: add them to a time one after the other");
    }
    Ok(())
}

fn is_time(kind: &DataType) -> bool {
    matches!(kind, DataType::Date32 | DataType::Timestamp(..))
}

/// The arithmetic that an operator stands for.
pub(super) fn operation(op: &BinaryOperator) -> Option<Operation> {
    Some(match op {
        BinaryOperator::Plus => Operation::Add,
        BinaryOperator::Minus => Operation::Subtract,
        BinaryOperator::Multiply => Operation::Multiply,
        BinaryOperator::Divide => Operation::Divide,
        BinaryOperator::Modulo => Operation::Modulo,
        _ => return None,
    })
}

pub(super) fn compares(op: &BinaryOperator) -> bool {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq)
}

/// What kind of values Trino keeps apart when it compares.
pub(super) fn family(kind: &DataType) -> Option<&'static str> {
    match kind {
        kind if kind.is_string() => Some("text"),
        kind if kind.is_numeric() => Some("a number"),
        DataType::Boolean => Some("a boolean"),
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => Some("a time"),
        _ => None,
    }
}

fn refuse_mixture(left: &DataType, right: &DataType, op: &BinaryOperator) -> Result<()> {
    match (family(left), family(right)) {
        (Some(left), Some(right)) if left != right => {
            plan_err!("{left} cannot be compared with {right} by {op}: CAST one side to the other's type")
        }
        _ => Ok(()),
    }
}
