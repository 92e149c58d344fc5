//! `split(text, delimiter [, limit])` and `split_to_map(text, between entries, between key and value)`.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, ListBuilder, MapBuilder, MapFieldNames, StringBuilder, StringViewBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field, Int64Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;

use crate::ask::query::functions::scalar::{Argument, Function};

/// `split`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct Split;

impl Function for Split {
    const NAME: &'static str = "split";
    const ARGUMENTS: &'static [&'static [Argument]] =
        &[&[Argument::Text, Argument::Text], &[Argument::Text, Argument::Text, Argument::Integer]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::List(Arc::new(Field::new_list_field(DataType::Utf8View, true)))
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let (texts, delimiters) = (arguments[0].to_array(rows)?, arguments[1].to_array(rows)?);
        let limits = arguments.get(2).map(|limits| limits.to_array(rows)).transpose()?;
        let limits = limits.as_ref().map(arrow::array::AsArray::as_primitive::<Int64Type>);
        let (texts, delimiters) = (texts.as_string_view(), delimiters.as_string_view());
        let mut made = ListBuilder::new(StringViewBuilder::new());
        for row in 0..rows {
            if texts.is_null(row) || delimiters.is_null(row) || limits.is_some_and(|limits| limits.is_null(row)) {
                made.append_null();
                continue;
            }
            let (text, delimiter) = (texts.value(row), delimiters.value(row));
            let limit = limits.map_or(i64::MAX, |limits| limits.value(row));
            if limit < 1 {
                return exec_err!("split takes a limit of at least 1, not {limit}");
            }
            if delimiter.is_empty() {
                return exec_err!("split takes a delimiter that is not empty");
            }
            for piece in text.splitn(usize::try_from(limit).unwrap_or(usize::MAX), delimiter) {
                made.values().append_value(piece);
            }
            made.append(true);
        }
        Ok(Arc::new(made.finish()))
    }
}

/// `split_to_map`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct SplitToMap;

impl Function for SplitToMap {
    const NAME: &'static str = "split_to_map";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text; 3]];

    fn answer(_arguments: &[DataType]) -> DataType {
        let entry = vec![Field::new("key", DataType::Utf8, false), Field::new("value", DataType::Utf8, true)];
        DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entry.into()), false)), false)
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let arrays = arguments.iter().map(|argument| argument.to_array(rows)).collect::<Result<Vec<_>>>()?;
        let [texts, entries, pairs] = [0, 1, 2].map(|at| arrays[at].as_string_view());
        let names = MapFieldNames { entry: "entries".into(), key: "key".into(), value: "value".into() };
        let mut made = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new());
        for row in 0..rows {
            if [texts, entries, pairs].iter().any(|values| values.is_null(row)) {
                made.append(false)?;
                continue;
            }
            let (between_entries, between_pair) = (entries.value(row), pairs.value(row));
            if between_entries.is_empty() || between_pair.is_empty() || between_entries == between_pair {
                return exec_err!("split_to_map takes two delimiters that differ and are not empty");
            }
            let mut keys: Vec<&str> = Vec::new();
            for entry in texts.value(row).split(between_entries).filter(|entry| !entry.is_empty()) {
                let Some((key, value)) = entry.split_once(between_pair) else {
                    return exec_err!("split_to_map finds an entry without its delimiter");
                };
                if keys.contains(&key) {
                    return exec_err!("split_to_map finds a key twice");
                }
                keys.push(key);
                made.keys().append_value(key);
                made.values().append_value(value);
            }
            made.append(true)?;
        }
        Ok(Arc::new(made.finish()))
    }
}
