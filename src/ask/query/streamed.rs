//! Statements that can be answered row by row, as rows come: what they show of a row depends on that row alone.

use std::collections::BTreeMap;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::{Distinct, Expr, LogicalPlan};

use super::engine::Engine;
use super::message::{Fault, QueryError, explain};
use crate::ask::sql::Scalar;
use crate::base::message::Message;

impl Engine {
    /// Refuses a statement whose answer needs rows that have not come yet.
    ///
    /// # Errors
    /// When it does, when it cannot be planned, and when a parameter has no value.
    pub async fn refuse_unless_streamed(&self, sql: &str, values: &BTreeMap<String, Scalar>) -> Result<(), QueryError> {
        let plan = self.plan(sql, values).await?.plan;
        let (mut waits, mut tables) = (None, 0);
        plan.apply(|node| {
            waits = waits.or(waits_for(node)?);
            tables += usize::from(matches!(node, LogicalPlan::TableScan(_)));
            Ok::<_, DataFusionError>(TreeNodeRecursion::Continue)
        })
        .map_err(|error| explain(sql, &error))?;
        let (what, hint) = match (waits, tables) {
            (Some(found), _) => found,
            (None, 1) => return Ok(()),
            (None, _) => ("a statement of one table", "SELECT … FROM requests WHERE …"),
        };
        let text = format_args!("--follow shows rows as they come, and this needs {what}");
        Err(QueryError::without_place(Message::new(text).hint(hint), Fault::Statement))
    }
}

/// What a part of a plan needs that has not come yet, and what to write instead.
fn waits_for(node: &LogicalPlan) -> Result<Option<(&'static str, &'static str)>> {
    let all = |hint| Some(("all of them", hint));
    let found = match node {
        LogicalPlan::Projection(_)
        | LogicalPlan::Filter(_)
        | LogicalPlan::SubqueryAlias(_)
        | LogicalPlan::TableScan(_)
        | LogicalPlan::Unnest(_) => None,
        LogicalPlan::Sort(_) => all("leave ORDER BY out: rows come object by object, as these are delivered"),
        LogicalPlan::Limit(_) => all("leave LIMIT and OFFSET out: … | head -n 20 ends it after so many rows"),
        LogicalPlan::Aggregate(_) | LogicalPlan::Distinct(Distinct::All(_) | Distinct::On(_)) => {
            all("albstats report NAME --watch 30s counts again and again; or the same statement without --follow")
        }
        LogicalPlan::Window(_) => all("the same statement without --follow"),
        _ => Some((
            "more than a row of one table",
            "SELECT … FROM requests WHERE …; joins, unions and EXPLAIN without --follow",
        )),
    };
    if found.is_some() {
        return Ok(found);
    }
    let mut asks = false;
    node.apply_expressions(|expr| {
        asks |= expr.exists(|expr| {
            Ok(matches!(expr, Expr::ScalarSubquery(_) | Expr::InSubquery(_) | Expr::Exists(_) | Expr::SetComparison(_)))
        })?;
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(asks.then_some(("another question first", "its answer in place of the subquery")))
}
