//! What was written to be read again is not written: `from_iso8601_timestamp(logged_time(t))` is `t`.

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

use super::logged_time;
use crate::ask::query::rewriting::rewrite_node;

/// Formats that read a whole time as AWS writes it.
const WHOLE: [&str; 4] = [
    "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'",
    "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z",
    "yyyy-MM-dd'T'HH:mm:ss.SSSSSSZ",
    "%Y-%m-%dT%H:%i:%s.%fZ",
];

/// Takes functions that read a time out where it was written a moment before.
#[derive(Debug)]
pub(in crate::ask::query::dialect) struct ReadBack;

impl OptimizerRule for ReadBack {
    fn name(&self) -> &'static str {
        "read_back"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(&self, plan: LogicalPlan, _config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        rewrite_node(plan, |expr| expr.transform_up(|expr| Ok(read_back(expr))))
    }
}

fn read_back(expr: Expr) -> Transformed<Expr> {
    let Expr::ScalarFunction(ScalarFunction { func, args }) = &expr else { return Transformed::no(expr) };
    let reads = match (func.name(), args.as_slice()) {
        ("from_iso8601_timestamp", [_]) => true,
        ("parse_datetime" | "date_parse", [_, Expr::Literal(format, _)]) => {
            format.try_as_str().flatten().is_some_and(|format| WHOLE.contains(&format))
        }
        _ => false,
    };
    match args.first().map(without_cast) {
        Some(Expr::ScalarFunction(ScalarFunction { func, args })) if reads && func.name() == logged_time::NAME => {
            Transformed::yes(args[0].clone())
        }
        _ => Transformed::no(expr),
    }
}

fn without_cast(expr: &Expr) -> &Expr {
    match expr {
        Expr::Cast(cast) if cast.field.data_type().is_string() => &cast.expr,
        other => other,
    }
}
