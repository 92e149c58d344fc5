//! `approx_percentile(x, p)` and `approx_percentile(x, ARRAY[p, …])`, each with how often a value counts before the share: Trino's name, and an answer that is exact for
//! everything these logs have to measure.
//!
//! It is the smallest value v such that at least the share p of all values are no greater than v (the nearest rank,
//! SQL's `percentile_disc`); for p = 0 the minimum. In Athena's SQL it is Trino's rank, the first value that has more than the share. NULL and NaN are ignored; of no values the percentile is NULL.
//! Integers have a percentile that is a BIGINT, all other numbers one that is a DOUBLE; of an array of shares the answer
//! is an array in the same order, and values are counted once for all of them. It is found by counting how often each
//! value occurs: see [`distribution`] for when that would take too much memory, and how far off the answer is then.
//! Here is what `DataFusion` wants to know of the function; [`accumulators`] feeds the counts, [`state`] hands them
//! on, [`shares`] says what is asked of them.

mod accumulators;
mod distribution;
mod hasher;
mod rounding;
mod shares;
mod state;
mod value;

use datafusion::arrow::datatypes::{DataType, FieldRef, Float64Type, Int64Type};
use datafusion::common::{Result, not_impl_err, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, GroupsAccumulator, Signature, Volatility};

use accumulators::{GroupPercentiles, Percentile};
use distribution::Rank;
pub use rounding::Rounding;
use shares::Shares;

/// The function, to be registered with a session.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ApproxPercentile {
    signature: Signature,
    rounding: Rounding,
    rank: Rank,
}

impl ApproxPercentile {
    /// The function of a session, which learns from `rounding` whether percentiles were exact.
    pub(super) fn new(rounding: Rounding) -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable), rounding, rank: Rank::Nearest }
    }

    /// The same, which takes the value that Trino takes where a share falls between two.
    pub(super) fn as_in_trino(rounding: Rounding) -> Self {
        Self { rank: Rank::Next, ..Self::new(rounding) }
    }

    /// What a call asks for, and whether its second argument is how often each value counts.
    fn asked(&self, args: &AccumulatorArgs) -> Result<(Shares, bool)> {
        let Some(shares) = args.exprs.last() else { return plan_err!("approx_percentile of nothing") };
        Ok((Shares::of(shares, self.rank)?, args.exprs.len() == 3))
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
        let (values, weights, shares) = match arg_types {
            [values, shares] => (values, None, shares),
            [values, weights, shares] if weights.is_integer() || weights.is_null() => (values, Some(weights), shares),
            _ => {
                return plan_err!(
                    "approx_percentile takes a number, perhaps how often it counts, and a share from 0 to 1, or an array \
                     of shares, not {} arguments",
                    arg_types.len()
                );
            }
        };
        let is_number = values.is_numeric() || values.is_null();
        match Shares::coerced(shares) {
            Some(shares) if is_number => {
                let weights = weights.map(|_| DataType::Int64);
                Ok(std::iter::once(counted_as(values)).chain(weights).chain([shares]).collect())
            }
            Some(_) => plan_err!("approx_percentile takes numbers, not {values}"),
            None => plan_err!("approx_percentile takes numbers, not {shares}"),
        }
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        Ok(Shares::answered_as(&arg_types[arg_types.len() - 1], counted_as(&arg_types[0])))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        if args.is_distinct {
            return not_impl_err!("approx_percentile(DISTINCT …)");
        }
        Ok(state::fields(args.name, Shares::counted_as(args.return_type())))
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let ((shares, is_weighted), rounding) = (self.asked(&args)?, self.rounding.clone());
        Ok(match Shares::counted_as(args.return_field.data_type()) {
            DataType::Int64 => Box::new(Percentile::<Int64Type>::new(shares, is_weighted, rounding)),
            _ => Box::new(Percentile::<Float64Type>::new(shares, is_weighted, rounding)),
        })
    }

    fn groups_accumulator_supported(&self, _args: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        let ((shares, is_weighted), rounding) = (self.asked(&args)?, self.rounding.clone());
        Ok(match Shares::counted_as(args.return_field.data_type()) {
            DataType::Int64 => Box::new(GroupPercentiles::<Int64Type>::new(shares, is_weighted, rounding)),
            _ => Box::new(GroupPercentiles::<Float64Type>::new(shares, is_weighted, rounding)),
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

#[cfg(test)]
mod tests;
