//! `list[n]`, which fails where there is no such item, as in Trino.

use datafusion::arrow::array::Int64Array;
use datafusion::arrow::array::{Array, AsArray, ListArray};
use datafusion::arrow::compute::{cast, take};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, exec_err, internal_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use super::{as_list, item};
use crate::ask::query::functions::scalar::Extent;

/// The function that `[]` after a list is.
pub(in crate::ask::query) fn subscript() -> ScalarUDF {
    ScalarUDF::from(Subscript { signature: Signature::user_defined(Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Subscript {
    signature: Signature,
}

impl ScalarUDFImpl for Subscript {
    fn name(&self) -> &'static str {
        "subscript"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        match kinds {
            [lists, at] if at.is_integer() || at.is_null() => Ok(vec![as_list("[]", lists)?, DataType::Int64]),
            _ => plan_err!("a list's items are numbered by integers"),
        }
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        Ok(item(&kinds[0]).unwrap_or(&DataType::Null).clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let extent = Extent::of(&args);
        let rows = extent.rows;
        let (lists, places) = (args.args[0].to_array(rows)?, args.args[1].to_array(rows)?);
        let lists: &ListArray = match lists.as_list_opt::<i32>() {
            Some(lists) => lists,
            None => return internal_err!("a list of another kind"),
        };
        let places = cast(&places, &DataType::Int64)?;
        let places = places.as_primitive::<Int64Type>();
        let mut taken = Vec::with_capacity(rows);
        for row in 0..rows {
            if lists.is_null(row) || places.is_null(row) {
                taken.push(None);
                continue;
            }
            let (place, length) = (places.value(row), i64::from(lists.value_length(row)));
            if !(1..=length).contains(&place) {
                return exec_err!("a list of {length} has no item {place}: element_at(list, n) is NULL there");
            }
            taken.push(Some(i64::from(lists.value_offsets()[row]) + place - 1));
        }
        let answer = take(lists.values(), &Int64Array::from(taken), None)?;
        extent.answer(answer)
    }
}
