//! `min_by(x, y)` and `max_by(x, y)`: the value of x in the row where y is least or greatest, which may be NULL.
//!
//! Rows whose y is NULL are ignored; of no other rows the answer is NULL; of several such rows it is that of any of
//! them. A y that is not a number (NaN) only counts where all are, as in Trino. The variants with a number of rows as
//! third argument are not here.

mod keys;

use std::sync::Arc;

use datafusion::arrow::array::downcast_primitive;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, GroupsAccumulator, Signature, Volatility};

use super::selection::{GroupSelection, OverallSelection};
use keys::{Numbers, Others};

/// Either function, to be registered with a session.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct By {
    greatest: bool,
    signature: Signature,
}

impl By {
    pub(super) fn least() -> Self {
        Self { greatest: false, signature: Signature::user_defined(Volatility::Immutable) }
    }

    pub(super) fn greatest() -> Self {
        Self { greatest: true, ..Self::least() }
    }
}

/// Makes an accumulator of this shape with the keys that fit the type.
macro_rules! with_keys {
    ($shape:ident, $greatest:expr, $args:expr) => {{
        let (x, y) = ($args.expr_fields[0].data_type(), $args.expr_fields[1].data_type());
        macro_rules! numbers {
            ($t:ty) => {
                match $greatest {
                    true => Box::new($shape::try_new(x, Numbers::<$t, true>::new(y.clone()))?),
                    false => Box::new($shape::try_new(x, Numbers::<$t, false>::new(y.clone()))?),
                }
            };
        }
        Ok(downcast_primitive! {
            y => (numbers),
            _ => match $greatest {
                true => Box::new($shape::try_new(x, Others::<true>::try_new(y)?)?),
                false => Box::new($shape::try_new(x, Others::<false>::try_new(y)?)?),
            }
        })
    }};
}

impl AggregateUDFImpl for By {
    fn name(&self) -> &'static str {
        if self.greatest { "max_by" } else { "min_by" }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        let [x, y] = arg_types else {
            return plan_err!("{} takes a value and what to compare, not {} arguments", self.name(), arg_types.len());
        };
        let y = undictionaried(y);
        if !RowConverter::supports_fields(&[SortField::new(y.clone())]) {
            return plan_err!("{} cannot compare {y}", self.name());
        }
        Ok(vec![undictionaried(x), y])
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        Ok(arg_types[0].clone())
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let column = |part, index: usize| {
            let data_type = args.input_fields[index].data_type().clone();
            Arc::new(Field::new(format_state_name(args.name, part), data_type, true))
        };
        Ok(vec![column("value", 0), column("key", 1)])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        with_keys!(OverallSelection, self.greatest, args)
    }

    fn groups_accumulator_supported(&self, _args: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        with_keys!(GroupSelection, self.greatest, args)
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

/// The type of what a dictionary holds.
fn undictionaried(data_type: &DataType) -> DataType {
    if let DataType::Dictionary(_, values) = data_type { values.as_ref().clone() } else { data_type.clone() }
}

#[cfg(test)]
mod tests;
