//! What Athena answers with, text throughout, as Arrow: types are those it says the columns have.
//!
//! Times without a zone are UTC, as every time in these tables is, so that both engines print them alike.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int32Array, Int64Array,
    RecordBatch, RecordBatchOptions, StringArray, TimestampMicrosecondArray,
};
use arrow::compute::kernels::cast_utils::parse_decimal;
use arrow::datatypes::{DataType, Decimal128Type, Field, Schema, SchemaRef, TimeUnit};
use aws_sdk_athena::types::{ColumnInfo, Datum, Row};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::base::message::Message;

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ResultColumn {
    name: String,
    /// Athena's name of the type, for messages.
    sql_type: String,
    data_type: DataType,
}

impl ResultColumn {
    pub(super) fn new(info: &ColumnInfo) -> Self {
        let data_type = data_type(info.r#type(), info.precision(), info.scale());
        Self { name: info.name().to_owned(), sql_type: info.r#type().to_owned(), data_type }
    }
}

pub(super) fn schema(columns: &[ResultColumn]) -> SchemaRef {
    let field = |column: &ResultColumn| Field::new(&column.name, column.data_type.clone(), true);
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

/// Types that are not among these stay text: Athena writes lists and maps in a form that cannot be read back.
fn data_type(name: &str, precision: i32, scale: i32) -> DataType {
    match name {
        "boolean" => DataType::Boolean,
        "tinyint" | "smallint" | "integer" | "int" => DataType::Int32,
        "bigint" => DataType::Int64,
        "float" | "real" => DataType::Float32,
        "double" => DataType::Float64,
        "date" => DataType::Date32,
        "timestamp" | "timestamp with time zone" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        "decimal" => match (u8::try_from(precision), i8::try_from(scale)) {
            (Ok(precision @ 1..=38), Ok(scale)) if scale >= 0 => DataType::Decimal128(precision, scale),
            _ => DataType::Utf8,
        },
        _ => DataType::Utf8,
    }
}

/// Whether the row is the header, which the first page of a query's result begins with: names of columns.
pub(super) fn is_header(columns: &[ResultColumn], row: &Row) -> bool {
    let names = columns.iter().map(|column| Some(column.name.as_str()));
    !columns.is_empty() && row.data().iter().map(Datum::var_char_value).eq(names)
}

/// The rows of a page.
///
/// # Errors
/// When a value is not of the type that its column has.
pub(super) fn batch(schema: &SchemaRef, columns: &[ResultColumn], rows: &[Row]) -> Result<RecordBatch> {
    let arrays = columns.iter().enumerate().map(|(index, column)| {
        let values = rows.iter().map(|row| row.data().get(index).and_then(Datum::var_char_value));
        array(column, values)
    });
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), arrays.collect::<Result<_>>()?, &options)?)
}

fn array<'v>(column: &ResultColumn, values: impl Iterator<Item = Option<&'v str>>) -> Result<ArrayRef> {
    Ok(match &column.data_type {
        DataType::Boolean => Arc::new(read::<_, BooleanArray>(column, values, |text| text.parse().ok())?),
        DataType::Int32 => Arc::new(read::<_, Int32Array>(column, values, |text| text.parse().ok())?),
        DataType::Int64 => Arc::new(read::<_, Int64Array>(column, values, |text| text.parse().ok())?),
        DataType::Float32 => Arc::new(read::<_, Float32Array>(column, values, |text| text.parse().ok())?),
        DataType::Float64 => Arc::new(read::<_, Float64Array>(column, values, |text| text.parse().ok())?),
        DataType::Date32 => Arc::new(read::<_, Date32Array>(column, values, days)?),
        DataType::Timestamp(..) => {
            Arc::new(read::<_, TimestampMicrosecondArray>(column, values, micros)?.with_timezone("UTC"))
        }
        DataType::Decimal128(precision, scale) => {
            let number = |text: &str| parse_decimal::<Decimal128Type>(text, *precision, *scale).ok();
            Arc::new(read::<_, Decimal128Array>(column, values, number)?.with_precision_and_scale(*precision, *scale)?)
        }
        _ => Arc::new(values.collect::<StringArray>()),
    })
}

fn read<'v, T, A: FromIterator<Option<T>>>(
    column: &ResultColumn,
    values: impl Iterator<Item = Option<&'v str>>,
    read: impl Fn(&str) -> Option<T>,
) -> Result<A> {
    let value = |text: &str| {
        let ResultColumn { name, sql_type, .. } = column;
        read(text).ok_or_else(|| anyhow!("Athena says {name} is a {sql_type}, but answers {text}"))
    };
    let read = values.map(|text| text.map(value).transpose()).collect::<Result<A>>();
    read.map_err(|error| anyhow!(Message::new(error).hint(format_args!("CAST({} AS varchar)", column.name))))
}

/// Days since 1970.
fn days(text: &str) -> Option<i32> {
    let epoch = Date::constant(1970, 1, 1);
    Some(text.parse::<Date>().ok()?.since(epoch).ok()?.get_days())
}

/// `2026-11-20 10:00:00.000`, perhaps with a zone: `UTC`, `Europe/Berlin`, `+01:00`.
fn micros(text: &str) -> Option<i64> {
    let (civil, zone) = match text.match_indices(' ').nth(1) {
        Some((at, _)) => (&text[..at], zone(&text[at + 1..])?),
        None => (text, TimeZone::UTC),
    };
    let moment = civil.parse::<DateTime>().ok()?.to_zoned(zone).ok()?.timestamp();
    Some(moment.as_microsecond())
}

fn zone(name: &str) -> Option<TimeZone> {
    if name == "UTC" || name == "Z" {
        return Some(TimeZone::UTC);
    }
    let Some((sign, rest)) = name.split_at_checked(1).filter(|(sign, _)| matches!(*sign, "+" | "-")) else {
        return TimeZone::get(name).ok();
    };
    let (hours, minutes) = rest.split_once(':')?;
    let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
    let seconds = if sign == "-" { -seconds } else { seconds };
    Some(jiff::tz::Offset::from_seconds(seconds).ok()?.to_time_zone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::util::pretty::pretty_format_batches;

    fn column(name: &str, sql_type: &str) -> ResultColumn {
        let info = ColumnInfo::builder().name(name).r#type(sql_type).precision(10).scale(2).build().unwrap();
        ResultColumn::new(&info)
    }

    fn row<'v>(values: impl IntoIterator<Item = Option<&'v str>>) -> Row {
        let datum = |value: Option<&str>| Datum::builder().set_var_char_value(value.map(ToOwned::to_owned)).build();
        Row::builder().set_data(Some(values.into_iter().map(datum).collect())).build()
    }

    #[test]
    fn every_type_is_read() {
        let values = [
            ("boolean", "true"),
            ("tinyint", "-7"),
            ("integer", "42"),
            ("bigint", "9007199254740993"),
            ("float", "0.1"),
            ("double", "1.0E-5"),
            ("decimal", "12345678.90"),
            ("date", "1969-12-31"),
            ("timestamp", "2026-11-20 10:00:00.001"),
            ("timestamp with time zone", "2026-11-20 10:00:00.001 +01:00"),
            ("varchar", ""),
            ("array", "[a, b]"),
        ];
        let columns: Vec<ResultColumn> = values.iter().map(|(sql_type, _)| column(sql_type, sql_type)).collect();
        let rows = [row(values.iter().map(|(_, value)| Some(*value))), row(values.iter().map(|_| None))];
        let batch = batch(&schema(&columns), &columns, &rows).unwrap();
        let texts = pretty_format_batches(&[batch.slice(0, 1)]).unwrap().to_string();
        let cells: Vec<&str> = texts.lines().nth(3).unwrap().split('|').map(str::trim).collect();
        assert_eq!(
            cells[1..13],
            [
                "true",
                "-7",
                "42",
                "9007199254740993",
                "0.1",
                "0.00001",
                "12345678.90",
                "1969-12-31",
                "2026-11-20T10:00:00.001Z",
                "2026-11-20T09:00:00.001Z",
                "",
                "[a, b]"
            ]
        );
        assert!(batch.columns().iter().all(|column| column.null_count() == 1));
    }

    #[test]
    fn odd_doubles_and_zones() {
        let read = |text: &str| text.parse::<f64>().unwrap();
        assert!(read("NaN").is_nan() && read("-Infinity") == f64::NEG_INFINITY);
        assert_eq!(micros("2026-07-01 12:00:00.000 Europe/Berlin"), micros("2026-07-01 10:00:00.000"));
        assert_eq!(micros("2026-07-01 12:00:00.000 -00:30"), micros("2026-07-01 12:30:00"));
        for text in ["", "noon", "2026-07-01 12:00:00 Nowhere/Else", "2026-07-01 12:00:00 +x"] {
            assert_eq!(micros(text), None, "{text}");
        }
    }

    #[test]
    fn a_value_that_is_not_of_its_type_is_an_error() {
        let columns = [column("n", "integer")];
        let error = batch(&schema(&columns), &columns, &[row([Some("many")])]).unwrap_err();
        assert_eq!(error.to_string(), "Athena says n is a integer, but answers many\nhint: CAST(n AS varchar)");
    }

    #[test]
    fn the_header_is_told_from_rows() {
        let columns = [column("elb", "varchar"), column("n", "integer")];
        assert!(is_header(&columns, &row([Some("elb"), Some("n")])));
        assert!(!is_header(&columns, &row([Some("elb"), None])));
        assert!(!is_header(&[], &row([])));
    }
}
