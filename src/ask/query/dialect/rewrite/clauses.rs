//! Clauses that the parser takes and Trino's grammar has not. The engine ignores most of them, and would answer as if they were not
//! there, so that every part that a syntax tree can hold is named here: what a later parser adds does not compile before it is
//! looked at.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{
    LimitClause, OrderBy, OrderByKind, Query, Select, SelectFlavor, SetExpr, SetOperator, SetQuantifier, Statement,
    TableFactor,
};

use super::build::{each_query, each_select, each_table, refusal};

/// What is not Trino's, and what is instead.
type Foreign = Option<(&'static str, &'static str)>;

pub(super) fn refuse(statement: &mut Statement) -> Result<()> {
    let refused = |(what, hint): (&str, &'static str), at: &dyn Fn(String, &'static str) -> _| {
        Err(at(format!("{what} is not Athena's SQL"), hint))
    };
    each_select(statement, |select: &mut Select| match of_select(select) {
        Some(foreign) => refused(foreign, &|message, hint| refusal(&*select, message, hint)),
        None => Ok(()),
    })?;
    each_query(statement, |query: &mut Query| match of_query(query) {
        Some(foreign) => refused(foreign, &|message, hint| refusal(&*query, message, hint)),
        None => Ok(()),
    })?;
    each_table(statement, |table: &mut TableFactor| match of_table(table) {
        Some(foreign) => refused(foreign, &|message, hint| refusal(&*table, message, hint)),
        None => Ok(()),
    })
}

/// The first of those that are there.
fn first(found: &[(bool, &'static str, &'static str)]) -> Foreign {
    found.iter().find(|(is_there, ..)| *is_there).map(|(_, what, hint)| (*what, *hint))
}

fn of_select(select: &Select) -> Foreign {
    let Select {
        select_token: _,
        // To Trino they are comments.
        optimizer_hints: _,
        distinct: _,
        select_modifiers,
        top,
        top_before_distinct: _,
        projection: _,
        exclude,
        into,
        from: _,
        lateral_views,
        prewhere,
        selection: _,
        connect_by,
        group_by: _,
        cluster_by,
        distribute_by,
        sort_by,
        having: _,
        named_window: _,
        qualify,
        window_before_qualify: _,
        value_table_mode,
        flavor,
    } = select;
    first(&[
        (select_modifiers.is_some(), "a word such as HIGH_PRIORITY after SELECT", "leave it out"),
        (top.is_some(), "TOP", "ORDER BY … LIMIT 10"),
        (exclude.is_some(), "EXCLUDE", "write the columns that are wanted"),
        (into.is_some(), "INTO", "queries only read: --output FILE keeps an answer"),
        (!lateral_views.is_empty(), "LATERAL VIEW", "CROSS JOIN UNNEST(…) AS t(x)"),
        (prewhere.is_some(), "PREWHERE", "WHERE"),
        (!connect_by.is_empty(), "CONNECT BY", "WITH RECURSIVE"),
        (!cluster_by.is_empty(), "CLUSTER BY", "ORDER BY"),
        (!distribute_by.is_empty(), "DISTRIBUTE BY", "ORDER BY"),
        (!sort_by.is_empty(), "SORT BY", "ORDER BY"),
        (qualify.is_some(), "QUALIFY", "write the condition in a query around it"),
        (value_table_mode.is_some(), "SELECT AS", "ROW(a, b) is a row"),
        (*flavor != SelectFlavor::Standard, "FROM before SELECT", "SELECT … FROM …"),
    ])
}

fn of_query(query: &Query) -> Foreign {
    let Query {
        with: _,
        body,
        order_by,
        limit_clause,
        fetch: _,
        locks,
        for_clause,
        settings,
        format_clause,
        pipe_operators,
    } = query;
    let is_per_value = matches!(limit_clause, Some(LimitClause::LimitOffset { limit_by, .. }) if !limit_by.is_empty());
    first(&[
        (!locks.is_empty(), "FOR UPDATE or FOR SHARE", "queries only read: leave it out"),
        (for_clause.is_some(), "FOR XML or FOR JSON", "--format json"),
        (settings.is_some(), "SETTINGS", "leave it out"),
        (format_clause.is_some(), "FORMAT", "--format json"),
        (!pipe_operators.is_empty(), "|>", "a query around it: SELECT … FROM (SELECT …)"),
        (is_per_value, "LIMIT … BY", "row_number() OVER (PARTITION BY …) in a query around it numbers rows"),
    ])
    .or_else(|| order_by.as_ref().and_then(of_order))
    .or_else(|| of_body(body))
}

fn of_order(order: &OrderBy) -> Foreign {
    let OrderBy { kind, interpolate } = order;
    let is_filled =
        matches!(kind, OrderByKind::Expressions(by) if by.iter().any(|expression| expression.with_fill.is_some()));
    first(&[
        (matches!(kind, OrderByKind::All(_)), "ORDER BY ALL", "ORDER BY 1, 2 names columns by their place"),
        (interpolate.is_some() || is_filled, "WITH FILL", "a join with UNNEST(sequence(…)) fills gaps"),
    ])
}

fn of_body(body: &SetExpr) -> Foreign {
    match body {
        SetExpr::Select(_) | SetExpr::Query(_) | SetExpr::Values(_) => None,
        SetExpr::SetOperation { op: SetOperator::Minus, .. } => Some(("MINUS", "EXCEPT")),
        SetExpr::SetOperation {
            set_quantifier: SetQuantifier::ByName | SetQuantifier::AllByName | SetQuantifier::DistinctByName,
            ..
        } => Some(("BY NAME", "columns of a union meet by their place")),
        SetExpr::SetOperation { left, right, .. } => of_body(left).or_else(|| of_body(right)),
        SetExpr::Table(_) => Some(("TABLE here", "SELECT * FROM the table")),
        SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {
            Some(("a statement that writes, within a query,", "queries only read"))
        }
    }
}

fn of_table(table: &TableFactor) -> Foreign {
    match table {
        TableFactor::Table {
            name,
            alias: _,
            args,
            with_hints,
            version,
            with_ordinality,
            partitions,
            json_path,
            sample,
            index_hints,
        } => {
            let is_unnest = args.is_some() && name.to_string().eq_ignore_ascii_case("unnest");
            first(&[
                (args.is_some() && !is_unnest, "a function in the place of a table", "UNNEST(sequence(1, 3)) AS t(n)"),
                (!with_hints.is_empty(), "WITH (…) after a table", "leave it out"),
                (version.is_some(), "a table as of a version", "WHERE time < '2026-11-20T10' leaves out what is later"),
                (*with_ordinality && !is_unnest, "WITH ORDINALITY after a table", "row_number() OVER (ORDER BY time)"),
                (!partitions.is_empty(), "PARTITION (…) after a table", "WHERE day = '2026/11/20'"),
                (json_path.is_some(), "a path after a table", "json_extract(…)"),
                (sample.is_some(), "SAMPLE", "WHERE rand() < 0.1 takes every tenth row"),
                (!index_hints.is_empty(), "USE INDEX", "leave it out"),
            ])
        }
        TableFactor::Derived { lateral: _, subquery: _, alias: _, sample } => {
            first(&[(sample.is_some(), "SAMPLE", "WHERE rand() < 0.1 takes every tenth row")])
        }
        TableFactor::UNNEST { with_offset, .. } => first(&[(*with_offset, "WITH OFFSET", "WITH ORDINALITY")]),
        TableFactor::NestedJoin { .. } => None,
        TableFactor::Function { .. } => Some(("LATERAL before a function", "CROSS JOIN UNNEST(…) AS t(x)")),
        TableFactor::Pivot { .. } => Some(("PIVOT", "count_if(x = 'a') AS a, count_if(x = 'b') AS b")),
        TableFactor::Unpivot { .. } => Some(("UNPIVOT", "CROSS JOIN UNNEST(ARRAY[a, b]) AS t(x)")),
        _ => Some(("such a table", "a table, a query in parentheses, or UNNEST(…)")),
    }
}
