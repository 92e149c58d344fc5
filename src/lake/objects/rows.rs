//! The counts as rows, for formats that programs read: a row per load balancer.

use std::collections::BTreeMap;
use std::sync::Arc;

use alblog::time::HOUR;
use anyhow::Result;
use arrow::array::{
    ArrayRef, Int64Array, Int64Builder, ListBuilder, RecordBatch, StringArray, StringBuilder, StructBuilder,
    TimestampMicrosecondArray, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};

use super::summary::{LoadBalancer, Owner, Summary};
use super::verify::Verdict;

fn time() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// Fields of an element of `by_hour`.
fn hour() -> Fields {
    [Field::new("hour", time(), false), Field::new("objects", DataType::Int64, false)].into_iter().collect()
}

fn list_of(element: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(element, true)))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    Listed,
    /// And whether objects are missing.
    Verified,
}

/// The columns. NULL is what the names of objects do not say.
pub fn schema(columns: Columns) -> SchemaRef {
    let mut fields = vec![
        Field::new("load_balancer", DataType::Utf8, true),
        Field::new("account", DataType::Utf8, true),
        Field::new("region", DataType::Utf8, true),
        Field::new("kinds", list_of(DataType::Utf8), false),
        Field::new("objects", DataType::Int64, false),
        Field::new("bytes", DataType::Int64, false),
        Field::new("newest", time(), true),
        Field::new("by_hour", list_of(DataType::Struct(hour())), false),
    ];
    if columns == Columns::Verified {
        fields.extend(["state", "reason"].map(|name| Field::new(name, DataType::Utf8, true)));
    }
    Arc::new(Schema::new(fields))
}

/// A row per load balancer, the largest first; of those that are verified, the worst.
pub fn batch(summary: &Summary, columns: Columns) -> Result<RecordBatch> {
    let rows = || summary.load_balancers.iter();
    let text = |of: fn(&Owner) -> String| -> ArrayRef {
        Arc::new(rows().map(|row| row.owner.as_ref().map(of)).collect::<StringArray>())
    };
    let number = |of: fn(&LoadBalancer) -> u64| -> ArrayRef {
        Arc::new(rows().map(|row| i64::try_from(of(row)).unwrap_or(i64::MAX)).collect::<Int64Array>())
    };
    let newest: TimestampMicrosecondArray = rows().map(LoadBalancer::newest).collect();
    let mut kinds = ListBuilder::new(StringBuilder::new());
    for row in rows() {
        kinds.append_value(row.kinds.iter().map(|kind| Some(kind.to_string())));
    }
    let schema = schema(columns);
    let mut arrays = vec![
        text(|owner| format!("app/{}/{}", owner.name, owner.id)),
        text(|owner| owner.account.clone()),
        text(|owner| owner.region.clone()),
        Arc::new(kinds.finish()),
        number(|row| row.objects),
        number(|row| row.bytes),
        Arc::new(newest.with_timezone("UTC")),
        by_hour(rows()),
    ];
    if columns == Columns::Verified {
        let of = |text: fn(&Verdict) -> &str| -> ArrayRef {
            let texts = rows().map(|row| row.verdict.as_ref().map(text).filter(|text| !text.is_empty()));
            Arc::new(texts.collect::<StringArray>())
        };
        arrays.extend([of(|verdict| verdict.state.name()), of(|verdict| &verdict.reason)]);
    }
    Ok(RecordBatch::try_new(schema, arrays)?)
}

/// Hours of UTC that have objects. An interval that ends at a full hour belongs to the hour before.
fn by_hour<'a>(rows: impl Iterator<Item = &'a LoadBalancer>) -> ArrayRef {
    let hours = TimestampMicrosecondBuilder::new().with_timezone("UTC");
    let element = StructBuilder::new(hour(), vec![Box::new(hours), Box::new(Int64Builder::new())]);
    let mut list = ListBuilder::new(element);
    for row in rows {
        let mut hours: BTreeMap<i64, u64> = BTreeMap::new();
        for (end, count) in &row.ends {
            *hours.entry((end - 1).div_euclid(HOUR) * HOUR).or_default() += count;
        }
        for (hour, count) in hours {
            let element = list.values();
            if let Some(hours) = element.field_builder::<TimestampMicrosecondBuilder>(0) {
                hours.append_value(hour);
            }
            if let Some(counts) = element.field_builder::<Int64Builder>(1) {
                counts.append_value(i64::try_from(count).unwrap_or(i64::MAX));
            }
            element.append(true);
        }
        list.append(true);
    }
    Arc::new(list.finish())
}
