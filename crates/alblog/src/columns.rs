//! The columns of every kind of log: names, types, where each value stands in a line, and one line of documentation.
//!
//! These tables are the single source of truth: the decoder, the Arrow schemas, the Athena DDL (over exports and over
//! AWS's own text), the widths of made-up lines and the documentation are all made from them, so that a field that AWS
//! adds is one more line here. Names are AWS's documented ones, with the splits of AWS's own Athena tables
//! (`client:port` becomes `client_ip` and `client_port`). Positions and eras:
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html>.

mod layout;

use arrow_schema::{DataType, Field, TimeUnit};

pub(crate) use layout::time_field;
pub use layout::{eras, known_fields, of_field, of_fields};

/// A column of a table of log rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Name in SQL, in Arrow and in Athena.
    pub name: &'static str,
    /// Type of the value.
    pub value: ValueType,
    /// Where the value comes from.
    pub source: Source,
    /// How AWS writes the field it stands in; `None` for what is not a known field of the line.
    pub written: Option<Written>,
    /// Month in which AWS began to write it (`yyyy-MM`).
    pub since: &'static str,
    /// One line of documentation, with units.
    pub doc: &'static str,
    /// Name and type in AWS's documented Athena table, where they are others.
    pub documented: Option<(&'static str, ValueType)>,
    /// Lines may end behind this field, although as far as is known the next one is of the same month.
    pub may_be_last: bool,
}

impl Column {
    /// The Arrow field of this column. Every column but a row's own `time`, its `day` and its `log_object` is nullable.
    #[must_use]
    pub fn field(&self) -> Field {
        let nullable = !matches!(self.source, Source::RowTime(_) | Source::Day | Source::Key(KeyPart::Object));
        Field::new(self.name, self.value.data_type(), nullable)
    }

    /// AWS's documented Athena table calls it so, and has it as this type.
    const fn documented(self, name: &'static str, value: ValueType) -> Self {
        Self { documented: Some((name, value)), ..self }
    }

    const fn may_be_last(self) -> Self {
        Self { may_be_last: true, ..self }
    }
}

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// UTF-8 text, escapes as written.
    Text,
    /// 32-bit integer: ports, status codes, rule priorities.
    Int,
    /// 64-bit integer: byte counts.
    BigInt,
    /// Seconds as a double; `-1` is NULL.
    Seconds,
    /// Microseconds since the epoch, UTC.
    Timestamp,
}

impl ValueType {
    /// The Arrow type that holds it.
    #[must_use]
    pub fn data_type(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8View,
            Self::Int => DataType::Int32,
            Self::BigInt => DataType::Int64,
            Self::Seconds => DataType::Float64,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        }
    }
}

/// Where a column's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The field at this position, which is the row's own time: every row has it.
    RowTime(usize),
    /// Field at this position of the line (from 1, as AWS counts), whole.
    Field(usize),
    /// The part of an `address:port` field before its last colon.
    Address(usize),
    /// The part of an `address:port` field after its last colon.
    Port(usize),
    /// The part of a request field (`METHOD url VERSION`).
    Request(usize, RequestPart),
    /// Everything after the last known field, as written.
    ExtraFields,
    /// UTC date of the row's own time.
    Day,
    /// Taken from the object's name.
    Key(KeyPart),
    /// Field at this position, or the object's load balancer when the line is too old to have it.
    FieldOrKeyElb(usize),
}

impl Source {
    /// Position (from 1) of the field this source reads, if it reads one.
    #[must_use]
    pub const fn position(self) -> Option<usize> {
        match self {
            Self::RowTime(position)
            | Self::Field(position)
            | Self::Address(position)
            | Self::Port(position)
            | Self::Request(position, _)
            | Self::FieldOrKeyElb(position) => Some(position),
            Self::ExtraFields | Self::Day | Self::Key(_) => None,
        }
    }

    /// Whether it reads only a part of its field.
    #[must_use]
    pub const fn is_part(self) -> bool {
        matches!(self, Self::Address(_) | Self::Port(_) | Self::Request(..))
    }
}

/// How AWS writes a field. The decoder reads every field either way; Athena's reader of text, and whoever makes lines up,
/// have to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// Without quotes, and without blanks in it.
    Bare,
    /// Like [`Bare`](Self::Bare), where a quote tells that an irregular line has another field in its place.
    NeverQuoted,
    /// Without quotes, `address:port` or `-`.
    TargetOrDash,
    /// In double quotes, blanks and all.
    Quoted,
    /// With quotes or without, and without blanks in it.
    PerhapsQuoted,
    /// One of these words, separated by `|`.
    OneOf(&'static str),
}

/// A part of the request field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestPart {
    /// The method.
    Verb,
    /// The URL as the client sent it.
    Url,
    /// The HTTP version.
    Proto,
}

/// A part of an object's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPart {
    /// AWS account number.
    Account,
    /// AWS region.
    Region,
    /// The whole name: an `s3://` URL or a path.
    Object,
}

const fn column(
    name: &'static str,
    value: ValueType,
    source: Source,
    written: Written,
    since: &'static str,
    doc: &'static str,
) -> Column {
    Column { name, value, source, written: Some(written), since, doc, documented: None, may_be_last: false }
}

/// A column of text that is not a known field.
const fn added(name: &'static str, source: Source, doc: &'static str) -> Column {
    Column { name, value: Text, source, written: None, since: "", doc, documented: None, may_be_last: false }
}

use RequestPart::{Proto, Url, Verb};
use Source::{Address, Day, ExtraFields, Field as F, FieldOrKeyElb, Key, Port, Request, RowTime};
use ValueType::{BigInt, Int, Seconds, Text, Timestamp};
use Written::{Bare, NeverQuoted, OneOf, PerhapsQuoted, Quoted, TargetOrDash};

const EXTRA_FIELDS: Column = added("extra_fields", ExtraFields, "fields after the last one known today, as written");
const DAY: Column = added("day", Day, "UTC date of `time`, yyyy-MM-dd");
const ACCOUNT: Column = added("account", Key(KeyPart::Account), "AWS account number, from the object's name");
const REGION: Column = added("region", Key(KeyPart::Region), "AWS region, from the object's name");
const LOG_OBJECT: Column =
    added("log_object", Key(KeyPart::Object), "the object the row was read from: path or s3:// URL");

/// Columns of table `requests`: access logs. A new field is a line before `EXTRA_FIELDS`, then `just update`.
#[rustfmt::skip]
pub const ACCESS_COLUMNS: &[Column] = &[
    column("type", Text, F(1), Bare, "2016-08", "http, https, h2, grpcs, ws or wss"),
    column("time", Timestamp, RowTime(2), Bare, "2016-08", "when the response was produced; for a WebSocket, when it closed"),
    column("elb", Text, F(3), Bare, "2016-08", "load balancer: app/<name>/<id>"),
    column("client_ip", Text, Address(4), Bare, "2016-08", "address of the client, perhaps a proxy's; IPv6 without brackets"),
    column("client_port", Int, Port(4), Bare, "2016-08", "port of the client"),
    column("target_ip", Text, Address(5), TargetOrDash, "2016-08", "address of the target; NULL if none was reached, and for Lambda"),
    column("target_port", Int, Port(5), TargetOrDash, "2016-08", "port of the target"),
    column("request_processing_time", Seconds, F(6), Bare, "2016-08", "seconds from receiving the request to sending it to a target; NULL if it was not sent"),
    column("target_processing_time", Seconds, F(7), Bare, "2016-08", "seconds until the target began to answer; NULL if it did not"),
    column("response_processing_time", Seconds, F(8), Bare, "2016-08", "seconds from the target's answer to sending it to the client; NULL if there was none"),
    column("elb_status_code", Int, F(9), Bare, "2016-08", "status code the load balancer sent to the client"),
    column("target_status_code", Int, F(10), Bare, "2016-08", "status code of the target; NULL if it did not answer").documented("target_status_code", Text),
    column("received_bytes", BigInt, F(11), Bare, "2016-08", "size of the request in bytes, with headers"),
    column("sent_bytes", BigInt, F(12), Bare, "2016-08", "size of the response in bytes, with headers"),
    column("request_verb", Text, Request(13, Verb), Quoted, "2016-08", "method of the request; NULL if malformed"),
    column("request_url", Text, Request(13, Url), Quoted, "2016-08", "URL as the client sent it, not normalised"),
    column("request_proto", Text, Request(13, Proto), Quoted, "2016-08", "HTTP version of the request; NULL if malformed"),
    column("user_agent", Text, F(14), Quoted, "2016-08", "user agent, cut by AWS at 8 KB; escapes (\\x22) as written"),
    column("ssl_cipher", Text, F(15), Bare, "2016-08", "TLS cipher; NULL unless the listener is HTTPS"),
    column("ssl_protocol", Text, F(16), Bare, "2016-08", "TLS version; NULL unless the listener is HTTPS"),
    column("target_group_arn", Text, F(17), Bare, "2016-08", "ARN of the target group; NULL if none was chosen"),
    column("trace_id", Text, F(18), Quoted, "2016-11", "X-Amzn-Trace-Id header, whole"),
    column("domain_name", Text, F(19), Quoted, "2017-10", "SNI name of the TLS handshake"),
    column("chosen_cert_arn", Text, F(20), Quoted, "2017-10", "ARN of the certificate, or session-reused"),
    column("matched_rule_priority", Int, F(21), Bare, "2018-05", "listener rule 1-50000; 0 the default rule, -1 an error while evaluating").documented("matched_rule_priority", Text),
    column("request_creation_time", Timestamp, F(22), Bare, "2018-05", "when the request was received"),
    column("actions_executed", Text, F(23), Quoted, "2018-05", "actions, separated by commas: forward, redirect, waf, ..."),
    column("redirect_url", Text, F(24), Quoted, "2018-07", "target of a redirect action"),
    column("error_reason", Text, F(25), Quoted, "2018-11", "why authentication, a Lambda target or WAF failed").documented("lambda_error_reason", Text),
    column("target_port_list", Text, F(26), Quoted, "2019-11", "targets as address:port, separated by spaces"),
    column("target_status_code_list", Text, F(27), Quoted, "2019-11", "status codes of the targets, separated by spaces"),
    column("classification", Text, F(28), Quoted, "2020-08", "desync class: Acceptable, Ambiguous or Severe; NULL if compliant"),
    column("classification_reason", Text, F(29), Quoted, "2020-08", "why the request is not compliant"),
    column("conn_trace_id", Text, F(30), NeverQuoted, "2024-05", "connection, as in table connections: TID_..."),
    column("transformed_host", Text, F(31), Quoted, "2025-08", "host after a rewrite"),
    column("transformed_uri", Text, F(32), Quoted, "2025-08", "URI after a rewrite"),
    column("request_transform_status", Text, F(33), Quoted, "2025-08", "outcome of the rewrite: TransformSuccess, ..."),
    column("ip_address", Text, F(34), NeverQuoted, "2026-07", "address of the load balancer node"),
    column("target_error_code", Text, F(35), PerhapsQuoted, "2026-09", "HTTP/2 reset code the target sent, hexadecimal"),
    column("elb_error_code", Text, F(36), PerhapsQuoted, "2026-09", "HTTP/2 reset code the load balancer sent, hexadecimal"),
    EXTRA_FIELDS,
    DAY,
    ACCOUNT,
    REGION,
    LOG_OBJECT,
];

/// Columns of table `connections`: connection logs.
#[rustfmt::skip]
pub const CONNECTION_COLUMNS: &[Column] = &[
    column("time", Timestamp, RowTime(1), Bare, "2023-11", "when the connection was established or failed"),
    column("client_ip", Text, F(2), Bare, "2023-11", "address of the client"),
    column("client_port", Int, F(3), Bare, "2023-11", "port of the client"),
    column("listener_port", Int, F(4), Bare, "2023-11", "port of the listener"),
    column("tls_protocol", Text, F(5), Bare, "2023-11", "TLS version; NULL on an HTTP listener"),
    column("tls_cipher", Text, F(6), Bare, "2023-11", "TLS cipher; NULL on an HTTP listener"),
    column("tls_handshake_latency", Seconds, F(7), Bare, "2023-11", "seconds the handshake took; NULL if it failed, and on an HTTP listener"),
    column("leaf_client_cert_subject", Text, F(8), Quoted, "2023-11", "subject of the client's certificate"),
    column("leaf_client_cert_validity", Text, F(9), Bare, "2023-11", "NotBefore=...;NotAfter=... of the client's certificate"),
    column("leaf_client_cert_serial_number", Text, F(10), Bare, "2023-11", "serial number of the client's certificate"),
    column("tls_verify_status", Text, F(11), Bare, "2023-11", "Success, or Failed:<code>"),
    column("conn_trace_id", Text, F(12), Bare, "2024-05", "connection, as in table requests: TID_..."),
    column("tls_keyexchange", Text, F(13), Bare, "2026-01", "key exchange, e.g. secp256r1").may_be_last(),
    column("elb", Text, FieldOrKeyElb(14), Bare, "2026-01", "load balancer: app/<name>/<id>; from the object's name in older lines"),
    column("ip_address", Text, F(15), Bare, "2026-01", "address of the load balancer node"),
    EXTRA_FIELDS,
    DAY,
    ACCOUNT,
    REGION,
    LOG_OBJECT,
];

/// Columns of table `health_checks`: health check logs.
#[rustfmt::skip]
pub const HEALTH_CHECK_COLUMNS: &[Column] = &[
    column("type", Text, F(1), Bare, "2025-11", "http, https, h2, grpc or lambda"),
    column("time", Timestamp, RowTime(2), Bare, "2025-11", "when the check was begun"),
    column("latency", Seconds, F(3), Bare, "2025-11", "seconds the check took"),
    column("target_addr", Text, F(4), Bare, "2025-11", "address:port of the target, or the ARN of a Lambda function"),
    column("target_ip", Text, Address(4), Bare, "2025-11", "address of the target; NULL for Lambda"),
    column("target_port", Int, Port(4), Bare, "2025-11", "port of the target; NULL for Lambda"),
    column("target_group_id", Text, F(5), Bare, "2025-11", "name of the target group"),
    column("status", Text, F(6), OneOf("PASS|FAIL"), "2025-11", "PASS or FAIL"),
    column("status_code", Int, F(7), Bare, "2025-11", "status code of the answer"),
    column("reason_code", Text, F(8), Bare, "2025-11", "why the check failed: TimedOut, ResponseCodeMismatch, ..."),
    column("elb", Text, FieldOrKeyElb(9), Bare, "2026-01", "load balancer: app/<name>/<id>; from the object's name in older lines"),
    column("ip_address", Text, F(10), Bare, "2026-01", "address of the load balancer node"),
    EXTRA_FIELDS,
    DAY,
    ACCOUNT,
    REGION,
    LOG_OBJECT,
];
