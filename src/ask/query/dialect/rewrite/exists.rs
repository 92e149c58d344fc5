//! `EXISTS (SELECT …)` among the columns of an answer is whether the query has a row: `(SELECT count(*) > 0 …)`. Where rows are chosen,
//! the engine knows it by itself.

use datafusion::common::{Result, internal_err};
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, Query, Select, SelectItem,
    SetExpr, Statement, TableFactor, TableWithJoins, UnaryOperator, Value,
};

use super::build::{call, each_expr, each_select, number};
use crate::ask::query::dialect::parse::parse;

pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    each_select(statement, |select: &mut Select| {
        for item in &mut select.projection {
            if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
                each_expr(expr, as_value)?;
            }
        }
        Ok(())
    })
}

fn as_value(expr: &mut Expr) -> Result<()> {
    let Expr::Exists { subquery, negated } = expr else { return Ok(()) };
    let has_rows = Expr::Subquery(counted(subquery)?);
    // A query that refers to the one around it has no row where nothing fits.
    let known = call("coalesce", vec![has_rows, Expr::value(Value::Boolean(false))]);
    *expr = if *negated { Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(known) } } else { known };
    Ok(())
}

/// Whether a query has a row, as a query.
fn counted(query: &Query) -> Result<Box<Query>> {
    let mut count = call("count", Vec::new());
    if let Expr::Function(function) = &mut count
        && let FunctionArguments::List(list) = &mut function.args
    {
        list.args.push(FunctionArg::Unnamed(FunctionArgExpr::Wildcard));
    }
    let has_rows = Expr::BinaryOp { left: Box::new(count), op: BinaryOperator::Gt, right: Box::new(number(0)) };
    let list = vec![SelectItem::UnnamedExpr(has_rows)];
    let mut made = query.clone();
    if let SetExpr::Select(select) = made.body.as_mut()
        && is_plain(query, select)
    {
        select.projection = list;
        made.order_by = None;
        return Ok(Box::new(made));
    }
    // To be filled: a query has more parts than are worth spelling out.
    let Some(Statement::Query(mut around)) = parse("SELECT 1")?.pop() else {
        return internal_err!("a SELECT is a query");
    };
    if let SetExpr::Select(select) = around.body.as_mut() {
        let rows = TableFactor::Derived { lateral: false, subquery: Box::new(made), alias: None, sample: None };
        select.projection = list;
        select.from = vec![TableWithJoins { relation: rows, joins: Vec::new() }];
    }
    Ok(around)
}

/// Whether a query has as many rows as its tables have that fit its conditions.
fn is_plain(query: &Query, select: &Select) -> bool {
    let is_ungrouped = matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty());
    let is_constant = select.projection.iter().all(|item| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
            matches!(expr, Expr::Value(_) | Expr::Identifier(_) | Expr::CompoundIdentifier(_))
        }
        SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => true,
        SelectItem::ExprWithAliases { .. } => false,
    });
    is_ungrouped
        && is_constant
        && select.having.is_none()
        && select.distinct.is_none()
        && !select.from.is_empty()
        && query.with.is_none()
        && query.limit_clause.is_none()
        && query.fetch.is_none()
}
