//! The inventory as a table that can be asked with SQL, and joined on `target_group_arn`.

use std::sync::Arc;

use anyhow::Result;
use arrow::array::{ArrayRef, RecordBatch, StringViewArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::{Entry, How, TargetGroups, target_group_name};

/// Name of the table in SQL.
pub const NAME: &str = "target_groups";

/// Its columns, all of them text. All but `arn` may be NULL.
pub fn schema() -> SchemaRef {
    let column = |name, nullable| Field::new(name, DataType::Utf8View, nullable);
    Arc::new(Schema::new(vec![
        column("arn", false),
        column("namespace", true),
        column("service", true),
        column("ingress", true),
        column("route", true),
        column("port", true),
        column("cluster", true),
        column("name", true),
        column("derived", true),
    ]))
}

impl TargetGroups {
    /// One row per target group, by ARN.
    ///
    /// # Errors
    /// When Arrow refuses the columns.
    pub fn batch(&self) -> Result<RecordBatch> {
        let column = |value: fn(&Entry) -> Option<&str>| -> ArrayRef {
            Arc::new(self.entries().map(value).collect::<StringViewArray>())
        };
        let columns = vec![
            column(|entry| Some(&entry.arn)),
            column(|entry| entry.namespace.as_deref()),
            column(|entry| entry.service.as_deref()),
            column(|entry| entry.ingress.as_deref()),
            column(|entry| entry.route.as_deref()),
            column(|entry| entry.port.as_deref()),
            column(|entry| entry.cluster.as_deref()),
            column(|entry| entry.name.as_deref().or_else(|| target_group_name(&entry.arn))),
            column(|entry| entry.derived.map(How::name)),
        ];
        Ok(RecordBatch::try_new(schema(), columns)?)
    }
}
