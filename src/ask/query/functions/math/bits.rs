//! `bitwise_and(a, b)`, `bitwise_or`, `bitwise_xor` and `bitwise_not(a)` of integers.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array};
use datafusion::arrow::compute::{binary, unary};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use crate::ask::query::functions::scalar::{Argument, Function};

macro_rules! of_two {
    ($function:ident, $name:literal, $operation:expr) => {
        #[doc = concat!("`", $name, "`.")]
        #[derive(Debug, Default, PartialEq, Eq, Hash)]
        pub(in crate::ask::query::functions) struct $function;

        impl Function for $function {
            const NAME: &'static str = $name;
            const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Integer, Argument::Integer]];

            fn answer(_arguments: &[DataType]) -> DataType {
                DataType::Int64
            }

            fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
                let (a, b) = (arguments[0].to_array(rows)?, arguments[1].to_array(rows)?);
                let (a, b) = (a.as_primitive::<Int64Type>(), b.as_primitive::<Int64Type>());
                let answer: Int64Array = binary(a, b, $operation)?;
                Ok(Arc::new(answer))
            }
        }
    };
}

of_two!(BitwiseAnd, "bitwise_and", |a, b| a & b);
of_two!(BitwiseOr, "bitwise_or", |a, b| a | b);
of_two!(BitwiseXor, "bitwise_xor", |a, b| a ^ b);

/// `bitwise_not`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct BitwiseNot;

impl Function for BitwiseNot {
    const NAME: &'static str = "bitwise_not";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Integer]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Int64
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let numbers = arguments[0].to_array(rows)?;
        let answer: Int64Array = unary(numbers.as_primitive::<Int64Type>(), |number: i64| !number);
        Ok(Arc::new(answer))
    }
}
