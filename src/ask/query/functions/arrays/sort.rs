//! `array_sort(list)`: ascending, NULLs last.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::compute::{SortOptions, sort};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};
use datafusion::functions_nested::sort::array_sort_udf;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::{as_list, item, list, lists};
use crate::ask::query::functions::scalar::Extent;

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
        let extent = Extent::of(&args);
        let rows = extent.rows;
        let given = args.args[0].to_array(rows)?;
        let options = SortOptions { descending: false, nulls_first: false };
        let mut sorted: Vec<Option<ArrayRef>> = Vec::with_capacity(rows);
        for row in 0..rows {
            sorted.push(list(&given, row)?.map(|values| sort(&values, Some(options))).transpose()?);
        }
        extent.answer(lists(item(given.data_type()).unwrap_or(&DataType::Null), &sorted)?)
    }
}
