//! What the integration tests share: decoding a whole object, and cells as text.

use alblog::{Decoder, LogKind, ObjectContext, RejectedLine, Stats};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;

pub(crate) const ACCESS: &str = include_str!("../corpus/alb_access.log");
pub(crate) const CONNECTION: &str = include_str!("../corpus/alb_connection.log");
pub(crate) const HEALTH_CHECK: &str = include_str!("../corpus/alb_health_check.log");

/// The load balancer that the object's name tells.
pub(crate) const KEY_ELB: &str = "app/from-the-key/0123456789abcdef";

/// All columns of all lines, in one batch.
pub(crate) fn decode(kind: LogKind, bytes: &[u8]) -> (Option<RecordBatch>, Vec<RejectedLine>, Stats) {
    let mut decoder = Decoder::builder(kind).keep_rejected(true).build();
    let elb = Some(KEY_ELB.to_owned());
    decoder.start_object(ObjectContext { name: "object".to_owned(), account: None, region: None, elb });
    let taken = decoder.decode(bytes);
    assert_eq!(taken, bytes.len(), "more than a batch");
    decoder.finish();
    (decoder.flush(), decoder.take_rejected(), decoder.stats())
}

/// A value as text: times in microseconds since the epoch, doubles so that they read back exactly.
pub(crate) fn cell(batch: &RecordBatch, name: &str, row: usize) -> Option<String> {
    let column = batch.column_by_name(name).unwrap_or_else(|| panic!("no column {name}"));
    column.is_valid(row).then(|| match column.data_type() {
        DataType::Utf8View => column.as_string_view().value(row).to_owned(),
        DataType::Int32 => column.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Float64 => format!("{:?}", column.as_primitive::<Float64Type>().value(row)),
        DataType::Timestamp(..) => column.as_primitive::<TimestampMicrosecondType>().value(row).to_string(),
        other => panic!("no column has type {other}"),
    })
}
