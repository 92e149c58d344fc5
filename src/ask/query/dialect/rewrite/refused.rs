//! What the parser reads and Trino would not: it is refused with what Trino's way to say it is.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{
    Array, BinaryOperator, CastKind, DateTimeField, Distinct, Expr, GroupByExpr, Interval, JoinConstraint,
    JoinOperator, LimitClause, Query, Select, SelectItem, SetExpr, Statement, Value,
};

use super::build::{each_expr, each_query, each_select, literal_text, refusal};
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
        if let GroupByExpr::All(_) = select.group_by {
            return Err(refusal(
                &*select,
                "GROUP BY ALL is not Athena's SQL",
                "GROUP BY 1, 2 names columns by their place",
            ));
        }
        refuse_joins(select)?;
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
        if let Some(LimitClause::LimitOffset { limit, offset, .. }) = &query.limit_clause {
            let mut given = limit.iter().chain(offset.iter().map(|offset| &offset.value));
            if let Some(other) = given.find(|given| !is_count(given)) {
                return Err(refusal(other, "LIMIT and OFFSET take a number", "LIMIT 10"));
            }
        }
        if let SetExpr::Select(select) = query.body.as_ref()
            && select.projection.iter().any(|item| matches!(item, SelectItem::ExprWithAliases { .. }))
        {
            return Err(refusal(&*query, "several names for one expression are not Athena's SQL", "AS name"));
        }
        Ok(())
    })
}

/// Joins that Trino has not, and those without a condition.
fn refuse_joins(select: &Select) -> Result<()> {
    for join in select.from.iter().flat_map(|from| &from.joins) {
        let hint = match &join.join_operator {
            JoinOperator::CrossJoin(JoinConstraint::None)
            | JoinOperator::Join(JoinConstraint::On(_) | JoinConstraint::Using(_))
            | JoinOperator::Inner(JoinConstraint::On(_) | JoinConstraint::Using(_))
            | JoinOperator::Left(JoinConstraint::On(_) | JoinConstraint::Using(_))
            | JoinOperator::LeftOuter(JoinConstraint::On(_) | JoinConstraint::Using(_))
            | JoinOperator::Right(JoinConstraint::On(_) | JoinConstraint::Using(_))
            | JoinOperator::RightOuter(JoinConstraint::On(_) | JoinConstraint::Using(_))
            | JoinOperator::FullOuter(JoinConstraint::On(_) | JoinConstraint::Using(_)) => continue,
            JoinOperator::Semi(_) | JoinOperator::LeftSemi(_) | JoinOperator::RightSemi(_) => "WHERE EXISTS (…)",
            JoinOperator::Anti(_) | JoinOperator::LeftAnti(_) | JoinOperator::RightAnti(_) => "WHERE NOT EXISTS (…)",
            _ => "JOIN … ON condition, or CROSS JOIN",
        };
        return Err(refusal(&join.relation, "such a join is not Athena's SQL", hint));
    }
    Ok(())
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

/// Whether it is a whole number that is written out, or to be given.
fn is_count(expr: &Expr) -> bool {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) => digits.bytes().all(|byte| byte.is_ascii_digit()),
            Value::Placeholder(_) => true,
            _ => false,
        },
        _ => false,
    }
}

/// Whether a length of time is text and one of Trino's units.
fn is_interval(interval: &Interval) -> bool {
    use DateTimeField::{Day, Hour, Minute, Month, Second, Year};
    let value = match interval.value.as_ref() {
        Expr::UnaryOp { expr, .. } => expr,
        value => value,
    };
    let is_unit = |field: &Option<DateTimeField>| {
        field.as_ref().is_none_or(|field| matches!(field, Year | Month | Day | Hour | Minute | Second))
    };
    literal_text(value).is_some() && is_unit(&interval.leading_field) && is_unit(&interval.last_field)
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
        Expr::Interval(interval) if !is_interval(interval) => {
            ("such a length of time", "write INTERVAL '1' DAY; units are YEAR, MONTH, DAY, HOUR, MINUTE and SECOND")
        }
        Expr::Like { any: true, .. } => ("LIKE ANY", "write x LIKE a OR x LIKE b"),
        Expr::Collate { .. } => ("COLLATE", "text is compared by its code points"),
        Expr::Convert { .. } => ("CONVERT", "write CAST(x AS type)"),
        Expr::Overlay { .. } => ("OVERLAY", "write concat(substr(…), …)"),
        Expr::InUnnest { .. } => ("IN UNNEST", "write contains(list, x)"),
        Expr::Array(Array { named: false, .. }) => ("a list without ARRAY", "write ARRAY[…]"),
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
