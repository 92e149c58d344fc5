//! What the parser reads and Trino would not: it is refused with what Trino's way to say it is.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, Distinct, Expr, LimitClause, Query, Select, SelectItem, SetExpr, Statement,
};

use super::build::{each_expr, each_query, each_select, refusal};
use crate::ask::query::dialect::tables::known_columns;
use crate::base::tables::documented::Documented;

pub(super) fn refuse(statement: &mut Statement) -> Result<()> {
    each_expr(statement, |expr| match instead(expr) {
        Some((what, hint)) => Err(refusal(&*expr, format!("{what} is not Athena's SQL"), hint)),
        None => Ok(()),
    })?;
    each_select(statement, |select: &mut Select| {
        if let Some(Distinct::On(_)) = select.distinct {
            return Err(refusal(
                &*select,
                "DISTINCT ON is not Athena's SQL",
                "min_by(x, y) … GROUP BY takes one row of each",
            ));
        }
        refuse_aliases_in_having(select)?;
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

/// `SELECT count(*) AS c … HAVING c > 1`: the engine would know the name.
fn refuse_aliases_in_having(select: &mut Select) -> Result<()> {
    let documented = |name: &str| Documented::ALL.into_iter().any(|table| known_columns(table).contains(name));
    let given: Vec<String> = select
        .projection
        .iter()
        .filter_map(|item| match item {
            SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.to_lowercase()),
            _ => None,
        })
        .filter(|name| !documented(name))
        .collect();
    let Some(having) = &mut select.having else { return Ok(()) };
    each_expr(having, |expr| match expr {
        Expr::Identifier(name) if given.contains(&name.value.to_lowercase()) => {
            let message = format!("HAVING knows no names of the list, such as {}", name.value);
            Err(refusal(&*expr, message, "write the expression again in HAVING"))
        }
        _ => Ok(()),
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
        Expr::RLike { .. } | Expr::SimilarTo { .. } => {
            ("a pattern after RLIKE or SIMILAR TO", "write regexp_like(x, 'pattern')")
        }
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
