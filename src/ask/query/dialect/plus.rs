//! `+x`: Trino takes it before integers and doubles, and the engine before decimals and lengths of time as well.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

/// What `+x` is called as.
pub(super) const PLUS: &str = "unary_plus";

pub(super) fn udf() -> ScalarUDF {
    ScalarUDF::from(Plus { signature: Signature::user_defined(Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Plus {
    signature: Signature,
}

impl ScalarUDFImpl for Plus {
    fn name(&self) -> &'static str {
        PLUS
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        match kinds {
            [kind] if kind.is_integer() || kind.is_floating() || kind.is_null() => Ok(vec![kind.clone()]),
            [DataType::Decimal128(..) | DataType::Decimal256(..)] => {
                plan_err!("+ stands before no decimal in Athena's SQL: leave it out, or write a double, as in 1e0")
            }
            [kind] => plan_err!("+ stands before a number, not {kind}: leave it out"),
            _ => plan_err!("+ stands before one value"),
        }
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        Ok(kinds.first().cloned().unwrap_or(DataType::Null))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        if let Some(value) = args.args.into_iter().next() { Ok(value) } else { plan_err!("+ stands before a value") }
    }
}
