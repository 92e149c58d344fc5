//! A join keeps one of its sides in memory and cannot spill it. One that does not fit is made once more with the memory that joins
//! may have beyond the usual, or, if there is none, without its parts sharing what there is.

use std::sync::Arc;

use datafusion::common::{DataFusionError, Result};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::{StreamExt, TryStreamExt, stream};

use super::engine::pool;
use super::source::Source;

/// Runs a plan; when a join asks for more memory than there is before the first rows are out, once more with `more` bytes.
///
/// # Errors
/// When it cannot be planned or begun.
pub(super) async fn execute(
    state: SessionState,
    plan: LogicalPlan,
    source: &Source,
    task: Arc<TaskContext>,
    more: Option<usize>,
) -> Result<SendableRecordBatchStream> {
    let planned = state.create_physical_plan(&plan).await?;
    source.executes(&planned);
    let may_retry = has_join(&planned);
    let mut first = execute_stream(planned, Arc::clone(&task))?;
    if !may_retry {
        return Ok(first);
    }
    let (schema, source) = (first.schema(), source.clone());
    let kept = Arc::clone(&schema);
    let rows = stream::once(async move {
        let begun = match first.next().await {
            Some(Err(error)) if is_exhausted(&error) => {
                drop(first);
                let roomier = roomier(state, more)?;
                let planned = roomier.create_physical_plan(&plan).await?;
                source.executes(&planned);
                return execute_stream(planned, roomier.task_ctx());
            }
            begun => begun,
        };
        let rows = stream::iter(begun).chain(first);
        Ok(Box::pin(RecordBatchStreamAdapter::new(kept, rows)) as SendableRecordBatchStream)
    });
    Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows.try_flatten())))
}

fn is_exhausted(error: &DataFusionError) -> bool {
    matches!(error.find_root(), DataFusionError::ResourcesExhausted(_))
}

fn has_join(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.downcast_ref::<HashJoinExec>().is_some() || plan.children().into_iter().any(has_join)
}

fn roomier(mut state: SessionState, more: Option<usize>) -> Result<SessionState> {
    let Some(memory) = more else {
        state.config_mut().options_mut().execution.target_partitions = 1;
        return Ok(state);
    };
    let runtime =
        RuntimeEnvBuilder::from_runtime_env(state.runtime_env()).with_memory_pool(pool(memory)).build_arc()?;
    Ok(SessionStateBuilder::new_from_existing(state).with_runtime_env(runtime).build())
}
