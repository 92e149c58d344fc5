//! Times to the minute in SQL: `time >= '2026-11-20T14:05'`, which people write and the engine's parser does not read.

use datafusion::arrow::datatypes::DataType;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{Cast, Expr, LogicalPlan};
use datafusion::optimizer::AnalyzerRule;

use super::rewriting::rewrite_expressions;

/// Completes text that is cast to a time, explicitly or because it is compared with one, by its seconds.
///
/// Has to run after the engine's own rules have put the casts in.
#[derive(Debug)]
pub(super) struct CompleteMinutes;

impl AnalyzerRule for CompleteMinutes {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        rewrite_expressions(plan, |expr| expr.transform_up(|expr| Ok(complete(expr))))
    }

    fn name(&self) -> &'static str {
        "complete_minutes"
    }
}

fn complete(expr: Expr) -> Transformed<Expr> {
    if let Expr::Cast(Cast { expr: inner, field }) = &expr
        && matches!(field.data_type(), DataType::Timestamp(..))
        && let Expr::Literal(ScalarValue::Utf8(Some(text)) | ScalarValue::Utf8View(Some(text)), metadata) =
            inner.as_ref()
        && let Some(text) = with_seconds(text)
    {
        let literal = Expr::Literal(ScalarValue::Utf8(Some(text)), metadata.clone());
        return Transformed::yes(Expr::Cast(Cast { expr: Box::new(literal), field: Arc::clone(field) }));
    }
    Transformed::no(expr)
}

/// `2026-11-20T14:05` and `2026-11-20 14:05+01:00` with `:00` after the minutes; `None` for any other text.
fn with_seconds(text: &str) -> Option<String> {
    let (minutes, rest) = text.trim().split_at_checked(16)?;
    let shape: String = minutes.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let is_minutes = matches!(shape.as_str(), "0000-00-00T00:00" | "0000-00-00 00:00");
    (is_minutes && !rest.starts_with(':')).then(|| format!("{minutes}:00{rest}"))
}

#[cfg(test)]
mod tests {
    use super::with_seconds;

    #[test]
    fn only_times_to_the_minute_are_completed() {
        assert_eq!(with_seconds("2026-11-20T14:05").as_deref(), Some("2026-11-20T14:05:00"));
        assert_eq!(with_seconds("2026-11-20 14:05Z").as_deref(), Some("2026-11-20 14:05:00Z"));
        assert_eq!(with_seconds("2026-11-20T14:05+01:00").as_deref(), Some("2026-11-20T14:05:00+01:00"));
        for other in ["2026-11-20", "2026-11-20T14:05:01", "2026-11-20T14:05:01.5Z", "next tuesday, 14:05", ""] {
            assert_eq!(with_seconds(other), None, "{other}");
        }
    }
}
