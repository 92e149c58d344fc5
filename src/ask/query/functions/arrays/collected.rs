//! Maps of what an aggregate collected in lists: `map_agg(k, v)` is `paired_values(array_agg(k), array_agg(v))`, the first value of
//! each key; `counted_values(list, most)` how often each value is in a list, the most frequent ones if not all.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, MapArray, StructArray, UInt32Array};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, Field, Int64Type};
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::{as_list, item, joined, list};
use crate::ask::query::functions::scalar::Extent;

fn map_of(key: &DataType, value: &DataType) -> DataType {
    let fields = vec![Field::new("key", key.clone(), false), Field::new("value", value.clone(), true)];
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(fields.into()), false)), false)
}

/// Positions of the first of each value that is not NULL, and how many there are of it.
fn distinct(values: &ArrayRef) -> Result<Vec<(u32, i64)>> {
    let converter = RowConverter::new(vec![SortField::new(values.data_type().clone())])?;
    let rows = converter.convert_columns(std::slice::from_ref(values))?;
    let mut places: HashMap<&[u8], usize> = HashMap::new();
    let mut found: Vec<(u32, i64)> = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        if values.is_null(index) {
            continue;
        }
        let place = *places.entry(row.data()).or_insert(found.len());
        match found.get_mut(place) {
            Some((_, count)) => *count += 1,
            None => found.push((u32::try_from(index).unwrap_or(u32::MAX), 1)),
        }
    }
    Ok(found)
}

/// Maps of keys and values, one for each row that has one.
#[derive(Default)]
struct Maps {
    keys: Vec<ArrayRef>,
    values: Vec<ArrayRef>,
    lengths: Vec<usize>,
    known: Vec<bool>,
}

impl Maps {
    fn push(&mut self, entries: Option<(ArrayRef, ArrayRef)>) {
        self.known.push(entries.is_some());
        self.lengths.push(entries.as_ref().map_or(0, |(keys, _)| keys.len()));
        if let Some((keys, values)) = entries {
            self.keys.push(keys);
            self.values.push(values);
        }
    }

    fn finish(self, kind: &DataType) -> Result<ArrayRef> {
        let DataType::Map(entries, _) = kind else { return plan_err!("a map is a map") };
        let DataType::Struct(fields) = entries.data_type() else { return plan_err!("a map has entries") };
        let columns = vec![joined(fields[0].data_type(), &self.keys)?, joined(fields[1].data_type(), &self.values)?];
        let columns = StructArray::try_new(fields.clone(), columns, None)?;
        let offsets = OffsetBuffer::from_lengths(self.lengths);
        let known = Some(NullBuffer::from(self.known));
        Ok(Arc::new(MapArray::try_new(Arc::clone(entries), offsets, columns, known, false)?))
    }
}

/// `paired_values(keys, values)`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct PairedValues {
    signature: Signature,
}

/// `counted_values(list [, most])`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct CountedValues {
    signature: Signature,
}

impl Default for PairedValues {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl Default for CountedValues {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for PairedValues {
    fn name(&self) -> &'static str {
        "paired_values"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        let [keys, values] = kinds else { return plan_err!("paired_values takes two lists") };
        Ok(vec![as_list(self.name(), keys)?, as_list(self.name(), values)?])
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        let of = |at: usize| item(&kinds[at]).unwrap_or(&DataType::Null);
        Ok(map_of(of(0), of(1)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let extent = Extent::of(&args);
        let rows = extent.rows;
        let (keys, values) = (args.args[0].to_array(rows)?, args.args[1].to_array(rows)?);
        let mut maps = Maps::default();
        for row in 0..rows {
            let (Some(keys), Some(values)) = (list(&keys, row)?, list(&values, row)?) else {
                maps.push(None);
                continue;
            };
            if keys.len() != values.len() {
                return exec_err!("a map has as many keys as values");
            }
            let places: UInt32Array = distinct(&keys)?.into_iter().map(|(place, _)| place).collect::<Vec<_>>().into();
            maps.push(Some((take(&keys, &places, None)?, take(&values, &places, None)?)));
        }
        extent.answer(maps.finish(args.return_type())?)
    }
}

impl ScalarUDFImpl for CountedValues {
    fn name(&self) -> &'static str {
        "counted_values"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        match kinds {
            [lists] => Ok(vec![as_list(self.name(), lists)?]),
            [lists, most] if most.is_integer() => Ok(vec![as_list(self.name(), lists)?, DataType::Int64]),
            _ => plan_err!("counted_values takes a list, and perhaps how many values"),
        }
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        Ok(map_of(item(&kinds[0]).unwrap_or(&DataType::Null), &DataType::Int64))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let extent = Extent::of(&args);
        let rows = extent.rows;
        let lists = args.args[0].to_array(rows)?;
        let most = args.args.get(1).map(|most| most.to_array(rows)).transpose()?;
        let most = most.as_ref().map(AsArray::as_primitive::<Int64Type>);
        let mut maps = Maps::default();
        for row in 0..rows {
            let Some(values) = list(&lists, row)? else {
                maps.push(None);
                continue;
            };
            let mut found = distinct(&values)?;
            if let Some(most) = most {
                found.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
                found.truncate(usize::try_from(most.value(row)).unwrap_or(0));
            }
            let places: UInt32Array = found.iter().map(|(place, _)| *place).collect::<Vec<_>>().into();
            let counts: Int64Array = found.iter().map(|(_, count)| *count).collect::<Vec<_>>().into();
            maps.push(Some((take(&values, &places, None)?, Arc::new(counts))));
        }
        extent.answer(maps.finish(args.return_type())?)
    }
}
