//! `x <> '-' AND CAST(x AS integer) > 400`: Trino asks the second only where the first holds, and people rely on it. The engine
//! asks both of whole batches, and a condition of a subquery together with one around it. So what may fail in one condition is given
//! only the rows that the others let through: `CAST(CASE WHEN x <> '-' THEN x END AS integer) > 400`.

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{BinaryExpr, Case, Expr, LogicalPlan, Operator, ScalarUDF, lit};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

use super::{arithmetic, casts};

/// Gives what may fail only what the other conditions let through.
#[derive(Debug)]
pub(super) struct Guards;

impl OptimizerRule for Guards {
    fn name(&self) -> &'static str {
        "guards"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(&self, plan: LogicalPlan, _config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        match plan {
            LogicalPlan::Filter(mut filter) => {
                let guarded = conditions(filter.predicate, None)?;
                filter.predicate = guarded.data;
                Ok(Transformed::new_transformed(LogicalPlan::Filter(filter), guarded.transformed))
            }
            // A scan is told conditions one by one, and need not be told all: they are asked above it.
            LogicalPlan::TableScan(mut scan) => {
                let told = scan.filters.len();
                scan.filters.retain(|filter| !may_fail(filter));
                let is_changed = scan.filters.len() < told;
                Ok(Transformed::new_transformed(LogicalPlan::TableScan(scan), is_changed))
            }
            plan => Ok(Transformed::no(plan)),
        }
    }
}

/// Conditions of which all have to hold, besides those that are known to.
fn conditions(predicate: Expr, known: Option<Expr>) -> Result<Transformed<Expr>> {
    let all = split_conjunction_owned(predicate);
    let sure = all.iter().filter(|condition| !may_fail(condition)).cloned();
    let guard = conjunction(known.into_iter().chain(sure));
    let mut is_changed = false;
    let mut guarded = |condition: Expr| {
        if !may_fail(&condition) {
            return Ok(condition);
        }
        let condition = either(condition, guard.as_ref())?;
        is_changed |= condition.transformed;
        Ok(condition.data)
    };
    let made = all.into_iter().map(&mut guarded).collect::<Result<Vec<_>>>()?;
    Ok(Transformed::new_transformed(conjunction(made).unwrap_or_else(|| lit(true)), is_changed))
}

/// A condition that may fail; of `a OR b` the second is asked where the first does not hold.
fn either(condition: Expr, guard: Option<&Expr>) -> Result<Transformed<Expr>> {
    let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) = condition else {
        return match guard {
            Some(guard) => with_guard(condition, guard),
            None => Ok(Transformed::no(condition)),
        };
    };
    let known = |more: Option<Expr>| conjunction(guard.cloned().into_iter().chain(more));
    let is_sure = !may_fail(&left);
    let not_left = is_sure.then(|| Expr::IsNotTrue(left.clone()));
    let left = conditions(*left, known(None))?;
    let right = conditions(*right, known(not_left))?;
    Ok(Transformed::new_transformed(left.data.or(right.data), left.transformed || right.transformed))
}

/// What may fail in it is asked only where the guard holds.
fn with_guard(condition: Expr, guard: &Expr) -> Result<Transformed<Expr>> {
    condition.transform_up(|expr| match expr {
        Expr::ScalarFunction(ScalarFunction { func, mut args }) if fails(&func, &args) => {
            let at = usize::from(func.name() != casts::CAST);
            let is_plain = !matches!(args[at], Expr::Case(_));
            if is_plain {
                let value = std::mem::replace(&mut args[at], Expr::Literal(ScalarValue::Null, None));
                args[at] = Expr::Case(Case::new(None, vec![(Box::new(guard.clone()), Box::new(value))], None));
            }
            Ok(Transformed::new_transformed(Expr::ScalarFunction(ScalarFunction { func, args }), is_plain))
        }
        expr => Ok(Transformed::no(expr)),
    })
}

/// Whether a cast or a quotient in it may fail.
fn may_fail(expr: &Expr) -> bool {
    expr.exists(|part| Ok(matches!(part, Expr::ScalarFunction(function) if fails(&function.func, &function.args))))
        .unwrap_or(true)
}

/// Whether a function is a cast, or a quotient by what is not known yet.
fn fails(function: &ScalarUDF, args: &[Expr]) -> bool {
    let is_known = matches!(args.get(1), Some(Expr::Literal(..)));
    function.name() == casts::CAST || arithmetic::is_quotient(function.name()) && !is_known
}
