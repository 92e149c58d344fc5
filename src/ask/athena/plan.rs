//! What has to be said to Athena so that a database has the tables of an export. Pure: from what is there and what
//! should be to statements and the reasons for them.
//!
//! Properties are set and columns are added in place. For anything else the table is dropped and created again, which
//! touches no data: the tables are external, their rows are the export's files. A table that is not external, or holds
//! something else, is nobody's to drop but its owner's.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use aws_sdk_athena::types::TableMetadata;

use super::ddl::{Export, definition, properties};
use super::literal::hive_name;
use super::views::View;
use crate::base::message::Message;
use crate::base::tables::{PARTITIONS, Table, TableColumn};

/// A table or view as the catalog describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Existing {
    /// Whether it is a table over files that are not its own.
    pub is_external: bool,
    /// Columns in the files: name and type.
    pub columns: Vec<(String, String)>,
    /// Names of partition columns.
    pub partitions: Vec<String>,
    /// Everything else, `location` among it.
    pub parameters: BTreeMap<String, String>,
}

impl From<&TableMetadata> for Existing {
    fn from(metadata: &TableMetadata) -> Self {
        let column = |column: &aws_sdk_athena::types::Column| {
            (column.name().to_lowercase(), column.r#type().unwrap_or_default().to_lowercase())
        };
        let parameters = metadata.parameters().into_iter().flatten();
        Self {
            is_external: metadata.table_type() == Some("EXTERNAL_TABLE"),
            columns: metadata.columns().iter().map(column).collect(),
            partitions: metadata.partition_keys().iter().map(|key| column(key).0).collect(),
            parameters: parameters.map(|(name, value)| (name.clone(), value.clone())).collect(),
        }
    }
}

/// What has to be done about one table, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogChange {
    /// Table, view or database.
    pub name: String,
    pub reasons: Vec<String>,
    /// What mends it, in order, without semicolons.
    pub statements: Vec<String>,
}

impl CatalogChange {
    fn new(name: &str, reasons: Vec<String>, statements: Vec<String>) -> Self {
        Self { name: name.to_owned(), reasons, statements }
    }

    /// The database is missing.
    pub fn create_database(name: &str) -> Self {
        let statement = format!("CREATE DATABASE IF NOT EXISTS {}", hive_name(name));
        Self::new(name, vec!["there is no such database".to_owned()], vec![statement])
    }
}

/// What a table needs; nothing if it is as it should be.
///
/// # Errors
/// When something else has the table's name.
pub(super) fn table_change(
    export: &Export,
    table: Table,
    existing: Option<&Existing>,
) -> Result<Option<CatalogChange>> {
    let name = table.name();
    let Some(existing) = existing else {
        let reason = "there is no such table".to_owned();
        return Ok(Some(CatalogChange::new(name, vec![reason], vec![export.create(table)])));
    };
    if !existing.is_external || existing.parameters.get("table_type").is_some_and(|it| it.to_lowercase() == "iceberg") {
        bail!(
            Message::new(format_args!("{name} is a view or a table of another kind, which is not replaced"))
                .hint("--database NAME for a database of its own")
        );
    }
    let rebuild = reasons_to_rebuild(export, table, existing);
    if !rebuild.is_empty() {
        let drop = format!("DROP TABLE IF EXISTS {}", hive_name(name));
        return Ok(Some(CatalogChange::new(name, rebuild, vec![drop, export.create(table)])));
    }
    let (mut reasons, mut statements) = (Vec::new(), Vec::new());
    let missing: Vec<TableColumn> = Export::columns(table)
        .into_iter()
        .filter(|column| !existing.columns.iter().any(|(name, _)| name == column.name))
        .collect();
    if !missing.is_empty() {
        let names: Vec<&str> = missing.iter().map(|column| column.name).collect();
        reasons.push(format!("it has no column {}", names.join(", ")));
        let columns: Vec<String> = missing.iter().map(|column| definition(column, 0)).collect();
        statements.push(format!("ALTER TABLE {} ADD COLUMNS ({})", hive_name(name), columns.join(", ")));
    }
    let wrong: Vec<(&str, String)> = export
        .properties(table)
        .into_iter()
        .filter(|(name, value)| !is_same(existing.parameters.get(*name), value))
        .collect();
    if !wrong.is_empty() {
        let reason = |(name, value): &(&str, String)| match existing.parameters.get(*name) {
            Some(there) => format!("{name} is {there}, should be {value}"),
            None => format!("{name} is not set, should be {value}"),
        };
        reasons.extend(wrong.iter().map(reason));
        statements.push(format!("ALTER TABLE {} SET TBLPROPERTIES (\n{}\n)", hive_name(name), properties(&wrong)));
    }
    Ok((!statements.is_empty()).then(|| CatalogChange::new(name, reasons, statements)))
}

/// What a view needs; nothing if it is there with the columns it should have. Its text cannot be read from the catalog.
///
/// # Errors
/// When a table has the view's name.
pub(super) fn view_change(view: &View, existing: Option<&Existing>) -> Result<Option<CatalogChange>> {
    let reason = match existing {
        None => "there is no such view",
        Some(existing) if existing.is_external => {
            bail!("{} is a table, and is not replaced by a view", view.name)
        }
        Some(existing) if !existing.columns.iter().map(|(name, _)| name.as_str()).eq(view.columns.iter().copied()) => {
            "its columns differ"
        }
        Some(_) => return Ok(None),
    };
    Ok(Some(CatalogChange::new(view.name, vec![reason.to_owned()], vec![view.create()])))
}

/// Differences that cannot be mended in place.
fn reasons_to_rebuild(export: &Export, table: Table, existing: &Existing) -> Vec<String> {
    let mut reasons = Vec::new();
    let location = export.location_of(table);
    if let Some(there) = existing.parameters.get("location")
        && there.trim_end_matches('/') != location.trim_end_matches('/')
    {
        reasons.push(format!("its location is {there}, should be {location}"));
    }
    if let Some(format) = existing.parameters.get("inputformat")
        && !format.to_lowercase().contains("parquet")
    {
        reasons.push(format!("its files are read as {format}, not as Parquet"));
    }
    if existing.partitions != PARTITIONS {
        reasons.push(format!("it is partitioned by {}, not by {}", list(&existing.partitions), PARTITIONS.join(", ")));
    }
    let columns = Export::columns(table);
    let retyped = columns.iter().filter_map(|column| {
        let (_, there) = existing.columns.iter().find(|(name, _)| name == column.name)?;
        (there != column.sql_type()).then(|| format!("{} is {there}, should be {}", column.name, column.sql_type()))
    });
    reasons.extend(retyped);
    reasons
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

/// Lists are the same in any order.
fn is_same(there: Option<&String>, value: &str) -> bool {
    let sorted = |list: &str| {
        let mut parts: Vec<String> = list.split(',').map(|part| part.trim().to_owned()).collect();
        parts.sort();
        parts
    };
    there.is_some_and(|there| sorted(there) == sorted(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export() -> Export {
        Export { first_day: "2026-11-01".to_owned(), ..Export::placeholder() }
    }

    /// The table as it is after it was created.
    fn created(table: Table) -> Existing {
        let mut parameters: BTreeMap<String, String> =
            export().properties(table).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        parameters.insert("location".to_owned(), export().location_of(table).trim_end_matches('/').to_owned());
        parameters.insert("inputformat".to_owned(), "org.apache.hadoop.hive.ql.io.parquet.X".to_owned());
        let column = |column: &TableColumn| (column.name.to_owned(), column.sql_type().to_owned());
        Existing {
            is_external: true,
            columns: Export::columns(table).iter().map(column).collect(),
            partitions: PARTITIONS.map(ToOwned::to_owned).to_vec(),
            parameters,
        }
    }

    fn change(existing: &Existing) -> Option<CatalogChange> {
        table_change(&export(), Table::RejectedLines, Some(existing)).unwrap()
    }

    #[test]
    fn what_was_created_needs_nothing() {
        for table in Table::ALL {
            assert_eq!(table_change(&export(), table, Some(&created(table))).unwrap(), None);
            let change = table_change(&export(), table, None).unwrap().unwrap();
            assert!(
                change.statements[0].starts_with(&format!("CREATE EXTERNAL TABLE IF NOT EXISTS `{}`", table.name()))
            );
        }
    }

    #[test]
    fn columns_of_later_versions_stay() {
        let mut existing = created(Table::RejectedLines);
        existing.columns.push(("later".to_owned(), "string".to_owned()));
        assert_eq!(change(&existing), None);
    }

    #[test]
    fn columns_and_properties_are_mended_in_place() {
        let mut existing = created(Table::RejectedLines);
        existing.columns.retain(|(name, _)| name != "kind");
        existing.parameters.insert("projection.account.values".to_owned(), "999999999999,123456789012".to_owned());
        existing.parameters.remove("projection.day.range");
        let change = change(&existing).unwrap();
        assert_eq!(
            change.statements,
            [
                "ALTER TABLE `rejected_lines` ADD COLUMNS (`kind` string    COMMENT 'access, connection or health-check')",
                "ALTER TABLE `rejected_lines` SET TBLPROPERTIES (\n  'projection.account.values' = '123456789012',\n  \
                 'projection.day.range' = '2026-11-01,NOW+1DAYS'\n)"
            ]
        );
        assert_eq!(
            change.reasons,
            [
                "it has no column kind",
                "projection.account.values is 999999999999,123456789012, should be 123456789012",
                "projection.day.range is not set, should be 2026-11-01,NOW+1DAYS"
            ]
        );
    }

    #[test]
    fn anything_else_means_a_new_table() {
        type Spoil = fn(&mut Existing);
        let spoil: [(&str, Spoil); 4] = [
            ("its location is s3://other/, should be", |it| {
                it.parameters.insert("location".to_owned(), "s3://other/".to_owned());
            }),
            ("its files are read as org.Text", |it| {
                it.parameters.insert("inputformat".to_owned(), "org.Text".to_owned());
            }),
            ("it is partitioned by nothing, not by account, region, day", |it| it.partitions.clear()),
            ("line_number is string, should be bigint", |it| it.columns[1].1 = "string".to_owned()),
        ];
        for (reason, spoil) in spoil {
            let mut existing = created(Table::RejectedLines);
            spoil(&mut existing);
            let change = change(&existing).unwrap();
            assert!(change.reasons[0].starts_with(reason), "{:?}", change.reasons);
            assert_eq!(change.statements[0], "DROP TABLE IF EXISTS `rejected_lines`");
            assert_eq!(change.statements.len(), 2);
        }
    }

    #[test]
    fn what_is_not_ours_is_not_dropped() {
        let view = Existing::default();
        let mut iceberg = created(Table::RejectedLines);
        iceberg.parameters.insert("table_type".to_owned(), "ICEBERG".to_owned());
        for existing in [view, iceberg] {
            let error = table_change(&export(), Table::RejectedLines, Some(&existing)).unwrap_err().to_string();
            assert!(error.contains("is not replaced\nhint: --database"), "{error}");
        }
        let view = &super::super::views::VIEWS[0];
        assert!(view_change(view, Some(&created(Table::Requests))).is_err());
        assert!(view_change(view, None).unwrap().is_some());
        let columns = view.columns.iter().map(|name| ((*name).to_owned(), String::new())).collect();
        assert_eq!(view_change(view, Some(&Existing { columns, ..Existing::default() })).unwrap(), None);
    }
}
