//! `array_position(list, x)`: the place of the first x, from 1; 0 if there is none.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, Int64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::Result;
use datafusion::functions_nested::position::array_position_udf;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature};

use crate::ask::query::functions::scalar::Extent;

/// `array_position`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct ArrayPosition(Arc<ScalarUDF>);

impl Default for ArrayPosition {
    fn default() -> Self {
        Self(array_position_udf())
    }
}

impl ScalarUDFImpl for ArrayPosition {
    fn name(&self) -> &'static str {
        "array_position"
    }

    fn signature(&self) -> &Signature {
        self.0.signature()
    }

    fn coerce_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        self.0.coerce_types(kinds)
    }

    fn return_type(&self, _kinds: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let extent = Extent::of(&args);
        let rows = extent.rows;
        let (lists, wanted) = (args.args[0].to_array(rows)?, args.args[1].to_array(rows)?);
        let return_field = Arc::new(args.return_field.as_ref().clone().with_data_type(DataType::UInt64));
        let args = ScalarFunctionArgs { return_field, ..args };
        let found = cast(&self.0.invoke_with_args(args)?.into_array(rows)?, &DataType::Int64)?;
        let found = found.as_primitive::<Int64Type>();
        let place = |row: usize| {
            let is_known = !lists.is_null(row) && !wanted.is_null(row);
            is_known.then(|| if found.is_null(row) { 0 } else { found.value(row) })
        };
        let places: Int64Array = (0..rows).map(place).collect();
        extent.answer(Arc::new(places))
    }
}
