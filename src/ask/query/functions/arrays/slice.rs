//! `slice(list, start, length)`: items from a place, which counts from 1, or from the end if it is negative.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::{as_list, item, list, lists};
use crate::ask::query::functions::scalar::Extent;

/// `slice`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct Slice {
    signature: Signature,
}

impl Default for Slice {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Slice {
    fn name(&self) -> &'static str {
        "slice"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        match kinds {
            [lists, start, length] if [start, length].iter().all(|kind| kind.is_integer() || kind.is_null()) => {
                Ok(vec![as_list("slice", lists)?, DataType::Int64, DataType::Int64])
            }
            _ => plan_err!("slice takes a list, the place of its first item and how many there are"),
        }
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        Ok(kinds[0].clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let extent = Extent::of(&args);
        let rows = extent.rows;
        let arrays = args.args.iter().map(|argument| argument.to_array(rows)).collect::<Result<Vec<_>>>()?;
        let (starts, lengths) = (arrays[1].as_primitive::<Int64Type>(), arrays[2].as_primitive::<Int64Type>());
        let mut pieces: Vec<Option<ArrayRef>> = Vec::with_capacity(rows);
        for row in 0..rows {
            let values = list(&arrays[0], row)?.filter(|_| !starts.is_null(row) && !lengths.is_null(row));
            let Some(values) = values else {
                pieces.push(None);
                continue;
            };
            let (start, length) = (starts.value(row), lengths.value(row));
            if start == 0 || length < 0 {
                return exec_err!("slice counts from 1, and takes no fewer than 0 items");
            }
            let count = i64::try_from(values.len()).unwrap_or(i64::MAX);
            let first = if start > 0 { start - 1 } else { count + start };
            let inside = (0..count).contains(&first);
            let first = if inside { usize::try_from(first).unwrap_or(0) } else { values.len() };
            let size = usize::try_from(length).unwrap_or(usize::MAX).min(values.len() - first);
            pieces.push(Some(values.slice(first, size)));
        }
        extent.answer(lists(item(arrays[0].data_type()).unwrap_or(&DataType::Null), &pieces)?)
    }
}
