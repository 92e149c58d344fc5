//! `zip_with(list, list, (a, b) -> …)`: the items of two lists at the same place, NULL where one is shorter.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, ListArray, UInt32Array};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature, HigherOrderUDFImpl,
    LambdaParametersProgress, ValueOrLambda, Volatility,
};

use super::{answers, field, place};
use crate::ask::query::functions::arrays::{as_list, item, list_of, places};

/// `zip_with`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ZipWith {
    signature: HigherOrderSignature,
}

impl Default for ZipWith {
    fn default() -> Self {
        Self { signature: HigherOrderSignature::user_defined(Volatility::Immutable) }
    }
}

const MISUSED: &str = "zip_with takes two lists and a function: zip_with(a, b, (x, y) -> x + y)";

impl HigherOrderUDFImpl for ZipWith {
    fn name(&self) -> &'static str {
        "zip_with"
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn coerce_value_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        let [first, second] = kinds else { return plan_err!("{MISUSED}") };
        Ok(vec![as_list(self.name(), first)?, as_list(self.name(), second)?])
    }

    fn lambda_parameters(
        &self,
        _step: usize,
        fields: &[ValueOrLambda<FieldRef, Option<FieldRef>>],
    ) -> Result<LambdaParametersProgress> {
        use ValueOrLambda::{Lambda, Value};
        let [Value(first), Value(second), Lambda(_)] = fields else { return plan_err!("{MISUSED}") };
        let item_of = |list: &FieldRef| field(item(list.data_type()).unwrap_or(&DataType::Null));
        Ok(LambdaParametersProgress::Complete(vec![vec![item_of(first), item_of(second)]]))
    }

    fn return_field_from_args(&self, args: HigherOrderReturnFieldArgs) -> Result<FieldRef> {
        let [_, _, ValueOrLambda::Lambda(made)] = args.arg_fields else { return plan_err!("{MISUSED}") };
        Ok(field(&list_of(made.data_type())))
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> Result<ColumnarValue> {
        use ValueOrLambda::{Lambda, Value};
        let [Value(first), Value(second), Lambda(lambda)] = args.args.as_slice() else { return plan_err!("{MISUSED}") };
        let (first, second) = (first.to_array(args.number_rows)?, second.to_array(args.number_rows)?);
        let (first, second) = (first.as_list::<i32>(), second.as_list::<i32>());
        let (mut rows, mut left, mut right) = (Vec::new(), Vec::new(), Vec::new());
        let (mut lengths, mut known) = (Vec::new(), Vec::new());
        for row in 0..args.number_rows {
            let is_known = first.is_valid(row) && second.is_valid(row);
            let length = if is_known { longer(first, second, row) } else { 0 };
            for at in 0..length {
                rows.push(place(row)?);
                left.push(item_at(first, row, at)?);
                right.push(item_at(second, row, at)?);
            }
            lengths.push(length);
            known.push(is_known);
        }
        let arguments = [
            take(first.values(), &UInt32Array::from(left), None)?,
            take(second.values(), &UInt32Array::from(right), None)?,
        ];
        let made = answers(lambda, &arguments, &UInt32Array::from(rows))?;
        let items = Arc::new(Field::new_list_field(made.data_type().clone(), true));
        let lists =
            ListArray::try_new(items, OffsetBuffer::from_lengths(lengths), made, Some(NullBuffer::from(known)))?;
        Ok(ColumnarValue::Array(Arc::new(lists)))
    }
}

fn longer(first: &ListArray, second: &ListArray, row: usize) -> usize {
    let length = |lists: &ListArray| usize::try_from(lists.value_length(row)).unwrap_or(0);
    length(first).max(length(second))
}

/// Where an item of a row's list stands among those of all; `None` behind its end.
fn item_at(lists: &ListArray, row: usize, at: usize) -> Result<Option<u32>> {
    let of_row = places(lists.value_offsets(), row);
    (at < of_row.len()).then(|| place(of_row.start + at)).transpose()
}
