//! Names of time zones in SQL: `time AT TIME ZONE 'Europe/Berln'` is refused, where the engine would go on in UTC.

use std::str::FromStr;

use datafusion::arrow::array::timezone::Tz;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{Cast, Expr, LogicalPlan};
use datafusion::optimizer::AnalyzerRule;

/// Refuses casts to times of a zone that there is not, which is what `AT TIME ZONE` becomes.
#[derive(Debug)]
pub(super) struct KnownZones;

impl AnalyzerRule for KnownZones {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        let checked = plan.transform_up_with_subqueries(|plan| {
            plan.map_expressions(|expr| {
                expr.transform_up(|expr| {
                    check(&expr)?;
                    Ok(Transformed::no(expr))
                })
            })
        })?;
        Ok(checked.data)
    }

    fn name(&self) -> &'static str {
        "known_zones"
    }
}

fn check(expr: &Expr) -> Result<()> {
    if let Expr::Cast(Cast { field, .. }) = expr
        && let DataType::Timestamp(_, Some(name)) = field.data_type()
    {
        return refuse_unknown(name);
    }
    Ok(())
}

/// Refuses the name of a zone that there is not.
///
/// # Errors
/// When there is none.
pub(super) fn refuse_unknown(name: &str) -> Result<()> {
    if Tz::from_str(name).is_err() {
        return plan_err!("there is no time zone {name}");
    }
    Ok(())
}
