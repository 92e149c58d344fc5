//! The documented tables in lists of tables and of columns: `SHOW TABLES`, `DESCRIBE`. Statements that read them are translated, and never
//! get here.

use std::sync::Arc;

use alblog::ValueType;
use async_trait::async_trait;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use crate::base::tables::documented::Documented;

/// A documented table with its columns.
#[derive(Debug)]
pub(in crate::ask::query::dialect) struct Listed {
    table: Documented,
    schema: SchemaRef,
}

impl Listed {
    pub(in crate::ask::query::dialect) fn new(table: Documented) -> Self {
        let documented = table.columns().filter(|column| column.is_documented);
        let fields =
            documented.map(|column| Field::new(column.name, column.value.data_type(), column.missing().is_none()));
        let day = Field::new("day", ValueType::Text.data_type(), false);
        Self { table, schema: Arc::new(Schema::new(fields.chain([day]).collect::<Vec<_>>())) }
    }
}

#[async_trait]
impl TableProvider for Listed {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        _projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let name = self.table.name();
        plan_err!("{name} is read by SELECT … FROM {name} only")
    }
}
