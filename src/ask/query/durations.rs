//! Lengths of time are compared by how long they are: the engine compares months first, then days, then the rest, so that two days of
//! a difference of times, which has no days, are shorter than `INTERVAL '1' DAY`. A day has 24 hours; a month, which Trino compares
//! with months only, 30 days.

use std::sync::Arc;

use alblog::time::DAY;
use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit, TimeUnit,
};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, internal_err, plan_err};
use datafusion::logical_expr::expr::{AggregateFunction, Between, InList};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, ExprSchemable, LogicalPlan, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility,
};
use datafusion::optimizer::AnalyzerRule;

use super::functions::Extent;
use super::rewriting::{compares, rewrite_node};

/// Days in a month.
const MONTH: i64 = 30;

/// Compares lengths of time by microseconds.
#[derive(Debug)]
pub(super) struct ByLength;

impl AnalyzerRule for ByLength {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        let compared = plan.transform_up_with_subqueries(|node| {
            let schema = merge_schema(&node.inputs());
            let is_sort = matches!(node, LogicalPlan::Sort(_));
            rewrite_node(node, |expr| {
                let expr = expr.transform_up(|expr| by_length(expr, &schema))?;
                expr.transform_data(|expr| {
                    let is_sorted = is_sort && is_interval(&expr, &schema);
                    Ok(if is_sorted { Transformed::yes(length(expr)) } else { Transformed::no(expr) })
                })
            })
        })?;
        Ok(compared.data)
    }

    fn name(&self) -> &'static str {
        "by_length"
    }
}

fn by_length(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let any = |parts: &[&Expr]| parts.iter().any(|part| is_interval(part, schema));
    Ok(match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if compares(op) && any(&[&left, &right]) => {
            let (left, right) = (Box::new(length(*left)), Box::new(length(*right)));
            Transformed::yes(Expr::BinaryExpr(BinaryExpr { left, op, right }))
        }
        Expr::Between(Between { expr, negated, low, high }) if any(&[&expr, &low, &high]) => {
            let [expr, low, high] = [expr, low, high].map(|part| Box::new(length(*part)));
            Transformed::yes(Expr::Between(Between { expr, negated, low, high }))
        }
        Expr::InList(InList { expr, list, negated }) if any(&[&expr]) => {
            let list = list.into_iter().map(length).collect();
            Transformed::yes(Expr::InList(InList { expr: Box::new(length(*expr)), list, negated }))
        }
        Expr::AggregateFunction(AggregateFunction { ref func, ref params })
            if ["min", "max"].contains(&func.name()) && params.args.iter().any(|argument| any(&[argument])) =>
        {
            return plan_err!("{} takes no lengths of time: take it of times, or of date_diff(…)", func.name());
        }
        expr => Transformed::no(expr),
    })
}

fn is_interval(expr: &Expr, schema: &DFSchema) -> bool {
    matches!(expr.get_type(schema), Ok(DataType::Interval(_)))
}

fn length(of: Expr) -> Expr {
    ScalarUDF::from(Length { signature: Signature::any(1, Volatility::Immutable) }).call(vec![of])
}

/// `length_of_time(interval)`: microseconds.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Length {
    signature: Signature,
}

impl ScalarUDFImpl for Length {
    fn name(&self) -> &'static str {
        "length_of_time"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _kinds: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let extent = Extent::of(&args);
        let [length] = args.args.as_slice() else { return internal_err!("a length of time is one value") };
        let lengths = length.to_array(extent.rows)?;
        extent.answer(match lengths.data_type() {
            DataType::Interval(_) => {
                let intervals = cast(&lengths, &DataType::Interval(IntervalUnit::MonthDayNano))?;
                Arc::new(intervals.as_primitive::<IntervalMonthDayNanoType>().unary::<_, Int64Type>(microseconds))
            }
            DataType::Duration(_) => {
                cast(&cast(&lengths, &DataType::Duration(TimeUnit::Microsecond))?, &DataType::Int64)?
            }
            kind if kind.is_null() => Arc::new(Int64Array::new_null(extent.rows)) as ArrayRef,
            kind => return plan_err!("a length of time cannot be compared with {kind}"),
        })
    }
}

fn microseconds(interval: IntervalMonthDayNano) -> i64 {
    let IntervalMonthDayNano { months, days, nanoseconds } = interval;
    let days = i64::from(months).saturating_mul(MONTH).saturating_add(i64::from(days));
    days.saturating_mul(DAY).saturating_add(nanoseconds / 1000)
}
