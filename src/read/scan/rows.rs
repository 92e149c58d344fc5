//! Rows of the two tables about reading, `rejected_lines` and `log_objects`, from what a scan found.
//!
//! The same for queries and for exports; which of their columns are wanted is decided there.

use std::sync::Arc;

use alblog::time::Date;
use alblog::{LogKind, RejectedLine};
use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use arrow::error::ArrowError;

use super::ObjectScan;
use crate::base::tables::{Layer, Table};
use crate::read::storage::LogObject;

/// Rows of `rejected_lines`, all columns.
pub(crate) fn rejected_batch(
    object: &LogObject,
    kind: LogKind,
    lines: &[RejectedLine],
) -> Result<RecordBatch, ArrowError> {
    let count = lines.len();
    let key = object.key.as_ref();
    let same = |value: Option<String>| -> ArrayRef {
        Arc::new((0..count).map(|_| value.as_deref()).collect::<StringViewArray>())
    };
    let columns: Vec<ArrayRef> = vec![
        same(Some(object.location.to_string())),
        Arc::new(lines.iter().map(|line| i64::try_from(line.line_number).ok()).collect::<Int64Array>()),
        Arc::new(StringViewArray::from_iter_values(lines.iter().map(|line| line.reason.to_string()))),
        Arc::new(StringViewArray::from_iter_values(lines.iter().map(|line| &line.text))),
        same(Some(kind.to_string())),
        same(key.map(|key| interval_day(key.interval_end))),
        same(key.map(|key| key.account.clone())),
        same(key.map(|key| key.region.clone())),
    ];
    RecordBatch::try_new(Table::RejectedLines.schema(), columns)
}

/// The row of `log_objects`, all columns. Without a scan, the columns that need one hold zeros and must be projected away.
pub(crate) fn describe_object(
    object: &LogObject,
    kind: LogKind,
    scan: Option<&ObjectScan>,
) -> Result<RecordBatch, ArrowError> {
    let text = |value: Option<String>| -> ArrayRef { Arc::new(StringViewArray::from_iter([value])) };
    let number = |value: u64| -> ArrayRef { Arc::new(Int64Array::from_iter([i64::try_from(value).ok()])) };
    let time = |value: Option<i64>| -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from_iter([value]).with_timezone("UTC"))
    };
    let key = object.key.as_ref();
    let stats = scan.map(|scan| scan.stats).unwrap_or_default();
    let columns = vec![
        text(Some(object.location.to_string())),
        text(Some(kind.to_string())),
        text(key.map(alblog::LogKey::elb)),
        text(key.map(|key| key.node_ip.clone())),
        time(key.map(|key| key.interval_end)),
        number(object.size),
        time(object.modified),
        text(object.etag.clone()),
        number(stats.rows),
        number(stats.rejected),
        text(scan.and_then(|scan| scan.error.as_ref().map(ToString::to_string))),
        text(Some(Layer::Raw.name().to_owned())),
        text(key.map(|key| interval_day(key.interval_end))),
        text(key.map(|key| key.account.clone())),
        text(key.map(|key| key.region.clone())),
    ];
    RecordBatch::try_new(Table::LogObjects.schema(), columns)
}

/// UTC day of the interval that ends then: midnight belongs to the day before.
fn interval_day(interval_end: i64) -> String {
    Date::of(interval_end - 1).to_string()
}
