//! `+x` becomes a call, by which it is refused where Trino has none.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{Expr, Statement, UnaryOperator};

use super::build::{call, each_expr, literal_text};
use crate::ask::query::dialect::plus::PLUS;

pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    each_expr(statement, |expr| {
        // That of `INTERVAL + '1' DAY` is a part of the length.
        if let Expr::UnaryOp { op: UnaryOperator::Plus, expr: value } = expr
            && literal_text(value).is_none()
        {
            *expr = call(PLUS, vec![value.as_ref().clone()]);
        }
        Ok(())
    })
}
