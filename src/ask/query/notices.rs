//! What a statement compares with what can never be there: it is answered, and mostly without rows, so that it is said. Only what is
//! true of every line that AWS writes, and of every format, is said here; what would be wrong to answer is refused elsewhere.

mod formats;
mod values;

use datafusion::common::Column;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::{InList, ScalarFunction};
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, LogicalPlan, Operator, TryCast};

use super::dialect::{CAST_AS, OBJECT_COLUMNS};
use super::own_column::own_column;
use crate::base::message::Message;

/// What is to be said of a statement, each once, in the order in which it is planned.
pub(super) fn notices(plan: &LogicalPlan) -> Vec<Message> {
    let mut found: Vec<Message> = Vec::new();
    let walked = plan.apply_with_subqueries(|node| {
        let inputs = node.inputs();
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                for message in of(expr, &inputs) {
                    if !found.iter().any(|known| known.text() == message.text()) {
                        found.push(message);
                    }
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    });
    // Of a plan that cannot be walked over nothing is said.
    if walked.is_ok() { found } else { Vec::new() }
}

fn of(expr: &Expr, inputs: &[&LogicalPlan]) -> Vec<Message> {
    match expr {
        Expr::ScalarFunction(ScalarFunction { func, args }) => match args.as_slice() {
            [_, format] => text_of(format).and_then(|format| formats::told(func.name(), format)).into_iter().collect(),
            _ => Vec::new(),
        },
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => {
            let told = |column: &Expr, value: &Expr| values::told(&compared(column, inputs)?, text_of(value)?);
            told(left, right).or_else(|| told(right, left)).into_iter().collect()
        }
        Expr::InList(InList { expr, list, negated: false }) => {
            let Some(column) = compared(expr, inputs) else { return Vec::new() };
            list.iter().filter_map(|value| values::told(&column, text_of(value)?)).collect()
        }
        _ => Vec::new(),
    }
}

/// A column of the logs as it is compared.
#[derive(Debug, PartialEq, Eq)]
struct Compared {
    /// Its name, or that of the function that makes it of an object's name.
    name: String,
    /// Whether a number is compared by its text.
    is_written: bool,
}

fn compared(expr: &Expr, inputs: &[&LogicalPlan]) -> Option<Compared> {
    match expr {
        Expr::Column(column) => Some(Compared { name: origin(column, inputs)?, is_written: false }),
        Expr::Cast(Cast { expr, field }) | Expr::TryCast(TryCast { expr, field }) if field.data_type().is_string() => {
            Some(Compared { is_written: true, ..compared(expr, inputs)? })
        }
        Expr::ScalarFunction(ScalarFunction { func, args }) => match args.as_slice() {
            [value, kind] if func.name() == CAST_AS && text_of(kind)?.eq_ignore_ascii_case("varchar") => {
                Some(Compared { is_written: true, ..compared(value, inputs)? })
            }
            _ => None,
        },
        _ => None,
    }
}

/// The column of a table of logs that a column is, be it through what a documented table makes of it.
fn origin(column: &Column, inputs: &[&LogicalPlan]) -> Option<String> {
    own_column(column, inputs).or_else(|| inputs.iter().find_map(|plan| made_of(column, plan)))
}

fn made_of(column: &Column, plan: &LogicalPlan) -> Option<String> {
    let place = || plan.schema().index_of_column(column).ok();
    match plan {
        LogicalPlan::SubqueryAlias(alias) => {
            let inner = alias.input.schema().columns().into_iter().nth(place()?)?;
            origin(&inner, &[alias.input.as_ref()])
        }
        LogicalPlan::Projection(projection) => {
            let input = [projection.input.as_ref()];
            match projection.expr.get(place()?)?.clone().unalias() {
                Expr::ScalarFunction(ScalarFunction { func, args }) => match args.first()? {
                    Expr::Column(inner) if func.name() == "coalesce" => origin(inner, &input),
                    _ => {
                        OBJECT_COLUMNS.iter().find(|(name, _)| *name == func.name()).map(|(name, _)| (*name).to_owned())
                    }
                },
                Expr::Column(inner) => origin(&inner, &input),
                _ => None,
            }
        }
        LogicalPlan::Filter(_) | LogicalPlan::Sort(_) | LogicalPlan::Limit(_) | LogicalPlan::Distinct(_) => {
            plan.inputs().into_iter().find_map(|input| made_of(column, input))
        }
        LogicalPlan::Join(join) => {
            let holds = |side: &&LogicalPlan| side.schema().has_column(column);
            [join.left.as_ref(), join.right.as_ref()].into_iter().find(holds).and_then(|side| made_of(column, side))
        }
        _ => None,
    }
}

/// The text that a literal is.
fn text_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Literal(value, _) => value.try_as_str().flatten(),
        _ => None,
    }
}
