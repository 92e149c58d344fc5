//! `greatest`, `least` and `concat`: NULL if any argument is NULL, as in Trino, where DataFusion's functions ignore it.

use std::sync::Arc;

use datafusion::arrow::array::{Array, BooleanArray};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::compute::nullif;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::functions::core::{greatest, least};
use datafusion::functions::string::concat;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature};

/// The functions, to be registered with a session.
pub(super) fn all() -> [ScalarUDF; 3] {
    [greatest(), least(), concat()].map(|function| ScalarUDF::from(NullIfAny(function)))
}

/// A function that is not asked where an argument is NULL.
#[derive(Debug, PartialEq, Eq, Hash)]
struct NullIfAny(Arc<ScalarUDF>);

impl ScalarUDFImpl for NullIfAny {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn signature(&self) -> &Signature {
        self.0.signature()
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        self.0.coerce_types(arg_types)
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        self.0.return_type(arg_types)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let (rows, mut known) = (args.number_rows, None);
        for argument in &args.args {
            match argument {
                ColumnarValue::Scalar(value) if value.is_null() => {
                    return Ok(ScalarValue::try_new_null(args.return_type())?.into());
                }
                ColumnarValue::Scalar(_) => {}
                ColumnarValue::Array(values) => {
                    known = NullBuffer::union(known.as_ref(), values.logical_nulls().as_ref());
                }
            }
        }
        let answer = self.0.invoke_with_args(args)?;
        let Some(known) = known else { return Ok(answer) };
        Ok(nullif(&answer.into_array(rows)?, &BooleanArray::new(!known.inner(), None))?.into())
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{ArrayRef, Float64Array, Int32Array, StringViewArray};

    use super::*;
    use crate::ask::query::functions::testing::{add_table, error, rows, session};

    #[test]
    fn one_null_is_enough() {
        let context = session(1, 10, None);
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("i", Arc::new(Int32Array::from(vec![Some(1), None, Some(3), Some(-4)]))),
            ("f", Arc::new(Float64Array::from(vec![Some(0.5), Some(2.5), None, Some(7.0)]))),
            ("x", Arc::new(StringViewArray::from(vec![Some("a"), None, Some("c"), Some("")]))),
        ];
        add_table(&context, columns, 10);
        assert_eq!(rows(&context, "SELECT greatest(i, f, 0) FROM t"), ["1.0", "", "", "7.0"]);
        assert_eq!(rows(&context, "SELECT least(i, 2) FROM t"), ["1", "", "2", "-4"]);
        assert_eq!(rows(&context, "SELECT concat(x, '-', i) FROM t"), ["a-1", "", "c-3", "--4"]);
        assert_eq!(
            rows(&context, "SELECT greatest(i, NULL) IS NULL, concat(x, NULL) IS NULL FROM t LIMIT 1"),
            ["true true"]
        );
        let constants = "SELECT greatest(1, NULL, 3) IS NULL, greatest(1, 3), least('b', 'a'), concat('a', 'b'), \
                         concat('a', NULL) IS NULL, least(TIMESTAMP '2026-01-01', TIMESTAMP '2025-01-01')";
        assert_eq!(rows(&context, constants), ["true 3 a ab true 2025-01-01T00:00:00"]);
        assert_eq!(rows(&context, "SELECT max(greatest(i, f)) FROM t WHERE greatest(i, f) > 1"), ["7.0"]);
        assert!(error(&context, "SELECT greatest()").contains("greatest"));
    }
}
