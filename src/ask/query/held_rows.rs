//! Rows on their way into operators that hold them: counted in the memory pool, and not larger than they are.
//!
//! `DataFusion`'s window operators keep all rows of their input and none of them asks the pool: a million groups take a
//! gigabyte that nothing bounds. What goes into one is counted on its way, so that a statement ends for want of memory
//! where it would go on to take it.
//!
//! What groups or windows give is one batch, and pieces of it that are passed on hold all of it. A sorter reserves for
//! each of them what it holds, which is many times what there is, and cannot spill a single batch that does not fit. So
//! what goes into one comes in pieces that hold their own rows only.

use std::fmt;
use std::sync::Arc;

use alblog::DEFAULT_BATCH_SIZE;
use datafusion::arrow::array::{Array, AsArray, RecordBatch, UInt64Array};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::config::ConfigOptions;
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::windows::WindowAggExec;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::{Stream, StreamExt, TryStreamExt, stream};

use super::attempt::room;
use super::one_input::one_input;

/// A window operator has its input twice: as it came, and in one piece.
const COPIES: usize = 2;

/// A batch that holds so many times what its rows take is copied.
const WORTH_A_COPY: usize = 2;

/// Puts a meter below every window operator that holds its whole input, and pieces below every sorter of all rows and every join that
/// keeps a side.
///
/// Where rows are long, so that batches are short (`attempt`), pieces also go below sorters that keep the first few rows, and above the
/// first stage of a grouping, whose groups go on as slices of one batch.
#[derive(Debug)]
pub(super) struct HeldRows;

impl PhysicalOptimizerRule for HeldRows {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let are_long = config.execution.batch_size.get() < DEFAULT_BATCH_SIZE;
        plan.transform_up(|plan| {
            if are_long
                && plan.downcast_ref::<AggregateExec>().is_some_and(|step| *step.mode() == AggregateMode::Partial)
            {
                let pieces = PassingExec { name: "PiecesExec", input: plan, pass: in_pieces };
                return Ok(Transformed::yes(Arc::new(pieces) as Arc<dyn ExecutionPlan>));
            }
            let (name, pass): (_, Pass) = match (plan.downcast_ref::<WindowAggExec>(), plan.downcast_ref::<SortExec>())
            {
                (Some(_), _) => ("MeteredExec", metered),
                (_, Some(sort)) if sort.fetch().is_none() => ("PiecesExec", in_pieces),
                (_, Some(_)) if are_long => ("PiecesExec", in_pieces_with_room),
                _ if plan.downcast_ref::<HashJoinExec>().is_some() => ("PiecesExec", in_pieces),
                _ => return Ok(Transformed::no(plan)),
            };
            // A join holds the first of its inputs, the others have one only.
            let inputs = plan.children().into_iter().map(Arc::clone).enumerate();
            let inputs = inputs.map(|(place, input)| match place {
                0 => Arc::new(PassingExec { name, input, pass }) as Arc<dyn ExecutionPlan>,
                _ => input,
            });
            let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
            Ok(Transformed::yes(Arc::clone(&plan).replace_children(inputs.collect(), options)?))
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "held_rows"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// What is done with a partition's rows.
type Pass = fn(SendableRecordBatchStream, usize, &TaskContext) -> SendableRecordBatchStream;

/// Passes the same rows on, in the same order.
#[derive(Debug)]
struct PassingExec {
    name: &'static str,
    input: Arc<dyn ExecutionPlan>,
    pass: Pass,
}

impl PassingExec {
    fn over(&self, input: Arc<dyn ExecutionPlan>) -> Self {
        Self { input, ..*self }
    }
}

impl DisplayAs for PassingExec {
    fn fmt_as(&self, _format: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl ExecutionPlan for PassingExec {
    fn name(&self) -> &'static str {
        self.name
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

    one_input!();

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        Ok((self.pass)(self.input.execute(partition, Arc::clone(&context))?, partition, &context))
    }
}

fn stream_of(
    schema: SchemaRef,
    rows: impl Stream<Item = Result<RecordBatch>> + Send + 'static,
) -> SendableRecordBatchStream {
    Box::pin(RecordBatchStreamAdapter::new(schema, rows))
}

/// Reserves what the rows take until all of the stream is gone.
fn metered(rows: SendableRecordBatchStream, partition: usize, context: &TaskContext) -> SendableRecordBatchStream {
    let reservation = MemoryConsumer::new(format!("WindowInput[{partition}]")).register(context.memory_pool());
    stream_of(
        rows.schema(),
        rows.map(move |batch| {
            let batch = batch?;
            reservation.try_grow(size_of_rows(&batch).saturating_mul(COPIES))?;
            Ok(batch)
        }),
    )
}

/// Batches of at most the usual number of rows, none of which holds much more than its rows.
fn in_pieces(rows: SendableRecordBatchStream, _partition: usize, context: &TaskContext) -> SendableRecordBatchStream {
    let most = context.session_config().batch_size();
    let pieces = move |batch: RecordBatch| {
        let starts = (0..batch.num_rows()).step_by(most);
        stream::iter(starts.map(move |start| own_rows(batch.slice(start, most.min(batch.num_rows() - start)))))
    };
    stream_of(rows.schema(), rows.map_ok(pieces).try_flatten())
}

/// The same for who keeps the first few rows and cannot spill. What is below takes all there is while it spills, so that the room for
/// them is held until the first of them comes.
fn in_pieces_with_room(
    rows: SendableRecordBatchStream,
    partition: usize,
    context: &TaskContext,
) -> SendableRecordBatchStream {
    let mut room = Some(room(&format!("FirstRows[{partition}]"), context));
    let schema = rows.schema();
    stream_of(schema, in_pieces(rows, partition, context).inspect(move |_| drop(room.take())))
}

/// The batch, copied if it holds much more than its rows.
fn own_rows(batch: RecordBatch) -> Result<RecordBatch> {
    if batch.get_array_memory_size() <= size_of_rows(&batch).saturating_mul(WORTH_A_COPY) {
        return Ok(batch);
    }
    let all: UInt64Array = (0..batch.num_rows() as u64).collect();
    let copied = batch.columns().iter().map(|column| {
        let copy = take(column.as_ref(), &all, None)?;
        Ok(copy.as_string_view_opt().map(|texts| Arc::new(texts.gc()) as _).unwrap_or(copy))
    });
    Ok(RecordBatch::try_new(batch.schema(), copied.collect::<Result<_>>()?)?)
}

/// Memory that rows take on their own: of a batch that is a piece of a larger one, only that piece.
pub(super) fn size_of_rows(batch: &RecordBatch) -> usize {
    batch.columns().iter().map(|column| size_of(column.as_ref())).sum()
}

fn size_of(column: &dyn Array) -> usize {
    let own = column.to_data().get_slice_memory_size().unwrap_or_else(|_| column.get_array_memory_size());
    let texts: usize = match column.data_type() {
        // What stands in the views themselves is counted above.
        DataType::Utf8View => {
            column.as_string_view().lengths().filter(|&length| length > 12).map(|it| it as usize).sum()
        }
        _ => 0,
    };
    own + texts
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{ArrayRef, Int64Array, StringViewArray};
    use datafusion::arrow::compute::concat_batches;

    use super::*;

    #[test]
    fn a_piece_of_a_batch_becomes_a_batch_of_its_own() {
        let texts = StringViewArray::from_iter_values((0..10_000).map(|number| format!("a rather long text {number}")));
        let columns: [(&str, ArrayRef); 2] =
            [("text", Arc::new(texts)), ("number", Arc::new(Int64Array::from_iter_values(0..10_000)))];
        let whole = RecordBatch::try_from_iter(columns).unwrap();
        let pieces: Vec<RecordBatch> =
            (0..10).map(|piece| own_rows(whole.slice(piece * 1000, 1000)).unwrap()).collect();
        assert_eq!(concat_batches(&whole.schema(), &pieces).unwrap(), whole);
        for piece in pieces {
            let rows = size_of_rows(&piece);
            assert!((40_000..60_000).contains(&rows), "{rows}");
            assert!(piece.get_array_memory_size() < 2 * rows, "{} for {rows}", piece.get_array_memory_size());
        }
    }
}
