//! Views over the tables: questions that everybody asks, under names of their own. One file in `views/` each, in SQL
//! that runs unchanged on Athena and here.

use crate::ask::sql;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    pub name: &'static str,
    /// Its columns, in their order.
    pub columns: &'static [&'static str],
    /// The question, with comments above it.
    pub sql: &'static str,
}

pub const VIEWS: [View; 4] = [
    View {
        name: "errors_by_target_group",
        columns: &[
            "day",
            "account",
            "region",
            "target_group",
            "requests",
            "errors",
            "from_targets",
            "from_load_balancer",
        ],
        sql: include_str!("views/errors_by_target_group.sql"),
    },
    View {
        name: "latency_by_target_group",
        columns: &["day", "account", "region", "target_group", "requests", "p50", "p90", "p99", "slowest"],
        sql: include_str!("views/latency_by_target_group.sql"),
    },
    View {
        name: "failed_health_checks_by_day",
        columns: &["day", "account", "region", "target_group_id", "target_addr", "reason_code", "failed"],
        sql: include_str!("views/failed_health_checks_by_day.sql"),
    },
    View {
        name: "rejected_lines_by_day",
        columns: &["day", "account", "region", "kind", "reason", "rejected", "objects"],
        sql: include_str!("views/rejected_lines_by_day.sql"),
    },
];

impl View {
    /// The statement that makes it, without a semicolon.
    pub fn create(&self) -> String {
        // A view's text begins with its query: what stands above it in the file is for readers.
        let lines = self.sql.lines().filter(|line| !line.starts_with("--"));
        let query = lines.collect::<Vec<_>>().join("\n");
        format!("CREATE OR REPLACE VIEW {} AS\n{}", sql::name(self.name), query.trim().trim_end_matches(';'))
    }
}
