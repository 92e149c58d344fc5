//! `map_concat(map, map, …)`: all keys, each with the value that the last map has of it.

use std::collections::HashMap;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, MapArray, UInt32Array};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::{concat, take};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::type_coercion::binary::type_union_coercion;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::{entries, map_of, places};
use crate::ask::query::functions::scalar::Extent;

/// `map_concat`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct MapConcat {
    signature: Signature,
}

impl Default for MapConcat {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for MapConcat {
    fn name(&self) -> &'static str {
        "map_concat"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        let mut of_all: Option<(DataType, DataType)> = None;
        for kind in kinds {
            let Some((key, value)) = entries(kind) else { return plan_err!("map_concat takes maps, not {kind}") };
            let both = match &of_all {
                None => Some((key.clone(), value.clone())),
                Some((keys, values)) => type_union_coercion(keys, key).zip(type_union_coercion(values, value)),
            };
            let Some(both) = both else { return plan_err!("map_concat takes maps of the same types") };
            of_all = Some(both);
        }
        match of_all {
            Some((key, value)) if kinds.len() > 1 => Ok(vec![map_of(&key, &value); kinds.len()]),
            _ => plan_err!("map_concat takes two maps or more"),
        }
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        Ok(kinds[0].clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let extent = Extent::of(&args);
        let given = args.args.iter().map(|map| map.to_array(extent.rows)).collect::<Result<Vec<_>>>()?;
        extent.answer(joined(&given, extent.rows, args.return_type())?)
    }
}

/// The maps of each row as one; NULL where any is.
fn joined(given: &[ArrayRef], rows: usize, kind: &DataType) -> Result<ArrayRef> {
    let maps: Vec<&MapArray> = given.iter().map(AsArray::as_map).collect();
    let all = |part: fn(&MapArray) -> &ArrayRef| -> Result<ArrayRef> {
        Ok(concat(&maps.iter().map(|map| part(map).as_ref()).collect::<Vec<_>>())?)
    };
    let (keys, values) = (all(MapArray::keys)?, all(MapArray::values)?);
    let converter = RowConverter::new(vec![SortField::new(keys.data_type().clone())])?;
    let texts = converter.convert_columns(std::slice::from_ref(&keys))?;
    // Where the entries of each map begin among those of all.
    let begins: Vec<usize> = maps
        .iter()
        .scan(0, |next, map| {
            let begin = *next;
            *next += map.keys().len();
            Some(begin)
        })
        .collect();
    let (mut taken, mut lengths, mut known) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..rows {
        let is_known = maps.iter().all(|map| map.is_valid(row));
        let first = taken.len();
        let mut seen: HashMap<&[u8], usize> = HashMap::new();
        for (map, begin) in maps.iter().zip(&begins).filter(|_| is_known) {
            for index in places(map.value_offsets(), row).map(|place| begin + place) {
                let index_in_all = u32::try_from(index).unwrap_or(u32::MAX);
                let slot = *seen.entry(texts.row(index).data()).or_insert(taken.len());
                if slot == taken.len() {
                    taken.push(index_in_all);
                } else {
                    taken[slot] = index_in_all;
                }
            }
        }
        lengths.push(taken.len() - first);
        known.push(is_known);
    }
    let taken = UInt32Array::from(taken);
    let entries = [take(&keys, &taken, None)?, take(&values, &taken, None)?];
    super::maps(kind, entries, OffsetBuffer::from_lengths(lengths), Some(NullBuffer::from(known)))
}
