//! A table of a report as Arrow, for the formats that hold rows: full precision, SQL's names, seconds and bytes.

use std::sync::Arc;

use anyhow::Result;
use arrow::array::{
    ArrayRef, Float64Array, Float64Builder, Int64Array, ListBuilder, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{Field, Schema};

use super::{Column, Point, Table, Unit, Value};

impl Table {
    /// Its rows, without the total and what is not shown. A line of bars is a list of numbers, NULL where there is none.
    ///
    /// # Errors
    /// When a row is not as long as there are columns.
    pub fn batch(&self) -> Result<RecordBatch> {
        let columns: Vec<ArrayRef> = (0..self.columns.len()).map(|index| self.array(index)).collect();
        let field = |(column, array): (&Column, &ArrayRef)| Field::new(&column.name, array.data_type().clone(), true);
        let fields: Vec<Field> = self.columns.iter().zip(&columns).map(field).collect();
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
    }

    fn array(&self, index: usize) -> ArrayRef {
        let values = || self.rows.iter().map(|row| row.values.get(index).unwrap_or(&Value::Null));
        let int = |value: &Value| if let Value::Int(value) = value { Some(*value) } else { None };
        match self.columns[index].unit {
            Unit::Text => Arc::new(values().map(text).collect::<StringArray>()),
            Unit::Count | Unit::Bytes | Unit::Code => Arc::new(values().map(int).collect::<Int64Array>()),
            Unit::Time => Arc::new(values().map(int).collect::<TimestampMicrosecondArray>().with_timezone("UTC")),
            Unit::Seconds | Unit::Duration | Unit::Share | Unit::Number => {
                Arc::new(values().map(Value::number).collect::<Float64Array>())
            }
            Unit::Series => {
                let mut list = ListBuilder::new(Float64Builder::new());
                for value in values() {
                    match value {
                        Value::Series(points) => list.append_value(points.iter().map(|point| match point {
                            Point::Value(value) => Some(*value),
                            Point::Nothing | Point::NotDelivered | Point::Missing => None,
                        })),
                        _ => list.append_null(),
                    }
                }
                Arc::new(list.finish())
            }
        }
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) | Value::Name { id: text, .. } => Some(text.clone()),
        Value::Int(value) => Some(value.to_string()),
        Value::Float(value) => Some(value.to_string()),
        Value::Null | Value::Series(_) => None,
    }
}
