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

/// The columns. NULL is what the names of objects do not say.
pub fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("load_balancer", DataType::Utf8, true),
        Field::new("account", DataType::Utf8, true),
        Field::new("region", DataType::Utf8, true),
        Field::new("kinds", list_of(DataType::Utf8), false),
        Field::new("objects", DataType::Int64, false),
        Field::new("bytes", DataType::Int64, false),
        Field::new("newest", time(), true),
        Field::new("by_hour", list_of(DataType::Struct(hour())), false),
    ]))
}

/// A row per load balancer, the largest first.
pub fn batch(summary: &Summary) -> Result<RecordBatch> {
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
    let columns = vec![
        text(|owner| format!("app/{}/{}", owner.name, owner.id)),
        text(|owner| owner.account.clone()),
        text(|owner| owner.region.clone()),
        Arc::new(kinds.finish()),
        number(|row| row.objects),
        number(|row| row.bytes),
        Arc::new(newest.with_timezone("UTC")),
        by_hour(rows()),
    ];
    Ok(RecordBatch::try_new(schema(), columns)?)
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
