//! The rows of an answer, whichever engine gave them, with values by column name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context, Result};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt64Array};
use arrow::compute::{cast, concat_batches, take};
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit};

use crate::output::document::{Unit, Value};

/// Rows, all of them in memory: reports ask for groups, not for rows of logs.
///
/// An answer may have a column `part` that says what a row is for: a `row` of the table, a `point` of a row's bars, a
/// point of a chart (`time`), the `total`. Without it every row is one of the table. Points have a column `bucket`, the
/// begin of a bar in seconds since the epoch. One statement with GROUPING SETS gives all of them in one scan.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    columns: BTreeMap<String, ArrayRef>,
    names: Vec<String>,
    times: BTreeSet<String>,
    rows: usize,
}

#[derive(Debug, Clone, Copy)]
pub struct AnswerRow<'a> {
    answer: &'a Answer,
    row: usize,
}

impl Answer {
    /// Text becomes `Utf8`, whole numbers and times (microseconds since the epoch) `Int64`, all other numbers `Float64`.
    ///
    /// # Errors
    /// When a column is of a type that can be none of these, as a list.
    pub fn new(batches: &[RecordBatch]) -> Result<Self> {
        let Some(first) = batches.first() else { return Ok(Self::default()) };
        let batch = concat_batches(&first.schema(), batches)?;
        let mut answer = Self { rows: batch.num_rows(), ..Self::default() };
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            let column = plain(column).with_context(|| format!("column {} cannot be shown", field.name()))?;
            if matches!(field.data_type(), DataType::Timestamp(..)) {
                answer.times.insert(field.name().clone());
            }
            answer.names.push(field.name().clone());
            answer.columns.insert(field.name().clone(), column);
        }
        Ok(answer)
    }

    /// These rows alone, in this order.
    ///
    /// # Errors
    /// When there is no such row.
    pub fn taken(&self, rows: impl IntoIterator<Item = usize>) -> Result<Self> {
        let rows: Vec<u64> = rows.into_iter().map(|row| row as u64).collect();
        let rows = UInt64Array::from(rows);
        let taken = self.columns.iter().map(|(name, column)| Ok((name.clone(), take(column, &rows, None)?)));
        Ok(Self { columns: taken.collect::<Result<_>>()?, rows: rows.len(), ..self.clone() })
    }

    /// The same rows, those last that have this text in one of these columns.
    ///
    /// # Errors
    /// Never.
    pub fn with_last(&self, columns: &[&str], text: &str) -> Result<Self> {
        let is_last = |row: &AnswerRow| columns.iter().any(|column| row.text(column) == Some(text));
        let (last, first): (Vec<AnswerRow>, Vec<AnswerRow>) = self.rows().partition(is_last);
        self.taken(first.iter().chain(&last).map(|row| row.row))
    }

    pub fn rows(&self) -> impl Iterator<Item = AnswerRow<'_>> {
        (0..self.rows).map(|row| AnswerRow { answer: self, row })
    }

    /// The rows of a part.
    pub fn part(&self, name: &'static str) -> impl Iterator<Item = AnswerRow<'_>> {
        let has_parts = self.has("part");
        self.rows().filter(move |row| if has_parts { row.text("part") == Some(name) } else { name == "row" })
    }

    /// Names of the columns, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether there is such a column.
    pub fn has(&self, name: &str) -> bool {
        self.columns.contains_key(name)
    }

    /// The unit that shows values of a column as they are.
    pub fn unit(&self, name: &str) -> Unit {
        match self.columns.get(name).map(Array::data_type) {
            _ if self.times.contains(name) => Unit::Time,
            Some(DataType::Int64) => Unit::Code,
            Some(DataType::Float64) => Unit::Number,
            _ => Unit::Text,
        }
    }
}

fn plain(column: &ArrayRef) -> Result<ArrayRef> {
    let data_type = match column.data_type() {
        DataType::Utf8 | DataType::Int64 | DataType::Float64 | DataType::Boolean => return Ok(Arc::clone(column)),
        integer if integer.is_integer() => DataType::Int64,
        DataType::Float16 | DataType::Float32 | DataType::Decimal128(..) | DataType::Decimal256(..) => {
            DataType::Float64
        }
        DataType::Timestamp(_, zone) => {
            let micros = cast(column, &DataType::Timestamp(TimeUnit::Microsecond, zone.clone()))?;
            return Ok(cast(&micros, &DataType::Int64)?);
        }
        _ => DataType::Utf8,
    };
    Ok(cast(column, &data_type)?)
}

impl<'a> AnswerRow<'a> {
    fn value_of(self, name: &str) -> Option<&'a ArrayRef> {
        self.answer.columns.get(name).filter(|column| column.is_valid(self.row))
    }

    /// Begin of its bar, microseconds.
    #[expect(clippy::cast_possible_truncation, reason = "a time of these logs; the cast saturates")]
    pub fn bucket(self) -> Option<i64> {
        Some((self.float("bucket")? * 1e6).round() as i64)
    }

    /// Text; `None` for NULL and for a column that is not there or no text.
    pub fn text(self, name: &str) -> Option<&'a str> {
        Some(self.value_of(name)?.as_string_opt::<i32>()?.value(self.row))
    }

    /// A whole number, or a time in microseconds.
    pub fn int(self, name: &str) -> Option<i64> {
        Some(self.value_of(name)?.as_primitive_opt::<Int64Type>()?.value(self.row))
    }

    /// A count; 0 where there is none.
    pub fn count(self, name: &str) -> u64 {
        self.int(name).and_then(|count| u64::try_from(count).ok()).unwrap_or(0)
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub fn float(self, name: &str) -> Option<f64> {
        let column = self.value_of(name)?;
        match column.as_primitive_opt::<Float64Type>() {
            Some(column) => Some(column.value(self.row)).filter(|value| value.is_finite()),
            None => self.int(name).map(|value| value as f64),
        }
    }

    /// Whether it is true; `false` for NULL.
    pub fn is(self, name: &str) -> bool {
        self.value_of(name).and_then(|column| column.as_boolean_opt()).is_some_and(|column| column.value(self.row))
    }

    pub fn value(self, name: &str) -> Value {
        let Some(column) = self.value_of(name) else { return Value::Null };
        match column.data_type() {
            DataType::Utf8 => Value::Text(column.as_string::<i32>().value(self.row).to_owned()),
            DataType::Int64 => Value::Int(column.as_primitive::<Int64Type>().value(self.row)),
            DataType::Boolean => Value::Text(if self.is(name) { "yes" } else { "no" }.to_owned()),
            _ => self.float(name).map_or(Value::Null, Value::Float),
        }
    }
}
