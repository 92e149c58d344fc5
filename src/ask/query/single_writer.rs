//! A plan in which whatever spreads rows over partitions reads them from one stream.
//!
//! When memory is short, `DataFusion`'s `RepartitionExec` sends batches through files. With several inputs these share a
//! queue of files, and more than one is open for writing: the reader is told of a batch in the second file while it
//! waits for the first to end. Once every output waits so, the inputs wait for the outputs, and nothing moves any more.
//! With one input there is one open file, and batches are read in the order in which they were written. What is below
//! stays parallel: scans, filters and the first stage of a grouping; so does what is above. Only the spreading itself is
//! the work of one thread.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::config::ConfigOptions;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};

/// Puts a merge of all partitions below every repartition that has several of them and no order to keep: one that keeps
/// an order has a queue of files for each input.
#[derive(Debug)]
pub(super) struct SingleWriter;

impl PhysicalOptimizerRule for SingleWriter {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| match plan.downcast_ref::<RepartitionExec>() {
            Some(spread) if !spread.preserve_order() && spread.input().output_partitioning().partition_count() > 1 => {
                let merged = CoalescePartitionsExec::new(Arc::clone(spread.input()));
                let spread = RepartitionExec::try_new(Arc::new(merged), spread.partitioning().clone())?;
                Ok(Transformed::yes(Arc::new(spread)))
            }
            _ => Ok(Transformed::no(plan)),
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "single_writer"
    }

    fn schema_check(&self) -> bool {
        true
    }
}
