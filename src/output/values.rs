//! How single values look in every format of text: times in ISO 8601 with microseconds, in UTC or, `AT TIME ZONE`
//! another, as its clocks show them, with their offset.
//!
//! Responsible for values only; what separates them, and what stands for NULL, is each format's own business.

use std::sync::Arc;

use anyhow::{Context, Result};
use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, StringArray};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::json::writer::{EncoderOptions, make_encoder};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::names::distinct;

/// A time that is known to be UTC.
pub(super) const TIME_UTC: &str = "%Y-%m-%dT%H:%M:%S%.6fZ";
/// A time of which nobody said where.
pub(super) const TIME_ANYWHERE: &str = "%Y-%m-%dT%H:%M:%S%.6f";

/// Rows that are made into bytes at once, so that memory does not depend on how large a batch is.
const ROWS_AT_ONCE: usize = 1024;

/// A time of another zone: what its clocks show, and how far they are from UTC.
const TIME_ELSEWHERE: &str = "%Y-%m-%dT%H:%M:%S%.6f%:z";

/// A batch in pieces of bounded size, its times in UTC or, of another zone, as text.
pub(super) fn pieces(batch: &RecordBatch) -> impl Iterator<Item = Result<RecordBatch>> {
    let rows = batch.num_rows();
    let schema = distinct(&batch.schema());
    (0..rows).step_by(ROWS_AT_ONCE).map(move |start| {
        let piece = batch.slice(start, ROWS_AT_ONCE.min(rows - start));
        in_utc(&piece_of(piece, &schema)?)
    })
}

/// The rows with these names for their columns.
fn piece_of(piece: RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    if piece.schema_ref() == schema {
        return Ok(piece);
    }
    let rows = RecordBatchOptions::new().with_row_count(Some(piece.num_rows()));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), piece.columns().to_vec(), &rows)?)
}

/// The same moments, told in UTC whatever they call it, and as text where they are of another zone. Those within lists
/// and structs are told in UTC.
fn in_utc(batch: &RecordBatch) -> Result<RecordBatch> {
    replace_columns(batch, |field, column| {
        if let DataType::Timestamp(_, Some(zone)) = field.data_type()
            && !is_utc(zone)
        {
            return elsewhere(column).map(Some);
        }
        let told = utc_type(field.data_type());
        Ok((told != *field.data_type()).then(|| cast(column, &told)).transpose()?)
    })
}

pub(super) fn is_utc(zone: &str) -> bool {
    matches!(zone, "UTC" | "Z" | "+00:00" | "-00:00" | "+00" | "+0000")
}

fn elsewhere(times: &ArrayRef) -> Result<ArrayRef> {
    let options = FormatOptions::new().with_timestamp_tz_format(Some(TIME_ELSEWHERE));
    let formatter = ArrayFormatter::try_new(times.as_ref(), &options)?;
    let texts = (0..times.len()).map(|row| (!times.is_null(row)).then(|| formatter.value(row).to_string()));
    Ok(Arc::new(texts.collect::<StringArray>()))
}

fn utc_type(data_type: &DataType) -> DataType {
    let inside =
        |field: &FieldRef| -> FieldRef { Arc::new(field.as_ref().clone().with_data_type(utc_type(field.data_type()))) };
    match data_type {
        DataType::Timestamp(unit, Some(_)) => DataType::Timestamp(*unit, Some("UTC".into())),
        DataType::List(field) => DataType::List(inside(field)),
        DataType::LargeList(field) => DataType::LargeList(inside(field)),
        DataType::FixedSizeList(field, size) => DataType::FixedSizeList(inside(field), *size),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inside).collect()),
        // Keys of an object in JSON are text.
        DataType::Map(entries, sorted) => match entries.data_type() {
            DataType::Struct(fields) if fields.len() == 2 => {
                let key =
                    if fields[0].data_type().is_string() { fields[0].data_type().clone() } else { DataType::Utf8 };
                let key = Arc::new(fields[0].as_ref().clone().with_data_type(key));
                let entry = DataType::Struct([key, inside(&fields[1])].into_iter().collect());
                DataType::Map(Arc::new(entries.as_ref().clone().with_data_type(entry)), *sorted)
            }
            _ => data_type.clone(),
        },
        other => other.clone(),
    }
}

/// Lists, maps and structs as JSON text, for formats that know no such thing.
pub(super) fn nested_as_json(batch: &RecordBatch) -> Result<RecordBatch> {
    let batch = in_utc(batch)?;
    replace_columns(&batch, |field, column| {
        Ok(if field.data_type().is_nested() { Some(json_column(field, column)?) } else { None })
    })
}

fn json_column(field: &FieldRef, column: &ArrayRef) -> Result<ArrayRef> {
    let options = EncoderOptions::default()
        .with_explicit_nulls(true)
        .with_timestamp_format(TIME_ANYWHERE.to_owned())
        .with_timestamp_tz_format(TIME_UTC.to_owned());
    let mut encoder = make_encoder(field, column, &options)?;
    let texts = (0..column.len()).map(|row| {
        if column.is_null(row) {
            return Ok(None);
        }
        let mut text = Vec::new();
        encoder.encode(row, &mut text);
        String::from_utf8(text).map(Some).context("a nested value is not text")
    });
    Ok(Arc::new(texts.collect::<Result<StringArray>>()?))
}

/// The batch with the columns `change` answers for replaced; the same batch if it answers for none.
fn replace_columns(
    batch: &RecordBatch,
    change: impl Fn(&FieldRef, &ArrayRef) -> Result<Option<ArrayRef>>,
) -> Result<RecordBatch> {
    let schema = batch.schema();
    let mut fields: Vec<FieldRef> = schema.fields().to_vec();
    let mut columns = batch.columns().to_vec();
    let mut changed = false;
    for (field, column) in fields.iter_mut().zip(&mut columns) {
        if let Some(new) = change(field, column)? {
            *field = Arc::new(Field::new(field.name(), new.data_type().clone(), true));
            *column = new;
            changed = true;
        }
    }
    if !changed {
        return Ok(batch.clone());
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

/// The values of one batch as text.
pub(super) struct Cells<'a> {
    columns: Vec<(ArrayFormatter<'a>, Option<NullBuffer>)>,
}

impl<'a> Cells<'a> {
    pub(super) fn new(batch: &'a RecordBatch) -> Result<Self> {
        let options = FormatOptions::new()
            .with_null("NULL") // inside lists; a NULL of the column itself is `None`
            .with_timestamp_format(Some(TIME_ANYWHERE))
            .with_timestamp_tz_format(Some(TIME_UTC));
        let columns = batch
            .columns()
            .iter()
            .map(|column| Ok((ArrayFormatter::try_new(column.as_ref(), &options)?, column.logical_nulls())))
            .collect::<Result<_>>()?;
        Ok(Self { columns })
    }

    /// The values of a row in the order of the columns; `None` is NULL.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = Option<String>> {
        self.columns.iter().map(move |(formatter, nulls)| {
            let is_null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
            (!is_null).then(|| formatter.value(row).to_string())
        })
    }
}
