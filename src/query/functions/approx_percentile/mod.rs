//! `approx_percentile(x, p)`: Trino's name, and an answer that is exact for everything these logs have to measure.
//!
//! It is the smallest value v such that at least the share p of all values are no greater than v (the nearest rank,
//! SQL's `percentile_disc`); for p = 0 the minimum. NULL and NaN are ignored; of no values the percentile is NULL.
//! Integers have a percentile that is a BIGINT, all other numbers one that is a DOUBLE. It is found by counting how
//! often each value occurs: see [`distribution`] for when that would take too much memory, and how far off the answer
//! is then. Here is what `DataFusion` wants to know of the function; [`accumulators`] feeds the counts, [`state`]
//! hands them on.

mod accumulators;
mod distribution;
mod hasher;
mod state;
mod value;

use datafusion::arrow::datatypes::{DataType, FieldRef, Float64Type, Int64Type};
use datafusion::common::{Result, ScalarValue, not_impl_err, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, GroupsAccumulator, Signature, Volatility};
use datafusion::physical_expr::expressions::Literal;

use accumulators::{GroupPercentiles, Percentile};

/// The function, to be registered with a session.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ApproxPercentile {
    signature: Signature,
}

impl Default for ApproxPercentile {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for ApproxPercentile {
    fn name(&self) -> &'static str {
        "approx_percentile"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        let [values, _] = arg_types else {
            return plan_err!(
                "approx_percentile takes a number and a share from 0 to 1, not {} arguments",
                arg_types.len()
            );
        };
        for argument in arg_types {
            if !argument.is_numeric() && !argument.is_null() {
                return plan_err!("approx_percentile takes numbers, not {argument}");
            }
        }
        Ok(vec![counted_as(values), DataType::Float64])
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        Ok(counted_as(&arg_types[0]))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        if args.is_distinct {
            return not_impl_err!("approx_percentile(DISTINCT …)");
        }
        Ok(state::fields(args.name, args.return_type()))
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let share = share(&args)?;
        Ok(match args.return_field.data_type() {
            DataType::Int64 => Box::new(Percentile::<Int64Type>::new(share)),
            _ => Box::new(Percentile::<Float64Type>::new(share)),
        })
    }

    fn groups_accumulator_supported(&self, _args: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        let share = share(&args)?;
        Ok(match args.return_field.data_type() {
            DataType::Int64 => Box::new(GroupPercentiles::<Int64Type>::new(share)),
            _ => Box::new(GroupPercentiles::<Float64Type>::new(share)),
        })
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

/// The type that values of this one are counted as.
fn counted_as(values: &DataType) -> DataType {
    if values.is_integer() { DataType::Int64 } else { DataType::Float64 }
}

/// The second argument.
fn share(args: &AccumulatorArgs) -> Result<f64> {
    let Some(literal) = args.exprs[1].downcast_ref::<Literal>() else {
        return plan_err!("the share of approx_percentile has to be a constant: {}", args.exprs[1]);
    };
    match literal.value() {
        ScalarValue::Float64(Some(share)) if (0.0..=1.0).contains(share) => Ok(*share),
        ScalarValue::Float64(Some(share)) => plan_err!("the share of approx_percentile has to be from 0 to 1: {share}"),
        other => plan_err!("the share of approx_percentile has to be a number from 0 to 1: {other}"),
    }
}

#[cfg(test)]
mod tests;
