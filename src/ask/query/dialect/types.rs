//! Lists and ranges hold what is compared with them: `x IN ('502')` of an integer x is refused, as in Trino, where the engine would
//! make text of the integer.

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, plan_err};
use datafusion::logical_expr::expr::{Between, InList, Like};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan};
use datafusion::optimizer::AnalyzerRule;

use super::operators::family;

/// Refuses what compares text with numbers.
#[derive(Debug)]
pub(super) struct SameTypes;

impl AnalyzerRule for SameTypes {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        let checked = plan.transform_up_with_subqueries(|plan| {
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

fn check(expr: &Expr, schema: &DFSchema) -> Result<()> {
    let (value, others): (&Expr, Vec<&Expr>) = match expr {
        Expr::InList(InList { expr, list, .. }) => (expr, list.iter().collect()),
        Expr::Between(Between { expr, low, high, .. }) => (expr, vec![low, high]),
        Expr::Like(Like { expr, pattern, .. }) => (expr, vec![pattern]),
        _ => return Ok(()),
    };
    // What has no type yet is refused elsewhere, or is a parameter.
    let kind = |expr: &Expr| expr.get_type(schema).ok().as_ref().and_then(family);
    let Some(known) = kind(value) else { return Ok(()) };
    match others.into_iter().filter_map(kind).find(|other| *other != known) {
        Some(other) => plan_err!("{known} cannot be compared with {other}: CAST one side to the other's type"),
        None => Ok(()),
    }
}
