//! The answer to `EXPLAIN` with a row for each line of a plan: as one value, a plan would be cut on a terminal, and its
//! line breaks escaped.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use datafusion::common::Result;
use datafusion::logical_expr::LogicalPlan;

/// Whether the statement asks for a plan.
pub(super) fn is_explain(plan: &LogicalPlan) -> bool {
    matches!(plan, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_))
}

/// A row for each line; the type of the plan is repeated.
pub(super) fn line_by_line(batch: &RecordBatch) -> Result<RecordBatch> {
    let (types, plans) = (batch.column(0).as_string::<i32>(), batch.column(1).as_string::<i32>());
    let rows = || types.iter().flatten().zip(plans.iter().flatten());
    let lines = rows().flat_map(|(plan_type, plan)| plan.lines().map(move |line| (plan_type, line)));
    let (types, lines): (Vec<_>, Vec<_>) = lines.unzip();
    let columns: [ArrayRef; 2] = [Arc::new(StringArray::from(types)), Arc::new(StringArray::from(lines))];
    Ok(RecordBatch::try_new(batch.schema(), columns.to_vec())?)
}
