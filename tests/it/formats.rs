//! What comes out: the same rows in every format, Parquet that reads back, streams that can be cut.

use std::fs::File;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use super::support::{Workspace, corpus};

fn real() -> Workspace {
    let folder = Workspace::new();
    folder.write("a.log", corpus("alb_access.log")).write("c.log", corpus("alb_connection.log"));
    folder
}

fn output(folder: &Workspace, format: &str, sql: &str) -> String {
    folder.run(["query", "--from", ".", "--format", format, sql]).done().stdout
}

#[test]
fn json_and_ndjson_are_valid_and_agree() {
    let folder = real();
    let sql = "SELECT * FROM requests ORDER BY time, client_port, trace_id, elb";
    let json: Vec<Value> = serde_json::from_str(&output(&folder, "json", sql)).unwrap();
    let ndjson = output(&folder, "ndjson", sql);
    let ndjson: Vec<Value> = ndjson.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(json, ndjson);
    assert_eq!(json.len(), 229);
    // Every row has every column, NULL or not.
    assert!(json.iter().all(|row| row.as_object().unwrap().len() == 45));
}

#[test]
fn rows_fit_the_json_schema() {
    let folder = real();
    for table in ["requests", "connections", "log_objects"] {
        let schema = folder.run(["schema", table, "--format", "json"]).done().stdout;
        let schema: Value = serde_json::from_str(&schema).unwrap();
        let rows: Vec<Value> =
            serde_json::from_str(&output(&folder, "json", &format!("SELECT * FROM {table}"))).unwrap();
        for row in &rows {
            for (name, value) in row.as_object().unwrap() {
                let types = &schema["properties"][name]["type"];
                let found = match value {
                    Value::Null => "null",
                    Value::String(_) => "string",
                    Value::Number(number) if number.is_i64() => "integer",
                    Value::Number(_) => "number",
                    _ => "other",
                };
                let is_allowed = types == found || types.as_array().is_some_and(|all| all.contains(&found.into()));
                assert!(is_allowed, "{table}.{name} is {found}, not {types}");
            }
        }
    }
}

#[test]
fn parquet_reads_back() {
    let folder = real();
    folder.run(["query", "--from", ".", "-o", "all.parquet", "SELECT * FROM requests"]).done();
    let file = File::open(folder.path("all.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let fields: Vec<String> =
        reader.schema().fields().iter().map(|field| format!("{} {}", field.name(), field.data_type())).collect();
    assert_eq!(fields.len(), 45);
    assert!(fields.contains(&"time Timestamp(µs, \"UTC\")".to_owned()), "{fields:?}");
    assert!(fields.contains(&"target_processing_time Float64".to_owned()), "{fields:?}");
    let batches: Vec<_> = reader.build().unwrap().map(Result::unwrap).collect();
    assert_eq!(batches.iter().map(arrow::array::RecordBatch::num_rows).sum::<usize>(), 229);
    let nulls =
        |name: &str| batches.iter().map(|batch| batch.column_by_name(name).unwrap().null_count()).sum::<usize>();
    let sql = "SELECT count(*) - count(target_status_code), count(*) - count(domain_name) FROM requests";
    // A Parquet file among logs may hold logs, too: it is named.
    let answer = folder.csv(".", sql).exits(3).says("incomplete: ./all.parquet: a Parquet file");
    assert_eq!(answer.value(), format!("{},{}", nulls("target_status_code"), nulls("domain_name")));
}

#[test]
fn a_table_that_is_not_for_a_terminal_is_whole() {
    let folder = Workspace::new();
    folder.write("a.log", super::logs::access_lines(2500));
    let sql = "SELECT time, user_agent, target_group_arn FROM requests";
    let text = output(&folder, "table", sql);
    assert_eq!(text.lines().count(), 2502);
    assert!(!text.contains('…'));
    // `--max-rows` is about terminals.
    let answer = folder.run(["query", "--from", ".", "--max-rows", "5", sql]).done();
    assert_eq!(answer.stdout, text);
}

#[test]
fn csv_reads_back_with_any_text() {
    let folder = real();
    let sql = "SELECT request_url, user_agent, trace_id FROM requests ORDER BY request_url, user_agent, trace_id";
    let csv = output(&folder, "csv", sql);
    let json: Vec<Value> = serde_json::from_str(&output(&folder, "json", sql)).unwrap();
    let rows = parse_csv(&csv);
    assert_eq!(rows.len(), json.len() + 1);
    for (row, object) in rows[1..].iter().zip(&json) {
        let values = ["request_url", "user_agent", "trace_id"].map(|name| object[name].as_str().unwrap_or_default());
        assert_eq!(row, &values);
    }
}

/// A slow and obvious reader of RFC 4180.
fn parse_csv(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field, mut is_quoted) = (vec![], vec![], String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' if is_quoted && chars.peek() == Some(&'"') => field.extend(chars.next()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => row.push(std::mem::take(&mut field)),
            '\n' if !is_quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            other => field.push(other),
        }
    }
    rows
}

#[test]
fn durations_decimals_and_booleans_have_a_form() {
    let folder = real();
    let sql = "SELECT min(time) - min(time) AS duration, CAST(1.5 AS decimal(10, 2)) AS dec, true AS yes, DATE \
               '2026-11-20' AS date, NULL AS nothing FROM requests";
    assert_eq!(folder.value(".", sql), "P0D,1.50,true,2026-11-20,");
    for format in ["table", "json", "ndjson", "markdown", "html"] {
        assert!(output(&folder, format, sql).contains("1.50"));
    }
}
