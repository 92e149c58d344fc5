//! A table as DataFusion sees it: its schema, and a scan planned over the objects that may matter.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::pruning::prune;
use super::row_conditions;
use super::run::Run;
use super::scan_plan::LogScanExec;
use crate::base::tables::Table;

#[derive(Debug)]
pub(super) struct LogTable {
    table: Table,
    schema: SchemaRef,
    run: Arc<Run>,
}

impl LogTable {
    pub(super) fn new(table: Table, run: Arc<Run>) -> Self {
        Self { table, schema: table.schema(), run }
    }

    /// Positions of the objects that hold rows of this table, by kind.
    fn candidates(&self) -> Vec<usize> {
        let objects = self.run.objects.iter().enumerate();
        let of_kind = objects.filter(|(_, object)| self.table.kind().is_none() || object.kind == self.table.kind());
        of_kind.map(|(index, _)| index).collect()
    }
}

#[async_trait]
impl TableProvider for LogTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        // Names say which objects cannot matter, and conditions which rows: never all of either.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let candidates = self.candidates();
        let objects = prune(&self.run, self.table, candidates.clone(), filters, state)?;
        let all = || (0..self.schema.fields().len()).collect();
        let projection = projection.cloned().unwrap_or_else(all);
        let condition = self.table.kind().and_then(|kind| row_conditions::of_filters(filters, kind.columns()));
        let run = Arc::clone(&self.run);
        let plan = LogScanExec::try_new(self.table, &self.schema, projection, condition, run, &candidates, objects)?;
        Ok(Arc::new(plan))
    }
}
