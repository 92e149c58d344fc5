//! `reduce(list, first, (state, item) -> state, state -> answer)`.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use datafusion::arrow::compute::{cast, interleave, take};
use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::type_coercion::binary::type_union_coercion;
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature, HigherOrderUDFImpl,
    LambdaParametersProgress, ValueOrLambda, Volatility,
};

use super::{answers, field, place};
use crate::ask::query::functions::arrays::{as_list, item, places};

/// `reduce`. Its state is of a type that holds the first value and what the function makes of it.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Reduce {
    signature: HigherOrderSignature,
}

impl Default for Reduce {
    fn default() -> Self {
        Self { signature: HigherOrderSignature::user_defined(Volatility::Immutable) }
    }
}

const MISUSED: &str = "reduce takes a list, a first value, and two functions: reduce(list, 0, (s, x) -> s + x, s -> s)";

fn state_of(first: &DataType, made: &DataType) -> Result<DataType> {
    let Some(state) = type_union_coercion(first, made) else {
        return plan_err!("reduce begins with {first} and makes {made} of it: CAST the first value to what it becomes");
    };
    Ok(state)
}

impl HigherOrderUDFImpl for Reduce {
    fn name(&self) -> &'static str {
        "reduce"
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn coerce_value_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        let [list, first] = kinds else { return plan_err!("{MISUSED}") };
        Ok(vec![as_list(self.name(), list)?, first.clone()])
    }

    fn lambda_parameters(
        &self,
        _step: usize,
        fields: &[ValueOrLambda<FieldRef, Option<FieldRef>>],
    ) -> Result<LambdaParametersProgress> {
        use ValueOrLambda::{Lambda, Value};
        let [Value(list), Value(first), Lambda(made), Lambda(_)] = fields else { return plan_err!("{MISUSED}") };
        let of_list = field(item(list.data_type()).unwrap_or(&DataType::Null));
        let Some(made) = made else {
            return Ok(LambdaParametersProgress::Partial(vec![Some(vec![field(first.data_type()), of_list]), None]));
        };
        let state = field(&state_of(first.data_type(), made.data_type())?);
        Ok(LambdaParametersProgress::Complete(vec![vec![Arc::clone(&state), of_list], vec![state]]))
    }

    fn coerce_values_for_lambdas(&self, kinds: &[ValueOrLambda<DataType, DataType>]) -> Result<Option<Vec<DataType>>> {
        use ValueOrLambda::{Lambda, Value};
        let [Value(list), Value(first), Lambda(made), Lambda(_)] = kinds else { return plan_err!("{MISUSED}") };
        Ok(Some(vec![list.clone(), state_of(first, made)?]))
    }

    fn return_field_from_args(&self, args: HigherOrderReturnFieldArgs) -> Result<FieldRef> {
        let [_, _, _, ValueOrLambda::Lambda(answer)] = args.arg_fields else { return plan_err!("{MISUSED}") };
        Ok(field(answer.data_type()))
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> Result<ColumnarValue> {
        use ValueOrLambda::{Lambda, Value};
        let [Value(given), Value(first), Lambda(step), Lambda(end)] = args.args.as_slice() else {
            return plan_err!("{MISUSED}");
        };
        let given = given.to_array(args.number_rows)?;
        let lists = given.as_list::<i32>();
        let mut states = first.to_array(args.number_rows)?;
        let kind = states.data_type().clone();
        let longest = (0..lists.len()).map(|row| items_of(&given, row).len()).max().unwrap_or(0);
        for at in 0..longest {
            let (mut rows, mut items) = (Vec::new(), Vec::new());
            for row in 0..lists.len() {
                let of_row = items_of(&given, row);
                if at < of_row.len() {
                    rows.push(place(row)?);
                    items.push(place(of_row.start + at)?);
                }
            }
            let rows = UInt32Array::from(rows);
            let arguments = [take(&states, &rows, None)?, take(lists.values(), &UInt32Array::from(items), None)?];
            let made = cast(&answers(step, &arguments, &rows)?, &kind)?;
            states = replaced(&states, &rows, &made)?;
        }
        let present: Vec<u32> =
            (0..lists.len()).filter(|row| lists.is_valid(*row)).map(place).collect::<Result<_>>()?;
        let present = UInt32Array::from(present);
        let made = answers(end, &[take(&states, &present, None)?], &present)?;
        let mut next = 0..;
        let answered: UInt32Array =
            (0..lists.len()).map(|row| if lists.is_valid(row) { next.next() } else { None }).collect();
        Ok(ColumnarValue::Array(take(&made, &answered, None)?))
    }
}

/// Where the items of a row's list stand among those of all; nowhere if it is NULL.
fn items_of(lists: &ArrayRef, row: usize) -> std::ops::Range<usize> {
    let lists = lists.as_list::<i32>();
    if lists.is_null(row) { 0..0 } else { places(lists.value_offsets(), row) }
}

/// The values, of which those in `rows`, which ascend, are others.
fn replaced(values: &ArrayRef, rows: &UInt32Array, others: &ArrayRef) -> Result<ArrayRef> {
    let mut places: Vec<(usize, usize)> = (0..values.len()).map(|row| (0, row)).collect();
    for (at, row) in rows.values().iter().enumerate() {
        places[*row as usize] = (1, at);
    }
    Ok(interleave(&[values.as_ref(), others.as_ref()], &places)?)
}
