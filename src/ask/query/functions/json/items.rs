//! Lists in JSON: `json_array_get(json, index)`, `json_array_contains(json, value)`; and `is_json_scalar(json)`.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;
use serde_json::Value;

use crate::ask::query::functions::scalar::{Argument, Function};
use crate::ask::query::functions::text::map_texts;

/// The items of a list; `None` of what is none.
pub(super) fn items(json: &str) -> Option<Vec<Value>> {
    match serde_json::from_str(json) {
        Ok(Value::Array(items)) => Some(items),
        _ => None,
    }
}

/// `json_array_get`: an item as JSON, counted from 0, or from the end if the index is negative; text stands without quotes.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct JsonArrayGet;

impl Function for JsonArrayGet {
    const NAME: &'static str = "json_array_get";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text, Argument::Integer]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Utf8View
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let (texts, indexes) = (arguments[0].to_array(rows)?, arguments[1].to_array(rows)?);
        let indexes = indexes.as_primitive::<Int64Type>();
        map_texts(texts.as_string_view(), |row, json| {
            let Some(mut items) = items(json).filter(|_| !indexes.is_null(row)) else { return Ok(None) };
            let index = indexes.value(row);
            let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
            let place = usize::try_from(if index < 0 { index.saturating_add(length) } else { index });
            let Some(place) = place.ok().filter(|place| *place < items.len()) else { return Ok(None) };
            Ok(match items.swap_remove(place) {
                Value::Null => None,
                Value::String(text) => Some(Cow::Owned(text)),
                other => Some(Cow::Owned(other.to_string())),
            })
        })
    }
}

/// `json_array_contains`: whether text or a number is an item.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct JsonArrayContains;

impl Function for JsonArrayContains {
    const NAME: &'static str = "json_array_contains";
    const ARGUMENTS: &'static [&'static [Argument]] =
        &[&[Argument::Text, Argument::Text], &[Argument::Text, Argument::Double]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Boolean
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let (texts, wanted) = (arguments[0].to_array(rows)?, arguments[1].to_array(rows)?);
        let is_wanted = |row: usize, item: &Value| match wanted.as_primitive_opt::<Float64Type>() {
            Some(numbers) => item.as_f64() == Some(numbers.value(row)),
            None => item.as_str() == Some(wanted.as_string_view().value(row)),
        };
        let texts = texts.as_string_view();
        let contain = (0..rows).map(|row| {
            let known = !texts.is_null(row) && !wanted.is_null(row);
            let items = known.then(|| items(texts.value(row))).flatten()?;
            Some(items.iter().any(|item| is_wanted(row, item)))
        });
        Ok(Arc::new(contain.collect::<BooleanArray>()))
    }
}

/// `is_json_scalar`: whether the value is neither a list nor an object.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct IsJsonScalar;

impl Function for IsJsonScalar {
    const NAME: &'static str = "is_json_scalar";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Boolean
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let texts = arguments[0].to_array(rows)?;
        let is_scalar = |text: &str| {
            let Ok(value) = serde_json::from_str::<Value>(text) else {
                return exec_err!("is_json_scalar cannot read the text as JSON");
            };
            Ok(!value.is_array() && !value.is_object())
        };
        let scalars = texts.as_string_view().iter().map(|text| text.map(is_scalar).transpose());
        Ok(Arc::new(scalars.collect::<Result<BooleanArray>>()?))
    }
}

#[cfg(test)]
mod tests {
    use crate::ask::query::functions::testing::{error, rows, session};

    #[test]
    fn items_of_lists_are_found() {
        let context = session(1, 10, None);
        for (call, expected) in [
            (r#"json_array_get('[1, "a", [2]]', 1), json_array_get('[1, "a", [2]]', -1)"#, "a [2]"),
            ("json_array_get('[1]', 1) IS NULL, json_array_get('{}', 0) IS NULL", "true true"),
            (r#"json_array_contains('[1, "a"]', 'a'), json_array_contains('[1, 2.5]', 2.5)"#, "true true"),
            ("json_array_contains('[1]', 'a'), json_array_contains('no', 'a') IS NULL", "false true"),
            ("is_json_scalar('1'), is_json_scalar('null'), is_json_scalar('[1]')", "true true false"),
        ] {
            assert_eq!(rows(&context, &format!("SELECT {call}")), [expected], "{call}");
        }
        assert!(error(&context, "SELECT is_json_scalar('{')").contains("cannot read the text as JSON"));
    }
}
