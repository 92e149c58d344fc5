//! What the parser reads and Trino would not: it is refused with what Trino's way to say it is.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, Distinct, Expr, LimitClause, Query, Select, SelectItem, SetExpr, Statement,
};

use super::build::{each_expr, each_query, each_select, refusal};

pub(super) fn refuse(statement: &mut Statement) -> Result<()> {
    each_expr(statement, |expr| match instead(expr) {
        Some((what, hint)) => Err(refusal(&*expr, format!("{what} is not Athena's SQL"), hint)),
        None => Ok(()),
    })?;
    each_select(statement, |select: &mut Select| {
        if let Some(Distinct::On(_)) = select.distinct {
            return Err(refusal(&*select, "DISTINCT ON is not Athena's SQL", "min_by(x, y) … GROUP BY takes one row of each"));
        }
        if let Some(qualify) = &select.qualify {
            return Err(refusal(qualify, "QUALIFY is not Athena's SQL", "write the condition in a query around it"));
        }
        Ok(())
    })?;
    each_query(statement, |query: &mut Query| {
        if let Some(LimitClause::OffsetCommaLimit { limit, .. }) = &query.limit_clause {
            return Err(refusal(limit, "LIMIT a, b is not Athena's SQL", "OFFSET a LIMIT b"));
        }
        if let SetExpr::Select(select) = query.body.as_ref()
            && select.projection.iter().any(|item| matches!(item, SelectItem::ExprWithAliases { .. }))
        {
            return Err(refusal(&*query, "several names for one expression are not Athena's SQL", "AS name"));
        }
        Ok(())
    })
}

/// What it is that Trino has not, and what it has.
fn instead(expr: &Expr) -> Option<(&'static str, &'static str)> {
    Some(match expr {
        Expr::IsTrue(_) => ("IS TRUE", "write the condition alone"),
        Expr::IsFalse(_) => ("IS FALSE", "write NOT before the condition"),
        Expr::IsNotTrue(_) | Expr::IsNotFalse(_) => ("IS NOT TRUE", "write coalesce(condition, false)"),
        Expr::IsUnknown(_) | Expr::IsNotUnknown(_) => ("IS UNKNOWN", "write IS NULL"),
        Expr::ILike { .. } => ("ILIKE", "write lower(x) LIKE 'pattern in small letters'"),
        Expr::RLike { .. } | Expr::SimilarTo { .. } => ("a pattern after RLIKE or SIMILAR TO", "write regexp_like(x, 'pattern')"),
        Expr::Cast { kind: CastKind::DoubleColon, .. } => ("::", "write CAST(x AS type)"),
        Expr::Cast { kind: CastKind::SafeCast, .. } => ("SAFE_CAST", "write TRY_CAST(x AS type)"),
        Expr::BinaryOp { op, .. } => match op {
            BinaryOperator::PGRegexMatch
            | BinaryOperator::PGRegexIMatch
            | BinaryOperator::PGRegexNotMatch
            | BinaryOperator::PGRegexNotIMatch => ("~", "write regexp_like(x, 'pattern')"),
            BinaryOperator::BitwiseAnd => ("&", "write bitwise_and(a, b)"),
            BinaryOperator::BitwiseOr => ("|", "write bitwise_or(a, b)"),
            BinaryOperator::BitwiseXor => ("^", "write bitwise_xor(a, b)"),
            BinaryOperator::Spaceship => ("<=>", "write IS NOT DISTINCT FROM"),
            BinaryOperator::DuckIntegerDivide | BinaryOperator::MyIntegerDivide => ("DIV", "write /"),
            _ => return None,
        },
        _ => return None,
    })
}
