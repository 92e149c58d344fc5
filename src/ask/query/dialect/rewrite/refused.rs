//! What the parser reads and Trino would not: it is refused with what Trino's way to say it is.

use std::ops::ControlFlow;

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{
    Array, BinaryOperator, CastKind, DateTimeField, Distinct, Expr, GroupByExpr, Interval, JoinConstraint,
    JoinOperator, LimitClause, ObjectName, OrderByExpr, OrderByKind, Query, Select, SelectItem, SetExpr, Statement,
    UnaryOperator, Value, visit_relations,
};

use super::build::{each_expr, each_query, each_select, literal_text, refusal};
use crate::ask::query::dialect::operators::{compares, operation};
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
        refuse_order(query)?;
        refuse_recursion(query)?;
        if let SetExpr::Select(select) = query.body.as_ref()
            && select.projection.iter().any(|item| matches!(item, SelectItem::ExprWithAliases { .. }))
        {
            return Err(refusal(&*query, "several names for one expression are not Athena's SQL", "AS name"));
        }
        Ok(())
    })
}

/// `ORDER BY -1`, which is no place, and `ORDER BY a` where two columns are called that.
fn refuse_order(query: &Query) -> Result<()> {
    let Some(OrderByKind::Expressions(order)) = query.order_by.as_ref().map(|order| &order.kind) else { return Ok(()) };
    for OrderByExpr { expr, .. } in order {
        if is_distinct(query) && is_constant(expr) {
            return Err(refusal(expr, "what is ordered by is in the list of SELECT DISTINCT", "ORDER BY 1"));
        }
        match expr {
            Expr::UnaryOp { op: UnaryOperator::Minus, expr: place } if matches!(place.as_ref(), Expr::Value(_)) => {
                return Err(refusal(expr, "ORDER BY takes a place in the list from 1", "ORDER BY 1 DESC"));
            }
            Expr::Identifier(name) => {
                let SetExpr::Select(select) = query.body.as_ref() else { continue };
                let is_it = |item: &&SelectItem| matches!(item, SelectItem::ExprWithAlias { alias, .. } if alias.value.eq_ignore_ascii_case(&name.value));
                if select.projection.iter().filter(is_it).count() > 1 {
                    let message = format!("two columns of the answer are called {}", name.value);
                    return Err(refusal(expr, message, "ORDER BY 1 names one by its place"));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_distinct(query: &Query) -> bool {
    matches!(query.body.as_ref(), SetExpr::Select(select) if select.distinct == Some(Distinct::Distinct))
}

/// Whether it is made of literals alone, and no place in the list.
fn is_constant(expr: &Expr) -> bool {
    match expr {
        Expr::Value(value) => !matches!(value.value, Value::Number(..)),
        Expr::BinaryOp { left, right, .. } => is_made_of_literals(left) && is_made_of_literals(right),
        _ => false,
    }
}

fn is_made_of_literals(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(_)) || is_constant(expr)
}

/// A table that is made of itself names its columns.
fn refuse_recursion(query: &Query) -> Result<()> {
    let Some(with) = query.with.as_ref().filter(|with| with.recursive) else { return Ok(()) };
    for table in with.cte_tables.iter().filter(|table| table.alias.columns.is_empty()) {
        let own = |name: &ObjectName| match name.0.as_slice() {
            [part] => part.as_ident().is_some_and(|part| part.value.eq_ignore_ascii_case(&table.alias.name.value)),
            _ => false,
        };
        let is_own =
            visit_relations(
                &table.query,
                |name| if own(name) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) },
            );
        if is_own.is_break() {
            let message = format!("{} refers to itself, and does not name its columns", table.alias.name.value);
            return Err(refusal(&table.alias, message, "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL …)"));
        }
    }
    Ok(())
}

/// Joins that Trino has not, and those without a condition.
fn refuse_joins(select: &Select) -> Result<()> {
    for join in select.from.iter().flat_map(|from| &from.joins) {
        if join.global {
            return Err(refusal(&join.relation, "GLOBAL before JOIN is not Athena's SQL", "JOIN … ON condition"));
        }
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
        Expr::AnyOp { right, .. } | Expr::AllOp { right, .. } if !matches!(right.as_ref(), Expr::Subquery(_)) => {
            ("ANY or ALL before a list", "write contains(list, x), or x = ANY (SELECT …)")
        }
        Expr::Substring { substring_from: None, .. } => ("SUBSTRING without FROM", "write substr(x, 1, length)"),
        Expr::Substring { special: false, shorthand: true, .. } => {
            ("SUBSTR with FROM", "write substr(x, start, length)")
        }
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
            BinaryOperator::Xor => ("XOR", "write a <> b"),
            BinaryOperator::StringConcat | BinaryOperator::And | BinaryOperator::Or => return None,
            op if compares(op) || operation(op).is_some() => return None,
            _ => ("such an operator", "operators are + - * / % || = <> < <= > >= AND OR NOT"),
        },
        _ => return None,
    })
}
