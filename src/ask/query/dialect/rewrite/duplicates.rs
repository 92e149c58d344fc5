//! The same column twice, `SELECT elb_status_code, *` or `SELECT 1, 1`: the engine wants every column of a list to have a name of its
//! own, so that one of them is given another; what the answer's columns are called is kept apart.

use std::collections::BTreeSet;

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{Expr, Ident, Select, SelectItem, SetExpr, Statement};

use super::build::each_select;
use crate::ask::query::dialect::tables::known_columns;
use crate::base::tables::documented::Documented;

/// What is written out and comes again, by its name or by `*`, in any list.
pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    each_select(statement, |select: &mut Select| {
        let has_all = has_all(select);
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for (place, item) in select.projection.iter_mut().enumerate() {
            let Some(name) = name(item) else { continue };
            let is_in_all = has_all && matches!(item, SelectItem::UnnamedExpr(Expr::Identifier(_)));
            if !taken.insert(name) || is_in_all {
                rename(item, place);
            }
        }
        Ok(())
    })
}

/// In the outermost list of a statement over documented tables: expressions that are given the name of one of their columns beside `*`.
#[expect(clippy::unnecessary_wraps, reason = "a pass like the others")]
pub(super) fn rewrite_names(statement: &mut Statement) -> Result<()> {
    let Statement::Query(query) = statement else { return Ok(()) };
    let SetExpr::Select(select) = query.body.as_mut() else { return Ok(()) };
    if !has_all(select) {
        return Ok(());
    }
    let columns: BTreeSet<&str> = Documented::ALL.into_iter().flat_map(known_columns).collect();
    for (place, item) in select.projection.iter_mut().enumerate() {
        if matches!(item, SelectItem::ExprWithAlias { alias, .. } if columns.contains(alias.value.as_str())) {
            rename(item, place);
        }
    }
    Ok(())
}

fn has_all(select: &Select) -> bool {
    select.projection.iter().any(|item| matches!(item, SelectItem::Wildcard(_)))
}

fn rename(item: &mut SelectItem, place: usize) {
    if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
        *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias: Ident::new(format!("_twice{place}")) };
    }
}

/// What a column is called in the engine; `None` for those of a wildcard.
fn name(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.clone()),
        SelectItem::UnnamedExpr(Expr::Identifier(name)) => Some(name.value.clone()),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => parts.last().map(|name| name.value.clone()),
        SelectItem::UnnamedExpr(expr) => Some(expr.to_string()),
        _ => None,
    }
}
