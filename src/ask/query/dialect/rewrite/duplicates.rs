//! The same column twice, `SELECT elb_status_code, *` or `SELECT 1, 1`: the engine wants every column of a list to have a name of its
//! own, so that the later one is given one; what the answer's columns are called is kept apart.

use std::collections::BTreeSet;

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{Expr, Ident, Select, SelectItem, Statement};

use super::build::each_select;
use crate::ask::query::dialect::tables::known_columns;
use crate::base::tables::Table;
use crate::base::tables::documented::Documented;

pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    let ours = Table::ALL.into_iter().flat_map(Table::columns).map(|column| column.name);
    let columns: BTreeSet<&str> = Documented::ALL.into_iter().flat_map(known_columns).chain(ours).collect();
    each_select(statement, |select: &mut Select| {
        let has_all = select
            .projection
            .iter()
            .any(|item| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)));
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for (place, item) in select.projection.iter_mut().enumerate() {
            let Some(name) = name(item) else { continue };
            let is_in_all = has_all && columns.contains(name.as_str());
            if taken.insert(name) && !is_in_all {
                continue;
            }
            let alias = Ident::new(format!("_twice{place}"));
            if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
                *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias };
            }
        }
        Ok(())
    })
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
