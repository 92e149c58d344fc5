//! `sign(x)`: -1, 0 or 1, of an integer an integer, of a decimal a decimal, as in Trino.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Float64Array, Int64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use crate::ask::query::functions::scalar::Extent;

/// The function, to be registered with a session.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct Sign {
    signature: Signature,
}

impl Default for Sign {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Sign {
    fn name(&self) -> &'static str {
        "sign"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        match kinds {
            [number] if number.is_integer() || matches!(number, DataType::Decimal128(..)) => Ok(vec![number.clone()]),
            [number] if number.is_null() || number.is_numeric() => Ok(vec![DataType::Float64]),
            _ => plan_err!("sign takes a number"),
        }
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        Ok(match &kinds[0] {
            DataType::Decimal128(..) => DataType::Decimal128(1, 0),
            kind => kind.clone(),
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let extent = Extent::of(&args);
        let numbers = args.args[0].to_array(extent.rows)?;
        let answer: ArrayRef = match numbers.data_type() {
            DataType::Decimal128(..) => {
                let signs: Decimal128Array = numbers.as_primitive::<Decimal128Type>().unary(i128::signum);
                Arc::new(signs.with_precision_and_scale(1, 0)?)
            }
            DataType::Float64 => {
                let sign = |number: f64| if number == 0.0 { 0.0 } else { number.signum() };
                let signs: Float64Array = numbers.as_primitive::<Float64Type>().unary(sign);
                Arc::new(signs)
            }
            kind => {
                let wide = cast(&numbers, &DataType::Int64)?;
                let signs: Int64Array = wide.as_primitive::<Int64Type>().unary(i64::signum);
                cast(&signs, kind)?
            }
        };
        extent.answer(answer)
    }
}

#[cfg(test)]
mod tests {
    use crate::ask::query::functions::testing::{error, rows, session};

    #[test]
    fn signs_keep_the_type() {
        let context = session(1, 10, None);
        let sql = "SELECT sign(-3), sign(0), sign(2.5), sign(CAST('-0.5' AS DECIMAL(2, 1))), sign(NULL) IS NULL, \
                   arrow_typeof(sign(7)), arrow_typeof(sign(CAST('-0.5' AS DECIMAL(2, 1))))";
        assert_eq!(rows(&context, sql), ["-1 0 1.0 -1 true Int64 Decimal128(1, 0)"]);
        assert!(error(&context, "SELECT sign('a')").contains("sign takes a number"));
    }
}
