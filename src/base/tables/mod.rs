//! The tables people ask: their names, what a row of each is, and their columns.
//!
//! Columns of log rows come from `alblog`; those of the two tables about the reading itself are here. Everything that
//! lists columns (SQL, `albstats schema`, the files in `schemas/`) starts from [`Table::columns`].

pub mod docs;
pub mod documented;

use std::sync::Arc;

use alblog::{Column, LogKind, ValueType};
use arrow::datatypes::{Field, Schema, SchemaRef};

/// Columns that the folders' names of an export hold, and its files do not, in the order of the folders.
pub const PARTITIONS: [&str; 3] = ["account", "region", "day"];

/// The column that says from which layer rows are read: known of every reading anew, and kept nowhere.
pub const READ_FROM: &str = "read_from";

/// Where the rows of a log object are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// A file of an export.
    Kept,
    /// A batch of a live store.
    Live,
    /// The object itself.
    Raw,
}

impl Layer {
    /// As column [`READ_FROM`] has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Live => "live",
            Self::Raw => "raw",
        }
    }
}

/// A table that can be asked with SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    /// One row per request.
    Requests,
    /// One row per client connection.
    Connections,
    /// One row per health check.
    HealthChecks,
    /// One row per line that could not be read.
    RejectedLines,
    /// One row per object.
    LogObjects,
}

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableColumn {
    /// Name in SQL.
    pub name: &'static str,
    /// Type of its values.
    pub value: ValueType,
    /// Whether values may be NULL.
    pub nullable: bool,
    /// Month in which AWS began to write it (`yyyy-MM`); empty for what is not in the log lines.
    pub since: &'static str,
    /// One line of documentation, with units.
    pub doc: &'static str,
}

impl Table {
    /// Every table, in the order they are listed to people.
    pub const ALL: [Self; 5] =
        [Self::Requests, Self::Connections, Self::HealthChecks, Self::RejectedLines, Self::LogObjects];

    /// Name in SQL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Requests => LogKind::Access.table(),
            Self::Connections => LogKind::Connection.table(),
            Self::HealthChecks => LogKind::HealthCheck.table(),
            Self::RejectedLines => "rejected_lines",
            Self::LogObjects => "log_objects",
        }
    }

    /// What one row is.
    pub fn doc(self) -> &'static str {
        match self {
            Self::Requests => "a request an Application Load Balancer handled (access logs)",
            Self::Connections => "a client connection: a TLS handshake, or its failure (connection logs)",
            Self::HealthChecks => "a health check of a target (health check logs)",
            Self::RejectedLines => "a line that could not be read as a row of its kind",
            Self::LogObjects => "a log object",
        }
    }

    /// The kind of log whose lines are its rows; `None` for the tables about reading.
    pub fn kind(self) -> Option<LogKind> {
        match self {
            Self::Requests => Some(LogKind::Access),
            Self::Connections => Some(LogKind::Connection),
            Self::HealthChecks => Some(LogKind::HealthCheck),
            Self::RejectedLines | Self::LogObjects => None,
        }
    }

    /// Columns in schema order.
    pub fn columns(self) -> Vec<TableColumn> {
        match self {
            Self::Requests => log_columns(LogKind::Access),
            Self::Connections => log_columns(LogKind::Connection),
            Self::HealthChecks => log_columns(LogKind::HealthCheck),
            Self::RejectedLines => REJECTED_LINES.to_vec(),
            Self::LogObjects => LOG_OBJECTS.to_vec(),
        }
    }

    /// Columns that files of an export hold, in schema order.
    pub fn stored_columns(self) -> Vec<TableColumn> {
        self.columns().into_iter().filter(TableColumn::is_stored).collect()
    }

    /// Arrow schema.
    pub fn schema(self) -> SchemaRef {
        Arc::new(Schema::new(self.columns().iter().map(TableColumn::field).collect::<Vec<_>>()))
    }
}

impl TableColumn {
    /// The Arrow field.
    pub fn field(&self) -> Field {
        Field::new(self.name, self.value.data_type(), self.nullable)
    }

    /// Whether files of an export hold it.
    pub fn is_stored(&self) -> bool {
        !PARTITIONS.contains(&self.name) && self.name != READ_FROM
    }

    /// Name of the type as SQL writes it, here and in Athena.
    pub fn sql_type(&self) -> &'static str {
        sql_type(self.value)
    }
}

/// Name of the type as SQL writes it, here and in Athena.
pub fn sql_type(value: ValueType) -> &'static str {
    match value {
        ValueType::Text => "string",
        ValueType::Int => "int",
        ValueType::BigInt => "bigint",
        ValueType::Seconds => "double",
        ValueType::Timestamp => "timestamp",
    }
}

fn log_columns(kind: LogKind) -> Vec<TableColumn> {
    kind.columns().iter().map(TableColumn::from).collect()
}

impl From<&Column> for TableColumn {
    fn from(column: &Column) -> Self {
        Self {
            name: column.name,
            value: column.value,
            nullable: column.field().is_nullable(),
            since: column.since,
            doc: column.doc,
        }
    }
}

const fn required(name: &'static str, value: ValueType, doc: &'static str) -> TableColumn {
    TableColumn { name, value, nullable: false, since: "", doc }
}

const fn optional(name: &'static str, value: ValueType, doc: &'static str) -> TableColumn {
    TableColumn { name, value, nullable: true, since: "", doc }
}

use ValueType::{BigInt, Text, Timestamp};

#[rustfmt::skip]
const REJECTED_LINES: &[TableColumn] = &[
    required("log_object", Text, "the object the line stands in: path or s3:// URL"),
    required("line_number", BigInt, "number of the line in its object, from 1"),
    required("reason", Text, "why it is not a row"),
    optional("line", Text, "its text, at most 4 KiB; bytes that are not UTF-8 as \\xHH; NULL where an export redacts it"),
    required("kind", Text, "access, connection or health-check"),
    optional("day", Text, "UTC date of the object's interval, yyyy-MM-dd"),
    optional("account", Text, "AWS account number, from the object's name"),
    optional("region", Text, "AWS region, from the object's name"),
];

#[rustfmt::skip]
const LOG_OBJECTS: &[TableColumn] = &[
    required("log_object", Text, "path or s3:// URL"),
    required("kind", Text, "access, connection or health-check"),
    optional("elb", Text, "load balancer: app/<name>/<id>, from the object's name"),
    optional("node_ip", Text, "address of the load balancer node, from the object's name"),
    optional("interval_end", Timestamp, "end of the interval the object covers, from its name"),
    required("size", BigInt, "size in bytes as stored"),
    optional("modified", Timestamp, "when it was last written"),
    optional("etag", Text, "S3's mark of its content"),
    required("rows", BigInt, "lines that are rows (asking for it reads the object)"),
    required("rejected_lines", BigInt, "lines that are not (asking for it reads the object)"),
    optional("error", Text, "why it could not be read to its end (asking for it reads the object)"),
    required(READ_FROM, Text, "where its rows are read from: kept (an export), live (a live store) or raw (the object itself)"),
    optional("day", Text, "UTC date of the object's interval, yyyy-MM-dd"),
    optional("account", Text, "AWS account number, from the object's name"),
    optional("region", Text, "AWS region, from the object's name"),
];
