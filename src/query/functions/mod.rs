//! The functions that queries written for Athena use and `DataFusion` lacks or understands otherwise, with Trino's names
//! and meanings; one module a function.

mod any_value;
mod approx_percentile;
mod chosen;
mod count_if;
mod date_parts;
mod datetime;
mod min_by;
mod regexp;
mod rows;
mod scalar;
#[cfg(test)]
mod testing;
mod text;
mod unixtime;
mod url;

use datafusion::logical_expr::{AggregateUDF, ScalarUDF};
use datafusion::prelude::SessionContext;

use scalar::{Function, Scalar};

/// Makes the functions known to a session.
pub fn register(context: &SessionContext) {
    context.register_udaf(AggregateUDF::from(any_value::AnyValue::default()));
    context.register_udaf(AggregateUDF::from(approx_percentile::ApproxPercentile::default()));
    context.register_udaf(AggregateUDF::from(count_if::CountIf::default()));
    context.register_udaf(AggregateUDF::from(min_by::By::greatest()));
    context.register_udaf(AggregateUDF::from(min_by::By::least()));
    register_scalar::<date_parts::Day>(context);
    register_scalar::<date_parts::DayOfWeek>(context);
    register_scalar::<date_parts::DayOfYear>(context);
    register_scalar::<date_parts::Hour>(context);
    register_scalar::<date_parts::Millisecond>(context);
    register_scalar::<date_parts::Minute>(context);
    register_scalar::<date_parts::Month>(context);
    register_scalar::<date_parts::Quarter>(context);
    register_scalar::<date_parts::Second>(context);
    register_scalar::<date_parts::Week>(context);
    register_scalar::<date_parts::Year>(context);
    register_scalar::<datetime::DateAdd>(context);
    register_scalar::<datetime::DateDiff>(context);
    register_scalar::<datetime::FromIso8601Timestamp>(context);
    register_scalar::<datetime::Reads<datetime::Joda>>(context);
    register_scalar::<datetime::Reads<datetime::MySql>>(context);
    register_scalar::<datetime::Writes<datetime::Joda>>(context);
    register_scalar::<datetime::Writes<datetime::MySql>>(context);
    register_scalar::<regexp::RegexpExtract>(context);
    register_scalar::<regexp::RegexpReplace>(context);
    register_scalar::<unixtime::FromUnixtime>(context);
    register_scalar::<unixtime::ToUnixtime>(context);
    register_scalar::<url::UrlExtractFragment>(context);
    register_scalar::<url::UrlExtractHost>(context);
    register_scalar::<url::UrlExtractParameter>(context);
    register_scalar::<url::UrlExtractPath>(context);
    register_scalar::<url::UrlExtractPort>(context);
    register_scalar::<url::UrlExtractProtocol>(context);
    register_scalar::<url::UrlExtractQuery>(context);
}

fn register_scalar<F: Function>(context: &SessionContext) {
    context.register_udf(ScalarUDF::from(Scalar::<F>::default()));
}
