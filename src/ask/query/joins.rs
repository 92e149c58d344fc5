//! A join keeps one of its sides in memory and cannot spill it: a statement that has one may use more than others.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::execution::TaskContext;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::HashJoinExec;

use super::engine::pool;

/// What a plan runs in: with this much memory, bytes, if it has a join.
///
/// # Errors
/// When the temporary folder cannot be used.
pub(super) fn context(
    plan: &Arc<dyn ExecutionPlan>,
    state: SessionState,
    for_joins: usize,
) -> Result<Arc<TaskContext>> {
    if !has_join(plan) {
        return Ok(state.task_ctx());
    }
    let runtime =
        RuntimeEnvBuilder::from_runtime_env(state.runtime_env()).with_memory_pool(pool(for_joins)).build_arc()?;
    Ok(SessionStateBuilder::new_from_existing(state).with_runtime_env(runtime).build().task_ctx())
}

fn has_join(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.downcast_ref::<HashJoinExec>().is_some() || plan.children().into_iter().any(has_join)
}
