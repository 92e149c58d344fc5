//! The leaf of every plan: workers that read a list of objects, one after another, from one queue.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, OnceLock};

use alblog::Condition;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType, ReplaceChildrenOptions};
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};

use tokio::runtime::Handle;

use super::attempt::Attempt;
use super::message::cannot_read;
use super::reading::{Output, Reader, needs_content};
use super::run::Run;
use crate::base::message::Message;
use crate::base::tables::Table;
use crate::read::storage::{FetchAhead, FetchBudget};

/// Batches on their way from a worker to the query: enough that neither waits, few enough to stay small.
const BATCHES_IN_FLIGHT: usize = 2;

/// Reads the objects that pruning left, on one blocking thread per partition.
#[derive(Debug, Clone)]
pub(super) struct LogScanExec {
    table: Table,
    schema: SchemaRef,
    projection: Vec<usize>,
    /// What rows must meet to be built; what is above looks again.
    condition: Option<Condition>,
    run: Arc<Run>,
    objects: Arc<Vec<usize>>,
    pruned: usize,
    /// The objects in the order they are read, shared by all partitions; it starts with the first of them.
    queue: Arc<OnceLock<FetchAhead>>,
    properties: Arc<PlanProperties>,
}

impl LogScanExec {
    /// `objects` are what is left of `candidates` after pruning.
    pub(super) fn try_new(
        table: Table,
        schema: &SchemaRef,
        projection: Vec<usize>,
        condition: Option<Condition>,
        run: Arc<Run>,
        candidates: &[usize],
        objects: Vec<usize>,
    ) -> Result<Self> {
        let schema = Arc::new(schema.project(&projection)?);
        let pruned = candidates.len() - objects.len();
        let partitions = run.options.threads.min(objects.len()).max(1);
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        run.report().pruned.extend(candidates.iter().filter(|index| objects.binary_search(index).is_err()));
        let (objects, queue, properties) = (Arc::new(objects), Arc::default(), Arc::new(properties));
        Ok(Self { table, schema, projection, condition, run, objects, pruned, queue, properties })
    }
}

impl LogScanExec {
    fn fetch_ahead(&self) -> FetchAhead {
        let needed = needs_content(self.table, &self.projection);
        let fetched = |index: usize| needed && !self.run.remembers(index);
        let object = |&index: &usize| (index, fetched(index).then(|| self.run.objects[index].clone()));
        let budget = FetchBudget::large().through(self.run.options.cache.as_ref());
        FetchAhead::start(self.objects.iter().map(object).collect(), &budget, &Handle::current())
    }

    /// Names of the columns that decide whether a row is built.
    fn looked_at_first(&self) -> Vec<&'static str> {
        let positions: BTreeSet<usize> = self.condition.iter().flat_map(Condition::columns).collect();
        positions.into_iter().map(|position| self.table.columns()[position].name).collect()
    }

    /// Refuses to download more than was allowed.
    fn check_size(&self) -> Result<()> {
        let remote = self.objects.iter().filter(|&&index| self.run.objects[index].is_remote());
        let remote = remote.filter(|&&index| !self.run.remembers(index)).map(|&index| &self.run.objects[index]);
        let bytes: u64 = remote.map(|object| object.size).sum();
        match self.run.options.max_bytes {
            Some(allowed) if bytes > allowed && needs_content(self.table, &self.projection) => {
                let (would, may) = (in_gigabytes(bytes), in_gigabytes(allowed));
                let message =
                    Message::new(format_args!("this would read {would} GB from S3, more than the {may} GB allowed"))
                        .hint(format_args!(
                            "a shorter window (--since, --until), one load balancer (--elb), or --max-bytes {}GB",
                            bytes.div_ceil(1_000_000_000)
                        ));
                Err(cannot_read(message))
            }
            _ => Ok(()),
        }
    }
}

fn in_gigabytes(bytes: u64) -> String {
    let tenths = bytes / 100_000_000;
    format!("{}.{}", tenths / 10, tenths % 10)
}

impl DisplayAs for LogScanExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        let columns: Vec<&str> = self.schema.fields().iter().map(|field| field.name().as_str()).collect();
        let (table, objects, pruned) = (self.table.name(), self.objects.len(), self.pruned);
        match format {
            DisplayFormatType::Default | DisplayFormatType::Verbose => {
                write!(
                    f,
                    "LogScanExec: table={table}, objects={objects}, pruned={pruned}, columns=[{}]",
                    columns.join(", ")
                )?;
                let looked_at = self.looked_at_first();
                if looked_at.is_empty() { Ok(()) } else { write!(f, ", conditions on=[{}]", looked_at.join(", ")) }
            }
            DisplayFormatType::TreeRender => write!(f, "table={table}\nobjects={objects}\npruned={pruned}"),
        }
    }
}

impl ExecutionPlan for LogScanExec {
    fn name(&self) -> &'static str {
        "LogScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
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
        if children.is_empty() { Ok(self) } else { internal_err!("a scan has no children") }
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        if children.is_empty() { Ok(self) } else { internal_err!("a scan has no children") }
    }

    /// A plan that runs again, as in a recursive query, reads its objects again.
    fn reset_state(self: Arc<Self>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self { queue: Arc::default(), ..Self::clone(&self) }))
    }

    fn execute(&self, _partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        self.check_size()?;
        let mut stream = RecordBatchReceiverStreamBuilder::new(Arc::clone(&self.schema), BATCHES_IN_FLIGHT);
        let mut reader = Reader::new(
            self.table,
            self.projection.clone(),
            self.condition.clone(),
            Arc::clone(&self.run),
            Output { batches: stream.tx(), attempt: Attempt::of(&context) },
        );
        self.queue.get_or_init(|| self.fetch_ahead());
        let queue = Arc::clone(&self.queue);
        stream.spawn_blocking(move || {
            while let Some((index, body)) = queue.get().and_then(FetchAhead::next) {
                if reader.read(index, body).is_break() {
                    break;
                }
            }
            Ok(())
        });
        Ok(stream.build())
    }
}
