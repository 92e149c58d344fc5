//! `contains(array, x)`: whether x is among the values of the array; NULL if it is not but a NULL is, as in Trino.
//!
//! `contains(text, piece)` stays DataFusion's.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::functions::string;
use datafusion::functions_nested::array_has::array_has_udf;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};

use super::scalar::Extent;

/// The function, to be registered with a session.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Contains {
    signature: Signature,
    of_array: Arc<ScalarUDF>,
    of_text: Arc<ScalarUDF>,
}

impl Default for Contains {
    fn default() -> Self {
        let (of_array, of_text) = (array_has_udf(), string::contains());
        let signatures = [&of_array, &of_text].map(|function| function.signature().type_signature.clone());
        let signature = Signature::new(TypeSignature::OneOf(signatures.to_vec()), Volatility::Immutable);
        Self { signature, of_array, of_text }
    }
}

impl ScalarUDFImpl for Contains {
    fn name(&self) -> &'static str {
        "contains"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        if !args.args[0].data_type().is_list() {
            return self.of_text.invoke_with_args(args);
        }
        let extent = Extent::of(&args);
        let rows = extent.rows;
        let arrays = args.args[0].to_array(rows)?;
        let found = self.of_array.invoke_with_args(args)?.into_array(rows)?;
        let found = unknown_if_null_is_left(found.as_boolean(), &arrays);
        extent.answer(Arc::new(found))
    }
}

/// NULL where nothing was found among values one of which is NULL.
fn unknown_if_null_is_left(found: &BooleanArray, arrays: &dyn Array) -> BooleanArray {
    let values = |row: usize| -> Option<ArrayRef> {
        if let Some(lists) = arrays.as_list_opt::<i32>() {
            Some(lists.value(row))
        } else if let Some(lists) = arrays.as_list_opt::<i64>() {
            Some(lists.value(row))
        } else {
            arrays.as_fixed_size_list_opt().map(|lists| lists.value(row))
        }
    };
    let has_null = |row| values(row).is_some_and(|values| values.logical_null_count() > 0);
    let known = (0..found.len()).map(|row| found.is_valid(row) && (found.value(row) || !has_null(row)));
    BooleanArray::new(found.values().clone(), Some(known.collect::<NullBuffer>()))
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::StringViewArray;

    use crate::ask::query::functions::testing::{add_table, error, rows, session};

    use super::*;

    #[test]
    fn values_are_found_in_arrays() {
        let context = session(1, 10, None);
        let constants = "SELECT contains(ARRAY[1, 2], 2), contains(ARRAY[1, 2], 3), contains(ARRAY['a', 'b'], 'a'), \
                         contains(ARRAY[1, NULL], 1), contains(ARRAY[1, NULL], 2) IS NULL, \
                         contains(ARRAY[1], NULL) IS NULL, contains(CAST(NULL AS BIGINT[]), 1) IS NULL";
        assert_eq!(rows(&context, constants), ["true false true true true true true"]);
        let x = StringViewArray::from(vec![Some("waf,forward"), None, Some("redirect")]);
        add_table(&context, vec![("x", Arc::new(x))], 10);
        let sql = "SELECT contains(ARRAY['redirect', x], 'redirect'), contains(ARRAY['waf', x], 'forward') FROM t";
        assert_eq!(rows(&context, sql), ["true false", "true", "true false"]);
        assert_eq!(rows(&context, "SELECT contains(split(x, ','), 'waf') FROM t"), ["true", "", "false"]);
    }

    #[test]
    fn pieces_are_found_in_text() {
        let context = session(1, 10, None);
        assert_eq!(
            rows(
                &context,
                "SELECT contains('abc', 'b'), contains('abc', 'x'), contains(CAST(NULL AS VARCHAR), 'x') IS NULL"
            ),
            ["true false true"]
        );
        assert!(error(&context, "SELECT contains(1, 2)").contains("contains"));
    }
}
