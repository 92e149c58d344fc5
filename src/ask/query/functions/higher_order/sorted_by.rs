//! `array_sort(list, (a, b) -> …)`, planned as `sorted_by`: in the order in which a function puts every two items, -1, 0 or 1.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray, UInt32Array};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::{cast, take};
use datafusion::arrow::datatypes::{DataType, FieldRef, Int64Type};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature, HigherOrderUDFImpl,
    LambdaArgument, LambdaParametersProgress, ValueOrLambda, Volatility,
};

use super::{answers, field, place};
use crate::ask::query::functions::arrays::{as_list, item, places};

/// Pairs that are compared in one batch: the function is asked of every two items of a list.
const MOST_PAIRS: usize = 4 << 20;

/// `sorted_by`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct SortedBy {
    signature: HigherOrderSignature,
}

impl Default for SortedBy {
    fn default() -> Self {
        Self { signature: HigherOrderSignature::user_defined(Volatility::Immutable) }
    }
}

const MISUSED: &str = "array_sort takes a list and a function that answers -1, 0 or 1: array_sort(list, (a, b) -> …)";

impl HigherOrderUDFImpl for SortedBy {
    fn name(&self) -> &'static str {
        "sorted_by"
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn coerce_value_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        let [list] = kinds else { return plan_err!("{MISUSED}") };
        Ok(vec![as_list("array_sort", list)?])
    }

    fn lambda_parameters(
        &self,
        _step: usize,
        fields: &[ValueOrLambda<FieldRef, Option<FieldRef>>],
    ) -> Result<LambdaParametersProgress> {
        let [ValueOrLambda::Value(list), ValueOrLambda::Lambda(_)] = fields else { return plan_err!("{MISUSED}") };
        let of_list = field(item(list.data_type()).unwrap_or(&DataType::Null));
        Ok(LambdaParametersProgress::Complete(vec![vec![Arc::clone(&of_list), of_list]]))
    }

    fn return_field_from_args(&self, args: HigherOrderReturnFieldArgs) -> Result<FieldRef> {
        match args.arg_fields {
            [ValueOrLambda::Value(list), ValueOrLambda::Lambda(order)]
                if order.data_type().is_integer() || order.data_type().is_null() =>
            {
                Ok(field(list.data_type()))
            }
            _ => plan_err!("{MISUSED}"),
        }
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> Result<ColumnarValue> {
        let [ValueOrLambda::Value(list), ValueOrLambda::Lambda(lambda)] = args.args.as_slice() else {
            return plan_err!("{MISUSED}");
        };
        let given = list.to_array(args.number_rows)?;
        let lists = given.as_list::<i32>();
        let compared = compared(lists, lambda)?;
        let (mut order, mut next) = (Vec::with_capacity(lists.values().len()), 0);
        let (mut lengths, mut known) = (Vec::with_capacity(lists.len()), Vec::with_capacity(lists.len()));
        for row in 0..lists.len() {
            let items = items(lists, row);
            let count = items.len();
            let is_after = |one: usize, other: usize| compared.value(next + one * count + other) > 0;
            for at in sorted(count, is_after) {
                order.push(place(items.start + at)?);
            }
            next += count * count;
            lengths.push(count);
            known.push(lists.is_valid(row));
        }
        let values = take(lists.values(), &UInt32Array::from(order), None)?;
        let DataType::List(of_list) = given.data_type() else { return plan_err!("{MISUSED}") };
        let offsets = OffsetBuffer::from_lengths(lengths);
        let sorted: ArrayRef =
            Arc::new(ListArray::try_new(Arc::clone(of_list), offsets, values, Some(known.into_iter().collect()))?);
        Ok(ColumnarValue::Array(sorted))
    }
}

/// Where the items of a row's list stand; nowhere if it is NULL.
fn items(lists: &ListArray, row: usize) -> Range<usize> {
    if lists.is_null(row) { 0..0 } else { places(lists.value_offsets(), row) }
}

/// What the function answers of every two items of each list: of a list of n, n times n answers.
fn compared(lists: &ListArray, lambda: &LambdaArgument) -> Result<Int64Array> {
    let pairs: usize =
        (0..lists.len()).map(|row| items(lists, row).len()).map(|count| count.saturating_mul(count)).sum();
    if pairs > MOST_PAIRS {
        return exec_err!(
            "lists are too long to be sorted by a function: {pairs} pairs, and {MOST_PAIRS} are the most"
        );
    }
    let (mut rows, mut left, mut right) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..lists.len() {
        for one in items(lists, row) {
            for other in items(lists, row) {
                rows.push(place(row)?);
                left.push(place(one)?);
                right.push(place(other)?);
            }
        }
    }
    let [left, right] = [left, right].map(|places| take(lists.values(), &UInt32Array::from(places), None));
    let made = cast(&answers(lambda, &[left?, right?], &UInt32Array::from(rows))?, &DataType::Int64)?;
    let made = made.as_primitive::<Int64Type>().clone();
    if made.null_count() > 0 || made.values().iter().any(|order| !(-1..=1).contains(order)) {
        return exec_err!("the function of array_sort answers -1, 0 or 1");
    }
    Ok(made)
}

/// Places in an order that need not be one: what stands first stays first, unless it is after what follows.
fn sorted(count: usize, is_after: impl Fn(usize, usize) -> bool) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::with_capacity(count);
    for item in 0..count {
        let behind = order.iter().rposition(|before| !is_after(*before, item)).map_or(0, |at| at + 1);
        order.insert(behind, item);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::sorted;

    #[test]
    fn equal_ones_stay_as_they_are() {
        let values = [3, 1, 2, 1];
        assert_eq!(sorted(4, |one, other| values[one] > values[other]), [1, 3, 2, 0]);
        assert_eq!(sorted(3, |_, _| true).len(), 3);
        assert!(sorted(0, |_, _| true).is_empty());
    }
}
