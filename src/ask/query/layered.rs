//! A table whose rows lie in several layers: each is scanned as if it were alone, for no object is in two of them.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::filter_pushdown::{FilterDescription, FilterPushdownPhase};
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};

use super::one_input::one_input;
use crate::base::tables::{Layer, Table};

#[derive(Debug)]
pub(super) struct LayeredTable {
    schema: SchemaRef,
    layers: Vec<(Layer, Arc<dyn TableProvider>)>,
}

impl LayeredTable {
    pub(super) fn new(table: Table, layers: Vec<(Layer, Arc<dyn TableProvider>)>) -> Self {
        Self { schema: table.schema(), layers }
    }
}

#[async_trait]
impl TableProvider for LayeredTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        // What one layer decides for good, another does not.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut plans: Vec<Arc<dyn ExecutionPlan>> = Vec::new();
        for (layer, table) in &self.layers {
            let input = table.scan(state, projection, filters, limit).await?;
            plans.push(Arc::new(LayerExec { layer: *layer, input }));
        }
        UnionExec::try_new(plans)
    }
}

/// What is read of one layer. It changes nothing, and is there to be seen in plans.
#[derive(Debug)]
pub(super) struct LayerExec {
    layer: Layer,
    input: Arc<dyn ExecutionPlan>,
}

impl LayerExec {
    pub(super) fn layer(&self) -> Layer {
        self.layer
    }

    fn over(&self, input: Arc<dyn ExecutionPlan>) -> Self {
        Self { layer: self.layer, input }
    }
}

impl DisplayAs for LayerExec {
    fn fmt_as(&self, _format: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "LayerExec: read_from={}", self.layer.name())
    }
}

impl ExecutionPlan for LayerExec {
    fn name(&self) -> &'static str {
        "LayerExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    one_input!();

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn gather_filters_for_pushdown(
        &self,
        _phase: FilterPushdownPhase,
        parent_filters: Vec<Arc<dyn PhysicalExpr>>,
        _config: &ConfigOptions,
    ) -> Result<FilterDescription> {
        FilterDescription::from_children(parent_filters, &self.children())
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        self.input.execute(partition, context)
    }
}
