//! `width_bucket(x, from, to, count)` and `width_bucket(x, bounds)`: which of the buckets of a histogram holds a number.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Int64Type};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use crate::ask::query::functions::scalar::Extent;

/// `width_bucket`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct WidthBucket {
    signature: Signature,
}

impl Default for WidthBucket {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for WidthBucket {
    fn name(&self) -> &'static str {
        "width_bucket"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        let is_number = |kind: &DataType| kind.is_numeric() || kind.is_null();
        match kinds {
            [number, bounds] if is_number(number) && bounds.is_list() => {
                let bounds = DataType::List(Arc::new(Field::new_list_field(DataType::Float64, true)));
                Ok(vec![DataType::Float64, bounds])
            }
            [number, from, to, count] if [number, from, to, count].into_iter().all(is_number) => {
                Ok(vec![DataType::Float64, DataType::Float64, DataType::Float64, DataType::Int64])
            }
            _ => plan_err!(
                "width_bucket takes a number, from where to where, and how many buckets; or a number and a list of bounds"
            ),
        }
    }

    fn return_type(&self, _kinds: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let extent = Extent::of(&args);
        let arrays = args.args.iter().map(|argument| argument.to_array(extent.rows)).collect::<Result<Vec<_>>>()?;
        let numbers = arrays[0].as_primitive::<Float64Type>();
        let bucket = |row: usize| -> Result<Option<i64>> {
            if arrays.iter().any(|values| values.is_null(row)) {
                return Ok(None);
            }
            let number = numbers.value(row);
            match arrays.as_slice() {
                [_, bounds] => by_bounds(number, &bounds.as_list::<i32>().value(row)),
                [_, from, to, count] => by_width(
                    number,
                    from.as_primitive::<Float64Type>().value(row),
                    to.as_primitive::<Float64Type>().value(row),
                    count.as_primitive::<Int64Type>().value(row),
                ),
                _ => plan_err!("width_bucket takes two or four arguments"),
            }
            .map(Some)
        };
        let buckets: Int64Array = (0..extent.rows).map(bucket).collect::<Result<_>>()?;
        extent.answer(Arc::new(buckets))
    }
}

/// The place among so many buckets of equal width, from 1; 0 before the first one, one more than there are behind the last one.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "as in Trino, whose buckets are counted in doubles"
)]
fn by_width(number: f64, from: f64, to: f64, count: i64) -> Result<i64> {
    let (lower, upper) = (from.min(to), from.max(to));
    if count <= 0 || number.is_nan() || !from.is_finite() || !to.is_finite() || lower >= upper {
        return exec_err!("width_bucket takes a number, two different finite bounds, and a bucket or more");
    }
    let bucket = if number < lower {
        0
    } else if number >= upper {
        count.saturating_add(1)
    } else {
        (count as f64 * (number - lower) / (upper - lower) + 1.0) as i64
    };
    Ok(if from > to { count - bucket + 1 } else { bucket })
}

/// How many of the bounds, which rise, the number has reached.
fn by_bounds(number: f64, bounds: &ArrayRef) -> Result<i64> {
    let bounds = bounds.as_primitive::<Float64Type>();
    if bounds.is_empty() || bounds.null_count() > 0 || bounds.values().iter().any(|bound| !bound.is_finite()) {
        return exec_err!("width_bucket takes a list of finite bounds");
    }
    if number.is_nan() || !bounds.values().is_sorted() {
        return exec_err!("width_bucket takes a number, and bounds that rise");
    }
    Ok(i64::try_from(bounds.values().partition_point(|bound| *bound <= number)).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use crate::ask::query::functions::testing::{error, rows, session};

    #[test]
    fn numbers_fall_into_buckets() {
        let context = session(1, 10, None);
        for (call, expected) in [
            ("width_bucket(3.5, 0, 10, 5), width_bucket(-1, 0, 10, 5), width_bucket(10, 0, 10, 5)", "2 0 6"),
            ("width_bucket(3.5, 10, 0, 5), width_bucket(11, 10, 0, 5)", "4 0"),
            ("width_bucket(0.3, ARRAY[0.1, 0.5, 1]), width_bucket(0.5, ARRAY[0.1, 0.5, 1])", "1 2"),
            ("width_bucket(NULL, ARRAY[0.1]) IS NULL", "true"),
        ] {
            assert_eq!(rows(&context, &format!("SELECT {call}")), [expected], "{call}");
        }
        assert!(error(&context, "SELECT width_bucket(1, ARRAY[2, 1])").contains("bounds that rise"));
        assert!(error(&context, "SELECT width_bucket(1, 2, 2, 5)").contains("two different finite bounds"));
    }
}
