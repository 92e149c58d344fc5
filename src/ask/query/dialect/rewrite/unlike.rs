//! What the engine reads and answers otherwise than SQL says, whoever's SQL: it is refused.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, JoinConstraint, JoinOperator, Query, Select, SetExpr, SetOperator, SetQuantifier, Statement,
};

use super::build::{each_expr, each_query, each_select, refusal};

pub(super) fn refuse(statement: &mut Statement) -> Result<()> {
    // `a IS DISTINCT FROM b OR c` is read as if `b OR c` were the second value.
    each_expr(statement, |expr| match expr {
        Expr::IsDistinctFrom(_, right) | Expr::IsNotDistinctFrom(_, right)
            if matches!(right.as_ref(), Expr::BinaryOp { op: BinaryOperator::And | BinaryOperator::Or, .. }) =>
        {
            let hint = "(a IS DISTINCT FROM b) OR c";
            Err(refusal(&*expr, "IS DISTINCT FROM before AND or OR would be read wrongly", hint))
        }
        _ => Ok(()),
    })?;
    each_select(statement, |select: &mut Select| {
        for join in select.from.iter().flat_map(|from| &from.joins) {
            let kind = match &join.join_operator {
                JoinOperator::FullOuter(JoinConstraint::Using(_)) => "FULL",
                JoinOperator::Right(JoinConstraint::Using(_)) | JoinOperator::RightOuter(JoinConstraint::Using(_)) => {
                    "RIGHT"
                }
                _ => continue,
            };
            let message = format!("{kind} JOIN … USING would take the column from the left side alone");
            return Err(refusal(&join.relation, message, "ON a.k = b.k, and coalesce(a.k, b.k)"));
        }
        Ok(())
    })?;
    each_query(statement, |query: &mut Query| refuse_multisets(&query.body))
}

/// `EXCEPT ALL` counts how often a row is there, and the engine does not.
fn refuse_multisets(body: &SetExpr) -> Result<()> {
    let SetExpr::SetOperation { op, set_quantifier, left, right } = body else { return Ok(()) };
    if *set_quantifier == SetQuantifier::All && !matches!(op, SetOperator::Union) {
        let message = format!("{op} ALL is not here: rows are not counted");
        return Err(refusal(left.as_ref(), message, "GROUP BY and count(*) on both sides"));
    }
    refuse_multisets(left)?;
    refuse_multisets(right)
}
