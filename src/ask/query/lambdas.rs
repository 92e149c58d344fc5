//! Functions `x -> …` know their argument by its place behind the columns of their input. `DataFusion`'s rule that puts two projections
//! into one changes the input and not the place, so that another column is taken for the argument: where a plan has such
//! functions, the rule is left out.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::config::ConfigOptions;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::LambdaVariable;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;

/// A rule for plans without such functions.
#[derive(Debug)]
struct WithoutLambdas(Arc<dyn PhysicalOptimizerRule + Send + Sync>);

/// The rules of a session, of which the one about projections looks before.
pub(super) fn careful(
    rules: &[Arc<dyn PhysicalOptimizerRule + Send + Sync>],
) -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    let careful =
        |rule: &Arc<dyn PhysicalOptimizerRule + Send + Sync>| -> Arc<dyn PhysicalOptimizerRule + Send + Sync> {
            if rule.name() == "ProjectionPushdown" {
                Arc::new(WithoutLambdas(Arc::clone(rule)))
            } else {
                Arc::clone(rule)
            }
        };
    rules.iter().map(careful).collect()
}

impl PhysicalOptimizerRule for WithoutLambdas {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        if has_lambdas(&plan)? { Ok(plan) } else { self.0.optimize(plan, config) }
    }

    fn name(&self) -> &str {
        self.0.name()
    }

    fn schema_check(&self) -> bool {
        self.0.schema_check()
    }
}

fn has_lambdas(plan: &Arc<dyn ExecutionPlan>) -> Result<bool> {
    let mut found = false;
    plan.apply(|plan| {
        plan.apply_expressions(&mut |expr: &Arc<dyn PhysicalExpr>| {
            expr.apply(|part| {
                found |= part.downcast_ref::<LambdaVariable>().is_some();
                Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
            })
        })?;
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(found)
}
