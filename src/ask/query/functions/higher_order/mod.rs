//! Functions that take functions `x -> …`, besides those of `DataFusion`. Every function that is taken is called once for many values: those
//! of all lists or maps of a batch behind one another, with the row that each belongs to.

mod maps;
mod reduce;
mod sorted_by;
#[cfg(test)]
mod tests;
mod zip_with;

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, UInt32Array};
use datafusion::arrow::compute::take_arrays;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::{HigherOrderUDF, LambdaArgument};
use datafusion::prelude::SessionContext;

/// Makes the functions known to a session.
pub(super) fn register(context: &SessionContext) {
    context.register_higher_order_function(Arc::new(HigherOrderUDF::new_from_impl(reduce::Reduce::default())));
    context.register_higher_order_function(Arc::new(HigherOrderUDF::new_from_impl(zip_with::ZipWith::default())));
    context.register_higher_order_function(Arc::new(HigherOrderUDF::new_from_impl(sorted_by::SortedBy::default())));
    for function in maps::all() {
        context.register_higher_order_function(Arc::new(HigherOrderUDF::new_from_impl(function)));
    }
}

/// What a function `x -> …` answers, one value for each of `rows`, which say to which row of the batch the arguments belong.
fn answers(lambda: &LambdaArgument, arguments: &[ArrayRef], rows: &UInt32Array) -> Result<ArrayRef> {
    let given: Vec<_> = arguments.iter().map(|argument| || Ok(Arc::clone(argument))).collect();
    let given: Vec<&dyn Fn() -> Result<ArrayRef>> = given.iter().map(|given| given as _).collect();
    lambda.evaluate(&given, |captured| Ok(take_arrays(captured, rows, None)?))?.into_array(rows.len())
}

/// A value that may be NULL; the name tells nothing.
fn field(kind: &DataType) -> FieldRef {
    Arc::new(Field::new("", kind.clone(), true))
}

/// A place in an array as Arrow counts them.
fn place(index: usize) -> Result<u32> {
    u32::try_from(index).map_err(|_| exec_datafusion_err!("too many values at once for a function x -> …"))
}
