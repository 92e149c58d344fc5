//! Which column of a table a column of a plan is.

use datafusion::common::Column;
use datafusion::logical_expr::{Expr, LogicalPlan};

use crate::base::tables::Table;

/// The name of a column of a table of logs, if the column is that and not one that the statement makes.
pub(super) fn own_column(column: &Column, inputs: &[&LogicalPlan]) -> Option<String> {
    inputs.iter().copied().find_map(|plan| {
        let schema = plan.schema();
        match plan {
            _ if !schema.has_column(column) => None,
            LogicalPlan::TableScan(scan) => {
                let is_of_logs = Table::ALL.iter().any(|table| table.name() == scan.table_name.table());
                is_of_logs.then(|| column.name.clone())
            }
            LogicalPlan::SubqueryAlias(alias) => {
                let position = schema.index_of_column(column).ok()?;
                own_column(&alias.input.schema().columns()[position], &[alias.input.as_ref()])
            }
            LogicalPlan::Projection(projection) => {
                let position = schema.index_of_column(column).ok()?;
                match without_alias(projection.expr.get(position)?) {
                    Expr::Column(from) => own_column(from, &[projection.input.as_ref()]),
                    _ => None,
                }
            }
            LogicalPlan::Aggregate(aggregate) => {
                let position = schema.index_of_column(column).ok()?;
                match without_alias(aggregate.group_expr.get(position)?) {
                    Expr::Column(from) => own_column(from, &[aggregate.input.as_ref()]),
                    _ => None,
                }
            }
            LogicalPlan::Union(union) => {
                let position = schema.index_of_column(column).ok()?;
                let of = |input: &LogicalPlan| own_column(input.schema().columns().get(position)?, &[input]);
                let mut own = union.inputs.iter().map(|input| of(input));
                let first = own.next()??;
                own.all(|name| name.as_ref() == Some(&first)).then_some(first)
            }
            LogicalPlan::Window(window) => own_column(column, &[window.input.as_ref()]),
            LogicalPlan::Filter(_)
            | LogicalPlan::Sort(_)
            | LogicalPlan::Limit(_)
            | LogicalPlan::Distinct(_)
            | LogicalPlan::Join(_) => own_column(column, &plan.inputs()),
            _ => None,
        }
    })
}

fn without_alias(expr: &Expr) -> &Expr {
    match expr {
        Expr::Alias(alias) => without_alias(&alias.expr),
        other => other,
    }
}
