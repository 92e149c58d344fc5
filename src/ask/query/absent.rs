//! What AWS writes as `-`, or as `-1` for a time that there was none, is NULL here: comparing with what the line has would find
//! nothing and say nothing.

use alblog::{LogKind, ValueType};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, LogicalPlan, Operator};
use datafusion::optimizer::AnalyzerRule;

use super::own_column::own_column;
use crate::base::message::Message;
use crate::base::tables::documented::ALWAYS;

/// Refuses `user_agent = '-'` and `target_processing_time = -1` over tables of logs, with what to write instead.
#[derive(Debug)]
pub(super) struct AbsentValues;

impl AnalyzerRule for AbsentValues {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.apply_with_subqueries(|plan| {
            let inputs = plan.inputs();
            let own = |expr: &Expr| match without_casts(expr) {
                Expr::Column(column) => own_column(column, &inputs),
                _ => None,
            };
            plan.apply_expressions(|expr| {
                expr.apply(|expr| {
                    // What is not equal to it is what people mean by that: NULL is left out likewise.
                    if matches!(expr, Expr::Not(_)) {
                        return Ok(TreeNodeRecursion::Jump);
                    }
                    refuse(expr, &own)?;
                    Ok(TreeNodeRecursion::Continue)
                })
            })
        })?;
        Ok(plan)
    }

    fn name(&self) -> &'static str {
        "absent_values"
    }
}

fn refuse(expr: &Expr, own: &impl Fn(&Expr) -> Option<String>) -> Result<()> {
    let compared = match expr {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => own(left)
            .map(|column| (column, vec![&**right]))
            .or_else(|| own(right).map(|column| (column, vec![&**left]))),
        Expr::InList(InList { expr, list, negated: false }) => own(expr).map(|column| (column, list.iter().collect())),
        _ => None,
    };
    let Some((column, values)) = compared else { return Ok(()) };
    let Some(written) = values.into_iter().find_map(|value| absent(&column, without_casts(value))) else {
        return Ok(());
    };
    let message = Message::new(format_args!("{column} is NULL where AWS writes {written}: nothing equals {written}"));
    Err(DataFusionError::External(Box::new(message.hint(format_args!("{column} IS NULL")))))
}

/// What AWS writes where the column is NULL, if the value is that.
fn absent(column: &str, value: &Expr) -> Option<&'static str> {
    let Expr::Literal(value, _) = value else { return None };
    if ALWAYS.contains(&column) {
        return None;
    }
    let mut columns = LogKind::ALL.iter().flat_map(|kind| kind.columns());
    let written = columns.find(|known| known.name == column && known.written.is_some())?.value;
    if value.try_as_str().flatten() == Some("-") {
        return Some("-");
    }
    let number = value.cast_to(&DataType::Float64);
    (written == ValueType::Seconds && matches!(number, Ok(ScalarValue::Float64(Some(-1.0))))).then_some("-1")
}

fn without_casts(expr: &Expr) -> &Expr {
    match expr {
        Expr::Cast(Cast { expr, .. }) => without_casts(expr),
        other => other,
    }
}
