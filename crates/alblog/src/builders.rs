//! Column builders: one row's fields in, one value appended to each projected column.

use std::sync::Arc;

use arrow_array::builder::{Float64Builder, Int32Builder, Int64Builder, TimestampMicrosecondBuilder};
use arrow_array::{ArrayRef, StringViewArray};

use crate::columns::{Column, KeyPart, Source, ValueType};
use crate::fields::Span;
use crate::texts::TextBuilder;
use crate::time::{self, Date};
use crate::values::{self, Value, present};

/// Where a row's object says it comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectContext {
    /// Path or URL of the object.
    pub name: String,
    /// AWS account number, if the name tells.
    pub account: Option<String>,
    /// AWS region, if the name tells.
    pub region: Option<String>,
    /// Load balancer (`app/<name>/<id>`), if the name tells.
    pub elb: Option<String>,
}

/// A line taken apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) line: &'a [u8],
    /// As many of its fields as any builder asks for, or as it has.
    pub(crate) fields: &'a [Span],
    /// What follows the last known field, if the line was split that far.
    pub(crate) extra_fields: &'a [u8],
    /// Microseconds since the epoch.
    pub(crate) time: i64,
    pub(crate) object: &'a ObjectContext,
}

impl<'a> Row<'a> {
    /// The field at a position counted from 1; empty if the line is too short to have it.
    #[inline]
    fn field(&self, position: usize) -> &'a [u8] {
        self.fields.get(position - 1).map(|field| field.of(self.line)).unwrap_or_default()
    }
}

/// Builds one column.
#[derive(Debug)]
pub(crate) struct ColumnBuilder {
    source: Source,
    values: Values,
}

#[derive(Debug)]
enum Values {
    Text(TextBuilder),
    Int(Int32Builder),
    BigInt(Int64Builder),
    Seconds(Float64Builder),
    Timestamp(TimestampMicrosecondBuilder),
    Day {
        values: TextBuilder,
        last: (i64, String),
    },
    /// The same for all rows of an object.
    Constant {
        value: Option<String>,
        rows: usize,
    },
}

impl ColumnBuilder {
    pub(crate) fn new(column: &Column, capacity: usize) -> Self {
        let values = match (column.value, column.source) {
            (_, Source::Day) => {
                Values::Day { values: TextBuilder::with_capacity(capacity), last: (i64::MIN, String::new()) }
            }
            // The one that must not be NULL, also while no object was named.
            (_, Source::Key(KeyPart::Object)) => Values::Constant { value: Some(String::new()), rows: 0 },
            (_, Source::Key(_)) => Values::Constant { value: None, rows: 0 },
            (ValueType::Text, _) => Values::Text(TextBuilder::with_capacity(capacity)),
            (ValueType::Int, _) => Values::Int(Int32Builder::with_capacity(capacity)),
            (ValueType::BigInt, _) => Values::BigInt(Int64Builder::with_capacity(capacity)),
            (ValueType::Seconds, _) => Values::Seconds(Float64Builder::with_capacity(capacity)),
            (ValueType::Timestamp, _) => Values::Timestamp(
                TimestampMicrosecondBuilder::with_capacity(capacity).with_data_type(ValueType::Timestamp.data_type()),
            ),
        };
        Self { source: column.source, values }
    }

    /// The rows that follow come from this object.
    pub(crate) fn start_object(&mut self, object: &ObjectContext) {
        if let (Source::Key(part), Values::Constant { value, .. }) = (self.source, &mut self.values) {
            *value = match part {
                KeyPart::Account => object.account.clone(),
                KeyPart::Region => object.region.clone(),
                KeyPart::Object => Some(object.name.clone()),
            };
        }
    }

    /// Appends the row's value; answers whether it was unreadable (and NULL was appended instead).
    #[inline]
    pub(crate) fn append(&mut self, row: &Row) -> bool {
        match &mut self.values {
            Values::Text(builder) => {
                builder.append(text_of(self.source, row));
                false
            }
            Values::Int(builder) => {
                let value = match int_of(self.source, row) {
                    Value::Known(number) => i32::try_from(number).ok().into(),
                    Value::Null => Value::Null,
                    Value::Unreadable => Value::Unreadable,
                };
                append(value, |value| builder.append_option(value))
            }
            Values::BigInt(builder) => append(int_of(self.source, row), |value| builder.append_option(value)),
            Values::Seconds(builder) => {
                append(values::seconds(field_of(self.source, row)), |value| builder.append_option(value))
            }
            Values::Timestamp(builder) => append(time_of(self.source, row), |value| builder.append_option(value)),
            Values::Day { values, last: (day, text) } => {
                let row_day = row.time.div_euclid(time::DAY);
                if row_day != *day {
                    (*day, *text) = (row_day, Date::of(row.time).to_string());
                }
                values.append(Some(text.as_bytes()));
                false
            }
            Values::Constant { rows, .. } => {
                *rows += 1;
                false
            }
        }
    }

    /// The column of all rows appended since the last call.
    pub(crate) fn finish(&mut self) -> ArrayRef {
        match &mut self.values {
            Values::Text(values) | Values::Day { values, .. } => Arc::new(values.finish()),
            Values::Int(values) => Arc::new(values.finish()),
            Values::BigInt(values) => Arc::new(values.finish()),
            Values::Seconds(values) => Arc::new(values.finish()),
            Values::Timestamp(values) => Arc::new(values.finish()),
            Values::Constant { value, rows } => Arc::new(repeat(value.as_deref(), std::mem::take(rows))),
        }
    }
}

/// Appends a value, or NULL; answers whether it was unreadable.
#[inline]
fn append<T>(value: Value<T>, append_option: impl FnOnce(Option<T>)) -> bool {
    let unreadable = matches!(value, Value::Unreadable);
    append_option(match value {
        Value::Known(value) => Some(value),
        Value::Null | Value::Unreadable => None,
    });
    unreadable
}

#[inline]
pub(crate) fn field_of<'a>(source: Source, row: &Row<'a>) -> &'a [u8] {
    source.position().map(|position| row.field(position)).unwrap_or_default()
}

#[inline]
pub(crate) fn text_of<'a>(source: Source, row: &Row<'a>) -> Option<&'a [u8]> {
    match source {
        Source::Field(position) => present(row.field(position)),
        Source::Address(position) => values::address(row.field(position)),
        Source::Request(position, part) => values::request_part(row.field(position), part),
        Source::FieldOrKeyElb(position) => {
            present(row.field(position)).or(row.object.elb.as_deref().map(str::as_bytes))
        }
        Source::ExtraFields => present(row.extra_fields),
        Source::RowTime(_) | Source::Port(_) | Source::Day | Source::Key(_) => None,
    }
}

#[inline]
pub(crate) fn int_of(source: Source, row: &Row) -> Value<i64> {
    match source {
        Source::Port(position) => values::port(row.field(position)),
        _ => values::integer(field_of(source, row)),
    }
}

#[inline]
pub(crate) fn time_of(source: Source, row: &Row) -> Value<i64> {
    match source {
        Source::RowTime(_) => Value::Known(row.time),
        _ => match present(field_of(source, row)) {
            Some(text) => time::parse(text).into(),
            None => Value::Null,
        },
    }
}

/// A column of one value, stored once.
fn repeat(value: Option<&str>, rows: usize) -> StringViewArray {
    let Some(value) = value else { return StringViewArray::new_null(rows) };
    let one = StringViewArray::from_iter_values([value]);
    let views = vec![one.views()[0]; rows];
    StringViewArray::new(views.into(), one.data_buffers().to_vec(), None)
}
