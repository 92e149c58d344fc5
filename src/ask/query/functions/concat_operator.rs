//! `a || b`, refused before it makes what is too long: a text that is doubled forty times through subqueries takes a
//! terabyte that no memory pool counts.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::kernels::concat_elements::concat_elements_dyn;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, LogicalPlan, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use datafusion::optimizer::AnalyzerRule;

use super::bounded::{LONGEST_VALUE, length};
use crate::ask::query::rewriting::rewrite_expressions;

/// Puts the function that looks first in place of the operator.
///
/// Has to run after the engine's own rules have made both sides one type.
#[derive(Debug)]
pub(in crate::ask::query) struct BoundedConcat;

impl AnalyzerRule for BoundedConcat {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        rewrite_expressions(plan, |expr| expr.transform_up(|expr| Ok(bound(expr))))
    }

    fn name(&self) -> &'static str {
        "bounded_concat"
    }
}

fn bound(expr: Expr) -> Transformed<Expr> {
    static FUNCTION: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| Arc::new(ScalarUDF::from(ConcatOperator::default())));
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::StringConcat, right }) => {
            Transformed::yes(Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(&FUNCTION), vec![*left, *right])))
        }
        other => Transformed::no(other),
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ConcatOperator {
    signature: Signature,
}

impl Default for ConcatOperator {
    fn default() -> Self {
        Self { signature: Signature::any(2, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for ConcatOperator {
    fn name(&self) -> &'static str {
        "||"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        Ok(arg_types[0].clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let nullable = args.arg_fields.iter().any(|field| field.is_nullable());
        Ok(Arc::new(Field::new(self.name(), args.arg_fields[0].data_type().clone(), nullable)))
    }

    /// As the operator is shown, for columns are called so.
    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        Ok(args.iter().map(|side| side.schema_name().to_string()).collect::<Vec<_>>().join(" || "))
    }

    fn display_name(&self, args: &[Expr]) -> Result<String> {
        Ok(args.iter().map(ToString::to_string).collect::<Vec<_>>().join(" || "))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let constant = args.args.iter().all(|side| matches!(side, ColumnarValue::Scalar(_)));
        let rows = if constant { 1 } else { args.number_rows };
        let sides = args.args.iter().map(|side| side.to_array(rows)).collect::<Result<Vec<_>>>()?;
        check(&sides, rows)?;
        let joined = concat_elements_dyn(&sides[0], &sides[1])?;
        if constant {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&joined, 0)?));
        }
        Ok(ColumnarValue::Array(joined))
    }
}

/// Refuses more than the longest value may be, of a value or of all of them: a batch of the longest lines takes less.
fn check(sides: &[ArrayRef], rows: usize) -> Result<()> {
    let all: u64 = sides.iter().map(all_text).sum();
    if all <= LONGEST_VALUE as u64 {
        return Ok(());
    }
    let longest = (0..rows).map(|row| sides.iter().map(|side| length(side, row)).sum::<u64>()).max();
    let what =
        if longest.is_some_and(|longest| longest > LONGEST_VALUE as u64) { "a value" } else { "a batch of rows" };
    exec_err!("|| would make {what} of more than {} MiB", LONGEST_VALUE >> 20)
}

/// Bytes of all texts of a column.
fn all_text(texts: &ArrayRef) -> u64 {
    match texts.as_string_view_opt() {
        Some(views) => views.lengths().map(u64::from).sum(),
        None => (0..texts.len()).map(|row| length(texts, row)).sum(),
    }
}

#[cfg(test)]
mod tests {
    use crate::ask::query::functions::testing::{error, rows, session};

    use super::*;

    #[test]
    fn what_is_doubled_too_often_is_not_made() {
        let context = session(1, 10, None);
        context.add_analyzer_rule(Arc::new(BoundedConcat));
        for (of, from) in [
            ("repeat('x', 1000000)", ""),
            ("repeat(CAST(n AS varchar), 1000000)", " FROM (SELECT unnest(range(10, 20)) AS n)"),
        ] {
            let doubled = (0..8).fold(format!("SELECT {of} AS a0{from}"), |of, level| {
                format!("SELECT a{level} || a{level} AS a{} FROM ({of})", level + 1)
            });
            let said = error(&context, &doubled);
            assert!(said.contains("|| would make"), "{said}");
        }
    }

    #[test]
    fn everything_else_is_as_before() {
        let context = session(1, 10, None);
        context.add_analyzer_rule(Arc::new(BoundedConcat));
        let calls = "'a' || 'b', 'a' || NULL IS NULL, 'a' || 1, 1.5 || 'b' || true, upper('a') || lower('B')";
        assert_eq!(rows(&context, &format!("SELECT {calls}")), ["ab true a1 1.5btrue Ab"]);
        let grouped =
            "SELECT x || 'c', count(*) FROM (VALUES ('a'), ('b'), ('a')) AS v(x) GROUP BY x || 'c' ORDER BY x || 'c'";
        assert_eq!(rows(&context, grouped), ["ac 2", "bc 1"]);
        assert_eq!(rows(&context, "SELECT [1] || [2]"), ["[1, 2]"]);
    }
}
