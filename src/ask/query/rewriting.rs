//! Rewriting the expressions of a whole statement.

use datafusion::common::Result;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Expr, LogicalPlan};

/// Rewrites every expression of a plan and of its subqueries, inputs first. What an expression is called stays: the rest of the plan knows
/// it by that, as a list of results knows what it is grouped by.
///
/// # Errors
/// As `rewrite`, which gets the node that an expression is of.
pub(super) fn rewrite_expressions(
    plan: LogicalPlan,
    mut rewrite: impl FnMut(&LogicalPlan, Expr) -> Result<Transformed<Expr>>,
) -> Result<LogicalPlan> {
    let rewritten = plan.transform_up_with_subqueries(|plan| {
        let (names, node) = (NamePreserver::new(&plan), plan.clone());
        plan.map_expressions(|expr| {
            let name = names.save(&expr);
            let rewritten = rewrite(&node, expr)?;
            Ok(rewritten.update_data(|expr| name.restore(expr)))
        })
    })?;
    Ok(rewritten.data)
}
