//! `if(condition, value [, otherwise])`: another way to write `CASE WHEN condition THEN value ELSE otherwise END`, and the
//! planner is told so.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, internal_err, plan_err};
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::type_coercion::binary::type_union_resolution;
use datafusion::logical_expr::{Case, ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

/// The function, to be registered with a session.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct If {
    signature: Signature,
}

impl Default for If {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for If {
    fn name(&self) -> &'static str {
        "if"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        let [condition, values @ ..] = arg_types else {
            return plan_err!("if takes a condition and one or two values");
        };
        if !(1..=2).contains(&values.len()) || !(condition.is_null() || *condition == DataType::Boolean) {
            return plan_err!("if takes a condition and one or two values");
        }
        let Some(value) = type_union_resolution(values) else {
            return plan_err!("if takes values of one type, not {} and {}", values[0], values[values.len() - 1]);
        };
        Ok(std::iter::once(DataType::Boolean).chain(values.iter().map(|_| value.clone())).collect())
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        Ok(arg_types[1].clone())
    }

    fn short_circuits(&self) -> bool {
        true
    }

    fn simplify(&self, args: Vec<Expr>, _info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        let mut args = args.into_iter().map(Box::new);
        let (Some(condition), Some(value)) = (args.next(), args.next()) else { return internal_err!("if of nothing") };
        Ok(ExprSimplifyResult::Simplified(Expr::Case(Case::new(None, vec![(condition, value)], args.next()))))
    }

    fn invoke_with_args(&self, _args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        internal_err!("if was not planned as CASE")
    }
}

#[cfg(test)]
mod tests {
    use crate::ask::query::functions::testing::{error, rows, session};

    #[test]
    fn one_of_two_values_is_taken() {
        let context = session(1, 10, None);
        let values = "(VALUES (1), (0), (NULL)) AS v(x)";
        assert_eq!(rows(&context, &format!("SELECT if(x > 0, 'yes', 'no') FROM {values}")), ["yes", "no", "no"]);
        assert_eq!(rows(&context, &format!("SELECT if(x > 0, x) FROM {values}")), ["1", "", ""]);
        assert_eq!(rows(&context, &format!("SELECT if(x = 0, -1, 10 / x) FROM {values}")), ["10", "-1", ""]);
        assert_eq!(rows(&context, &format!("SELECT sum(if(x = 0, 1, 0.5)) FROM {values}")), ["2.0"]);
        assert_eq!(rows(&context, "SELECT if(NULL, 1, 2), if(true, NULL, 2) IS NULL, if(1 = 1, 'a')"), ["2 true a"]);
        let grouped =
            "SELECT if(x > 0, 'a', 'b') AS k, count(*) FROM (VALUES (1), (0), (3)) AS v(x) GROUP BY 1 ORDER BY 1";
        assert_eq!(rows(&context, grouped), ["a 2", "b 1"]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let context = session(1, 10, None);
        assert!(error(&context, "SELECT if(true)").contains("if takes a condition and one or two values"));
        assert!(error(&context, "SELECT if('x', 1, 2)").contains("if takes a condition and one or two values"));
        assert!(error(&context, "SELECT if(true, ARRAY[1], 2)").contains("if"));
    }
}
