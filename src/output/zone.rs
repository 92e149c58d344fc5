//! Times told in a zone that somebody asked for. The moments stay the same.

use std::sync::Arc;

use anyhow::Result;
use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

/// The schema with all columns of moments in this zone, a name of the zone database. What is within lists stays in UTC, as
/// does what was put into a zone by the statement itself.
pub fn schema_in_zone(schema: &SchemaRef, zone: &str) -> SchemaRef {
    let field = |field: &Arc<Field>| match field.data_type() {
        DataType::Timestamp(unit, Some(own)) if super::values::is_utc(own) => {
            Arc::new(field.as_ref().clone().with_data_type(DataType::Timestamp(*unit, Some(zone.into()))))
        }
        _ => Arc::clone(field),
    };
    Arc::new(Schema::new_with_metadata(
        schema.fields().iter().map(field).collect::<Vec<_>>(),
        schema.metadata().clone(),
    ))
}

/// The batch as [`schema_in_zone`] says.
///
/// # Errors
/// When a time is too far away to be told.
pub fn in_zone(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| {
        if column.data_type() == field.data_type() { Ok(Arc::clone(column)) } else { cast(column, field.data_type()) }
    });
    Ok(RecordBatch::try_new(Arc::clone(schema), columns.collect::<Result<_, _>>()?)?)
}
