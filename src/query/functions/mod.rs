//! The functions that queries written for Athena use and `DataFusion` lacks or understands otherwise, with Trino's names
//! and meanings; one module a function.

mod any_value;
mod approx_percentile;
mod chosen;
mod count_if;
mod min_by;
mod rows;
#[cfg(test)]
mod testing;

use datafusion::logical_expr::AggregateUDF;
use datafusion::prelude::SessionContext;

/// Makes the functions known to a session.
pub fn register(context: &SessionContext) {
    context.register_udaf(AggregateUDF::from(any_value::AnyValue::default()));
    context.register_udaf(AggregateUDF::from(approx_percentile::ApproxPercentile::default()));
    context.register_udaf(AggregateUDF::from(count_if::CountIf::default()));
    context.register_udaf(AggregateUDF::from(min_by::By::greatest()));
    context.register_udaf(AggregateUDF::from(min_by::By::least()));
}
