//! Targets as a table.

use std::sync::Arc;

use alblog::ValueType;
use anyhow::Result;
use arrow::array::{ArrayRef, Int32Array, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use arrow::datatypes::{Field, Schema, SchemaRef};

use super::history::Target;
use super::holders::{Held, Holders};
use crate::base::tables::TableColumn;

/// Name of the table of targets in SQL.
pub const TARGETS: &str = "targets";

/// What a row of it is.
pub const DOC: &str = "a time in which an address and port was one pod's, or one node's";

const fn column(name: &'static str, value: ValueType, nullable: bool, doc: &'static str) -> TableColumn {
    TableColumn { name, value, nullable, since: "", doc }
}

/// Its columns.
pub const COLUMNS: [TableColumn; 12] = [
    column("ip", ValueType::Text, false, "address, as target_ip of requests has it"),
    column("port", ValueType::Int, false, "port of the pod, or node port"),
    column("cluster", ValueType::Text, true, "cluster, if it is known"),
    column("namespace", ValueType::Text, false, "namespace of the pod, or of the node port's service"),
    column("pod", ValueType::Text, true, "pod; NULL of a node port"),
    column(
        "workload",
        ValueType::Text,
        true,
        "kind and name of whose pod it is: Deployment/cart-api; Service/cart-api of a node port",
    ),
    column("node", ValueType::Text, true, "node it ran on"),
    column("zone", ValueType::Text, true, "availability zone of the node"),
    column("version", ValueType::Text, true, "label app.kubernetes.io/version, else the tag of the image"),
    column("from", ValueType::Timestamp, false, "since when it had the address"),
    column("until", ValueType::Timestamp, true, "when it had it no more; NULL: as far as is known it still has"),
    column(
        "last_seen",
        ValueType::Timestamp,
        false,
        "up to when it surely had it; from here to until nobody else is known to have had it",
    ),
];

/// The columns as Arrow's.
pub fn schema() -> SchemaRef {
    let field = |column: &TableColumn| Field::new(column.name, column.value.data_type(), column.nullable);
    Arc::new(Schema::new(COLUMNS.iter().map(field).collect::<Vec<_>>()))
}

impl Holders {
    /// A row for each time of each target, by cluster, address, port and time.
    ///
    /// # Errors
    /// When Arrow refuses the columns.
    pub fn batch(&self) -> Result<RecordBatch> {
        let ips: StringViewArray = self.held.iter().map(|held| Some(held.target.ip.to_string())).collect();
        let text = |of: fn(&Target) -> Option<&Arc<str>>| -> ArrayRef {
            Arc::new(self.held.iter().map(|held| of(&held.target).map(AsRef::as_ref)).collect::<StringViewArray>())
        };
        let times = |of: fn(&Held) -> Option<i64>| -> ArrayRef {
            Arc::new(self.held.iter().map(of).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
        };
        let columns: Vec<ArrayRef> = vec![
            Arc::new(ips),
            Arc::new(self.held.iter().map(|held| i32::from(held.target.port)).collect::<Int32Array>()),
            text(|target| Some(&target.cluster).filter(|name| !name.is_empty())),
            text(|target| Some(&target.namespace)),
            text(|target| target.pod.as_ref()),
            text(|target| target.workload.as_ref()),
            text(|target| target.node.as_ref()),
            text(|target| target.zone.as_ref()),
            text(|target| target.version.as_ref()),
            times(|held| Some(held.from)),
            times(|held| held.until),
            times(|held| Some(held.last_seen)),
        ];
        Ok(RecordBatch::try_new(schema(), columns)?)
    }
}
