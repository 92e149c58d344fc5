//! Somebody who knows nothing of records: reads all data files, after every change.

use std::collections::{BTreeMap, BTreeSet};

use alblog::time::{DAY, Date};
use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimestampMicrosecondType};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// Every row has a number of its own.
pub(super) type Id = u64;

#[derive(Default)]
pub(super) struct Reader {
    /// Of each data file.
    pub(super) rows: BTreeMap<String, BTreeSet<Id>>,
    /// Rows that must be there from now on, after every change.
    pub(super) promised: BTreeSet<Id>,
    /// What was wrong when.
    pub(super) violations: Vec<String>,
}

impl Reader {
    pub(super) fn appeared(&mut self, path: &str, content: &[u8]) {
        let Some(column) = id_column(path) else { return };
        let mut ids = BTreeSet::new();
        let day = path.split('/').find_map(|part| part.strip_prefix("day=")).expect("a day");
        for batch in batches(content) {
            for id in texts(&batch, column).expect("not NULL") {
                let id = id.rsplit(|c: char| !c.is_ascii_digit()).next().expect("one").parse().expect("a number");
                if !ids.insert(id) {
                    self.violations.push(format!("row {id} is twice in {path}"));
                }
            }
            if column != "line" {
                let times = batch.column_by_name("time").expect("a time").as_primitive::<TimestampMicrosecondType>();
                let own = times.values().iter().map(|time| Date::of(time.div_euclid(DAY) * DAY).to_string());
                let others: Vec<String> = own.filter(|own| own != day).collect();
                if !others.is_empty() {
                    self.violations.push(format!("rows of {others:?} in {path}"));
                }
            }
        }
        self.rows.insert(path.to_owned(), ids);
        self.look(path);
    }

    pub(super) fn deleted(&mut self, path: &str) {
        self.rows.remove(path);
        self.look(path);
    }

    fn look(&mut self, changed: &str) {
        let mut seen = BTreeMap::new();
        for (path, ids) in &self.rows {
            for id in ids {
                if let Some(other) = seen.insert(*id, path) {
                    self.violations.push(format!("row {id} is in {other} and {path}"));
                }
            }
        }
        let lost: Vec<&Id> = self.promised.iter().filter(|id| !seen.contains_key(id)).collect();
        if !lost.is_empty() {
            self.violations.push(format!("rows {lost:?} are lost with the change of {changed}"));
        }
    }
}

/// The column of a table that has the row's number; none for what is no data.
fn id_column(path: &str) -> Option<&'static str> {
    match path.split('/').next()? {
        "requests" => Some("request_url"),
        "health_checks" => Some("target_group_id"),
        "rejected_lines" => Some("line"),
        _ => None,
    }
}

pub(super) fn batches(content: &[u8]) -> Vec<RecordBatch> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::copy_from_slice(content)).expect("a Parquet file");
    reader.build().expect("readable").map(|batch| batch.expect("readable")).collect()
}

/// Values of a column; `None` if one is NULL.
pub(super) fn texts(batch: &RecordBatch, column: &str) -> Option<Vec<String>> {
    let column = cast(batch.column_by_name(column)?, &DataType::Utf8View).expect("text");
    column.as_string_view().iter().map(|value| value.map(ToOwned::to_owned)).collect()
}
