//! Lists and maps of other items, and those of JSON: `CAST(json_parse('[1, 2]') AS array(integer))`.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, StringViewArray};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, exec_err, internal_err};
use serde_json::Value;

use super::kind::Kind;
use crate::ask::query::functions::maps;

/// Lists whose items are made others.
pub(super) fn items(lists: &ArrayRef, convert: impl Fn(&ArrayRef) -> Result<ArrayRef>) -> Result<ArrayRef> {
    let (DataType::List(field) | DataType::LargeList(field) | DataType::FixedSizeList(field, _)) = lists.data_type()
    else {
        return internal_err!("a list is one");
    };
    let lists = cast(lists, &DataType::List(Arc::clone(field)))?;
    let lists = lists.as_list::<i32>();
    // Not those of rows that are no longer there.
    let (first, last) = (lists.value_offsets()[0], lists.value_offsets()[lists.len()]);
    let place = |offset: i32| usize::try_from(offset).unwrap_or(0);
    let items = convert(&lists.values().slice(place(first), place(last - first)))?;
    let offsets = OffsetBuffer::from_lengths(lists.offsets().lengths());
    let field = Arc::new(Field::new_list_field(items.data_type().clone(), true));
    Ok(Arc::new(ListArray::try_new(field, offsets, items, lists.nulls().cloned())?))
}

/// Texts as JSON; NULL where there is none.
pub(super) fn parsed(texts: &StringViewArray, is_try: bool) -> Result<Vec<Option<Value>>> {
    let parse = |text: Option<&str>| match text.map(serde_json::from_str) {
        Some(Ok(value)) => Ok(Some(value)),
        Some(Err(_)) if !is_try => exec_err!("the text cannot be read as JSON"),
        _ => Ok(None),
    };
    texts.iter().map(parse).collect()
}

/// JSON as values of a type; `scalar` makes them of their texts.
pub(super) fn read(
    values: &[Option<Value>],
    to: &Kind,
    scalar: &impl Fn(&ArrayRef, &Kind) -> Result<ArrayRef>,
) -> Result<ArrayRef> {
    match to {
        Kind::Array(item) => {
            let lists = values.iter().map(|value| match value {
                Some(Value::Array(items)) => Ok(Some(items)),
                None | Some(Value::Null) => Ok(None),
                Some(_) => exec_err!("JSON that is no list cannot be cast to one"),
            });
            let lists: Vec<Option<&Vec<Value>>> = lists.collect::<Result<_>>()?;
            let items: Vec<Option<Value>> =
                lists.iter().flatten().flat_map(|items| items.iter().cloned()).map(Some).collect();
            let items = read(&items, item, scalar)?;
            let (offsets, known) = shape(&lists, Vec::len);
            let field = Arc::new(Field::new_list_field(items.data_type().clone(), true));
            Ok(Arc::new(ListArray::try_new(field, offsets, items, Some(known))?))
        }
        Kind::Map(key, value) => {
            let objects = values.iter().map(|value| match value {
                Some(Value::Object(members)) => Ok(Some(members)),
                None | Some(Value::Null) => Ok(None),
                Some(_) => exec_err!("JSON that is no object cannot be cast to a map"),
            });
            let objects: Vec<Option<&serde_json::Map<String, Value>>> = objects.collect::<Result<_>>()?;
            let members = || objects.iter().flatten().flat_map(|members| members.iter());
            let keys: Vec<_> = members().map(|(key, _)| Some(Value::from(key.as_str()))).collect();
            let values: Vec<_> = members().map(|(_, value)| Some(value.clone())).collect();
            let entries = [read(&keys, key, scalar)?, read(&values, value, scalar)?];
            let (offsets, known) = shape(&objects, serde_json::Map::len);
            maps(&to.data_type(), entries, offsets, Some(known))
        }
        Kind::Json => Ok(texts(values, |value| Ok(Some(value.to_string())))?),
        _ => scalar(&texts(values, written)?, to),
    }
}

/// Where the items of every row end, and which rows there are.
fn shape<T>(rows: &[Option<&T>], length: impl Fn(&T) -> usize) -> (OffsetBuffer<i32>, NullBuffer) {
    let offsets = OffsetBuffer::from_lengths(rows.iter().map(|row| row.map_or(0, &length)));
    (offsets, rows.iter().map(Option::is_some).collect())
}

fn texts(values: &[Option<Value>], text: impl Fn(&Value) -> Result<Option<String>>) -> Result<ArrayRef> {
    let texts = values.iter().map(|value| value.as_ref().map_or(Ok(None), &text));
    Ok(Arc::new(texts.collect::<Result<StringViewArray>>()?))
}

fn written(value: &Value) -> Result<Option<String>> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        Value::Bool(_) | Value::Number(_) => Ok(Some(value.to_string())),
        Value::Array(_) | Value::Object(_) => exec_err!("a list or an object in JSON cannot be cast to one value"),
    }
}
