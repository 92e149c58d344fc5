//! `array_sort(list)`: ascending, NULLs last.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, ListArray};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::{SortOptions, concat, sort};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::functions_nested::sort::array_sort_udf;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::{as_list, item, list};

/// `array_sort`; with the engine's further arguments it is the engine's.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct ArraySort {
    signature: Signature,
}

impl Default for ArraySort {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for ArraySort {
    fn name(&self) -> &'static str {
        "array_sort"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        match kinds {
            [lists] => Ok(vec![as_list("array_sort", lists)?]),
            [lists, rest @ ..] if rest.len() <= 2 => {
                Ok(std::iter::once(as_list("array_sort", lists)?).chain(rest.iter().map(|_| DataType::Utf8)).collect())
            }
            _ => plan_err!("array_sort takes a list"),
        }
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        Ok(kinds[0].clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        if args.args.len() > 1 {
            return array_sort_udf().invoke_with_args(args);
        }
        let is_constant = matches!(args.args[0], ColumnarValue::Scalar(_));
        let rows = if is_constant { 1 } else { args.number_rows };
        let lists = args.args[0].to_array(rows)?;
        let options = SortOptions { descending: false, nulls_first: false };
        let mut sorted: Vec<ArrayRef> = Vec::with_capacity(rows);
        let (mut lengths, mut known) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
        for row in 0..rows {
            let values = list(&lists, row)?;
            known.push(values.is_some());
            lengths.push(values.as_ref().map_or(0, arrow::array::Array::len));
            sorted.extend(values.map(|values| sort(&values, Some(options))).transpose()?);
        }
        let kind = item(lists.data_type()).unwrap_or(&DataType::Null).clone();
        let pieces: Vec<&dyn Array> = sorted.iter().map(AsRef::as_ref).collect();
        let values =
            if pieces.is_empty() { datafusion::arrow::array::new_empty_array(&kind) } else { concat(&pieces)? };
        let answer = ListArray::try_new(
            Arc::new(Field::new_list_field(kind, true)),
            OffsetBuffer::from_lengths(lengths),
            values,
            Some(NullBuffer::from(known)),
        )?;
        Ok(if is_constant {
            ScalarValue::try_from_array(&answer, 0)?.into()
        } else {
            ColumnarValue::Array(Arc::new(answer))
        })
    }
}
