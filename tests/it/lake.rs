//! What an export holds, read with nothing but a Parquet reader; and logs to export.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arrow::json::LineDelimitedWriter;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use super::logs::{access, gzip, object_name};
use super::s3::S3Server;
use super::support::{Answer, Workspace};

pub(crate) const FOLDER: &str = "AWSLogs/123456789012/elasticloadbalancing/eu-west-1";
/// The window of every export here. Long ago, so that no hour waits to be settled.
pub(crate) const WINDOW: [&str; 4] = ["--since", "2024-05-14", "--until", "2024-05-16"];

/// Where AWS puts the access log of an interval that ends then: `20240514T1005Z`.
pub(crate) fn key(end: &str) -> String {
    format!("{FOLDER}/{}/{}/{}/{}", &end[..4], &end[4..6], &end[6..8], object_name(end))
}

/// An object of access lines with these times and paths.
pub(crate) fn lines(rows: &[(&str, &str)]) -> Vec<u8> {
    let line = |(time, path): &(&str, &str)| access(time, 200).replace("/cart?id=1", path);
    gzip(rows.iter().map(line).collect::<String>())
}

/// Exports the folder `logs` to the folder `lake`.
pub(crate) fn export(workspace: &Workspace, more: &[&str]) -> Answer {
    workspace.run(arguments(more))
}

/// Exports the folder `logs` to another one.
pub(crate) fn export_to(workspace: &Workspace, to: &str, more: &[&str]) -> Answer {
    workspace.run([&["export", "--from", "logs", "--to", to], &WINDOW[..], more].concat())
}

pub(crate) fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["export", "--from", "logs", "--to", "lake"], &WINDOW[..], more].concat()
}

/// A report in JSON.
#[track_caller]
pub(crate) fn report(answer: &Answer) -> Value {
    serde_json::from_str(&answer.stdout).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

/// The reasons why slots were written: `access 123456789012 eu-west-1 2024-05-14T10: new`.
#[track_caller]
pub(crate) fn written(answer: &Answer) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let slots = report(answer)["written"].as_array().unwrap().clone();
    slots.iter().map(|line| format!("{}: {}", text(&line["slot"]), text(&line["why"]))).collect()
}

/// All files of an export, by path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lake(BTreeMap<String, Bytes>);

impl Lake {
    /// Without what is on its way.
    pub(crate) fn in_folder(root: &Path) -> Self {
        let mut files = BTreeMap::new();
        for entry in walkdir::WalkDir::new(root) {
            let entry = entry.unwrap();
            let name = entry.path().strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            if entry.file_type().is_file() && !name.starts_with("_unfinished/") {
                files.insert(name, std::fs::read(entry.path()).unwrap().into());
            }
        }
        Self(files)
    }

    pub(crate) fn in_bucket(server: &S3Server, bucket: &str, prefix: &str) -> Self {
        let keys = server.keys(bucket);
        let below = keys.iter().filter_map(|key| Some((key, key.strip_prefix(prefix)?)));
        Self(below.map(|(key, name)| (name.to_owned(), server.read(bucket, key))).collect())
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    /// Its files without the records: the same objects give the same bytes.
    pub(crate) fn data(&self) -> BTreeMap<&str, &Bytes> {
        let data = self.0.iter().filter(|(name, _)| name.ends_with(".parquet") && !name.starts_with("log_objects/"));
        data.map(|(name, content)| (name.as_str(), content)).collect()
    }

    /// Rows of a table, with the columns that are in the folders' names; in the order of the files.
    pub(crate) fn rows(&self, table: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        for (name, content) in
            self.0.iter().filter(|(name, _)| name.starts_with(&format!("{table}/")) && name.ends_with(".parquet"))
        {
            let partitions = name.split('/').filter_map(|part| part.split_once('='));
            let partitions: Vec<(&str, &str)> = partitions.collect();
            rows.extend(rows_of(content).into_iter().map(|mut row| {
                for (column, value) in &partitions {
                    row[column] = Value::from(*value);
                }
                row
            }));
        }
        rows
    }

    /// Values of a text column, sorted.
    pub(crate) fn texts(&self, table: &str, column: &str) -> Vec<String> {
        let mut texts: Vec<String> =
            self.rows(table).iter().map(|row| row[column].as_str().unwrap_or("NULL").to_owned()).collect();
        texts.sort();
        texts
    }

    /// Paths of all requests' URLs, sorted.
    pub(crate) fn urls(&self) -> Vec<String> {
        let urls = self.texts("requests", "request_url");
        urls.iter().map(|url| url.replace("https://shop.example.com:443", "")).collect()
    }

    /// Every row lies under its own day.
    #[track_caller]
    pub(crate) fn days_are_right(&self) {
        for table in ["requests", "connections", "health_checks"] {
            for row in self.rows(table) {
                assert_eq!(row["time"].as_str().unwrap()[..10], *row["day"].as_str().unwrap(), "{row}");
            }
        }
    }

    /// Rows of all tables as text, each with its table and its file's day; sorted.
    pub(crate) fn everything(&self) -> Vec<String> {
        let tables: BTreeSet<&str> = self.names().iter().filter_map(|name| Some(name.split_once('/')?.0)).collect();
        let mut rows: Vec<String> = tables
            .iter()
            .flat_map(|table| self.rows(table).into_iter().map(move |row| format!("{table} {row}")))
            .collect();
        rows.sort();
        rows
    }
}

fn rows_of(file: &Bytes) -> Vec<Value> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(file.clone()).unwrap().build().unwrap();
    let mut writer = LineDelimitedWriter::new(Vec::new());
    for batch in reader {
        writer.write(&batch.unwrap()).unwrap();
    }
    writer.finish().unwrap();
    writer.into_inner().split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).map(parsed).collect()
}

fn parsed(line: &[u8]) -> Value {
    serde_json::from_slice(line).unwrap()
}
