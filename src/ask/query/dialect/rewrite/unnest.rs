//! `FROM t CROSS JOIN UNNEST(split(c, ',')) AS u(x)`: the engine takes lists apart in a list of columns only, so that the table
//! becomes `(SELECT *, unnest(split(c, ',')) AS x FROM t) AS t`, and `u.x` is `x`. `FROM UNNEST(…) AS u(x)` becomes
//! `(SELECT unnest(…) AS x) AS u`.

use datafusion::common::{Result, internal_err};
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, Ident, Join, JoinConstraint, JoinOperator, Select, SelectItem,
    SetExpr, Statement, TableAlias, TableAliasColumnDef, TableFactor, TableWithJoins, WildcardAdditionalOptions,
};

use super::build::{call, each_expr, each_select, number, refusal};
use crate::ask::query::dialect::parse::parse;

pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    let mut aliases: Vec<(Ident, Vec<Ident>)> = Vec::new();
    each_select(statement, |select: &mut Select| {
        join_commas(&mut select.from);
        for from in &mut select.from {
            if let Some(unnested) = Unnested::of(&from.relation)? {
                from.relation = derived(unnested.columns(Vec::new()), None, unnested.alias.clone())?;
            }
            while let Some(at) = from.joins.iter().position(|join| is_unnest(&join.relation)) {
                let join = from.joins.remove(at);
                if at > 0 {
                    let hint =
                        "put the joined tables into a subquery: FROM (SELECT … JOIN …) AS t CROSS JOIN UNNEST(…)";
                    return Err(refusal(&join.relation, "UNNEST after another join is not here", hint));
                }
                let (Some(mut unnested), Some(keeps_all)) =
                    (Unnested::of(&join.relation)?, keeps_all(&join.join_operator))
                else {
                    let hint =
                        "CROSS JOIN UNNEST(…) AS t(x) leaves out rows without items, LEFT JOIN … ON true keeps them";
                    return Err(refusal(
                        &join.relation,
                        "UNNEST is here after CROSS JOIN or LEFT JOIN … ON true",
                        hint,
                    ));
                };
                if keeps_all {
                    unnested.keep_rows_without_items();
                }
                let alias = alias_of(&from.relation);
                let all = SelectItem::Wildcard(WildcardAdditionalOptions::default());
                let inner = TableWithJoins { relation: from.relation.clone(), joins: Vec::new() };
                from.relation = derived(unnested.columns(vec![all]), Some(inner), alias)?;
                if let Some(alias) = unnested.alias {
                    aliases.push((alias.name, unnested.names));
                }
            }
        }
        Ok(())
    })?;
    // The columns are the table's own now.
    each_expr(statement, |expr| {
        if let Expr::CompoundIdentifier(parts) = expr
            && let [table, column] = parts.as_slice()
            && aliases.iter().any(|(alias, names)| same(alias, table) && names.iter().any(|name| same(name, column)))
        {
            *expr = Expr::Identifier(column.clone());
        }
        Ok(())
    })
}

/// `FROM t, UNNEST(…)` is `FROM t CROSS JOIN UNNEST(…)`.
fn join_commas(from: &mut Vec<TableWithJoins>) {
    let mut joined: Vec<TableWithJoins> = Vec::with_capacity(from.len());
    for table in from.drain(..) {
        match joined.last_mut() {
            Some(before) if is_unnest(&table.relation) => {
                let join_operator = JoinOperator::CrossJoin(JoinConstraint::None);
                before.joins.push(Join { relation: table.relation, global: false, join_operator });
                before.joins.extend(table.joins);
            }
            _ => joined.push(table),
        }
    }
    *from = joined;
}

/// Whether a join keeps rows without items; `None` if it has a condition, or is another one.
fn keeps_all(operator: &JoinOperator) -> Option<bool> {
    let is_always = |constraint: &JoinConstraint| match constraint {
        JoinConstraint::None => true,
        JoinConstraint::On(condition) => condition.to_string().eq_ignore_ascii_case("true"),
        _ => false,
    };
    match operator {
        JoinOperator::CrossJoin(_) => Some(false),
        JoinOperator::Join(constraint) | JoinOperator::Inner(constraint) if is_always(constraint) => Some(false),
        JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) if is_always(constraint) => Some(true),
        _ => None,
    }
}

fn same(a: &Ident, b: &Ident) -> bool {
    a.value.eq_ignore_ascii_case(&b.value)
}

fn is_unnest(relation: &TableFactor) -> bool {
    match relation {
        TableFactor::UNNEST { .. } => true,
        TableFactor::Table { name, args: Some(_), .. } | TableFactor::Function { name, .. } => {
            name.to_string().eq_ignore_ascii_case("unnest")
        }
        _ => false,
    }
}

/// `UNNEST(lists) AS alias(names)`.
struct Unnested {
    lists: Vec<Expr>,
    names: Vec<Ident>,
    alias: Option<TableAlias>,
}

impl Unnested {
    /// `None` if it is another kind of table.
    fn of(relation: &TableFactor) -> Result<Option<Self>> {
        if !is_unnest(relation) {
            return Ok(None);
        }
        let expr = |argument: &FunctionArg| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
            _ => None,
        };
        let (lists, alias, with_ordinality) = match relation {
            TableFactor::Table { args: Some(args), alias, with_ordinality, .. } => {
                (args.args.iter().filter_map(expr).collect(), alias, *with_ordinality)
            }
            TableFactor::Function { args, alias, with_ordinality, .. } => {
                (args.iter().filter_map(expr).collect(), alias, *with_ordinality)
            }
            TableFactor::UNNEST { array_exprs, alias, with_ordinality, .. } => {
                (array_exprs.clone(), alias, *with_ordinality)
            }
            _ => return Ok(None),
        };
        let lists: Vec<Expr> = lists;
        let columns = alias.as_ref().map_or(&[][..], |alias| &alias.columns);
        let names: Vec<Ident> = columns.iter().map(|column| column.name.clone()).collect();
        let names = if names.is_empty() {
            (1..=lists.len() + usize::from(with_ordinality)).map(|n| Ident::new(format!("_col{n}"))).collect()
        } else {
            names
        };
        let is_map = lists.len() == 1 && names.len() == 2 + usize::from(with_ordinality);
        let mut lists = if is_map {
            ["map_keys", "map_values"].into_iter().map(|part| call(part, lists.clone())).collect()
        } else {
            lists
        };
        if with_ordinality {
            lists.push(numbers(&lists));
        }
        if lists.len() != names.len() {
            let hint = "name a column for each list, two for a map";
            return Err(refusal(relation, "UNNEST has more or fewer lists than its alias has columns", hint));
        }
        let alias = alias.clone().map(|alias| TableAlias { columns: Vec::<TableAliasColumnDef>::new(), ..alias });
        Ok(Some(Self { lists, names, alias }))
    }

    /// A row of which no list has an item has NULLs.
    fn keep_rows_without_items(&mut self) {
        let has_items =
            Expr::BinaryOp { left: Box::new(longest(&self.lists)), op: BinaryOperator::Gt, right: Box::new(number(0)) };
        for list in &mut self.lists {
            let nothing = call("array_repeat", vec![call("element_at", vec![list.clone(), number(1)]), number(1)]);
            *list = call("if", vec![has_items.clone(), list.clone(), nothing]);
        }
    }

    /// The list of columns, behind others.
    fn columns(&self, mut before: Vec<SelectItem>) -> Vec<SelectItem> {
        before.extend(self.lists.iter().zip(&self.names).map(|(list, name)| SelectItem::ExprWithAlias {
            expr: call("unnest", vec![list.clone()]),
            alias: name.clone(),
        }));
        before
    }
}

/// How many items the longest list has.
fn longest(lists: &[Expr]) -> Expr {
    let length = |list: &Expr| call("coalesce", vec![call("cardinality", vec![list.clone()]), number(0)]);
    call("greatest", lists.iter().map(length).chain([number(0)]).collect())
}

/// Numbers from 1 for the items of lists, none where there are none.
fn numbers(lists: &[Expr]) -> Expr {
    let most = longest(lists);
    let from_one = call("sequence", vec![number(1), call("greatest", vec![most.clone(), number(1)])]);
    call("slice", vec![from_one, number(1), most])
}

/// What columns of the table are called by.
fn alias_of(relation: &TableFactor) -> Option<TableAlias> {
    match relation {
        TableFactor::Table { name, alias: None, .. } => {
            let name = name.0.last()?.as_ident()?.clone();
            Some(TableAlias { explicit: true, name, columns: Vec::new(), at: None })
        }
        TableFactor::Table { alias, .. } | TableFactor::Derived { alias, .. } => {
            alias.clone().map(|alias| TableAlias { columns: Vec::new(), ..alias })
        }
        _ => None,
    }
}

/// `(SELECT columns FROM inner) AS alias`.
fn derived(columns: Vec<SelectItem>, inner: Option<TableWithJoins>, alias: Option<TableAlias>) -> Result<TableFactor> {
    // To be filled: a query has more parts than are worth spelling out.
    let Some(Statement::Query(mut query)) = parse("SELECT 1")?.pop() else {
        return internal_err!("a SELECT is a query");
    };
    if let SetExpr::Select(select) = query.body.as_mut() {
        select.projection = columns;
        select.from = inner.into_iter().collect();
    }
    Ok(TableFactor::Derived { lateral: false, subquery: query, alias, sample: None })
}
