//! Days of a table that meet those of something else in a join: `ON r.day = d.day`, where `d` writes them with slashes.

use std::sync::Arc;

use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, JoinConstraint, Result};
use datafusion::logical_expr::{Expr, ExprSchemable, Join, LogicalPlan, LogicalPlanBuilder};

use super::{dashes, kind_of};

/// Whether an expression is a table's column `day`, of one of these inputs.
type IsDay = fn(&Expr, &LogicalPlan) -> bool;

/// Has the other side of a join written as a table's days are.
///
/// # Errors
/// Those of the plan's builder.
pub(super) fn rewrite(plan: LogicalPlan, is_day: IsDay) -> Result<Transformed<LogicalPlan>> {
    let LogicalPlan::Join(mut join) = plan else { return Ok(Transformed::no(plan)) };
    let mut has_changed = false;
    for at in 0..join.on.len() {
        let (left, right) = join.on[at].clone();
        match (is_day(&left, &join.left), is_day(&right, &join.right)) {
            (true, false) => has_changed |= write(&mut join, at, false, &left)?,
            (false, true) => has_changed |= write(&mut join, at, true, &right)?,
            _ => {}
        }
    }
    Ok(Transformed::new_transformed(LogicalPlan::Join(join), has_changed))
}

/// Has one side of a pair, the left or the right one, written as `day` is; whether it is text, and so can have slashes.
fn write(join: &mut Join, at: usize, is_left: bool, day: &Expr) -> Result<bool> {
    let input = if is_left { &mut join.left } else { &mut join.right };
    let side = if is_left { &mut join.on[at].0 } else { &mut join.on[at].1 };
    if !side.get_type(input.schema())?.is_string() {
        return Ok(false);
    }
    match side {
        // With USING, both sides must stay columns.
        Expr::Column(column) if join.join_constraint == JoinConstraint::Using => {
            *input = Arc::new(written(input, column, day)?);
        }
        other => *other = dashes(other.clone(), &kind_of(day)),
    }
    Ok(true)
}

/// A plan with one of its columns written so.
fn written(input: &LogicalPlan, column: &Column, day: &Expr) -> Result<LogicalPlan> {
    let made = |it: Column| {
        if it == *column {
            dashes(Expr::Column(it.clone()), &kind_of(day)).alias_qualified(it.relation, it.name)
        } else {
            Expr::Column(it)
        }
    };
    LogicalPlanBuilder::from(input.clone()).project(input.schema().columns().into_iter().map(made))?.build()
}
