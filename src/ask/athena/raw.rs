//! Tables over AWS's own text logs, as AWS documents them, and the regular expressions that read their lines.
//!
//! Names and types of the first columns are those of AWS's documentation, so that published queries run unchanged; what
//! AWS has added since follows, and whatever comes after that is in `extra_fields`. Unlike the documented expressions
//! these have exactly one group a column, which Athena's reader requires, and fields that AWS added or will add
//! do not make them fail: each era is an optional part of its own, and the rest of the line is one more.
//!
//! <https://docs.aws.amazon.com/athena/latest/ug/application-load-balancer-logs.html>

use std::fmt::Write as _;

use alblog::LogKind;
use alblog::key::{AWS_LOGS, SERVICE};

use super::literal::{hive_name, hive_text};
use crate::base::s3_address::S3Address;

/// A folder of logs as AWS writes them, and what of it a table covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawLogs {
    /// The folder that holds `AWSLogs`.
    pub location: S3Address,
    /// Accounts below it.
    pub accounts: Vec<String>,
    /// Regions below them.
    pub regions: Vec<String>,
    /// The first day, `yyyy-MM-dd`.
    pub first_day: String,
}

/// A table over one kind of log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawTable {
    /// AWS's name for it, or one like it where AWS has none.
    pub name: &'static str,
    /// Columns: name and type.
    pub columns: &'static [(&'static str, &'static str)],
    /// Pieces of the regular expression: the one for what every line has, then one for each later era.
    eras: &'static [&'static str],
    /// Whose objects it reads, among all that lie in the folder.
    kind: LogKind,
}

/// Reads the rest of a line into its last column.
const REST: &str = "(?: (.*))?";

const S: &str = "string";

/// Access logs.
#[rustfmt::skip]
pub const ACCESS: RawTable = RawTable {
    name: "alb_access_logs",
    columns: &[
        ("type", S), ("time", S), ("elb", S), ("client_ip", S), ("client_port", "int"), ("target_ip", S),
        ("target_port", "int"), ("request_processing_time", "double"), ("target_processing_time", "double"),
        ("response_processing_time", "double"), ("elb_status_code", "int"), ("target_status_code", S),
        ("received_bytes", "bigint"), ("sent_bytes", "bigint"), ("request_verb", S), ("request_url", S),
        ("request_proto", S), ("user_agent", S), ("ssl_cipher", S), ("ssl_protocol", S), ("target_group_arn", S),
        ("trace_id", S), ("domain_name", S), ("chosen_cert_arn", S), ("matched_rule_priority", S),
        ("request_creation_time", S), ("actions_executed", S), ("redirect_url", S), ("lambda_error_reason", S),
        ("target_port_list", S), ("target_status_code_list", S), ("classification", S), ("classification_reason", S),
        ("conn_trace_id", S),
        // Here the documented table ends.
        ("transformed_host", S), ("transformed_uri", S), ("request_transform_status", S), ("ip_address", S),
        ("target_error_code", S), ("elb_error_code", S), ("extra_fields", S),
    ],
    eras: &[
        // Twelve fields: what a line must have to be one. `-` has no port, and no address before it.
        r"([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*):([0-9]*) ([^ ]*)[:-]([0-9]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*)",
        // 2016: the request (method, URL with whatever blanks the client sent, version), user agent, TLS, target group.
        r#" "([^ "]*)(?: ([^"]*?))?(?: ([^ "]*))? ?" "([^"]*)" ([^ ]*) ([^ ]*) ([^ ]*)"#,
        r#" "([^"]*)""#,                     // trace_id
        r#" "([^"]*)" "([^"]*)""#,           // domain_name, chosen_cert_arn
        r#" ([^ ]*) ([^ ]*) "([^"]*)""#,     // matched_rule_priority, request_creation_time, actions_executed
        r#" "([^"]*)""#,                     // redirect_url
        r#" "([^"]*)""#,                     // error_reason
        r#" "([^"]*)" "([^"]*)""#,           // target_port_list, target_status_code_list
        r#" "([^"]*)" "([^"]*)""#,           // classification, classification_reason
        r#" ([^ "]*)"#,                      // conn_trace_id
        r#" "([^"]*)" "([^"]*)" "([^"]*)""#, // transformed_host, transformed_uri, request_transform_status
        r#" ([^ "]*)"#,                      // ip_address
        r#" "?([^ "]*)"? "?([^ "]*)"?"#,     // target_error_code, elb_error_code
    ],
    kind: LogKind::Access,
};

/// Connection logs.
#[rustfmt::skip]
pub const CONNECTION: RawTable = RawTable {
    name: "alb_connection_logs",
    columns: &[
        ("time", S), ("client_ip", S), ("client_port", "int"), ("listener_port", "int"), ("tls_protocol", S),
        ("tls_cipher", S), ("tls_handshake_latency", "double"), ("leaf_client_cert_subject", S),
        ("leaf_client_cert_validity", S), ("leaf_client_cert_serial_number", S), ("tls_verify_status", S),
        ("conn_trace_id", S),
        // Here the documented table ends.
        ("tls_keyexchange", S), ("elb", S), ("ip_address", S), ("extra_fields", S),
    ],
    eras: &[
        r#"([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) "([^"]*)" ([^ ]*) ([^ ]*) ([^ ]*)"#,
        " ([^ ]*)",         // conn_trace_id
        " ([^ ]*)",         // tls_keyexchange
        " ([^ ]*) ([^ ]*)", // elb, ip_address
    ],
    kind: LogKind::Connection,
};

/// Health check logs, for which AWS documents no table.
#[rustfmt::skip]
pub const HEALTH_CHECK: RawTable = RawTable {
    name: "alb_health_check_logs",
    columns: &[
        ("type", S), ("time", S), ("latency", "double"), ("target_addr", S), ("target_group_id", S), ("status", S),
        ("status_code", "int"), ("reason_code", S), ("elb", S), ("ip_address", S), ("extra_fields", S),
    ],
    eras: &[
        "([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) (PASS|FAIL) ([^ ]*) ([^ ]*)",
        " ([^ ]*) ([^ ]*)", // elb, ip_address
    ],
    kind: LogKind::HealthCheck,
};

/// The three tables.
pub const TABLES: [RawTable; 3] = [ACCESS, CONNECTION, HEALTH_CHECK];

impl RawTable {
    /// The regular expression that a whole line has to match; one group for each column.
    pub fn regex(&self) -> String {
        let (first, later) = self.eras.split_first().unwrap_or((&"", &[]));
        // Each era can only follow the one before it, so each is optional inside the last.
        let later = later.iter().rev().fold(String::new(), |inner, era| format!("(?:{era}{inner})?"));
        format!("{first}{later}{REST}")
    }

    /// Selects the objects of its kind by the beginnings of their names; a kind without one is what the others are not.
    fn path_condition(&self) -> String {
        let like = |kind: LogKind| format!("LIKE '%/{}%'", kind.name_prefix().trim_end_matches('_'));
        if !self.kind.name_prefix().is_empty() {
            return format!(r#""$path" {}"#, like(self.kind));
        }
        let others = LogKind::ALL.into_iter().filter(|kind| *kind != self.kind);
        others.map(|kind| format!(r#""$path" NOT {}"#, like(kind))).collect::<Vec<_>>().join(" AND ")
    }
}

impl RawLogs {
    /// `CREATE EXTERNAL TABLE` with what has to be known about it above it as comments, without a semicolon.
    pub fn create(&self, table: &RawTable) -> String {
        let columns: Vec<String> =
            table.columns.iter().map(|(name, sql_type)| format!("  {} {sql_type}", hive_name(name))).collect();
        let root = self.location.url_of(AWS_LOGS);
        let first_day = self.first_day.replace('-', "/");
        let properties = [
            ("projection.enabled", "true".to_owned()),
            ("projection.account.type", "enum".to_owned()),
            ("projection.account.values", self.accounts.join(",")),
            ("projection.region.type", "enum".to_owned()),
            ("projection.region.values", self.regions.join(",")),
            ("projection.day.type", "date".to_owned()),
            ("projection.day.format", "yyyy/MM/dd".to_owned()),
            ("projection.day.range", format!("{first_day},NOW+1DAYS")),
            ("projection.day.interval", "1".to_owned()),
            ("projection.day.interval.unit", "DAYS".to_owned()),
            ("storage.location.template", format!("{root}${{account}}/{SERVICE}/${{region}}/${{day}}")),
        ];
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\
-- Access, connection and health check logs lie in the same folders, and Athena cannot choose objects by name: lines of
-- the other kinds are rows of NULLs here. This leaves them out, and does not read them:
--   WHERE {path}
-- `day` is the folder's: an object of shortly after midnight can hold rows of the day before.
CREATE EXTERNAL TABLE IF NOT EXISTS {name} (
{columns}
)
PARTITIONED BY (`account` string, `region` string, `day` string)
ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe'
WITH SERDEPROPERTIES (
  'serialization.format' = '1',
  'input.regex' = {regex}
)
LOCATION {location}
TBLPROPERTIES (
{properties}
)",
            path = table.path_condition(),
            name = hive_name(table.name),
            columns = columns.join(",\n"),
            regex = hive_text(&table.regex()),
            location = hive_text(&root),
            properties = super::ddl::properties(&properties),
        );
        text
    }
}

#[cfg(test)]
mod tests;
