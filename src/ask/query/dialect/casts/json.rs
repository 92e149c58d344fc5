//! Values as JSON: `CAST(ARRAY[1, 2] AS json)`. Text is a string there, also text that holds JSON.

use std::fmt::Write;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::Result;

use super::text;
use crate::ask::query::functions::places;

/// Every value as JSON in text, NULL where there is none.
///
/// # Errors
/// When a value is of a type that JSON has nothing for.
pub(super) fn written(values: &ArrayRef) -> Result<ArrayRef> {
    let parts = Parts::of(values)?;
    let mut made = StringViewBuilder::with_capacity(values.len());
    let mut json = String::new();
    for row in 0..values.len() {
        if values.is_null(row) {
            made.append_null();
            continue;
        }
        json.clear();
        parts.write(row, &mut json);
        made.append_value(&json);
    }
    Ok(Arc::new(made.finish()))
}

/// Values that are told from one another by how JSON writes them, the texts of the scalars ready.
enum Parts {
    /// Numbers and truth values: their texts as they are.
    Bare(ArrayRef),
    Quoted(ArrayRef),
    List {
        lists: ArrayRef,
        items: Box<Parts>,
    },
    Map {
        maps: ArrayRef,
        keys: ArrayRef,
        values: Box<Parts>,
    },
    /// Values with their names.
    Row {
        rows: ArrayRef,
        values: Vec<(String, Parts)>,
    },
}

impl Parts {
    fn of(values: &ArrayRef) -> Result<Self> {
        Ok(match values.data_type() {
            kind if kind.is_numeric() || matches!(kind, DataType::Boolean | DataType::Null) => {
                Self::Bare(text::written(values)?)
            }
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                let item = Arc::new(Field::new_list_field(item.data_type().clone(), true));
                let lists = cast(values, &DataType::List(item))?;
                let items = Box::new(Self::of(lists.as_list::<i32>().values())?);
                Self::List { lists, items }
            }
            DataType::Map(..) => {
                let maps = values.as_map();
                let keys = text::written(maps.keys())?;
                Self::Map { maps: Arc::clone(values), keys, values: Box::new(Self::of(maps.values())?) }
            }
            DataType::Struct(fields) => {
                let columns = fields.iter().zip(values.as_struct().columns());
                let named = columns.map(|(field, column)| Ok((name(field.name()), Self::of(column)?)));
                Self::Row { rows: Arc::clone(values), values: named.collect::<Result<_>>()? }
            }
            _ => Self::Quoted(text::written(values)?),
        })
    }

    fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Bare(texts) | Self::Quoted(texts) => texts.is_null(row),
            Self::List { lists: values, .. } | Self::Map { maps: values, .. } | Self::Row { rows: values, .. } => {
                values.is_null(row)
            }
        }
    }

    fn write(&self, row: usize, json: &mut String) {
        if self.is_null(row) {
            json.push_str("null");
            return;
        }
        match self {
            Self::Bare(texts) => match texts.as_string_view().value(row) {
                // JSON has no such numbers.
                odd @ ("NaN" | "Infinity" | "-Infinity") => quote(odd, json),
                number => json.push_str(number),
            },
            Self::Quoted(texts) => quote(texts.as_string_view().value(row), json),
            Self::List { lists, items } => {
                let lists = lists.as_list::<i32>();
                enclose(json, '[', ']', places(lists.value_offsets(), row), |at, json| items.write(at, json));
            }
            Self::Map { maps, keys, values } => {
                let mut sorted: Vec<usize> = places(maps.as_map().value_offsets(), row).collect();
                sorted.sort_by_key(|at| keys.as_string_view().value(*at));
                enclose(json, '{', '}', sorted.into_iter(), |at, json| {
                    quote(keys.as_string_view().value(at), json);
                    json.push(':');
                    values.write(at, json);
                });
            }
            Self::Row { values, .. } => enclose(json, '{', '}', values.iter(), |(name, values), json| {
                quote(name, json);
                json.push(':');
                values.write(row, json);
            }),
        }
    }
}

/// The name of a row's value; `c0` and so on are the engine's for one that has none.
fn name(given: &str) -> String {
    let is_made_up = given.strip_prefix('c').is_some_and(|digits| digits.parse::<usize>().is_ok());
    if is_made_up { String::new() } else { given.to_owned() }
}

fn quote(text: &str, json: &mut String) {
    let _ = write!(json, "{}", serde_json::Value::from(text));
}

fn enclose<T>(
    json: &mut String,
    open: char,
    close: char,
    parts: impl Iterator<Item = T>,
    write: impl Fn(T, &mut String),
) {
    json.push(open);
    for (at, part) in parts.enumerate() {
        if at > 0 {
            json.push(',');
        }
        write(part, json);
    }
    json.push(close);
}
