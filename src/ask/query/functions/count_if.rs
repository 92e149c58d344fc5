//! `count_if(condition)`: how many rows the condition holds for, 0 if none; NULL is not true.
//!
//! It is another way to write `count(*) FILTER (WHERE condition)`, and the optimizer is told so. Only windows, which
//! it does not rewrite, have their rows counted here.

use std::mem::size_of_val;

use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray};
use datafusion::arrow::compute::sum;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, ScalarValue, not_impl_err};
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams};
use datafusion::logical_expr::function::{AccumulatorArgs, AggregateFunctionSimplification};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, COUNT_STAR_EXPANSION};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Expr, Signature, Volatility, lit};

/// The function, to be registered with a session.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct CountIf {
    signature: Signature,
}

impl Default for CountIf {
    fn default() -> Self {
        Self { signature: Signature::exact(vec![DataType::Boolean], Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for CountIf {
    fn name(&self) -> &'static str {
        "count_if"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn is_nullable(&self) -> bool {
        false
    }

    fn default_value(&self, _data_type: &DataType) -> Result<ScalarValue> {
        Ok(ScalarValue::from(0_i64))
    }

    fn simplify(&self) -> Option<AggregateFunctionSimplification> {
        Some(Box::new(|call, _| {
            let AggregateFunctionParams { mut args, distinct, filter, order_by, null_treatment } = call.params;
            let Some(condition) = args.pop() else { return not_impl_err!("count_if of nothing") };
            if distinct {
                return not_impl_err!("count_if(DISTINCT …)");
            }
            let filter = match filter {
                Some(filter) => filter.and(condition),
                None => condition,
            };
            Ok(Expr::AggregateFunction(AggregateFunction::new_udf(
                count_udaf(),
                vec![lit(COUNT_STAR_EXPANSION)],
                false,
                Some(Box::new(filter)),
                order_by,
                null_treatment,
            )))
        }))
    }

    fn accumulator(&self, _args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Count::default()))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

/// How many rows of a window were true.
#[derive(Debug, Default)]
struct Count(i64);

impl Accumulator for Count {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.0 += true_count(values[0].as_boolean());
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.0 -= true_count(values[0].as_boolean());
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.0 += sum(states[0].as_primitive::<Int64Type>()).unwrap_or(0);
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::from(self.0))
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}

#[expect(clippy::cast_possible_wrap, reason = "a batch has fewer rows than that")]
fn true_count(rows: &BooleanArray) -> i64 {
    rows.true_count() as i64
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::Int32Array;
    use datafusion::prelude::SessionContext;

    use super::*;
    use crate::ask::query::functions::testing::{add_table, error, rows, session};

    fn with_rows(conditions: &[Option<bool>]) -> SessionContext {
        let context = session(4, 3, None);
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("n", Arc::new((0..).take(conditions.len()).map(Some).collect::<Int32Array>())),
            ("c", Arc::new(BooleanArray::from(conditions.to_vec()))),
        ];
        add_table(&context, columns, 2);
        context
    }

    #[test]
    fn only_true_counts() {
        let context = with_rows(&[Some(true), Some(false), None, Some(true), Some(true)]);
        assert_eq!(rows(&context, "SELECT count_if(c) FROM t"), ["3"]);
        assert_eq!(rows(&context, "SELECT count_if(n > 1 AND c) AS many FROM t WHERE n < 4"), ["1"]);
        assert_eq!(rows(&context, "SELECT count_if(c) FILTER (WHERE n > 0), count(*) FROM t"), ["2 5"]);
        let grouped = "SELECT n % 2, count_if(c) FROM t GROUP BY 1 HAVING count_if(c) >= 0 ORDER BY 1";
        assert_eq!(rows(&context, grouped), ["0 2", "1 1"]);
        assert_eq!(rows(&context, "SELECT arrow_typeof(count_if(c)) FROM t"), ["Int64"]);
    }

    #[test]
    fn of_nothing_it_is_zero() {
        let context = with_rows(&[]);
        assert_eq!(rows(&context, "SELECT count_if(c) FROM t"), ["0"]);
        assert_eq!(rows(&context, "SELECT count_if(true) FROM t"), ["0"]);
        let context = with_rows(&[None, None]);
        assert_eq!(
            rows(&context, "SELECT count_if(c), count_if(NULL), count_if(false), count_if(true) FROM t"),
            ["0 0 0 2"]
        );
    }

    #[test]
    fn windows_count_too() {
        let context = with_rows(&[Some(true), Some(false), None, Some(true), Some(true)]);
        let over = |frame: &str| format!("SELECT count_if(c) OVER (ORDER BY n {frame}) FROM t ORDER BY n");
        assert_eq!(rows(&context, &over("")), ["1", "1", "1", "2", "3"]);
        assert_eq!(rows(&context, &over("ROWS BETWEEN 1 PRECEDING AND CURRENT ROW")), ["1", "1", "0", "1", "2"]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let context = with_rows(&[Some(true)]);
        assert!(error(&context, "SELECT count_if(DISTINCT c) FROM t").contains("count_if(DISTINCT"));
        assert!(error(&context, "SELECT count_if(n, c) FROM t").contains("count_if"));
    }
}
