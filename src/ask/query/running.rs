//! Running a statement that is planned, and once more with short batches if its rows turn out to be long.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::{StreamExt, TryStreamExt, stream};

use super::attempt::{Attempt, SHORT_BATCH, room};
use super::joins;
use super::source::Source;
use super::tap::Observer;
use crate::read::scan::ScanReport;

/// Steps that hold rows of their input, or make long batches of them.
const HOLDING: [&str; 8] = [
    "AggregateExec",
    "BoundedWindowAggExec",
    "CrossJoinExec",
    "HashJoinExec",
    "NestedLoopJoinExec",
    "SortExec",
    "SortMergeJoinExec",
    "WindowAggExec",
];

/// A statement, and what it runs over.
pub(super) struct Running {
    pub(super) plan: LogicalPlan,
    pub(super) state: SessionState,
    pub(super) source: Source,
    /// Memory if it has a join, bytes.
    pub(super) for_joins: usize,
    pub(super) observer: Option<Arc<dyn Observer>>,
}

/// What is running, and what to go back to if it comes to nothing.
struct Started {
    plan: Arc<dyn ExecutionPlan>,
    batches: SendableRecordBatchStream,
    attempt: Arc<Attempt>,
    before: Option<ScanReport>,
}

impl Running {
    /// Its rows.
    ///
    /// # Errors
    /// When it cannot be planned or begun.
    pub(super) async fn start(self) -> Result<SendableRecordBatchStream> {
        let plan = self.state.create_physical_plan(&self.plan).await?;
        let may_begin_again = self.source.reads_again() && holds_rows(&plan);
        let attempt = Arc::new(if may_begin_again { Attempt::first() } else { Attempt::last() });
        let before = self.source.raw.as_ref().filter(|_| may_begin_again).map(|run| run.report().clone());
        self.source.executes(&plan);
        let batches = execute_stream(Arc::clone(&plan), self.task(&plan, self.state.clone(), &attempt)?)?;
        let schema = batches.schema();
        let batches = stream::once(self.or_again(Started { plan, batches, attempt, before })).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }

    /// What a plan runs in.
    fn task(
        &self,
        plan: &Arc<dyn ExecutionPlan>,
        state: SessionState,
        attempt: &Arc<Attempt>,
    ) -> Result<Arc<TaskContext>> {
        let config = state.config().clone().with_extension(Arc::clone(attempt));
        let state = SessionStateBuilder::new_from_existing(state).with_config(config).build();
        joins::context(plan, state, self.for_joins)
    }

    /// The rows of what was started, or of a second attempt if that came to nothing before it gave one.
    async fn or_again(self, mut started: Started) -> Result<SendableRecordBatchStream> {
        let first = started.batches.next().await;
        // Nobody sees how long the rows of a file of an export are.
        let is_doubtful = first.as_ref().is_some_and(is_exhausted) && self.source.stored().next().is_some();
        if !(is_doubtful && started.attempt.ends()) && started.attempt.gives() {
            let schema = started.batches.schema();
            let batches = stream::iter(first).chain(started.batches);
            return Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)));
        }
        drop((first, started.batches));
        self.source.forgets(&started.plan);
        if let Some((run, before)) = self.source.raw.as_ref().zip(started.before) {
            *run.report() = before;
        }
        if let Some(observer) = &self.observer {
            observer.begin();
        }
        let config = self.state.config().clone().with_batch_size(SHORT_BATCH);
        let state = SessionStateBuilder::new_from_existing(self.state.clone()).with_config(config).build();
        let plan = state.create_physical_plan(&self.plan).await?;
        self.source.executes(&plan);
        let task = self.task(&plan, state, &Arc::new(Attempt::last()))?;
        // Batches on their way are long, too, and nobody counts them.
        let room = room("LongRows", &task);
        let batches = execute_stream(plan, task)?;
        let schema = batches.schema();
        let batches = stream::unfold((batches, room), |(mut batches, room)| async move {
            batches.next().await.map(|batch| (batch, (batches, room)))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }
}

fn holds_rows(plan: &Arc<dyn ExecutionPlan>) -> bool {
    HOLDING.contains(&plan.name()) || plan.children().into_iter().any(holds_rows)
}

fn is_exhausted(batch: &Result<RecordBatch>) -> bool {
    batch.as_ref().is_err_and(|error| matches!(error.find_root(), DataFusionError::ResourcesExhausted(_)))
}
