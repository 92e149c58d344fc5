//! Tables of AWS's documentation become queries over ours, whatever they are called and qualified by.

use std::collections::BTreeSet;

use datafusion::common::{Result, internal_err};
use datafusion::sql::sqlparser::ast::{
    ExceptSelectItem, Expr, Ident, ObjectName, Query, Select, SelectItem, Statement, TableAlias, TableFactor,
    WildcardAdditionalOptions,
};

use super::build::{each_expr, each_query, each_select, each_table, refusal};
use crate::ask::query::dialect::TableNames;
use crate::ask::query::dialect::parse::parse;
use crate::ask::query::dialect::tables::{Meant, meant};
use crate::base::tables::documented::Documented;

/// Parts of a table's name: its catalog, its database and itself.
const MOST_PARTS: usize = 3;

/// The documented tables that a statement reads.
pub(in crate::ask::query::dialect) fn documented(
    statement: &mut Statement,
    names: &TableNames,
) -> Result<Vec<Documented>> {
    let own = own_tables(statement)?;
    let mut found = Vec::new();
    each_table(statement, |factor| {
        if let TableFactor::Table { name, args: None, .. } = factor {
            found.extend(table(name, &own, names));
        }
        Ok(())
    })?;
    Ok(found)
}

pub(super) fn rewrite(statement: &mut Statement, names: &TableNames) -> Result<()> {
    let own = own_tables(statement)?;
    let wanted = columns(statement)?;
    hide(statement, &own, names, &wanted)?;
    strip_qualifiers(statement)?;
    each_table(statement, |factor| {
        let TableFactor::Table { name, alias, args: None, .. } = factor else { return Ok(()) };
        let Some(table) = table(name, &own, names) else { return Ok(()) };
        let called = name.0.last().and_then(|part| part.as_ident()).cloned();
        let alias = alias.clone().or_else(|| {
            let name = called.map(|name| Ident { value: name.value.to_lowercase(), ..name })?;
            Some(TableAlias { explicit: true, name, columns: Vec::new(), at: None })
        });
        let subquery = query(&meant(table, &wanted))?;
        *factor = TableFactor::Derived { lateral: false, subquery, alias, sample: None };
        Ok(())
    })
}

fn query(meant: &Meant) -> Result<Box<Query>> {
    if let Some(Statement::Query(query)) = parse(&meant.sql)?.pop() {
        Ok(query)
    } else {
        internal_err!("a documented table is a query")
    }
}

/// Tables that the statement makes itself.
fn own_tables(statement: &mut Statement) -> Result<BTreeSet<String>> {
    let mut own = BTreeSet::new();
    each_query(statement, |query: &mut Query| {
        let tables = query.with.iter().flat_map(|with| &with.cte_tables);
        own.extend(tables.map(|table| table.alias.name.value.to_lowercase()));
        Ok(())
    })?;
    Ok(own)
}

fn table(name: &ObjectName, own: &BTreeSet<String>, names: &TableNames) -> Option<Documented> {
    let last = name.0.last()?.as_ident()?.value.to_lowercase();
    if name.0.len() == 1 && own.contains(&last) { None } else { names.table(&last) }
}

/// Names that the statement has for columns, other than those it gives them itself.
fn columns(statement: &mut Statement) -> Result<BTreeSet<String>> {
    let (mut wanted, mut given) = (BTreeSet::new(), BTreeSet::new());
    each_expr(statement, |expr| {
        match expr {
            Expr::Identifier(name) => {
                wanted.insert(name.value.to_lowercase());
            }
            Expr::CompoundIdentifier(parts) => wanted.extend(parts.last().map(|name| name.value.to_lowercase())),
            _ => {}
        }
        Ok(())
    })?;
    each_select(statement, |select: &mut Select| {
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { alias, expr } = item
                && !matches!(expr, Expr::Identifier(name) if name.value.eq_ignore_ascii_case(&alias.value))
            {
                given.insert(alias.value.to_lowercase());
            }
        }
        Ok(())
    })?;
    // `year(…) AS year … GROUP BY year` is no column of a partition.
    wanted.retain(|name| !(given.contains(name) && ["year", "month", "hour"].contains(&name.as_str())));
    Ok(wanted)
}

/// `*` does not mean the columns that are there only because they were wanted.
fn hide(
    statement: &mut Statement,
    own: &BTreeSet<String>,
    names: &TableNames,
    wanted: &BTreeSet<String>,
) -> Result<()> {
    each_select(statement, |select: &mut Select| {
        let factors = select
            .from
            .iter()
            .flat_map(|from| std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation)));
        let hidden: BTreeSet<String> = factors
            .filter_map(|factor| match factor {
                TableFactor::Table { name, args: None, .. } => table(name, own, names),
                _ => None,
            })
            .flat_map(|table| meant(table, wanted).hidden)
            .collect();
        let mut hidden = hidden.into_iter().map(|name| Ident::with_quote('"', name));
        let Some(first_element) = hidden.next() else { return Ok(()) };
        let except = ExceptSelectItem { first_element, additional_elements: hidden.collect() };
        for item in &mut select.projection {
            if let SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) = item {
                *options = WildcardAdditionalOptions { opt_except: Some(except.clone()), ..options.clone() };
            }
        }
        Ok(())
    })
}

/// `alb_db.alb_logs.elb` is `alb_logs.elb`, of a table that is written `alb_db.alb_logs`; of another one no column is.
fn strip_qualifiers(statement: &mut Statement) -> Result<()> {
    let (mut written, mut called): (Vec<Vec<String>>, BTreeSet<String>) = (Vec::new(), BTreeSet::new());
    each_table(statement, |factor| {
        if let TableFactor::Table { name, alias, .. } = factor {
            if name.0.len() > MOST_PARTS {
                let hint = "catalog.database.table";
                return Err(refusal(&*name, "the name of a table has at most three parts", hint));
            }
            let parts =
                name.0.iter().filter_map(|part| Some(part.as_ident()?.value.to_lowercase())).collect::<Vec<_>>();
            if let Some(alias) = alias {
                called.insert(alias.name.value.to_lowercase());
            } else {
                called.extend(parts.last().cloned());
                written.push(parts);
            }
        }
        Ok(())
    })?;
    each_expr(statement, |expr| {
        let Expr::CompoundIdentifier(parts) = expr else { return Ok(()) };
        let [qualifier @ .., _] = parts.as_slice() else { return Ok(()) };
        if qualifier.len() < 2 {
            return Ok(());
        }
        let qualifier: Vec<String> = qualifier.iter().map(|part| part.value.to_lowercase()).collect();
        if written.iter().any(|name| name.ends_with(&qualifier)) {
            parts.drain(..parts.len() - 2);
        } else if qualifier.last().is_some_and(|table| called.contains(table)) {
            let hint = "write the table's name as it stands after FROM before the column";
            return Err(refusal(&*expr, format!("no column named {expr}"), hint));
        }
        Ok(())
    })
}
