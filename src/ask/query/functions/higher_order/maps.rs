//! `map_filter(map, (k, v) -> …)`, `transform_keys(map, (k, v) -> …)`, `transform_values(map, (k, v) -> …)`.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature, HigherOrderUDFImpl,
    LambdaParametersProgress, ValueOrLambda, Volatility,
};

use super::{answers, field, place};
use crate::ask::query::functions::arrays::{self, entries, map_of};

/// What is made of a map's entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Made {
    /// Those entries for which the function answers true.
    Filtered,
    Keys,
    Values,
}

/// A function of a map and a function of its keys and values.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct OfMap {
    made: Made,
    signature: HigherOrderSignature,
}

pub(super) fn all() -> impl Iterator<Item = OfMap> {
    let of = |made| OfMap { made, signature: HigherOrderSignature::user_defined(Volatility::Immutable) };
    [Made::Filtered, Made::Keys, Made::Values].into_iter().map(of)
}

impl OfMap {
    fn misused<T>(&self) -> Result<T> {
        let name = self.name();
        plan_err!("{name} takes a map and a function of keys and values: {name}(map, (k, v) -> …)")
    }
}

impl HigherOrderUDFImpl for OfMap {
    fn name(&self) -> &'static str {
        match self.made {
            Made::Filtered => "map_filter",
            Made::Keys => "transform_keys",
            Made::Values => "transform_values",
        }
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn coerce_value_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        match kinds {
            [map @ DataType::Map(..)] => Ok(vec![map.clone()]),
            _ => self.misused(),
        }
    }

    fn lambda_parameters(
        &self,
        _step: usize,
        fields: &[ValueOrLambda<FieldRef, Option<FieldRef>>],
    ) -> Result<LambdaParametersProgress> {
        let [ValueOrLambda::Value(map), ValueOrLambda::Lambda(_)] = fields else { return self.misused() };
        let Some((key, value)) = entries(map.data_type()) else { return self.misused() };
        Ok(LambdaParametersProgress::Complete(vec![vec![field(key), field(value)]]))
    }

    fn return_field_from_args(&self, args: HigherOrderReturnFieldArgs) -> Result<FieldRef> {
        let [ValueOrLambda::Value(map), ValueOrLambda::Lambda(answer)] = args.arg_fields else { return self.misused() };
        let Some((key, value)) = entries(map.data_type()) else { return self.misused() };
        Ok(match self.made {
            Made::Filtered if matches!(answer.data_type(), DataType::Boolean | DataType::Null) => {
                field(&map_of(key, value))
            }
            Made::Filtered => return plan_err!("the function of map_filter answers true or false"),
            Made::Keys => field(&map_of(answer.data_type(), value)),
            Made::Values => field(&map_of(key, answer.data_type())),
        })
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> Result<ColumnarValue> {
        let [ValueOrLambda::Value(map), ValueOrLambda::Lambda(lambda)] = args.args.as_slice() else {
            return self.misused();
        };
        let maps = map.to_array(args.number_rows)?;
        let maps = maps.as_map();
        let (mut rows, mut places) = (Vec::new(), Vec::new());
        for row in (0..maps.len()).filter(|row| maps.is_valid(*row)) {
            for index in arrays::places(maps.value_offsets(), row) {
                rows.push(place(row)?);
                places.push(place(index)?);
            }
        }
        let places = UInt32Array::from(places);
        let (keys, values) = (take(maps.keys(), &places, None)?, take(maps.values(), &places, None)?);
        let made = answers(lambda, &[Arc::clone(&keys), Arc::clone(&values)], &UInt32Array::from(rows.clone()))?;
        let (rows, keys, values) = match self.made {
            Made::Values => (rows, keys, made),
            Made::Keys => {
                refuse_doubles(&rows, &made)?;
                (rows, made, values)
            }
            Made::Filtered => {
                let is_kept = |at: &usize| made.is_valid(*at) && made.as_boolean().value(*at);
                let kept: Vec<usize> =
                    if made.data_type().is_null() { Vec::new() } else { (0..rows.len()).filter(is_kept).collect() };
                let places: UInt32Array = kept.iter().map(|at| place(*at)).collect::<Result<Vec<_>>>()?.into();
                let rows = kept.iter().map(|at| rows[*at]).collect();
                (rows, take(&keys, &places, None)?, take(&values, &places, None)?)
            }
        };
        let mut lengths = vec![0; maps.len()];
        for row in rows {
            lengths[row as usize] += 1;
        }
        let offsets = OffsetBuffer::from_lengths(lengths);
        Ok(ColumnarValue::Array(arrays::maps(args.return_type(), [keys, values], offsets, maps.nulls().cloned())?))
    }
}

/// A key is in a map once, and is not NULL.
fn refuse_doubles(rows: &[u32], keys: &ArrayRef) -> Result<()> {
    if keys.null_count() > 0 {
        return exec_err!("transform_keys makes a key that is NULL");
    }
    let converter = RowConverter::new(vec![SortField::new(keys.data_type().clone())])?;
    let texts = converter.convert_columns(std::slice::from_ref(keys))?;
    let mut seen = HashSet::with_capacity(rows.len());
    if texts.iter().zip(rows).any(|(key, row)| !seen.insert((row, key.owned()))) {
        return exec_err!("transform_keys makes one key of two of a map");
    }
    Ok(())
}
