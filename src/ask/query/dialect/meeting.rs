//! What values become that meet: a decimal beside a double is a double, and a time without a zone beside one that has one is a
//! moment in UTC, the session's zone. Functions of text that are of lists, too, are those of lists. The engine would make decimals of both, and read the clocks of the other's zone.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, plan_err};
use datafusion::functions_nested::concat::array_concat_udf;
use datafusion::functions_nested::reverse::array_reverse_udf;
use datafusion::functions_nested::string::array_to_string_udf;
use datafusion::logical_expr::expr::{Between, InList, ScalarFunction};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    BinaryExpr, Case, Cast, Expr, ExprSchemable, Join, LogicalPlan, LogicalPlanBuilder, Operator, ScalarUDF, Union,
};
use datafusion::optimizer::AnalyzerRule;

use crate::ask::query::functions::utc;
use crate::ask::query::rewriting::{compares, rewrite_node};

/// Casts values that meet to what both are in Trino.
#[derive(Debug)]
pub(super) struct Meeting;

impl AnalyzerRule for Meeting {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        let met = plan.transform_up_with_subqueries(|plan| {
            let plan = match plan {
                LogicalPlan::Union(union) => return columns(union).map(Transformed::yes),
                LogicalPlan::Join(join) => LogicalPlan::Join(keys(join)),
                plan => plan,
            };
            let schema = merge_schema(&plan.inputs());
            let rewritten = rewrite_node(plan, |expr| expr.transform_up(|expr| rewrite(expr, &schema)))?;
            rewritten.map_data(LogicalPlan::recompute_schema)
        })?;
        Ok(met.data)
    }

    fn name(&self) -> &'static str {
        "meeting"
    }
}

/// Functions whose arguments meet, and from which one on.
const OF_ALIKE: [(&str, usize); 6] =
    [("coalesce", 0), ("greatest", 0), ("least", 0), ("nullif", 0), ("make_array", 0), ("if", 1)];

fn rewrite(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    Ok(match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if meets(op) => {
            let mut sides = vec![*left, *right];
            let is_new = cast_alike(&mut sides, schema);
            let [left, right] = <[Expr; 2]>::try_from(sides).unwrap_or_default().map(Box::new);
            Transformed::new_transformed(Expr::BinaryExpr(BinaryExpr { left, op, right }), is_new)
        }
        Expr::Between(Between { expr, negated, low, high }) => {
            let mut all = vec![*expr, *low, *high];
            let is_new = cast_alike(&mut all, schema);
            let [expr, low, high] = <[Expr; 3]>::try_from(all).unwrap_or_default().map(Box::new);
            Transformed::new_transformed(Expr::Between(Between { expr, negated, low, high }), is_new)
        }
        Expr::InList(InList { expr, mut list, negated }) => {
            list.insert(0, *expr);
            let is_new = cast_alike(&mut list, schema);
            let expr = Box::new(list.remove(0));
            Transformed::new_transformed(Expr::InList(InList { expr, list, negated }), is_new)
        }
        Expr::Case(case) => answers(case, schema)?,
        Expr::ScalarFunction(ScalarFunction { func, mut args }) => {
            if let Some(of_lists) = of_lists(&func, &args, schema) {
                if of_lists.name() == array_to_string_udf().name() {
                    args.swap(0, 1);
                }
                return Ok(Transformed::yes(Expr::ScalarFunction(ScalarFunction { func: of_lists, args })));
            }
            let from = OF_ALIKE.iter().find(|(name, _)| *name == func.name()).map(|(_, from)| *from);
            let is_new = match from.and_then(|from| args.get_mut(from..)) {
                Some(alike) => {
                    refuse_zones(alike.iter(), schema)?;
                    cast_alike(alike, schema)
                }
                None => false,
            };
            Transformed::new_transformed(Expr::ScalarFunction(ScalarFunction { func, args }), is_new)
        }
        // AT TIME ZONE of a time without one: its clocks are those of UTC.
        Expr::Cast(Cast { expr, field })
            if matches!(field.data_type(), DataType::Timestamp(_, Some(_)))
                && matches!(expr.get_type(schema), Ok(DataType::Timestamp(_, None))) =>
        {
            let moment = Expr::Cast(Cast::new(expr, utc()));
            Transformed::yes(Expr::Cast(Cast::new_from_field(Box::new(moment), field)))
        }
        expr => Transformed::no(expr),
    })
}

/// What a function of text is of lists, which the engine would write out as text.
fn of_lists(func: &ScalarUDF, args: &[Expr], schema: &DFSchema) -> Option<Arc<ScalarUDF>> {
    let is_list = |expr: &Expr| expr.get_type(schema).is_ok_and(|kind| kind.is_list());
    match (func.name(), args) {
        ("reverse", [list]) if is_list(list) => Some(array_reverse_udf()),
        ("concat", [_, ..]) if args.iter().all(is_list) => Some(array_concat_udf()),
        ("concat_ws", [_, list]) if is_list(list) => Some(array_to_string_udf()),
        _ => None,
    }
}

fn meets(op: Operator) -> bool {
    use Operator::{Divide, Minus, Modulo, Multiply, Plus};
    compares(op) || matches!(op, Plus | Minus | Multiply | Divide | Modulo)
}

/// What `CASE` compares, and what it answers.
fn answers(mut case: Case, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let (mut whens, mut thens): (Vec<Expr>, Vec<Expr>) =
        std::mem::take(&mut case.when_then_expr).into_iter().map(|(when, then)| (*when, *then)).unzip();
    let mut is_new = false;
    if let Some(value) = case.expr.take() {
        whens.insert(0, *value);
        is_new |= cast_alike(&mut whens, schema);
        case.expr = Some(Box::new(whens.remove(0)));
    }
    let has_else = case.else_expr.is_some();
    thens.extend(case.else_expr.take().map(|last| *last));
    refuse_zones(thens.iter(), schema)?;
    is_new |= cast_alike(&mut thens, schema);
    case.else_expr = if has_else { thens.pop().map(Box::new) } else { None };
    case.when_then_expr = whens.into_iter().map(Box::new).zip(thens.into_iter().map(Box::new)).collect();
    Ok(Transformed::new_transformed(Expr::Case(case), is_new))
}

/// Casts those of the expressions that are of another type than they are together; whether one is.
fn cast_alike(all: &mut [Expr], schema: &DFSchema) -> bool {
    // What has no type yet is refused elsewhere, or is a parameter.
    let kinds: Vec<Option<DataType>> = all.iter().map(|expr| expr.get_type(schema).ok()).collect();
    let Some(common) = common(kinds.iter().flatten()) else { return false };
    let mut is_new = false;
    for (expr, kind) in all.iter_mut().zip(kinds) {
        if kind.is_some_and(|kind| kind != common && !kind.is_null()) {
            *expr = Expr::Cast(Cast::new(Box::new(std::mem::take(expr)), common.clone()));
            is_new = true;
        }
    }
    is_new
}

/// What values of these types are together, where the engine would make something else of them.
fn common<'k>(kinds: impl Iterator<Item = &'k DataType> + Clone) -> Option<DataType> {
    let has = |is: fn(&DataType) -> bool| kinds.clone().any(is);
    if has(DataType::is_floating) && has(DataType::is_decimal) {
        let all_are_numbers = kinds.clone().all(|kind| kind.is_numeric() || kind.is_null());
        return all_are_numbers.then_some(DataType::Float64);
    }
    let is_time = |kind: &DataType| matches!(kind, DataType::Timestamp(..));
    if !kinds.clone().all(|kind| is_time(kind) || kind.is_null()) {
        return None;
    }
    let zones = kinds.filter_map(|kind| match kind {
        DataType::Timestamp(_, zone) => Some(zone.clone()),
        _ => None,
    });
    let mut zones: Vec<Option<Arc<str>>> = zones.collect();
    zones.sort_unstable();
    zones.dedup();
    (zones.len() > 1).then(utc)
}

/// One answer for several zones would be in one of them.
fn refuse_zones<'e>(all: impl Iterator<Item = &'e Expr>, schema: &DFSchema) -> Result<()> {
    let mut zones = all.filter_map(|expr| match expr.get_type(schema) {
        Ok(DataType::Timestamp(_, Some(zone))) => Some(zone),
        _ => None,
    });
    let Some(first) = zones.next() else { return Ok(()) };
    match zones.find(|zone| *zone != first) {
        Some(other) => plan_err!(
            "times of two zones, {first} and {other}, cannot be one value here: write AT TIME ZONE around the whole"
        ),
        None => Ok(()),
    }
}

/// Columns of a union that stand above each other.
fn columns(union: Union) -> Result<LogicalPlan> {
    let width = union.schema.fields().len();
    let common = (0..width).map(|at| common(union.inputs.iter().map(|input| input.schema().field(at).data_type())));
    let common: Vec<Option<DataType>> = common.collect();
    let written = |input: Arc<LogicalPlan>| {
        let made = input.schema().columns().into_iter().zip(&common).map(|(column, common)| match common {
            Some(kind) => {
                let (relation, name) = (column.relation.clone(), column.name.clone());
                Expr::Cast(Cast::new(Box::new(Expr::Column(column)), kind.clone())).alias_qualified(relation, name)
            }
            None => Expr::Column(column),
        });
        let made: Vec<Expr> = made.collect();
        if common.iter().any(Option::is_some) {
            return Ok(Arc::new(LogicalPlanBuilder::from(input).project(made)?.build()?));
        }
        Ok(input)
    };
    let inputs = union.inputs.into_iter().map(written).collect::<Result<Vec<_>>>()?;
    Ok(LogicalPlan::Union(Union::try_new_with_loose_types(inputs)?))
}

/// What a join compares.
fn keys(mut join: Join) -> Join {
    for (left, right) in &mut join.on {
        let kinds = [left.get_type(join.left.schema()).ok(), right.get_type(join.right.schema()).ok()];
        let Some(common) = common(kinds.iter().flatten()) else { continue };
        for (side, kind) in [left, right].into_iter().zip(&kinds) {
            if kind.as_ref() != Some(&common) {
                *side = Expr::Cast(Cast::new(Box::new(std::mem::take(side)), common.clone()));
            }
        }
    }
    join
}
