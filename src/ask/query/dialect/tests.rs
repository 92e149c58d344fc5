//! Expressions with the answers that Trino gave.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, Float64Type, Int64Type, IntervalMonthDayNanoType, IntervalUnit, TimeUnit, TimestampMicrosecondType,
};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::Result;
use datafusion::execution::context::SQLOptions;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use serde_json::{Value, json};

use super::{Dialect, TableNames, mentions};
use crate::ask::query::functions::{self, Rounding};

fn session() -> SessionContext {
    let mut config = SessionConfig::new().with_target_partitions(1).with_information_schema(true);
    config.options_mut().sql_parser.default_null_ordering = "nulls_last".to_owned();
    config.options_mut().execution.time_zone = Some("+00:00".to_owned());
    let context = SessionContext::new_with_config(config);
    let rounding = Rounding::default();
    functions::register(&context, &rounding);
    super::session(&context, &rounding)
}

async fn rows(context: &SessionContext, sql: &str) -> Result<Vec<RecordBatch>> {
    let translated = super::translate(sql, Dialect::Athena, &TableNames::default(), &BTreeMap::new())?;
    let plan = context.state().statement_to_plan(translated.statement).await?;
    SQLOptions::new().with_allow_ddl(false).verify_plan(&plan)?;
    DataFrame::new(context.state(), plan).collect().await
}

/// A value as the recorded answers have it.
fn value(array: &ArrayRef, row: usize) -> Value {
    if array.is_null(row) {
        return Value::Null;
    }
    let shown = || {
        let options = FormatOptions::default();
        ArrayFormatter::try_new(array, &options).unwrap().value(row).to_string()
    };
    match array.data_type() {
        DataType::Boolean => json!(array.as_boolean().value(row)),
        kind if kind.is_integer() => {
            json!(cast(array, &DataType::Int64).unwrap().as_primitive::<Int64Type>().value(row))
        }
        kind if kind.is_floating() => {
            let value = cast(array, &DataType::Float64).unwrap().as_primitive::<Float64Type>().value(row);
            if value.is_nan() {
                json!("NaN")
            } else if value.is_infinite() {
                json!("Infinity")
            } else {
                json!(value)
            }
        }
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => {
            let list = match array.data_type() {
                DataType::List(_) => array.as_list::<i32>().value(row),
                DataType::LargeList(_) => array.as_list::<i64>().value(row),
                _ => array.as_fixed_size_list().value(row),
            };
            (0..list.len()).map(|row| value(&list, row)).collect()
        }
        DataType::Struct(_) => array.as_struct().columns().iter().map(|column| value(column, row)).collect(),
        DataType::Map(..) => {
            let entries = array.as_map().value(row);
            let key = |row| match value(entries.column(0), row) {
                Value::String(text) => text,
                Value::Number(number) if number.is_f64() => format!("{:?}", number.as_f64().unwrap()),
                other => other.to_string(),
            };
            Value::Object((0..entries.len()).map(|row| (key(row), value(entries.column(1), row))).collect())
        }
        DataType::Binary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            let bytes = cast(array, &DataType::Binary).unwrap();
            json!(base64(bytes.as_binary::<i32>().value(row)))
        }
        DataType::Timestamp(_, zone) => {
            let micros = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, zone.clone())).unwrap();
            json!({"micros": micros.as_primitive::<TimestampMicrosecondType>().value(row)})
        }
        DataType::Duration(_) => {
            let micros = cast(array, &DataType::Duration(TimeUnit::Microsecond)).unwrap();
            json!(day_to_second(cast(&micros, &DataType::Int64).unwrap().as_primitive::<Int64Type>().value(row)))
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let value = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            if value.months != 0 {
                json!(format!("{}-{}", value.months / 12, value.months % 12))
            } else {
                json!(day_to_second(i64::from(value.days) * 86_400_000_000 + value.nanoseconds / 1000))
            }
        }
        _ => json!(shown()),
    }
}

/// As Trino writes a length of time.
fn day_to_second(micros: i64) -> String {
    let millis = micros / 1000;
    let (seconds, days) = (millis / 1000 % 86_400, millis / 86_400_000);
    format!("{days} {:02}:{:02}:{:02}.{:03}", seconds / 3600, seconds / 60 % 60, seconds % 60, millis % 1000)
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |chunk: &[u8]| {
        let bits = (0..3).fold(0_u32, |bits, at| bits << 8 | u32::from(chunk.get(at).copied().unwrap_or(0)));
        (0..4)
            .map(|at| if at <= chunk.len() { char::from(DIGITS[(bits >> (18 - 6 * at) & 63) as usize]) } else { '=' })
            .collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

/// The instant that Trino wrote as `2024-01-15 10:00:00.000 Asia/Tokyo`.
fn micros(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, ' ');
    let (date, time, zone) = (parts.next()?, parts.next()?, parts.next().unwrap_or("UTC"));
    let local: jiff::civil::DateTime = format!("{date}T{time}").parse().ok()?;
    if zone.starts_with(['+', '-']) {
        return Some(format!("{date}T{time}{zone}").parse::<jiff::Timestamp>().ok()?.as_microsecond());
    }
    let zone = jiff::tz::TimeZone::get(zone).ok()?;
    Some(local.to_zoned(zone).ok()?.timestamp().as_microsecond())
}

fn agrees(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 1e-12 * a.abs().max(b.abs())
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| agrees(a, b)),
        (Value::Object(a), Value::String(b)) => a.get("micros").and_then(Value::as_i64) == micros(b),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|b| agrees(value, b)))
        }
        _ => ours == theirs,
    }
}

/// Why we do not answer as Trino did.
async fn difference(context: &SessionContext, case: &Value) -> Option<String> {
    let sql = case["sql"].as_str().unwrap();
    let answer = rows(context, sql).await;
    if let Some(error) = case["trino_error"].as_str() {
        return match answer {
            Ok(batches) => Some(format!("{batches:?}, where Trino says {error}").chars().take(300).collect()),
            Err(_) => None,
        };
    }
    let batches = match answer {
        Ok(batches) => batches,
        Err(error) => return Some(format!("{:.300}", error.strip_backtrace())),
    };
    let ours: Vec<Value> = batches
        .iter()
        .flat_map(|batch| {
            (0..batch.num_rows()).map(|row| batch.columns().iter().map(|column| value(column, row)).collect())
        })
        .collect();
    let theirs = case["rows"].as_array().unwrap();
    let same_row = |(ours, theirs): (&Value, &Value)| {
        let (ours, theirs) = (ours.as_array().unwrap(), theirs.as_array().unwrap());
        ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| agrees(a, b))
    };
    let is_same = ours.len() == theirs.len() && ours.iter().zip(theirs).all(same_row);
    (!is_same).then(|| format!("{}, not {}", Value::from(ours), case["rows"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn expressions_answer_as_in_trino() {
    let context = session();
    let cases =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/athena/expressions.ndjson")).unwrap();
    let (mut differ, mut listed) = (Vec::new(), Vec::new());
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        // What differs has its reason in `docs/sql.md`.
        if case["listed"].is_string() {
            listed.push(case["sql"].as_str().unwrap().to_owned());
        }
        if let Some(difference) = difference(&context, &case).await {
            differ.push((case["sql"].as_str().unwrap().to_owned(), difference));
        }
    }
    let found: Vec<&str> = differ.iter().map(|(sql, _)| sql.as_str()).collect();
    let shown: Vec<String> = differ.iter().map(|(sql, difference)| format!("{sql}\n    {difference}")).collect();
    assert_eq!(found, listed, "{}", shown.join("\n"));
}

/// The one row of a statement, as text.
async fn one_row(context: &SessionContext, sql: &str) -> String {
    let batches = rows(context, sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    let batch = batches.iter().find(|batch| batch.num_rows() == 1).unwrap_or_else(|| panic!("{sql}: no row"));
    batch.columns().iter().map(|column| value(column, 0).to_string().replace('"', "")).collect::<Vec<_>>().join(" | ")
}

/// What the engine would make of values of different types that meet, and of functions of text and lists.
#[tokio::test(flavor = "multi_thread")]
async fn values_that_meet_are_what_they_are_in_trino() {
    let context = session();
    for (sql, expected) in [
        ("0.1e0 + 0.2e0 = 0.3, 0.1e0 + 0.2e0 > 0.3, 1e20 > 0.5", "false | true | true"),
        (
            "typeof(CASE WHEN true THEN 1.5 ELSE 2e0 END), typeof(coalesce(1e0, 0.0)), typeof(if(true, 1.5, 1e0))",
            "double | double | double",
        ),
        (
            "typeof(greatest(1.5, 1e0)), typeof(nullif(1.5, 1e0)), typeof(ARRAY[1.5, 1e0])",
            "double | double | array(double)",
        ),
        ("0.3e0 IN (0.3, 1), 0.3e0 BETWEEN 0.3 AND 0.4", "true | true"),
        (
            "(CASE WHEN 1e0 = -1 THEN 0 ELSE 1.5e0 END) + 1, (CASE WHEN false THEN 0 ELSE 0.5e0 END) * 1000",
            "2.5 | 500.0",
        ),
        (
            "CAST(CAST(TIMESTAMP '2026-11-20 23:00:00 UTC' AT TIME ZONE 'Asia/Tokyo' AS timestamp) AS varchar)",
            "2026-11-21 08:00:00.000",
        ),
        (
            "CAST(CAST(TIMESTAMP '2026-11-20 23:00:00 UTC' AT TIME ZONE 'Asia/Tokyo' AS timestamp) AS date)",
            "2026-11-21",
        ),
        ("TIMESTAMP '2026-11-21 00:30:00 Europe/Berlin' < TIMESTAMP '2026-11-21 00:00:00'", "true"),
        ("hour(TIMESTAMP '2026-11-21 01:00:00' AT TIME ZONE 'Europe/Berlin')", "2"),
        ("to_unixtime(with_timezone(TIMESTAMP '2026-01-01 10:00:00', 'Asia/Tokyo'))", "1767229200.0"),
        ("CAST(date_parse('2026-01-01 10:00', '%Y-%m-%d %H:%i') AS varchar)", "2026-01-01 10:00:00.000"),
        (
            "typeof(date_parse('2026-01-01', '%Y-%m-%d')), typeof(date_add('day', 1, TIMESTAMP '2026-01-01 00:00:00'))",
            "timestamp(3) | timestamp(3)",
        ),
        ("CAST(CAST('2026-11-20 23:48:05.762859' AS timestamp) AS varchar)", "2026-11-20 23:48:05.763"),
        ("CAST(CAST('2026-11-20 23:48:05.762859' AS timestamp(0)) AS varchar)", "2026-11-20 23:48:06.000"),
        (
            "IPADDRESS '9.0.0.0' < IPADDRESS '100.64.0.0', CAST('::ffff:1.2.3.4' AS ipaddress) = IPADDRESS '1.2.3.4'",
            "true | true",
        ),
        ("IPADDRESS '100.70.1.2' BETWEEN IPADDRESS '100.64.0.0' AND IPADDRESS '100.127.255.255'", "true"),
        (
            "array_remove(ARRAY[1, 2, 1], 1), reverse(ARRAY[1, 2, 3]), concat(ARRAY[1], ARRAY[2])",
            "[2] | [3,2,1] | [1,2]",
        ),
        ("concat_ws(',', ARRAY['a', 'b']), repeat('ab', 2)[2], reverse('abc')", "a,b | ab | cba"),
        ("CAST(INTERVAL '36' HOUR AS varchar), CAST(INTERVAL '14' MONTH AS varchar)", "1 12:00:00.000 | 1-2"),
        ("CAST(TIMESTAMP '2026-01-02 12:00:00' - TIMESTAMP '2026-01-01 00:00:00' AS varchar)", "1 12:00:00.000"),
        (
            "TRY(url_extract_path('https://a/b?c=1')), TRY(CAST(url_extract_parameter('https://a/?q=7', 'q') AS bigint))",
            "/b | 7",
        ),
        ("map(ARRAY['a'], ARRAY[1])['a'], element_at(map(ARRAY['a'], ARRAY[1]), 'a')", "1 | 1"),
        (
            "(1, 2) IN (VALUES (1, 2), (3, 4)), (1, 3) IN (VALUES (1, 2), (3, 4)), (1, 2) IN ((1, 2))",
            "true | false | true",
        ),
        ("all_match(ARRAY[1, 2], x -> x > 0), none_match(ARRAY[1, 2], x -> x > 1)", "true | false"),
        ("all_match(ARRAY[1, NULL], x -> x > 0) IS NULL, all_match(ARRAY[-1, NULL], x -> x > 0)", "true | false"),
        (
            "CAST(ARRAY['1', '2'] AS array(integer)), CAST(ARRAY[1.5, NULL] AS array(varchar)), CAST(ARRAY[2.5e0] AS array(bigint))",
            "[1,2] | [1.5,null] | [3]",
        ),
        (
            "CAST(json_parse('[1, null]') AS array(double)), CAST(json_parse('{\"a\": [\"x\"]}') AS map(varchar, array(varchar)))",
            "[1.0,null] | {a:[x]}",
        ),
        ("CAST(DATE '2026-02-01' - DATE '2026-01-01' AS varchar), ROW(1, 'b')[2]", "31 00:00:00.000 | b"),
        ("length(normalize('ä', NFD)), length(normalize('ä', nfc))", "2 | 1"),
        ("strpos('hello', 'l', -1), typeof(localtimestamp), current_schema", "4 | timestamp(3) | default"),
    ] {
        assert_eq!(one_row(&context, &format!("SELECT {sql}")).await, expected, "{sql}");
    }
    for (sql, expected) in [
        ("max_by(x, y, 2), min_by(x, y, 2)", "[c,b] | [a,b]"),
        ("multimap_agg(y > 1, x)", "{false:[a],true:[b,c]}"),
        ("bitwise_or_agg(y), bitwise_and_agg(y)", "3 | 0"),
    ] {
        let rows = format!("SELECT {sql} FROM (VALUES ('a', 1), ('b', 2), ('c', 3), ('d', NULL)) t(x, y)");
        assert_eq!(one_row(&context, &rows).await, expected, "{sql}");
    }
    let column = "SELECT typeof(x) FROM (SELECT 1.5 AS x UNION ALL SELECT 1e0) LIMIT 1";
    assert_eq!(one_row(&context, column).await, "double");
    let joined = "SELECT count(*) FROM (VALUES 0.3) a(x) JOIN (SELECT 0.1e0 + 0.2e0 AS y) b ON a.x = b.y";
    assert_eq!(one_row(&context, joined).await, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_meet_is_refused() {
    let context = session();
    for (sql, words) in [
        ("SELECT k FROM (VALUES 1) a(k) FULL JOIN (VALUES 2) b(k) USING (k)", "FULL JOIN"),
        ("SELECT k FROM (VALUES 1) a(k) RIGHT JOIN (VALUES 2) b(k) USING (k)", "RIGHT JOIN"),
        ("SELECT x FROM (VALUES 1, 1) t(x) EXCEPT ALL SELECT 1", "EXCEPT ALL"),
        ("SELECT coalesce(now() AT TIME ZONE 'Asia/Tokyo', now())", "times of two zones"),
        ("SELECT regexp_like('aaa', 'a++a')", "gives nothing back"),
        ("SELECT DATE '2026-01-01' + 1", "INTERVAL '1' DAY"),
        ("SELECT date_add('hour', 1, DATE '2026-01-01')", "days and more"),
        ("SELECT to_hex(255)", "to_base"),
        ("SELECT x FROM (VALUES 'a') t(x) WHERE x IN (SELECT 1 WHERE false)", "text cannot be compared with a number"),
        ("SELECT x IS DISTINCT FROM 1 FROM (VALUES 'a') t(x)", "text cannot be compared with a number"),
        ("SELECT CASE x WHEN 1 THEN 2 END FROM (VALUES 'a') t(x)", "text cannot be compared with a number"),
        ("SELECT x FROM (VALUES 'a') t(x) JOIN (VALUES 1) u(x) USING (x)", "text cannot be compared with a number"),
        ("SELECT CAST('{}' AS array(integer))", "no list"),
        ("SELECT with_timezone(TIMESTAMP '2026-01-01 10:00:00', 'Asia/Tokio')", "no time zone"),
    ] {
        let error = rows(&context, sql).await.expect_err(sql).to_string();
        assert!(error.contains(words), "{sql}: {error}");
    }
}

#[test]
fn tables_are_mentioned_where_tables_stand() {
    let names = TableNames::default();
    for sql in
        ["SELECT 1 FROM alb_logs WHERE", "SELECT 1 FROM \"default\".\"alb_logs\" (", "SELECT 1 FROM a JOIN ALB_LOGS ON"]
    {
        assert!(mentions(sql, &names), "{sql}");
    }
    for sql in [
        "SELECT * EXCLUDE (elb) FROM requests WHERE elb = 'alb_logs'",
        "SELECT 1 AS alb_logs FROM requests",
        "SELECT alb FROM t",
    ] {
        assert!(!mentions(sql, &names), "{sql}");
    }
}
