//! Tables over AWS's own text logs, as AWS documents them, and the regular expressions that read their lines.
//!
//! Both are made from the column tables of `alblog`. Names and types of the first columns are those of AWS's
//! documentation, so that published queries run unchanged; what AWS has added since follows, and whatever comes after that
//! is in `extra_fields`. Unlike the documented expressions these have exactly one group a column, which Athena's reader
//! requires, and fields that AWS added or will add do not make them fail: each era is an optional part of its own, and the
//! rest of the line is one more.
//!
//! <https://docs.aws.amazon.com/athena/latest/ug/application-load-balancer-logs.html>

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::iter;
use std::ops::RangeInclusive;

use alblog::columns::{RequestPart, Source, Written, eras, of_field, of_fields};
use alblog::{Column, LogKind, ValueType};

use alblog::key::{AWS_LOGS, SERVICE};

use super::ddl::Export;
use super::literal::{hive_name, hive_text};
use crate::base::s3_address::S3Address;
use crate::base::tables::{documented, sql_type};

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
    /// The columns of the rows, of which [`columns`](Self::columns) are made.
    pub of: &'static [Column],
    /// Fields that a line must have to be one.
    pub min_fields: usize,
    /// Whose objects it reads, among all that lie in the folder.
    pub kind: LogKind,
}

impl RawTable {
    const fn new(kind: LogKind, name: &'static str) -> Self {
        Self { name, of: kind.columns(), min_fields: kind.min_fields(), kind }
    }
}

/// Access logs.
pub const ACCESS: RawTable = RawTable::new(LogKind::Access, documented::ACCESS);

/// Connection logs.
pub const CONNECTION: RawTable = RawTable::new(LogKind::Connection, documented::CONNECTION);

/// Health check logs, for which AWS documents no table.
pub const HEALTH_CHECK: RawTable = RawTable::new(LogKind::HealthCheck, "alb_health_check_logs");

/// The three tables.
pub const TABLES: [RawTable; 3] = [ACCESS, CONNECTION, HEALTH_CHECK];

impl RawTable {
    /// Columns: name and type.
    pub fn columns(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let rest = self.of.iter().filter(|column| column.source == Source::ExtraFields);
        of_fields(self.of).chain(rest).map(|column| {
            let (name, value) = column.documented.unwrap_or((column.name, column.value));
            // Athena reads times of this form only as text.
            (name, sql_type(if value == ValueType::Timestamp { ValueType::Text } else { value }))
        })
    }

    /// The regular expression that a whole line has to match; one group for each column.
    pub fn regex(&self) -> String {
        let fields =
            |fields: RangeInclusive<usize>| fields.map(|field| self.field(field)).collect::<Vec<_>>().join(" ");
        let ends: Vec<usize> = iter::once(self.min_fields).chain(self.later_ends()).collect();
        // Each era can only follow the one before it, so each is optional inside the last.
        let later = ends
            .windows(2)
            .rev()
            .fold(String::new(), |inner, ends| format!("(?: {}{inner})?", fields(ends[0] + 1..=ends[1])));
        format!("{}{later}{REST}", fields(1..=self.min_fields))
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

    /// Numbers of fields, above the least, after which a line may end.
    fn later_ends(&self) -> Vec<usize> {
        let alone = self.of.iter().filter(|column| column.may_be_last).filter_map(|column| column.source.position());
        let ends: BTreeSet<usize> = eras(self.of).into_iter().chain(alone).collect();
        ends.into_iter().filter(|end| *end > self.min_fields).collect()
    }

    fn field(&self, field: usize) -> String {
        of_field(self.of, field).into_iter().map(group).collect()
    }
}

/// Reads the rest of a line into its last column.
const REST: &str = "(?: (.*))?";

/// Reads a column's field, or its part of it.
fn group(column: &Column) -> Cow<'static, str> {
    let pattern = match (column.source, column.written) {
        // `-` has no port, and no address before it.
        (Source::Address(_), Some(Written::TargetOrDash)) => "([^ ]*)[:-]",
        (Source::Address(_), _) => "([^ ]*):",
        (Source::Port(_), _) => "([0-9]*)",
        // Method, URL with whatever blanks the client sent, version.
        (Source::Request(_, RequestPart::Verb), _) => r#""([^ "]*)"#,
        (Source::Request(_, RequestPart::Url), _) => r#"(?: ([^"]*?))?"#,
        (Source::Request(_, RequestPart::Proto), _) => r#"(?: ([^ "]*))? ?""#,
        (_, Some(Written::Quoted)) => r#""([^"]*)""#,
        (_, Some(Written::NeverQuoted)) => r#"([^ "]*)"#,
        (_, Some(Written::PerhapsQuoted)) => r#""?([^ "]*)"?"#,
        (_, Some(Written::OneOf(words))) => return format!("({words})").into(),
        (_, Some(Written::Bare | Written::TargetOrDash) | None) => "([^ ]*)",
    };
    pattern.into()
}

impl RawLogs {
    /// Logs of nobody, for a statement to be filled in.
    pub fn placeholder() -> Self {
        let Export { location, accounts, regions, first_day } = Export::placeholder();
        Self { location, accounts, regions, first_day }
    }

    /// `CREATE EXTERNAL TABLE` with what has to be known about it above it as comments, without a semicolon.
    pub fn create(&self, table: &RawTable) -> String {
        let columns: Vec<String> =
            table.columns().map(|(name, sql_type)| format!("  {} {sql_type}", hive_name(name))).collect();
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
