//! Words of Trino's grammar are no names unless they are quoted: `SELECT elb select FROM …` and `SELECT a.table` are refused as there.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArguments, Ident, ObjectName, ObjectNamePart, Query, Select, SelectItem, Statement,
    TableAlias, TableFactor,
};

use super::build::{each_expr, each_query, each_select, each_table, refusal};

/// Words that are no names, by asking Trino for a column of each name.
const RESERVED: &str = "alter and as between by case cast constraint create cross cube current_catalog current_date \
    current_path current_role current_schema current_time current_timestamp current_user deallocate delete describe \
    distinct drop else end escape except execute exists extract false for from full group grouping having in inner insert \
    intersect into is join left like listagg localtime localtimestamp natural normalize not null on or order outer prepare \
    recursive right rollup select skip table then true uescape union unnest using values when where with";

/// Those of them that stand for a value, or are called as functions are.
const VALUES: [&str; 13] = [
    "current_catalog",
    "current_date",
    "current_path",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "grouping",
    "listagg",
    "normalize",
    "unnest",
];

pub(super) fn refuse(statement: &mut Statement) -> Result<()> {
    each_expr(statement, |expr| match expr {
        Expr::Identifier(name) if is_value(name) => Ok(()),
        Expr::Identifier(name) => check(name),
        Expr::CompoundIdentifier(parts) => parts.iter().try_for_each(check),
        Expr::Function(function) if is_called(function) => {
            let message = format!("{} is written without parentheses", function.name);
            Err(refusal(&function.name, message, "current_date"))
        }
        Expr::Function(function) => of_object(&function.name),
        _ => Ok(()),
    })?;
    each_select(statement, |select: &mut Select| {
        select.projection.iter().try_for_each(|item| match item {
            SelectItem::ExprWithAlias { alias, .. } => check(alias),
            _ => Ok(()),
        })
    })?;
    each_table(statement, |factor| {
        let (name, alias) = match factor {
            TableFactor::Table { name, alias, .. } => (Some(&*name), alias.as_ref()),
            TableFactor::Derived { alias, .. } | TableFactor::UNNEST { alias, .. } => (None, alias.as_ref()),
            _ => (None, None),
        };
        name.map_or(Ok(()), of_object)?;
        alias.map_or(Ok(()), of_alias)
    })?;
    each_query(statement, |query: &mut Query| {
        query.with.iter().flat_map(|with| &with.cte_tables).try_for_each(|table| of_alias(&table.alias))
    })
}

fn of_alias(alias: &TableAlias) -> Result<()> {
    check(&alias.name)?;
    alias.columns.iter().try_for_each(|column| check(&column.name))
}

fn of_object(name: &ObjectName) -> Result<()> {
    let is_single = name.0.len() == 1;
    name.0
        .iter()
        .filter_map(ObjectNamePart::as_ident)
        .try_for_each(|name| if is_single && is_value(name) { Ok(()) } else { check(name) })
}

/// Whether it is `current_date()`.
fn is_called(function: &Function) -> bool {
    let name = function.name.to_string().to_lowercase();
    let is_empty = matches!(&function.args, FunctionArguments::List(list) if list.args.is_empty());
    is_empty && (name.starts_with("current_") || name.starts_with("local")) && VALUES.contains(&name.as_str())
}

fn is_value(name: &Ident) -> bool {
    VALUES.contains(&name.value.to_lowercase().as_str())
}

fn check(name: &Ident) -> Result<()> {
    if name.quote_style == Some('\'') {
        let message = format!("'{}' is a text, where a name is wanted", name.value);
        return Err(refusal(
            &Expr::Identifier(name.clone()),
            message,
            "a name stands in double quotes, and || joins texts",
        ));
    }
    let is_reserved =
        name.quote_style.is_none() && RESERVED.split_whitespace().any(|word| word.eq_ignore_ascii_case(&name.value));
    if is_reserved {
        let message = format!("{} is a word of the grammar and no name", name.value);
        return Err(refusal(&Expr::Identifier(name.clone()), message, "put it into quotes to make it a name"));
    }
    Ok(())
}
