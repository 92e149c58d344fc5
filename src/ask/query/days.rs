//! Days in SQL as people write them. The column `day` is text such as `2026-11-20`; AWS's own tables write `2026/11/20`,
//! which as text comes after every day of the year, so that comparing the two answers wrongly and says nothing.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, DataFusionError, Result, ScalarValue, plan_err};
use datafusion::functions::string::replace;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{
    Between, BinaryExpr, Cast, Expr, ExprSchemable, LogicalPlan, Operator, TryCast, cast, lit,
};
use datafusion::optimizer::AnalyzerRule;

/// Reads `2026/11/20` as `2026-11-20` where it is compared with a table's column `day`, and refuses what is no day.
///
/// Literals are rewritten; of anything else that is worked out from constants, such as `date_format(now(), '%Y/%m/%d')`,
/// the slashes are replaced.
#[derive(Debug)]
pub(super) struct WrittenDays;

impl AnalyzerRule for WrittenDays {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        let rewritten = plan.transform_up_with_subqueries(|plan| {
            let inputs: Vec<LogicalPlan> = plan.inputs().into_iter().cloned().collect();
            let is_day = |expr: &Expr| matches!(without_casts(expr), Expr::Column(column) if is_day(column, &inputs));
            plan.map_expressions(|expr| expr.transform_up(|expr| rewrite(expr, &is_day)))
        })?;
        Ok(rewritten.data)
    }

    fn name(&self) -> &'static str {
        "written_days"
    }
}

fn rewrite(expr: Expr, is_day: &impl Fn(&Expr) -> bool) -> Result<Transformed<Expr>> {
    let rewritten = match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if compares(op) && is_day(&left) && !is_day(&right) => {
            Expr::BinaryExpr(BinaryExpr { left, op, right: Box::new(day(*right)?) })
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if compares(op) && is_day(&right) && !is_day(&left) => {
            Expr::BinaryExpr(BinaryExpr { left: Box::new(day(*left)?), op, right })
        }
        Expr::Between(Between { expr, negated, low, high }) if is_day(&expr) => {
            Expr::Between(Between { expr, negated, low: Box::new(day(*low)?), high: Box::new(day(*high)?) })
        }
        Expr::InList(InList { expr, list, negated }) if is_day(&expr) => {
            let list = list.into_iter().map(day).collect::<Result<_>>()?;
            Expr::InList(InList { expr, list, negated })
        }
        other => return Ok(Transformed::no(other)),
    };
    Ok(Transformed::yes(rewritten))
}

fn compares(op: Operator) -> bool {
    use Operator::{Eq, Gt, GtEq, IsDistinctFrom, IsNotDistinctFrom, Lt, LtEq, NotEq};
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq | IsDistinctFrom | IsNotDistinctFrom)
}

/// What the column is compared with, written as the column is.
fn day(expr: Expr) -> Result<Expr> {
    match &expr {
        Expr::Literal(value, metadata) => match value.try_as_str().flatten() {
            Some(text) => {
                let text = dashed(text)?;
                let value = match value {
                    ScalarValue::Utf8View(_) => ScalarValue::Utf8View(Some(text)),
                    ScalarValue::LargeUtf8(_) => ScalarValue::LargeUtf8(Some(text)),
                    _ => ScalarValue::Utf8(Some(text)),
                };
                Ok(Expr::Literal(value, metadata.clone()))
            }
            None => Ok(expr),
        },
        Expr::Cast(cast) if cast.field.data_type().is_string() => {
            let inner = day(cast.expr.as_ref().clone())?;
            Ok(Expr::Cast(Cast { expr: Box::new(inner), ..cast.clone() }))
        }
        _ if !expr.column_refs().is_empty() => Ok(expr),
        _ => match expr.get_type(&DFSchema::empty()) {
            Ok(kind @ (DataType::Utf8 | DataType::Utf8View)) => {
                let text = |text: &str| {
                    Ok::<_, DataFusionError>(lit(ScalarValue::Utf8(Some(text.to_owned())).cast_to(&kind)?))
                };
                Ok(cast(replace().call(vec![expr, text("/")?, text("-")?]), kind.clone()))
            }
            _ => Ok(expr),
        },
    }
}

/// The day, or its beginning, with dashes.
fn dashed(text: &str) -> Result<String> {
    let text = text.replace('/', "-");
    let shape: String = text.chars().map(|char| if char.is_ascii_digit() { '0' } else { char }).collect();
    if matches!(shape.as_str(), "0000" | "0000-" | "0000-00" | "0000-00-" | "0000-00-00") {
        return Ok(text);
    }
    plan_err!("day is text such as '2026-11-20', and '{}' is not", text.chars().take(60).collect::<String>())
}

fn without_casts(expr: &Expr) -> &Expr {
    match expr {
        Expr::Cast(Cast { expr: inner, field }) | Expr::TryCast(TryCast { expr: inner, field })
            if field.data_type().is_string() =>
        {
            without_casts(inner)
        }
        other => other,
    }
}

/// Whether the column is a table's own `day`, and not one that the statement makes.
fn is_day(column: &Column, inputs: &[LogicalPlan]) -> bool {
    inputs.iter().any(|plan| {
        let schema = plan.schema();
        match plan {
            _ if !schema.has_column(column) => false,
            LogicalPlan::TableScan(_) => column.name == "day",
            LogicalPlan::SubqueryAlias(alias) => {
                let position = schema.index_of_column(column).ok();
                position.is_some_and(|position| {
                    is_day(&alias.input.schema().columns()[position], &[alias.input.as_ref().clone()])
                })
            }
            LogicalPlan::Projection(projection) => {
                let position = schema.index_of_column(column).ok();
                let made = position.and_then(|position| projection.expr.get(position)).map(without_alias);
                matches!(made, Some(Expr::Column(from)) if is_day(from, &[projection.input.as_ref().clone()]))
            }
            LogicalPlan::Filter(_)
            | LogicalPlan::Sort(_)
            | LogicalPlan::Limit(_)
            | LogicalPlan::Distinct(_)
            | LogicalPlan::Join(_) => {
                let inputs: Vec<LogicalPlan> = plan.inputs().into_iter().cloned().collect();
                is_day(column, &inputs)
            }
            _ => false,
        }
    })
}

fn without_alias(expr: &Expr) -> &Expr {
    match expr {
        Expr::Alias(alias) => without_alias(&alias.expr),
        other => other,
    }
}
