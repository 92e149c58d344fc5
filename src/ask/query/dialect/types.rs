//! Values that meet are of one kind, as in Trino, where the engine would make text of numbers, or find out when it reads that it cannot:
//! `x IN ('502')` and `x IN (SELECT '502')` of an integer x, `CASE` with a number here and text there, a union of both, and `length(502)`
//! are refused.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, plan_err};
use datafusion::logical_expr::expr::{
    Between, InList, InSubquery, Like, ScalarFunction, SetComparison, WindowFunction, WindowFunctionParams,
};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    BinaryExpr, Case, Cast, Expr, ExprSchemable, Join, LogicalPlan, Subquery, Union, WindowFrameBound, WindowFrameUnits,
};
use datafusion::optimizer::AnalyzerRule;

use super::operators::family;
use crate::ask::query::rewriting::compares;

/// Refuses what compares text with numbers.
#[derive(Debug)]
pub(super) struct SameTypes;

impl AnalyzerRule for SameTypes {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        let checked = plan.transform_up_with_subqueries(|plan| {
            if let LogicalPlan::Union(union) = &plan {
                check_columns(union)?;
            }
            if let LogicalPlan::Join(join) = &plan {
                check_keys(join)?;
            }
            let schema = merge_schema(&plan.inputs());
            plan.map_expressions(|expr| {
                expr.transform_up(|expr| {
                    check(&expr, &schema)?;
                    Ok(Transformed::no(expr))
                })
            })
        })?;
        Ok(checked.data)
    }

    fn name(&self) -> &'static str {
        "same_types"
    }
}

/// Functions of text, by the engine's names, and which of their arguments are text, from 0; without any, all.
const OF_TEXT: [(&str, &[usize]); 11] = [
    ("character_length", &[0]),
    ("concat", &[]),
    ("concat_ws", &[]),
    ("array_to_string", &[1]),
    ("lpad", &[0, 2]),
    ("replace", &[]),
    ("reverse", &[0]),
    ("rpad", &[0, 2]),
    ("starts_with", &[]),
    ("strpos", &[0, 1]),
    ("translate", &[]),
];

/// Columns of a union that stand above each other.
fn check_columns(union: &Union) -> Result<()> {
    let kinds =
        |input: &LogicalPlan| input.schema().fields().iter().map(|field| family(field.data_type())).collect::<Vec<_>>();
    let mut inputs = union.inputs.iter().map(|input| kinds(input));
    let Some(first) = inputs.next() else { return Ok(()) };
    for (at, (one, other)) in inputs.flat_map(|other| first.clone().into_iter().zip(other).enumerate()) {
        if let (Some(one), Some(other)) = (one, other)
            && one != other
        {
            return plan_err!("column {} of a union is {one} and {other}: CAST one to the other's type", at + 1);
        }
    }
    Ok(())
}

/// What a join compares.
fn check_keys(join: &Join) -> Result<()> {
    join.on.iter().try_for_each(|(left, right)| {
        let left = left.get_type(join.left.schema()).ok().as_ref().and_then(family);
        alike(left, right.get_type(join.right.schema()).ok().as_ref().and_then(family))
    })
}

/// Refuses to compare two kinds, where both are known.
fn alike(known: Option<&str>, other: Option<&str>) -> Result<()> {
    match (known, other) {
        (Some(known), Some(other)) if known != other => {
            plan_err!("{known} cannot be compared with {other}: CAST one side to the other's type")
        }
        _ => Ok(()),
    }
}

fn check(expr: &Expr, schema: &DFSchema) -> Result<()> {
    // What has no type yet is refused elsewhere, or is a parameter.
    let kind = |expr: &Expr| expr.get_type(schema).ok().as_ref().and_then(family);
    let (value, others): (&Expr, Vec<&Expr>) = match expr {
        // Operators were looked at when they were planned, but for parameters, which had no type then.
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if compares(*op) => (left, vec![right]),
        Expr::InSubquery(InSubquery { expr, subquery, .. })
        | Expr::SetComparison(SetComparison { expr, subquery, .. }) => return alike(kind(expr), answered(subquery)),
        Expr::InList(InList { expr, list, .. }) => (expr, list.iter().collect()),
        Expr::Between(Between { expr, low, high, .. }) => (expr, vec![low, high]),
        Expr::Like(Like { expr, pattern, .. }) => (expr, vec![pattern]),
        // Only `AT TIME ZONE` makes such a cast.
        Expr::Cast(Cast { expr, field }) if matches!(field.data_type(), DataType::Timestamp(_, Some(_))) => {
            return match kind(expr) {
                Some("text") => plan_err!(
                    "AT TIME ZONE takes a time, not text: from_iso8601_timestamp(time) AT TIME ZONE 'Europe/Berlin'"
                ),
                _ => Ok(()),
            };
        }
        Expr::WindowFunction(function) => return check_frame(function, kind),
        Expr::Case(case) => {
            let compared = case.expr.as_ref().and_then(|value| kind(value));
            case.when_then_expr.iter().try_for_each(|(when, _)| match &case.expr {
                Some(_) => alike(compared, kind(when)),
                None => Ok(()),
            })?;
            return check_answers(case, kind);
        }
        Expr::ScalarFunction(ScalarFunction { func, args }) => return check_texts(func.name(), args, kind),
        _ => return Ok(()),
    };
    let known = kind(value);
    others.into_iter().try_for_each(|other| alike(known, kind(other)))
}

/// What kind the values of a subquery's one column are of.
fn answered(subquery: &Subquery) -> Option<&'static str> {
    family(subquery.subquery.schema().fields().first()?.data_type())
}

/// `RANGE 5 PRECEDING` counts from a number or a time.
fn check_frame(function: &WindowFunction, kind: impl Fn(&Expr) -> Option<&'static str>) -> Result<()> {
    let WindowFunctionParams { window_frame, order_by, .. } = &function.params;
    let is_far = |bound: &WindowFrameBound| match bound {
        WindowFrameBound::Preceding(distance) | WindowFrameBound::Following(distance) => !distance.is_null(),
        WindowFrameBound::CurrentRow => false,
    };
    let is_range = window_frame.units == WindowFrameUnits::Range
        && (is_far(&window_frame.start_bound) || is_far(&window_frame.end_bound));
    match order_by.first().and_then(|first| kind(&first.expr)) {
        Some(other @ ("text" | "a boolean")) if is_range => {
            plan_err!("RANGE counts from a number or a time, and this order is {other}: ROWS counts rows")
        }
        _ => Ok(()),
    }
}

/// What `CASE` answers is of one kind.
fn check_answers(case: &Case, kind: impl Fn(&Expr) -> Option<&'static str>) -> Result<()> {
    let answers = case.when_then_expr.iter().map(|(_, then)| then).chain(&case.else_expr);
    let kinds: Vec<&str> = answers.filter_map(|answer| kind(answer)).collect();
    match kinds.iter().find(|other| **other != kinds[0]) {
        Some(other) => plan_err!("CASE answers {} and {other}: CAST one to the other's type", kinds[0]),
        None => Ok(()),
    }
}

fn check_texts(name: &str, args: &[Expr], kind: impl Fn(&Expr) -> Option<&'static str>) -> Result<()> {
    if name == "to_hex" && args.first().and_then(&kind) == Some("a number") {
        return plan_err!("to_hex takes bytes: to_base(number, 16) writes a number");
    }
    let Some((_, places)) = OF_TEXT.iter().find(|(known, _)| *known == name) else { return Ok(()) };
    let is_text = |place: usize| places.is_empty() || places.contains(&place);
    let given = args.iter().enumerate().filter(|(place, _)| is_text(*place));
    match given.filter_map(|(_, argument)| kind(argument)).find(|kind| *kind != "text") {
        Some(other) => plan_err!("{name} takes text, not {other}: CAST(… AS varchar) makes text of it"),
        None => Ok(()),
    }
}
