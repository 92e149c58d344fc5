//! The same small result in every format, and what holds for all formats.

use std::io::{self, Write};
use std::slice::from_ref;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, ListBuilder, RecordBatch, StringBuilder, StringViewArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray,
};
use arrow::datatypes::SchemaRef;

use super::{Format, TableLayout, is_broken_pipe, writer};

/// 2026-11-22T13:00:00.123456Z
const MOMENT: i64 = 1_795_352_400_123_456;

pub(super) fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true))).unwrap()
}

pub(super) fn texts<'t>(values: impl IntoIterator<Item = Option<&'t str>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<StringViewArray>())
}

pub(super) fn numbers(values: impl IntoIterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<Int64Array>())
}

pub(super) fn times(values: impl IntoIterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

pub(super) fn print(format: Format, layout: TableLayout, schema: SchemaRef, batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = writer(format, schema, Vec::new(), layout).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.finish().unwrap()
}

fn text_of(format: Format, batches: &[RecordBatch]) -> String {
    String::from_utf8(print(format, TableLayout::plain(), batches[0].schema(), batches)).unwrap()
}

/// Two batches, each with something awkward.
fn requests() -> [RecordBatch; 2] {
    let rows = |time, path, status, seconds| {
        batch(vec![
            ("time", times([time])),
            ("path", texts([path])),
            ("status", numbers([status])),
            ("seconds", Arc::new(Float64Array::from(vec![seconds])) as ArrayRef),
            ("reused", Arc::new(BooleanArray::from(vec![Some(true)]))),
        ])
    };
    [
        rows(Some(MOMENT), Some("/a,b|c?q=\"<b>\"&x=[1]\\x22\n\x1b[2J"), Some(200), Some(0.023)),
        rows(None, None, None, None),
    ]
}

fn nothing() -> RecordBatch {
    RecordBatch::new_empty(requests()[0].schema())
}

#[test]
fn csv() {
    insta::assert_snapshot!(text_of(Format::Csv, &requests()).replace('\x1b', "ESC"), @r#"
    time,path,status,seconds,reused
    2026-11-22T13:00:00.123456Z,"/a,b|c?q=""<b>""&x=[1]\x22
    ESC[2J",200,0.023,true
    ,,,,true
    "#);
    assert_eq!(text_of(Format::Csv, &[nothing()]), "time,path,status,seconds,reused\n");
}

#[test]
fn ndjson() {
    insta::assert_snapshot!(text_of(Format::Ndjson, &requests()), @r#"
    {"time":"2026-11-22T13:00:00.123456Z","path":"/a,b|c?q=\"<b>\"&x=[1]\\x22\n\u001b[2J","status":200,"seconds":0.023,"reused":true}
    {"time":null,"path":null,"status":null,"seconds":null,"reused":true}
    "#);
    assert_eq!(text_of(Format::Ndjson, &[nothing()]), "");
}

#[test]
fn json() {
    let text = text_of(Format::Json, &requests());
    insta::assert_snapshot!(text, @r#"
    [
    {"time":"2026-11-22T13:00:00.123456Z","path":"/a,b|c?q=\"<b>\"&x=[1]\\x22\n\u001b[2J","status":200,"seconds":0.023,"reused":true},
    {"time":null,"path":null,"status":null,"seconds":null,"reused":true}
    ]
    "#);
    assert_eq!(serde_json::from_str::<Vec<serde_json::Value>>(&text).unwrap().len(), 2);
    assert_eq!(text_of(Format::Json, &[nothing()]), "[]\n");
}

#[test]
fn markdown() {
    insta::assert_snapshot!(text_of(Format::Markdown, &requests()), @r#"
    | time | path | status | seconds | reused |
    | --- | --- | ---: | ---: | --- |
    | 2026-11-22T13:00:00.123456Z | /a,b\|c?q="\<b>"&x=\[1\]\\x22 \\x1B\[2J | 200 | 0.023 | true |
    |  |  |  |  | true |
    "#);
    assert_eq!(text_of(Format::Markdown, &[nothing()]).lines().count(), 2);
}

#[test]
fn table() {
    insta::assert_snapshot!(text_of(Format::Table, &requests()), @r#"
    time                         path                                 status  seconds  reused
    ───────────────────────────  ───────────────────────────────────  ──────  ───────  ──────
    2026-11-22T13:00:00.123456Z  /a,b|c?q="<b>"&x=[1]\x22\x0A\x1B[2J     200    0.023  true
    NULL                         NULL                                   NULL     NULL  true
    "#);
}

#[test]
fn parquet() {
    let batches = requests();
    for batches in [&batches[..], &[nothing()]] {
        let bytes = print(Format::Parquet, TableLayout::plain(), batches[0].schema(), batches);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let builder =
            parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file.reopen().unwrap()).unwrap();
        let schema = Arc::clone(builder.schema());
        assert_eq!(schema, batches[0].schema());
        let read: Vec<RecordBatch> = builder.build().unwrap().map(Result::unwrap).collect();
        let concat = |batches: &[RecordBatch]| arrow::compute::concat_batches(&schema, batches).unwrap();
        assert_eq!(concat(&read), concat(batches));
    }
}

#[test]
fn every_time_is_told_with_microseconds_in_utc_or_with_its_offset() {
    let berlin = TimestampMicrosecondArray::from(vec![MOMENT]).with_timezone("+01:00");
    let batch = batch(vec![
        ("s", Arc::new(TimestampSecondArray::from(vec![MOMENT / 1_000_000]).with_timezone("+00:00")) as ArrayRef),
        ("ms", Arc::new(TimestampMillisecondArray::from(vec![MOMENT / 1000]).with_timezone("UTC"))),
        ("ns", Arc::new(TimestampNanosecondArray::from(vec![MOMENT * 1000 + 999]).with_timezone("UTC"))),
        ("berlin", Arc::new(berlin)),
        ("local", Arc::new(TimestampMicrosecondArray::from(vec![MOMENT]))),
    ]);
    insta::assert_snapshot!(text_of(Format::Csv, from_ref(&batch)), @r"
    s,ms,ns,berlin,local
    2026-11-22T13:00:00.000000Z,2026-11-22T13:00:00.123000Z,2026-11-22T13:00:00.123456Z,2026-11-22T14:00:00.123456+01:00,2026-11-22T13:00:00.123456
    ");
    let values = "2026-11-22T13:00:00.000000Z|2026-11-22T13:00:00.123000Z|2026-11-22T13:00:00.123456Z|\
                  2026-11-22T14:00:00.123456+01:00|2026-11-22T13:00:00.123456";
    for format in [Format::Table, Format::Markdown, Format::Json, Format::Ndjson] {
        let text = text_of(format, from_ref(&batch));
        for value in values.split('|') {
            assert!(text.contains(value), "{format}: {value} in {text}");
        }
    }
}

#[test]
fn lists_are_json_in_csv() {
    let mut lists = ListBuilder::new(StringBuilder::new());
    lists.append_value([Some("a"), None, Some("\"b\"")]);
    lists.append_null();
    let batch = batch(vec![("list", Arc::new(lists.finish()) as ArrayRef), ("n", numbers([Some(1), Some(2)]))]);
    insta::assert_snapshot!(text_of(Format::Csv, from_ref(&batch)), @r#"
    list,n
    "[""a"",null,""\""b\""""]",1
    ,2
    "#);
    insta::assert_snapshot!(text_of(Format::Table, &[batch]), @r#"
    list            n
    ──────────────  ─
    [a, NULL, "b"]  1
    NULL            2
    "#);
}

#[test]
fn rows_are_written_as_they_come() {
    let [batch, _] = requests();
    for format in [Format::Csv, Format::Ndjson] {
        let mut sink = Vec::new();
        let mut writer = writer(format, batch.schema(), &mut sink, TableLayout::plain()).unwrap();
        writer.write(&batch).unwrap();
        drop(writer);
        assert!(sink.ends_with(b"true\n") || sink.ends_with(b"true}\n"), "{format}");
    }
}

#[test]
fn a_large_batch_is_written_whole() {
    let rows = 5000;
    let batch = batch(vec![("n", numbers((0..rows).map(Some)))]);
    let text = text_of(Format::Csv, &[batch]);
    assert_eq!(text.lines().next(), Some("n"));
    assert!(text.lines().skip(1).map(|line| line.parse::<i64>().unwrap()).eq(0..rows));
}

/// A pipe whose reader has gone.
struct Gone;

impl Write for Gone {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_broken_pipe_is_recognised_in_every_format() {
    let write_all = |format| -> anyhow::Result<()> {
        let [batch, _] = requests();
        let mut writer = writer(format, batch.schema(), Gone, TableLayout::plain())?;
        writer.write(&batch)?;
        writer.finish()?;
        Ok(())
    };
    for format in Format::ALL {
        let error = write_all(format).unwrap_err();
        assert!(is_broken_pipe(&error), "{format}: {error:?}");
        assert!(is_broken_pipe(&error.context("cannot do it")), "{format}");
    }
}

#[test]
fn other_errors_are_not_broken_pipes() {
    let pipe = || io::Error::from(io::ErrorKind::BrokenPipe);
    assert!(is_broken_pipe(&io::Error::other(io::Error::other(pipe())).into()));
    assert!(is_broken_pipe(&parquet::errors::ParquetError::External(Box::new(pipe())).into()));
    assert!(is_broken_pipe(&arrow::error::ArrowError::ExternalError(Box::new(pipe())).into()));
    assert!(!is_broken_pipe(&io::Error::from(io::ErrorKind::StorageFull).into()));
    assert!(!is_broken_pipe(&anyhow::anyhow!("Broken pipe")));
}
