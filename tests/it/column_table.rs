//! The column table drives everything it claims to: a field that AWS adds is one more line of it.
//!
//! [`wider`] is that table. What is made from the table is made from this one here: rows, schema, Athena's DDL and made-up
//! lines. Nothing else may list columns or count fields.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use alblog::columns::{ACCESS_COLUMNS, Source, Written, eras};
use alblog::{Column, Decoder, Fields, LogKind, Stats, ValueType};
use albstats::inside::raw::{self, RawTable};
use albstats::inside::{RawLogs, S3Address, Table, TableColumn};
use albsynth::{Synth, SynthSpec};
use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::compute::regexp_match;

use super::golden::{compare, none_fails};
use super::logs::access;
use super::support::{Workspace, repository};

const NEW: &str = "edge_location";

/// The columns of access logs with one more field.
fn wider() -> &'static [Column] {
    static COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| {
        let source = Source::Field(LogKind::Access.known_fields() + 1);
        #[rustfmt::skip]
        let new = Column { name: NEW, value: ValueType::Text, source, written: Some(Written::Quoted), since: "9999-01", doc: "where the client was met", documented: None, may_be_last: false };
        let fields = ACCESS_COLUMNS.iter().filter(|column| column.source.position().is_some());
        let others = ACCESS_COLUMNS.iter().filter(|column| column.source.position().is_none());
        fields.chain([&new]).chain(others).copied().collect()
    });
    &COLUMNS
}

/// A line with all fields of today, and these after them.
fn line(more: &str) -> String {
    let line = access("2026-11-20T10:00:00.000000Z", 200);
    let missing = LogKind::Access.known_fields() - Fields::new(line.trim_end().as_bytes()).count();
    format!("{}{}{more}", line.trim_end(), " \"-\"".repeat(missing))
}

fn decode(columns: &'static [Column], text: &[u8]) -> (RecordBatch, Stats) {
    let mut decoder = Decoder::with_columns(LogKind::Access, columns).batch_size(1 << 20).build();
    assert_eq!(decoder.decode(text), text.len());
    decoder.finish();
    (decoder.flush().unwrap(), decoder.stats())
}

fn texts<'a>(batch: &'a RecordBatch, column: &str) -> Vec<Option<&'a str>> {
    batch.column_by_name(column).unwrap().as_string_view().iter().collect()
}

#[test]
fn rows_have_a_new_field_in_its_column() {
    let text = [line(""), line(" \"FRA 56\""), line(" \"-\" \"later\""), line(" \"MUC\" later")].join("\n");
    let (rows, stats) = decode(wider(), text.as_bytes());
    assert_eq!(texts(&rows, NEW), [None, Some("FRA 56"), None, Some("MUC")]);
    assert_eq!(texts(&rows, "extra_fields"), [None, None, Some("\"later\""), Some("later")]);
    assert_eq!(texts(&rows, "domain_name"), [Some("shop.example.com"); 4]);
    assert_eq!((stats.rows, stats.rejected, stats.unreadable_values), (4, 0, 0));
    let (today, _) = decode(ACCESS_COLUMNS, text.as_bytes());
    assert_eq!(texts(&today, "extra_fields")[..2], [None, Some("\"FRA 56\"")]);
    let (schema, before) = (rows.schema(), today.schema());
    let at = schema.index_of(NEW).unwrap();
    assert_eq!(at, before.index_of("extra_fields").unwrap());
    let mut fields: Vec<_> = schema.fields().iter().collect();
    let new = fields.remove(at);
    assert_eq!(fields, before.fields().iter().collect::<Vec<_>>());
    assert!(new.is_nullable());
}

#[test]
fn tables_have_every_column_in_order() {
    let new = wider().iter().find(|column| column.name == NEW).unwrap();
    let column = TableColumn::from(new);
    assert_eq!((column.name, column.sql_type(), column.nullable, column.doc), (NEW, "string", true, new.doc));
    for table in Table::ALL {
        let Some(kind) = table.kind() else { continue };
        assert_eq!(table.columns(), kind.columns().iter().map(TableColumn::from).collect::<Vec<_>>());
    }
}

/// What the groups of the table's expression hold; those that took no part are left out.
fn groups(table: &RawTable, line: &str) -> Vec<String> {
    let regex = StringArray::new_scalar(format!("^(?:{})$", table.regex()));
    let found = regexp_match(&StringArray::from(vec![line]), &regex, None).unwrap();
    let found = found.as_list::<i32>();
    assert!(found.is_valid(0), "{line}");
    found.value(0).as_string::<i32>().iter().flatten().map(ToOwned::to_owned).collect()
}

#[test]
fn athenas_table_over_text_has_a_new_field() {
    let table = RawTable { of: wider(), ..raw::ACCESS };
    let today = raw::ACCESS.columns().count();
    assert_eq!(table.columns().count(), today + 1);
    assert_eq!(table.columns().skip(today - 1).collect::<Vec<_>>(), [(NEW, "string"), ("extra_fields", "string")]);
    let regex = table.regex();
    assert_eq!(regex.matches('(').count() - regex.matches("(?:").count(), today + 1);
    assert_eq!(groups(&table, &line("")).len(), today - 1);
    assert_eq!(groups(&table, &line(" \"FRA 56\""))[today - 1..], ["FRA 56"]);
    assert_eq!(groups(&table, &line(" \"FRA 56\" later"))[today - 1..], ["FRA 56", "later"]);
    assert_eq!(groups(&raw::ACCESS, &line(" \"FRA 56\""))[today - 1..], ["\"FRA 56\""]);
    let logs = RawLogs {
        location: "s3://logs/prod".parse::<S3Address>().unwrap(),
        accounts: vec!["111111111111".to_owned()],
        regions: vec!["eu-west-1".to_owned()],
        first_day: "2026-11-01".to_owned(),
    };
    assert!(logs.create(&table).contains("  `edge_location` string,\n  `extra_fields` string\n)"));
}

#[test]
fn made_up_lines_have_a_new_field() {
    let widths = |old_widths| {
        let spec = SynthSpec { requests_per_second: 10.0, odd_share: 0.0, old_widths, ..SynthSpec::default() };
        let columns = |kind: LogKind| if kind == LogKind::Access { wider() } else { kind.columns() };
        let synth = Synth::new(spec).unwrap().with_columns(columns);
        let mut widths = BTreeSet::new();
        for object in synth.objects().filter(|object| object.key.kind == LogKind::Access) {
            let lines = object.text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
            widths.extend(lines.map(|line| Fields::new(line).count()));
            if old_widths == 0.0 {
                assert!(object.text.is_empty() || object.text.ends_with(b" \"-\"\n"));
            }
        }
        widths.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(widths(0.0), [LogKind::Access.known_fields() + 1]);
    assert_eq!(widths(0.9), eras(wider()));
}

#[test]
fn athenas_tables_over_text_are_as_in_the_file() {
    let covers = ["--account", "123456789012", "--region", "eu-west-1"];
    let ddl = Workspace::new().run([&["athena", "ddl", "--raw", "s3://logs/v1"][..], &covers].concat()).done().stdout;
    none_fails(&compare(&repository("tests/screens/athena-ddl-raw.sql"), &ddl).into_iter().collect::<Vec<_>>());
}

/// Names of columns and numbers of fields in files that should have them from the table.
#[test]
fn nothing_else_lists_columns_or_counts_fields() {
    let known = |kind: LogKind| kind.columns().iter().filter(|column| column.source.position().is_some());
    let names: Vec<String> = LogKind::ALL.into_iter().flat_map(known).map(|c| format!("\"{}\"", c.name)).collect();
    // Smaller numbers are the least fields of some kind, which no new field changes.
    let least = LogKind::ALL.into_iter().map(LogKind::min_fields).max().unwrap();
    let counts: Vec<String> = LogKind::ALL
        .into_iter()
        .flat_map(|kind| eras(kind.columns()))
        .filter(|&count| count > least)
        .map(|count| count.to_string())
        .collect();
    let mut found = Vec::new();
    for file in ["src/ask/athena/raw.rs", "crates/albsynth/src/widths.rs", "crates/alblog/src/kind.rs"] {
        let text = std::fs::read_to_string(repository(file)).unwrap();
        let code = text.lines().take_while(|line| *line != "#[cfg(test)]");
        for line in code.filter(|line| !line.trim_start().starts_with("//")) {
            let counts_fields = line.split(|c: char| !c.is_alphanumeric()).any(|word| counts.iter().any(|n| n == word));
            if counts_fields || names.iter().any(|name| line.contains(name)) {
                found.push(format!("{file}: {}", line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "take it from alblog::columns:\n{}", found.join("\n"));
}
