//! A second reader of the rows that a statement reads: what passes the window and the flags of a report is seen once by
//! the statement and once by an observer, from one scan.
//!
//! In the plan a tap stands above what the statement calls by the table's name, so above every condition that was put in
//! front of it. It lets no condition of the statement through, which would hide rows from the observer, and keeps the
//! columns that the observer wants.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::catalog::Session;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchemaRef, DataFusionError, Result, internal_err, plan_err};
use datafusion::execution::context::QueryPlanner;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNode, UserDefinedLogicalNodeCore};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties};
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};
use futures::StreamExt;

use super::attempt::Attempt;
use super::one_input::one_input;
use crate::base::tables::Table;

/// Who sees rows.
pub trait Observer: fmt::Debug + Send + Sync {
    /// The table whose rows it sees.
    fn table(&self) -> Table;

    /// Names of the columns it sees, in the order in which it gets them.
    fn columns(&self) -> &[&'static str];

    /// A statement begins: rows of an attempt before, which came to nothing, are forgotten.
    fn begin(&self);

    /// Takes rows. Several threads call it, each with a partition of its own; rows come in no order.
    fn observe(&self, partition: usize, rows: &RecordBatch);
}

/// The same plan, and the rows of the observer's table on their way to it.
///
/// # Errors
/// When the plan reads the table more than once, or not at all: rows would be seen twice, or never.
pub(super) fn tapped(plan: LogicalPlan, observer: &Arc<dyn Observer>) -> Result<LogicalPlan> {
    let name = observer.table().name();
    let mut taps = 0;
    let tapped = plan.transform_down(|plan| {
        let is_source = match &plan {
            LogicalPlan::SubqueryAlias(alias) => alias.alias.table() == name,
            LogicalPlan::TableScan(scan) => scan.table_name.table() == name,
            _ => false,
        };
        if !is_source {
            return Ok(Transformed::no(plan));
        }
        taps += 1;
        let node = Arc::new(Tap { input: plan, observer: Observing(Arc::clone(observer)) });
        Ok(Transformed::new(LogicalPlan::Extension(Extension { node }), true, TreeNodeRecursion::Jump))
    })?;
    if taps == 1 { Ok(tapped.data) } else { plan_err!("{taps} readings of {name} can not be observed") }
}

#[derive(Debug, Clone)]
struct Observing(Arc<dyn Observer>);

impl Observing {
    fn address(&self) -> usize {
        Arc::as_ptr(&self.0).cast::<()>() as usize
    }
}

/// The tap in a logical plan.
#[derive(Debug, Clone)]
struct Tap {
    input: LogicalPlan,
    observer: Observing,
}

impl Tap {
    /// Where the observed columns are in what comes in.
    fn columns(&self) -> Result<Vec<usize>> {
        let schema = self.input.schema();
        let index = |name: &&str| {
            let missing = || DataFusionError::Plan(format!("no column {name} to observe"));
            schema.fields().iter().position(|field| field.name() == name).ok_or_else(missing)
        };
        self.observer.0.columns().iter().map(index).collect()
    }
}

impl PartialEq for Tap {
    fn eq(&self, other: &Self) -> bool {
        self.input == other.input && self.observer.address() == other.observer.address()
    }
}

impl Eq for Tap {}

impl PartialOrd for Tap {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.input.partial_cmp(&other.input)
    }
}

impl Hash for Tap {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.input.hash(state);
        self.observer.address().hash(state);
    }
}

impl UserDefinedLogicalNodeCore for Tap {
    fn name(&self) -> &'static str {
        "Tap"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.input.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Tap: {}", self.observer.0.columns().join(", "))
    }

    fn with_exprs_and_inputs(&self, _exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let Ok([input]) = <[LogicalPlan; 1]>::try_from(inputs) else { return internal_err!("a tap has one input") };
        Ok(Self { input, observer: self.observer.clone() })
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let mut needed = self.columns().ok()?;
        needed.extend(output_columns);
        needed.sort_unstable();
        needed.dedup();
        Some(vec![needed])
    }
}

/// Plans taps, and leaves everything else to the engine.
#[derive(Debug)]
pub(super) struct TapPlanner;

#[async_trait]
impl QueryPlanner for TapPlanner {
    async fn create_physical_plan(&self, plan: &LogicalPlan, session: &dyn Session) -> Result<Arc<dyn ExecutionPlan>> {
        let planner = DefaultPhysicalPlanner::with_extension_planners(vec![Arc::new(Self)]);
        planner.create_physical_plan(plan, session).await
    }
}

#[async_trait]
impl ExtensionPlanner for TapPlanner {
    async fn plan_extension(
        &self,
        _planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _logical_inputs: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        _session: &dyn Session,
        _context: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let (Some(tap), [input]) = (node.as_any().downcast_ref::<Tap>(), physical_inputs) else { return Ok(None) };
        Ok(Some(Arc::new(TapExec::new(Arc::clone(input), tap.columns()?, tap.observer.clone()))))
    }
}

/// The tap in a physical plan.
#[derive(Debug)]
struct TapExec {
    input: Arc<dyn ExecutionPlan>,
    /// Where the observed columns are.
    columns: Vec<usize>,
    observer: Observing,
    properties: Arc<PlanProperties>,
}

impl TapExec {
    fn new(input: Arc<dyn ExecutionPlan>, columns: Vec<usize>, observer: Observing) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(input.schema()),
            input.output_partitioning().clone(),
            input.pipeline_behavior(),
            input.boundedness(),
        );
        Self { input, columns, observer, properties: Arc::new(properties) }
    }

    /// The same tap over another input.
    fn over(&self, input: Arc<dyn ExecutionPlan>) -> Self {
        Self::new(input, self.columns.clone(), self.observer.clone())
    }
}

impl DisplayAs for TapExec {
    fn fmt_as(&self, _format: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "TapExec: {}", self.observer.0.columns().join(", "))
    }
}

impl ExecutionPlan for TapExec {
    fn name(&self) -> &'static str {
        "TapExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    one_input!();

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let (columns, observer, attempt) = (self.columns.clone(), Arc::clone(&self.observer.0), Attempt::of(&context));
        let batches = self.input.execute(partition, context)?.map(move |batch| {
            let batch = batch?;
            if let Some(_counts) = attempt.counts() {
                observer.observe(partition, &batch.project(&columns)?);
            }
            Ok(batch)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.input.schema(), batches)))
    }
}
