//! `element_at(list, n)` and `element_at(map, key)`: NULL where there is none.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, internal_err, plan_err};
use datafusion::functions_nested::extract::array_element_udf;
use datafusion::functions_nested::map_extract::map_extract_udf;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility, lit};

use super::item;

/// `element_at`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct ElementAt {
    signature: Signature,
}

impl Default for ElementAt {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

/// Types of a map's keys and values.
fn entry(kind: &DataType) -> Option<(&DataType, &DataType)> {
    let DataType::Map(entries, _) = kind else { return None };
    let DataType::Struct(fields) = entries.data_type() else { return None };
    Some((fields.first()?.data_type(), fields.get(1)?.data_type()))
}

impl ScalarUDFImpl for ElementAt {
    fn name(&self) -> &'static str {
        "element_at"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        let [values, at] = kinds else { return plan_err!("element_at takes a list and a number, or a map and a key") };
        match (entry(values), item(values)) {
            (Some((key, _)), _) => Ok(vec![values.clone(), key.clone()]),
            (_, Some(_)) if at.is_integer() || at.is_null() => Ok(vec![values.clone(), DataType::Int64]),
            _ => plan_err!("element_at takes a list and a number, or a map and a key, not {values} and {at}"),
        }
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        match (entry(&kinds[0]), item(&kinds[0])) {
            (Some((_, value)), _) | (_, Some(value)) => Ok(value.clone()),
            _ => internal_err!("element_at of what has no elements"),
        }
    }

    fn simplify(&self, args: Vec<Expr>, info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        let [values, at] = args.as_slice() else { return internal_err!("element_at takes two arguments") };
        let is_map = entry(&info.get_data_type(values)?).is_some();
        Ok(ExprSimplifyResult::Simplified(if is_map {
            let found = map_extract_udf().call(vec![values.clone(), at.clone()]);
            array_element_udf().call(vec![found, lit(1_i64)])
        } else {
            array_element_udf().call(vec![values.clone(), at.clone()])
        }))
    }

    fn invoke_with_args(&self, _args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        internal_err!("element_at was not planned as what it means")
    }
}
