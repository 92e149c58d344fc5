//! Days in SQL as people write them. The column `day` is text such as `2026-11-20`; AWS's own tables write `2026/11/20`,
//! which as text comes after every day of the year, so that comparing the two answers wrongly and says nothing.

mod joined;
mod slashes;

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, ScalarValue, plan_err};
use datafusion::functions::string::replace;
use datafusion::logical_expr::expr::{Case, InList, InSubquery, Like};
use datafusion::logical_expr::{
    Between, BinaryExpr, Cast, Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, Subquery, TryCast, cast, lit,
};
use datafusion::optimizer::AnalyzerRule;

use super::own_column::own_column;
use super::rewriting::{compares, rewrite_node};

/// Reads `2026/11/20` as `2026-11-20` where it is compared with a table's column `day`, and refuses what is no day.
///
/// Literals and patterns of LIKE are rewritten; of anything else that has slashes in it, such as `date_format(now(), '%Y/%m/%d')`,
/// the slashes are replaced. Where neither can be, it is refused.
#[derive(Debug)]
pub(super) struct WrittenDays;

impl AnalyzerRule for WrittenDays {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        let rewritten = plan.transform_up_with_subqueries(|node| {
            let node = joined::rewrite(node, |expr, input| is_own_day(expr, &[input]))?;
            let has_changed = node.transformed;
            let node = node.data;
            let inputs: Vec<LogicalPlan> = node.inputs().into_iter().cloned().collect();
            let inputs: Vec<&LogicalPlan> = inputs.iter().collect();
            let is_day = |expr: &Expr| is_own_day(expr, &inputs);
            let mut rewritten = rewrite_node(node, |expr| {
                let rewritten = expr.transform_up(|expr| rewrite(expr, &is_day))?;
                slashes::refuse(&rewritten.data, &is_day)?;
                Ok(rewritten)
            })?;
            rewritten.transformed |= has_changed;
            Ok(rewritten)
        })?;
        Ok(rewritten.data)
    }

    fn name(&self) -> &'static str {
        "written_days"
    }
}

fn is_own_day(expr: &Expr, inputs: &[&LogicalPlan]) -> bool {
    matches!(without_casts(expr), Expr::Column(column) if own_column(column, inputs).as_deref() == Some("day"))
}

fn rewrite(expr: Expr, is_day: &impl Fn(&Expr) -> bool) -> Result<Transformed<Expr>> {
    let rewritten = match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if compares(op) && is_day(&left) && !is_day(&right) => {
            let right = Box::new(day(*right, &kind_of(&left))?);
            Expr::BinaryExpr(BinaryExpr { left, op, right })
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if compares(op) && is_day(&right) && !is_day(&left) => {
            let left = Box::new(day(*left, &kind_of(&right))?);
            Expr::BinaryExpr(BinaryExpr { left, op, right })
        }
        // Whose column of that name it is, a subquery does not tell: both sides are written in one way.
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if compares(op) && (is_outer(&left) || is_outer(&right)) => {
            let [left, right] = [left, right].map(|side| Box::new(dashes(*side, &DataType::Utf8View)));
            Expr::BinaryExpr(BinaryExpr { left, op, right })
        }
        Expr::Between(Between { expr, negated, low, high }) if is_day(&expr) => {
            let kind = kind_of(&expr);
            let (low, high) = (Box::new(day(*low, &kind)?), Box::new(day(*high, &kind)?));
            Expr::Between(Between { expr, negated, low, high })
        }
        Expr::InList(InList { expr, list, negated }) if is_day(&expr) => {
            let kind = kind_of(&expr);
            let list = list.into_iter().map(|value| day(value, &kind)).collect::<Result<_>>()?;
            Expr::InList(InList { expr, list, negated })
        }
        Expr::InSubquery(InSubquery { expr, subquery, negated }) if is_day(&expr) => {
            let subquery = days_of(subquery, &kind_of(&expr))?;
            Expr::InSubquery(InSubquery { expr, subquery, negated })
        }
        Expr::Like(Like { negated, expr, pattern, escape_char, case_insensitive }) if is_day(&expr) => {
            let pattern = Box::new(text_with(*pattern, |text| Ok(text.replace('/', "-")))?);
            Expr::Like(Like { negated, expr, pattern, escape_char, case_insensitive })
        }
        Expr::Case(Case { expr: Some(expr), when_then_expr, else_expr }) if is_day(&expr) => {
            let kind = kind_of(&expr);
            let when = |(when, then): (Box<Expr>, Box<Expr>)| Ok((Box::new(day(*when, &kind)?), then));
            let when_then_expr = when_then_expr.into_iter().map(when).collect::<Result<_>>()?;
            Expr::Case(Case { expr: Some(expr), when_then_expr, else_expr })
        }
        other => return Ok(Transformed::no(other)),
    };
    Ok(Transformed::yes(rewritten))
}

/// Whether it is a column `day` of the statement around.
fn is_outer(expr: &Expr) -> bool {
    matches!(without_casts(expr), Expr::OuterReferenceColumn(_, column) if column.name == "day")
}

/// The type of text that a day is compared as.
fn kind_of(day: &Expr) -> DataType {
    match day {
        Expr::Cast(Cast { field, .. }) | Expr::TryCast(TryCast { field, .. }) => field.data_type().clone(),
        _ => DataType::Utf8View,
    }
}

/// What the column is compared with, written as the column is; if it is made, as this type of text.
fn day(expr: Expr, kind: &DataType) -> Result<Expr> {
    match &expr {
        Expr::Literal(..) => text_with(expr, dashed),
        Expr::Cast(cast) if cast.field.data_type().is_string() => {
            let inner = day(cast.expr.as_ref().clone(), cast.field.data_type())?;
            Ok(Expr::Cast(Cast { expr: Box::new(inner), ..cast.clone() }))
        }
        _ if expr.get_type(&DFSchema::empty()).is_ok_and(|kind| !kind.is_string()) => Ok(expr),
        _ => Ok(dashes(expr, kind)),
    }
}

/// A subquery whose days are written as the column's are; one that answers the column of a table is as it should be.
fn days_of(subquery: Subquery, kind: &DataType) -> Result<Subquery> {
    let column = subquery.subquery.schema().columns().swap_remove(0);
    if own_column(&column, &[subquery.subquery.as_ref()]).is_some() {
        return Ok(subquery);
    }
    let made = dashes(Expr::Column(column.clone()), kind);
    let plan = LogicalPlanBuilder::from(subquery.subquery).project([made.alias(column.name)])?.build()?;
    Ok(Subquery { subquery: Arc::new(plan), ..subquery })
}

/// A text with dashes where it has slashes.
fn dashes(expr: Expr, kind: &DataType) -> Expr {
    let text = |text: &str| lit(ScalarValue::Utf8(Some(text.to_owned())));
    let made = cast(expr, DataType::Utf8);
    cast(replace().call(vec![made, text("/"), text("-")]), kind.clone())
}

/// A literal with another text, if it is a text; be it cast to another type of text.
fn text_with(expr: Expr, made: impl Fn(&str) -> Result<String>) -> Result<Expr> {
    if let Expr::Cast(cast) = &expr
        && cast.field.data_type().is_string()
    {
        let inner = text_with(cast.expr.as_ref().clone(), made)?;
        return Ok(Expr::Cast(Cast { expr: Box::new(inner), ..cast.clone() }));
    }
    let Expr::Literal(value, metadata) = &expr else { return Ok(expr) };
    let Some(text) = value.try_as_str().flatten() else { return Ok(expr) };
    let text = Some(made(text)?);
    let value = match value {
        ScalarValue::Utf8View(_) => ScalarValue::Utf8View(text),
        ScalarValue::LargeUtf8(_) => ScalarValue::LargeUtf8(text),
        _ => ScalarValue::Utf8(text),
    };
    Ok(Expr::Literal(value, metadata.clone()))
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
