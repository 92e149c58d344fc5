//! Names in any case: Trino knows `"Time"` as `time`, quoted or not. What a column of the answer is called stays as it was written.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, Query, Select, SelectItem, Statement, TableAlias, TableFactor, TableWithJoins,
};

use super::build::{each_expr, each_query, each_select};

pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    each_expr(statement, |expr| {
        match expr {
            Expr::Identifier(name) => small(name),
            Expr::CompoundIdentifier(parts) => parts.iter_mut().for_each(small),
            _ => {}
        }
        Ok(())
    })?;
    each_select(statement, |select: &mut Select| {
        for item in &mut select.projection {
            if let SelectItem::ExprWithAlias { alias, .. } = item {
                small(alias);
            }
        }
        select.from.iter_mut().for_each(of_tables);
        Ok(())
    })?;
    each_query(statement, |query: &mut Query| {
        for table in query.with.iter_mut().flat_map(|with| &mut with.cte_tables) {
            of_alias(&mut table.alias);
        }
        Ok(())
    })
}

fn of_tables(from: &mut TableWithJoins) {
    for relation in std::iter::once(&mut from.relation).chain(from.joins.iter_mut().map(|join| &mut join.relation)) {
        match relation {
            TableFactor::Table { alias: Some(alias), .. }
            | TableFactor::Derived { alias: Some(alias), .. }
            | TableFactor::UNNEST { alias: Some(alias), .. } => of_alias(alias),
            TableFactor::NestedJoin { table_with_joins, .. } => of_tables(table_with_joins),
            _ => {}
        }
    }
}

fn of_alias(alias: &mut TableAlias) {
    small(&mut alias.name);
    alias.columns.iter_mut().for_each(|column| small(&mut column.name));
}

fn small(name: &mut Ident) {
    if name.value.chars().any(char::is_uppercase) {
        name.value = name.value.to_lowercase();
    }
}
