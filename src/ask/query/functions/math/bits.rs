//! `bitwise_and(a, b)`, `bitwise_or`, `bitwise_xor` and `bitwise_not(a)` of integers, their bits moved by some places, and
//! `bit_count(a, bits)`. Integers have 64 bits.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array};
use datafusion::arrow::compute::{binary, unary};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;

use crate::ask::query::functions::scalar::{Argument, Function, each_pair};

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
of_two!(BitwiseLeftShift, "bitwise_left_shift", |a, places| moved(places).map_or(0, |places| a << places));
of_two!(BitwiseRightShift, "bitwise_right_shift", |a, places| {
    moved(places).map_or(0, |places| (a.cast_unsigned() >> places).cast_signed())
});
of_two!(BitwiseRightShiftArithmetic, "bitwise_right_shift_arithmetic", |a, places| {
    a >> moved(places).unwrap_or(i64::BITS - 1)
});

/// By how many places bits move; `None` if none of them stays. Java looks at the last six bits of a negative number.
fn moved(places: i64) -> Option<u32> {
    u32::try_from(if places < 0 { places & 63 } else { places }).ok().filter(|places| *places < i64::BITS)
}

/// `bit_count`: how many bits are set of a number that is written with so many bits.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct BitCount;

impl Function for BitCount {
    const NAME: &'static str = "bit_count";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Integer, Argument::Integer]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Int64
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let (numbers, bits) = (arguments[0].to_array(rows)?, arguments[1].to_array(rows)?);
        let count = |number: i64, bits: i64| {
            let Some(unused) = u32::try_from(bits).ok().filter(|bits| (2..=64).contains(bits)).map(|bits| 64 - bits)
            else {
                return exec_err!("bit_count takes 2 to 64 bits, not {bits}");
            };
            if (number << unused) >> unused != number {
                return exec_err!("bit_count: {number} has no room in {bits} bits");
            }
            Ok(i64::from((number << unused).count_ones()))
        };
        let counts = each_pair(numbers.as_primitive::<Int64Type>(), bits.as_primitive::<Int64Type>(), count);
        Ok(Arc::new(counts.collect::<Result<Int64Array>>()?))
    }
}

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
