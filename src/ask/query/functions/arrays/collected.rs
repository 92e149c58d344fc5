//! Maps of what an aggregate collected in lists: `map_agg(k, v)` is `paired_values(array_agg(k), array_agg(v))`, the first value of
//! each key; `grouped_values(keys, values)` all values of each key; `counted_values(list, most)` how often each value is in a list, the most frequent ones if not all.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, UInt32Array};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, Field, Int64Type};
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::{as_list, entries, item, joined, list, list_of, lists, maps};
use crate::ask::query::functions::scalar::Extent;

/// The type of maps.
pub(in crate::ask::query) fn map_of(key: &DataType, value: &DataType) -> DataType {
    let fields = vec![Field::new("key", key.clone(), false), Field::new("value", value.clone(), true)];
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(fields.into()), false)), false)
}

/// For each of the distinct values that are not NULL, where it stands.
fn grouped(values: &ArrayRef) -> Result<Vec<Vec<u32>>> {
    let converter = RowConverter::new(vec![SortField::new(values.data_type().clone())])?;
    let rows = converter.convert_columns(std::slice::from_ref(values))?;
    let mut groups: HashMap<&[u8], usize> = HashMap::new();
    let mut found: Vec<Vec<u32>> = Vec::new();
    for (index, row) in rows.iter().enumerate().filter(|(index, _)| !values.is_null(*index)) {
        let group = *groups.entry(row.data()).or_insert(found.len());
        if group == found.len() {
            found.push(Vec::new());
        }
        found[group].push(u32::try_from(index).unwrap_or(u32::MAX));
    }
    Ok(found)
}

/// Where each of them stands first.
fn firsts(groups: &[Vec<u32>]) -> UInt32Array {
    groups.iter().filter_map(|places| places.first().copied()).collect::<Vec<_>>().into()
}

fn taken(values: &ArrayRef, places: &[u32]) -> Result<ArrayRef> {
    Ok(take(values, &UInt32Array::from(places.to_vec()), None)?)
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
        let Some((key, value)) = entries(kind) else { return plan_err!("a map is a map") };
        let columns = [joined(key, &self.keys)?, joined(value, &self.values)?];
        maps(kind, columns, OffsetBuffer::from_lengths(self.lengths), Some(NullBuffer::from(self.known)))
    }
}

/// `paired_values(keys, values)`, or `grouped_values(keys, values)`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct PairedValues {
    /// Whether all values of a key are kept, in a list.
    is_all: bool,
    signature: Signature,
}

/// `counted_values(list [, most])`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct CountedValues {
    signature: Signature,
}

impl PairedValues {
    /// The first value of each key.
    pub(in crate::ask::query::functions) fn firsts() -> Self {
        Self { is_all: false, signature: Signature::user_defined(Volatility::Immutable) }
    }

    /// All values of each key.
    pub(in crate::ask::query::functions) fn all() -> Self {
        Self { is_all: true, ..Self::firsts() }
    }
}

impl Default for CountedValues {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for PairedValues {
    fn name(&self) -> &'static str {
        if self.is_all { "grouped_values" } else { "paired_values" }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        let [keys, values] = kinds else { return plan_err!("{} takes two lists", self.name()) };
        Ok(vec![as_list(self.name(), keys)?, as_list(self.name(), values)?])
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        let of = |at: usize| item(&kinds[at]).unwrap_or(&DataType::Null);
        Ok(if self.is_all { map_of(of(0), &list_of(of(1))) } else { map_of(of(0), of(1)) })
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
            let groups = grouped(&keys)?;
            let firsts = firsts(&groups);
            let values = if self.is_all {
                let pieces = groups.iter().map(|places| taken(&values, places)).collect::<Result<Vec<_>>>()?;
                lists(values.data_type(), &pieces.into_iter().map(Some).collect::<Vec<_>>())?
            } else {
                take(&values, &firsts, None)?
            };
            maps.push(Some((take(&keys, &firsts, None)?, values)));
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
            let mut groups = grouped(&values)?;
            if let Some(most) = most {
                groups.sort_by_key(|places| std::cmp::Reverse(places.len()));
                groups.truncate(usize::try_from(most.value(row)).unwrap_or(0));
            }
            let count = |places: &Vec<u32>| i64::try_from(places.len()).unwrap_or(i64::MAX);
            let counts: Int64Array = groups.iter().map(count).collect::<Vec<_>>().into();
            maps.push(Some((take(&values, &firsts(&groups), None)?, Arc::new(counts))));
        }
        extent.answer(maps.finish(args.return_type())?)
    }
}
