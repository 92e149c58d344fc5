//! `ngrams(list, n)`: every n items that stand behind one another; all items if there are fewer.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::{as_list, list, list_of, lists};
use crate::ask::query::functions::scalar::Extent;

/// `ngrams`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct NGrams {
    signature: Signature,
}

impl Default for NGrams {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for NGrams {
    fn name(&self) -> &'static str {
        "ngrams"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        match kinds {
            [lists, size] if size.is_integer() || size.is_null() => {
                Ok(vec![as_list(self.name(), lists)?, DataType::Int64])
            }
            _ => plan_err!("ngrams takes a list and how many items stand together"),
        }
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        Ok(list_of(&kinds[0]))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let extent = Extent::of(&args);
        let (given, sizes) = (args.args[0].to_array(extent.rows)?, args.args[1].to_array(extent.rows)?);
        let sizes = sizes.as_primitive::<Int64Type>();
        let kind = super::item(given.data_type()).cloned().unwrap_or(DataType::Null);
        let mut made: Vec<Option<ArrayRef>> = Vec::with_capacity(extent.rows);
        for row in 0..extent.rows {
            let values = list(&given, row)?.filter(|_| sizes.is_valid(row));
            let Some(values) = values else {
                made.push(None);
                continue;
            };
            let Some(size) = usize::try_from(sizes.value(row)).ok().filter(|size| *size > 0) else {
                return exec_err!("ngrams takes one item or more together");
            };
            let size = size.min(values.len());
            let pieces: Vec<_> = (0..=values.len() - size).map(|first| Some(values.slice(first, size))).collect();
            made.push(Some(lists(&kind, &pieces)?));
        }
        extent.answer(lists(&list_of(&kind), &made)?)
    }
}
