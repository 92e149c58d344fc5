//! `try(x)`: NULL where x fails. Whatever may fail in x is made to answer NULL instead, row by row; since that is the same only where
//! NULL makes all of x NULL, x may not hold what treats NULL as a value.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, new_null_array};
use datafusion::arrow::compute::concat;
use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, ScalarValue, internal_err, plan_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    Cast, ColumnarValue, Expr, LogicalPlan, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    TryCast, Volatility,
};
use datafusion::optimizer::AnalyzerRule;

use super::{casts, uri};
use crate::ask::query::rewriting::rewrite_expressions;

const NAME: &str = "try";

/// `try`, which is gone before a statement is run.
pub(super) fn udf() -> ScalarUDF {
    ScalarUDF::from(Try { signature: Signature::any(1, Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Try {
    signature: Signature,
}

impl ScalarUDFImpl for Try {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        Ok(kinds[0].clone())
    }

    fn invoke_with_args(&self, _args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        internal_err!("try was not planned as what it means")
    }
}

/// Makes what is within `try` answer NULL instead of failing.
#[derive(Debug)]
pub(super) struct Trying;

impl AnalyzerRule for Trying {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        rewrite_expressions(plan, |expr| {
            expr.transform_up(|expr| match expr {
                Expr::ScalarFunction(ScalarFunction { func, mut args }) if func.name() == NAME => {
                    if let Some(tried) = args.pop() {
                        Ok(Transformed::yes(forgiving(tried)?))
                    } else {
                        plan_err!("try takes an expression")
                    }
                }
                expr => Ok(Transformed::no(expr)),
            })
        })
    }

    fn name(&self) -> &'static str {
        "trying"
    }
}

fn forgiving(tried: Expr) -> Result<Expr> {
    tried.apply(|expr| {
        let keeps_null = match expr {
            Expr::Case(_) | Expr::IsNull(_) | Expr::IsNotNull(_) => false,
            // The test of a URI is NULL where the text is.
            Expr::ScalarFunction(function) if function.func.name() == "if" => uri::is_test(&function.args[0]),
            Expr::ScalarFunction(function) => !["coalesce", "concat_ws"].contains(&function.func.name()),
            _ => true,
        };
        if !keeps_null && may_fail(expr)? {
            return plan_err!(
                "try(…) around CASE, if, coalesce or IS NULL is not here: write it around what may fail within"
            );
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    let made = tried.transform_up(|expr| {
        Ok(match expr {
            Expr::ScalarFunction(ScalarFunction { func, args }) if func.name() == casts::CAST => {
                Transformed::yes(casts::udf(true).call(args))
            }
            Expr::ScalarFunction(ScalarFunction { func, args }) if !func.short_circuits() => {
                Transformed::yes(ScalarUDF::from(Forgiving(func)).call(args))
            }
            Expr::Cast(Cast { expr, field }) => Transformed::yes(Expr::TryCast(TryCast::new_from_field(expr, field))),
            expr => Transformed::no(expr),
        })
    })?;
    Ok(made.data)
}

/// Whether something in it is a function or a cast.
fn may_fail(expr: &Expr) -> Result<bool> {
    expr.exists(|part| Ok(matches!(part, Expr::ScalarFunction(_) | Expr::Cast(_)) && !std::ptr::eq(part, expr)))
}

/// A function that answers NULL for rows for which it fails.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Forgiving(Arc<ScalarUDF>);

impl ScalarUDFImpl for Forgiving {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn signature(&self) -> &Signature {
        self.0.signature()
    }

    fn coerce_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        self.0.coerce_types(kinds)
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        self.0.return_type(kinds)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let field = self.0.return_field_from_args(args)?;
        Ok(Arc::new(field.as_ref().clone().with_nullable(true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let kind = args.return_type().clone();
        if let Ok(answer) = self.0.invoke_with_args(args.clone()) {
            return Ok(answer);
        }
        if args.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_))) {
            return Ok(ScalarValue::try_new_null(&kind)?.into());
        }
        // Some row fails: each is asked on its own.
        let mut answers: Vec<ArrayRef> = Vec::with_capacity(args.number_rows);
        for row in 0..args.number_rows {
            let of_row = |argument: &ColumnarValue| match argument {
                ColumnarValue::Array(values) => ColumnarValue::Array(values.slice(row, 1)),
                ColumnarValue::Scalar(value) => ColumnarValue::Scalar(value.clone()),
            };
            let one =
                ScalarFunctionArgs { args: args.args.iter().map(of_row).collect(), number_rows: 1, ..args.clone() };
            let answer = self.0.invoke_with_args(one).and_then(|answer| answer.into_array(1));
            answers.push(answer.unwrap_or_else(|_| new_null_array(&kind, 1)));
        }
        let parts: Vec<&dyn Array> = answers.iter().map(AsRef::as_ref).collect();
        Ok(ColumnarValue::Array(concat(&parts)?))
    }
}
