//! `nan()`, `infinity()`, and what tells them.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray, Float64Array};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use crate::ask::query::functions::scalar::{Argument, Function};

macro_rules! constant {
    ($function:ident, $name:literal, $value:expr) => {
        #[doc = concat!("`", $name, "`.")]
        #[derive(Debug, Default, PartialEq, Eq, Hash)]
        pub(in crate::ask::query::functions) struct $function;

        impl Function for $function {
            const NAME: &'static str = $name;
            const ARGUMENTS: &'static [&'static [Argument]] = &[&[]];

            fn answer(_arguments: &[DataType]) -> DataType {
                DataType::Float64
            }

            fn call(_arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
                Ok(Arc::new(Float64Array::from(vec![$value; rows])))
            }
        }
    };
}

macro_rules! test {
    ($function:ident, $name:literal, $test:expr) => {
        #[doc = concat!("`", $name, "`.")]
        #[derive(Debug, Default, PartialEq, Eq, Hash)]
        pub(in crate::ask::query::functions) struct $function;

        impl Function for $function {
            const NAME: &'static str = $name;
            const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Double]];

            fn answer(_arguments: &[DataType]) -> DataType {
                DataType::Boolean
            }

            fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
                let numbers = arguments[0].to_array(rows)?;
                let test: fn(f64) -> bool = $test;
                let answer: BooleanArray =
                    numbers.as_primitive::<Float64Type>().iter().map(|number| number.map(test)).collect();
                Ok(Arc::new(answer))
            }
        }
    };
}

constant!(Nan, "nan", f64::NAN);
constant!(Infinity, "infinity", f64::INFINITY);
test!(IsNan, "is_nan", f64::is_nan);
test!(IsFinite, "is_finite", f64::is_finite);
test!(IsInfinite, "is_infinite", f64::is_infinite);
