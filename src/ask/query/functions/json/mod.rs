//! JSON in text: `json_extract(json, path)`, `json_extract_scalar`, `json_parse`, `json_format`, `json_array_length`, `json_size`. JSON is
//! text here; what cannot be read is NULL, as in Trino, except for `json_parse`.

mod items;
mod path;

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;
use serde_json::Value;

use super::scalar::{Argument, Function, constant};
use super::text::map_texts;
pub(super) use items::{IsJsonScalar, JsonArrayContains, JsonArrayGet};
use path::Path;

/// Calls with the value that a path leads to in every text.
fn extracted(arguments: &[ColumnarValue], rows: usize, text: impl Fn(&Value) -> Option<String>) -> Result<ArrayRef> {
    let (texts, paths) = (arguments[0].to_array(rows)?, arguments[1].to_array(rows)?);
    let paths = paths.as_string_view();
    let fixed = constant(&arguments[1]).map(Path::parse).transpose()?;
    map_texts(texts.as_string_view(), |row, json| {
        if paths.is_null(row) {
            return Ok(None);
        }
        let parsed;
        let path = if let Some(path) = &fixed {
            path
        } else {
            parsed = Path::parse(paths.value(row))?;
            &parsed
        };
        let Ok(value) = serde_json::from_str::<Value>(json) else { return Ok(None) };
        Ok(path.find(&value).and_then(&text).map(Cow::Owned))
    })
}

/// `json_extract`: the value at a path, as JSON.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct JsonExtract;

impl Function for JsonExtract {
    const NAME: &'static str = "json_extract";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text, Argument::Text]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Utf8View
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        extracted(arguments, rows, |value| Some(value.to_string()))
    }
}

/// `json_extract_scalar`: the text, number or truth value at a path, as text; NULL of lists and objects.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct JsonExtractScalar;

impl Function for JsonExtractScalar {
    const NAME: &'static str = "json_extract_scalar";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text, Argument::Text]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Utf8View
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        extracted(arguments, rows, |value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        })
    }
}

/// `json_parse`: the text, if it is JSON, without what stands between its parts.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct JsonParse;

impl Function for JsonParse {
    const NAME: &'static str = "json_parse";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Utf8View
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        map_texts(arguments[0].to_array(rows)?.as_string_view(), |_, text| {
            if let Ok(value) = serde_json::from_str::<Value>(text) {
                Ok(Some(Cow::Owned(value.to_string())))
            } else {
                exec_err!("json_parse cannot read the text as JSON: try(json_parse(…)) is NULL there")
            }
        })
    }
}

/// `json_format`: JSON as text, which it is.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct JsonFormat;

impl Function for JsonFormat {
    const NAME: &'static str = "json_format";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Utf8View
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        arguments[0].to_array(rows)
    }
}

/// `json_array_length`: how many items a list has.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct JsonArrayLength;

impl Function for JsonArrayLength {
    const NAME: &'static str = "json_array_length";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Int64
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let length = |text: &str| i64::try_from(items::items(text)?.len()).ok();
        let texts = arguments[0].to_array(rows)?;
        Ok(Arc::new(texts.as_string_view().iter().map(|text| text.and_then(length)).collect::<Int64Array>()))
    }
}

/// `json_size`: how many items or members the value at a path has; 0 of one that has none.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct JsonSize;

impl Function for JsonSize {
    const NAME: &'static str = "json_size";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text, Argument::Text]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Int64
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let sizes = extracted(arguments, rows, |value| {
            let size = match value {
                Value::Array(items) => items.len(),
                Value::Object(members) => members.len(),
                _ => 0,
            };
            Some(size.to_string())
        })?;
        Ok(datafusion::arrow::compute::cast(&sizes, &DataType::Int64)?)
    }
}

#[cfg(test)]
mod tests {
    use crate::ask::query::functions::testing::{error, rows, session};

    #[test]
    fn paths_lead_into_json() {
        let context = session(1, 10, None);
        for (call, expected) in [
            (r#"json_extract_scalar('{"a": {"b": [1, "x"]}}', '$.a.b[1]')"#, "x"),
            (r#"json_extract('{"a": [1, 2]}', '$.a')"#, "[1,2]"),
            (r#"json_extract_scalar('{"a-b": 1}', '$["a-b"]')"#, "1"),
            (r#"json_extract_scalar('{"a": [1]}', '$.a') IS NULL"#, "true"),
            ("json_extract_scalar('no json', '$.a') IS NULL", "true"),
            ("json_array_length('[1, 2]'), json_array_length('{}') IS NULL", "2 true"),
            (r#"json_size('{"a": [1, 2]}', '$.a'), json_size('{"a": 1}', '$')"#, "2 1"),
            (r#"json_format(json_parse('{"a": 1}'))"#, r#"{"a":1}"#),
        ] {
            assert_eq!(rows(&context, &format!("SELECT {call}")), [expected], "{call}");
        }
        assert!(error(&context, "SELECT json_parse('{')").contains("cannot read the text as JSON"));
        assert!(error(&context, "SELECT json_extract('{}', 'a')").contains("a path begins with $"));
    }
}
