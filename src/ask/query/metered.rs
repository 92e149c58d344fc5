//! Rows that window functions hold, counted in the memory pool.
//!
//! `DataFusion`'s window operators keep all rows of their input, and none of them asks the pool: a million groups take a
//! gigabyte that nothing bounds. Here what goes into one is counted on its way, so that a statement ends for want of
//! memory where it would go on to take it.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, internal_err};
use datafusion::config::ConfigOptions;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::windows::WindowAggExec;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::StreamExt;

/// A window operator has its input twice: as it came, and in one piece.
const COPIES: usize = 2;

/// Puts a meter below every window operator that holds its whole input.
#[derive(Debug)]
pub(super) struct MeteredWindows;

impl PhysicalOptimizerRule for MeteredWindows {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| match plan.downcast_ref::<WindowAggExec>() {
            Some(window) => {
                let metered: Arc<dyn ExecutionPlan> = Arc::new(MeteredExec { input: Arc::clone(window.input()) });
                let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
                Ok(Transformed::yes(Arc::clone(&plan).replace_children(vec![metered], options)?))
            }
            None => Ok(Transformed::no(plan)),
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "metered_windows"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Passes rows on, and reserves what they take until all of the plan's stream is gone.
#[derive(Debug)]
struct MeteredExec {
    input: Arc<dyn ExecutionPlan>,
}

impl MeteredExec {
    fn over(mut children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        match (children.pop(), children.is_empty()) {
            (Some(input), true) => Ok(Arc::new(Self { input })),
            _ => internal_err!("a meter has one child"),
        }
    }
}

impl DisplayAs for MeteredExec {
    fn fmt_as(&self, _format: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("MeteredExec")
    }
}

impl ExecutionPlan for MeteredExec {
    fn name(&self) -> &'static str {
        "MeteredExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Self::over(children)
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Self::over(children)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let schema: SchemaRef = self.input.schema();
        let consumer = MemoryConsumer::new(format!("WindowInput[{partition}]"));
        let reservation: MemoryReservation = consumer.register(context.memory_pool());
        let rows = self.input.execute(partition, context)?;
        let counted = rows.map(move |batch| {
            let batch = batch?;
            reservation.try_grow(size_of_rows(&batch).saturating_mul(COPIES))?;
            Ok(batch)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, counted)))
    }
}

/// Memory that rows take on their own: of a batch that is a piece of a larger one, only that piece.
pub(super) fn size_of_rows(batch: &RecordBatch) -> usize {
    batch.columns().iter().map(|column| size_of(column.as_ref())).sum()
}

fn size_of(column: &dyn Array) -> usize {
    let own = column.to_data().get_slice_memory_size().unwrap_or_else(|_| column.get_array_memory_size());
    let texts: usize = match column.data_type() {
        // What stands in the views themselves is counted above.
        DataType::Utf8View => column.as_string_view().lengths().filter(|&length| length > 12).map(|it| it as usize).sum(),
        _ => 0,
    };
    own + texts
}
