//! The functions that queries written for Athena use and `DataFusion` lacks, with Trino's names and meanings; one
//! module a function.

mod approx_percentile;
mod count_if;
#[cfg(test)]
mod testing;

use datafusion::logical_expr::AggregateUDF;
use datafusion::prelude::SessionContext;

/// Makes the functions known to a session.
pub fn register(context: &SessionContext) {
    context.register_udaf(AggregateUDF::from(approx_percentile::ApproxPercentile::default()));
    context.register_udaf(AggregateUDF::from(count_if::CountIf::default()));
}
