//! Tables over the Parquet files of an export, as Athena's DDL.
//!
//! Responsible for what such a table should look like, as text ([`Export::create`]) and as values to compare with what
//! is there ([`Export::columns`], [`Export::properties`]). Partitions are projected, so that no crawler has to find
//! them: <https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html>.

use super::literal::{hive_name, hive_text};
use crate::base::s3_address::S3Address;
use crate::base::tables::{PARTITIONS, Table, TableColumn};

/// The day from which on load balancers of this kind write logs.
pub const FIRST_DAY: &str = "2016-08-01";

/// An export and what it covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// `<to>`: below it lies a folder per table.
    pub location: S3Address,
    /// Accounts whose logs are in it.
    pub accounts: Vec<String>,
    /// Regions whose logs are in it.
    pub regions: Vec<String>,
    /// Its first day, `yyyy-MM-dd`. Days before it do not exist for Athena.
    pub first_day: String,
}

impl Export {
    /// An export that nobody has: what is in capitals has to be replaced.
    pub fn placeholder() -> Self {
        Self {
            location: S3Address { bucket: "BUCKET".to_owned(), prefix: "PREFIX".to_owned() },
            accounts: vec!["123456789012".to_owned()],
            regions: vec!["us-east-1".to_owned()],
            first_day: FIRST_DAY.to_owned(),
        }
    }

    /// Columns that are in the files, in the order of the table.
    pub fn columns(table: Table) -> Vec<TableColumn> {
        table.stored_columns()
    }

    /// `s3://bucket/prefix/requests/`
    pub fn location_of(&self, table: Table) -> String {
        self.location.url_of(table.name())
    }

    /// The table's properties: how its partitions follow from the values of its partition columns.
    pub fn properties(&self, table: Table) -> Vec<(&'static str, String)> {
        // Folders of tomorrow are there when clocks differ; a range that ended today would hide them.
        let range = format!("{},NOW+1DAYS", self.first_day);
        let template = format!("{}account=${{account}}/region=${{region}}/day=${{day}}/", self.location_of(table));
        vec![
            ("projection.enabled", "true".to_owned()),
            ("projection.account.type", "enum".to_owned()),
            ("projection.account.values", self.accounts.join(",")),
            ("projection.region.type", "enum".to_owned()),
            ("projection.region.values", self.regions.join(",")),
            ("projection.day.type", "date".to_owned()),
            ("projection.day.format", "yyyy-MM-dd".to_owned()),
            ("projection.day.range", range),
            ("storage.location.template", template),
        ]
    }

    /// `CREATE EXTERNAL TABLE`, without a semicolon.
    pub fn create(&self, table: Table) -> String {
        let columns = Self::columns(table);
        // Aligned over all columns of the table, partitions too.
        let width = table.columns().iter().map(|column| column.name.len()).max().unwrap_or(0) + 2;
        let columns: Vec<String> = columns.iter().map(|column| format!("  {}", definition(column, width))).collect();
        let partitions = PARTITIONS.map(|name| format!("{} string", hive_name(name)));
        format!(
            "\
CREATE EXTERNAL TABLE IF NOT EXISTS {name} (
{columns}
)
COMMENT {comment}
PARTITIONED BY ({partitions})
STORED AS PARQUET
LOCATION {location}
TBLPROPERTIES (
{properties}
)",
            name = hive_name(table.name()),
            columns = columns.join(",\n"),
            comment = hive_text(&format!("One row is {}", table.doc())),
            partitions = partitions.join(", "),
            location = hive_text(&self.location_of(table)),
            properties = properties(&self.properties(table)),
        )
    }
}

/// A column as it is defined: name, type, comment.
pub(super) fn definition(column: &TableColumn, width: usize) -> String {
    format!("{:width$} {:9} COMMENT {}", hive_name(column.name), column.sql_type(), hive_text(column.doc))
}

/// `'name' = 'value'`, one a line.
pub(super) fn properties<N: AsRef<str>>(properties: &[(N, String)]) -> String {
    let line = |(name, value): &(N, String)| format!("  {} = {}", hive_text(name.as_ref()), hive_text(value));
    properties.iter().map(line).collect::<Vec<_>>().join(",\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_over_two_accounts() {
        let export = Export {
            location: "s3://lake/v1".parse().unwrap(),
            accounts: vec!["111111111111".to_owned(), "222222222222".to_owned()],
            regions: vec!["eu-west-1".to_owned()],
            first_day: "2026-11-01".to_owned(),
        };
        let ddl = export.create(Table::RejectedLines);
        insta::assert_snapshot!(ddl, @r"
        CREATE EXTERNAL TABLE IF NOT EXISTS `rejected_lines` (
          `log_object`  string    COMMENT 'the object the line stands in: path or s3:// URL',
          `line_number` bigint    COMMENT 'number of the line in its object, from 1',
          `reason`      string    COMMENT 'why it is not a row',
          `line`        string    COMMENT 'its text, at most 4 KiB; bytes that are not UTF-8 as \\xHH; NULL where an export redacts it',
          `kind`        string    COMMENT 'access, connection or health-check'
        )
        COMMENT 'One row is a line that could not be read as a row of its kind'
        PARTITIONED BY (`account` string, `region` string, `day` string)
        STORED AS PARQUET
        LOCATION 's3://lake/v1/rejected_lines/'
        TBLPROPERTIES (
          'projection.enabled' = 'true',
          'projection.account.type' = 'enum',
          'projection.account.values' = '111111111111,222222222222',
          'projection.region.type' = 'enum',
          'projection.region.values' = 'eu-west-1',
          'projection.day.type' = 'date',
          'projection.day.format' = 'yyyy-MM-dd',
          'projection.day.range' = '2026-11-01,NOW+1DAYS',
          'storage.location.template' = 's3://lake/v1/rejected_lines/account=${account}/region=${region}/day=${day}/'
        )
        ");
    }

    #[test]
    fn every_table_has_its_partitions_and_comments_that_the_catalog_takes() {
        for table in Table::ALL {
            let columns = table.columns();
            assert!(PARTITIONS.iter().all(|name| columns.iter().any(|column| column.name == *name)), "{table:?}");
            assert!(Export::columns(table).iter().all(|column| column.doc.len() <= 255), "{table:?}");
        }
    }
}
