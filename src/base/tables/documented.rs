//! The tables of AWS's own documentation over these logs: what people call them, and their columns.
//!
//! <https://docs.aws.amazon.com/athena/latest/ug/application-load-balancer-logs.html>

use alblog::columns::of_fields;
use alblog::{Column, LogKind, ValueType};

use crate::base::pattern::matches;

/// AWS's name for the table of access logs.
pub const ACCESS: &str = "alb_access_logs";

/// AWS's name for the table of connection logs.
pub const CONNECTION: &str = "alb_connection_logs";

/// Columns that every row has: where AWS wrote anything, it wrote them.
pub const ALWAYS: [&str; 3] = ["type", "time", "elb"];

/// The last month (`yyyy-MM`) whose fields are columns of AWS's documentation.
const LAST_MONTH: &str = "2024-05";

/// A table of AWS's documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Documented {
    /// `alb_access_logs`.
    Access,
    /// `alb_connection_logs`.
    Connection,
}

/// Names that these tables have in AWS's documentation and tools and in what people publish; `*` stands for anything.
const NAMES: [(&str, Documented); 9] = [
    ("alb_access_log*", Documented::Access),
    ("alb_connection_log*", Documented::Connection),
    ("alb_conn_log*", Documented::Connection),
    ("alb_log*", Documented::Access),
    ("tb_alb_log*", Documented::Access),
    ("tb_alb_access_log*", Documented::Access),
    ("tb_alb_connection_log*", Documented::Connection),
    ("albaccesslogs", Documented::Access),
    ("alblogs", Documented::Access),
];

/// A column of a documented table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentedColumn {
    /// Its name there.
    pub name: &'static str,
    /// Its type there. Times are text.
    pub value: ValueType,
    /// The column here that has the same.
    pub of: &'static Column,
    /// Whether AWS's page has it: `*` has no others.
    pub is_documented: bool,
}

impl DocumentedColumn {
    /// What stands where a line has no value: what AWS's own table has there. `None` where that is NULL.
    pub fn missing(&self) -> Option<&'static str> {
        match (self.name, self.value) {
            // Its expression makes this of a request that is `- - - `, and of the blank that ends all malformed ones.
            ("request_url", _) => Some("- -"),
            ("target_ip" | "request_proto", _) => Some(""),
            // It is written as `-`, of which a double is NULL.
            ("tls_handshake_latency", _) => None,
            (_, ValueType::Text) => Some("-"),
            (_, ValueType::Seconds) => Some("-1"),
            _ => None,
        }
    }
}

impl Documented {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Access, Self::Connection];

    /// The table of this name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        // `alb_logs$partitions` is a list of partitions.
        if name.contains('$') {
            return None;
        }
        NAMES.iter().find(|(pattern, _)| matches(pattern, &name)).map(|(_, table)| *table)
    }

    /// AWS's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Access => ACCESS,
            Self::Connection => CONNECTION,
        }
    }

    /// What a row of it is read from.
    pub fn kind(self) -> LogKind {
        match self {
            Self::Access => LogKind::Access,
            Self::Connection => LogKind::Connection,
        }
    }

    /// Its columns in the order of a line.
    pub fn columns(self) -> impl Iterator<Item = DocumentedColumn> {
        of_fields(self.kind().columns()).map(|of| {
            let (name, value) = of.documented.unwrap_or((of.name, of.value));
            // Athena reads times of this form only as text.
            let value = if value == ValueType::Timestamp { ValueType::Text } else { value };
            DocumentedColumn { name, value, of, is_documented: of.since <= LAST_MONTH }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_people_use() {
        for name in [
            "alb_logs",
            "ALB_Access_Logs",
            "tb_alb_logs_my_bucket",
            "alb_access_logs_partition_projection",
            "alb_log_partition_projection",
        ] {
            assert_eq!(Documented::named(name), Some(Documented::Access), "{name}");
        }
        assert_eq!(Documented::named("alb_connection_logs"), Some(Documented::Connection));
        for name in
            ["alb_logs$partitions", "requests", "connections", "elb_logs", "nlb_tls_logs", "cloudfront_logs", "albums"]
        {
            assert_eq!(Documented::named(name), None, "{name}");
        }
    }

    #[test]
    fn columns_are_those_of_the_documentation() {
        let names: Vec<&str> =
            Documented::Access.columns().filter(|column| column.is_documented).map(|column| column.name).collect();
        assert_eq!((names.len(), names[0], names[33]), (34, "type", "conn_trace_id"));
        assert!(names.contains(&"lambda_error_reason") && !names.contains(&"error_reason"));
        let types = |name| Documented::Access.columns().find(|column| column.name == name).unwrap().value;
        assert_eq!((types("time"), types("elb_status_code")), (ValueType::Text, ValueType::Int));
        assert_eq!((types("target_status_code"), types("sent_bytes")), (ValueType::Text, ValueType::BigInt));
        assert_eq!(Documented::Connection.columns().filter(|column| column.is_documented).count(), 12);
    }
}
