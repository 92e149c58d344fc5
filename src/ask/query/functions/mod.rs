//! The functions that queries written for Athena use and `DataFusion` lacks or understands otherwise, with Trino's names
//! and meanings; one module a function.

mod any_value;
mod approx_percentile;
mod bounded;
mod concat_operator;
mod conditional;
mod contains;
mod count_if;
mod date_parts;
mod datetime;
mod min_by;
mod modulo;
mod null_if_any;
mod regexp;
mod row_hash;
mod rows;
mod scalar;
mod selection;
mod split_part;
#[cfg(test)]
mod testing;
mod text;
mod unixtime;
mod url;

use std::sync::Arc;

use datafusion::functions::string::ascii;
use datafusion::functions_aggregate::bool_and_or::bool_and_udaf;
use datafusion::functions_nested::extract::array_element_udf;
use datafusion::functions_nested::string::string_to_array_udf;
use datafusion::logical_expr::{AggregateUDF, ScalarUDF};
use datafusion::prelude::SessionContext;

use scalar::{Function, Scalar};

pub use approx_percentile::Rounding;
pub(super) use concat_operator::BoundedConcat;

/// Makes the functions known to a session; answers what its percentiles will say of their exactness.
pub fn register(context: &SessionContext) -> Rounding {
    let rounding = Rounding::default();
    context.register_udaf(AggregateUDF::from(any_value::AnyValue::default()));
    context.register_udaf(AggregateUDF::from(approx_percentile::ApproxPercentile::new(rounding.clone())));
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
    register_scalar::<datetime::Date>(context);
    register_scalar::<datetime::DateAdd>(context);
    register_scalar::<datetime::DateDiff>(context);
    register_scalar::<datetime::FromIso8601Timestamp>(context);
    register_scalar::<datetime::Reads<datetime::Joda>>(context);
    register_scalar::<datetime::Reads<datetime::MySql>>(context);
    register_scalar::<datetime::Writes<datetime::Joda>>(context);
    register_scalar::<datetime::Writes<datetime::MySql>>(context);
    register_scalar::<modulo::Mod>(context);
    register_scalar::<regexp::RegexpExtract>(context);
    register_scalar::<regexp::RegexpReplace>(context);
    register_scalar::<split_part::SplitPart>(context);
    register_scalar::<unixtime::FromUnixtime>(context);
    register_scalar::<unixtime::ToUnixtime>(context);
    register_scalar::<url::UrlDecode>(context);
    register_scalar::<url::UrlExtractFragment>(context);
    register_scalar::<url::UrlExtractHost>(context);
    register_scalar::<url::UrlExtractParameter>(context);
    register_scalar::<url::UrlExtractPath>(context);
    register_scalar::<url::UrlExtractPort>(context);
    register_scalar::<url::UrlExtractProtocol>(context);
    register_scalar::<url::UrlExtractQuery>(context);
    context.register_udf(ScalarUDF::from(conditional::If::default()));
    context.register_udf(ScalarUDF::from(contains::Contains::default()));
    context.register_udf(ScalarUDF::from(row_hash::RowHash::default()));
    for function in null_if_any::all() {
        context.register_udf(function);
    }
    bounded::bound(context);
    for (function, name) in same_by_another_name() {
        context.register_udf(function.as_ref().clone().with_aliases([name]));
    }
    context.register_udaf(bool_and_udaf().as_ref().clone().with_aliases(["every"]));
    rounding
}

/// Functions that mean what Trino's of these names do.
fn same_by_another_name() -> [(Arc<ScalarUDF>, &'static str); 3] {
    [(array_element_udf(), "element_at"), (ascii(), "codepoint"), (string_to_array_udf(), "split")]
}

fn register_scalar<F: Function>(context: &SessionContext) {
    context.register_udf(ScalarUDF::from(Scalar::<F>::default()));
}

#[cfg(test)]
mod tests {
    use super::testing::{rows, session};

    #[test]
    fn other_names_are_known() {
        let context = session(1, 10, None);
        let sql = "SELECT element_at(ARRAY[1, 2], 2), element_at(ARRAY[1, 2], 3) IS NULL, element_at(ARRAY[1, 2], -1), \
                   codepoint('é'), split('a/b/c', '/')[2], cardinality(split('a,,b', ','))";
        assert_eq!(rows(&context, sql), ["2 true 2 233 b 3"]);
    }

    /// DataFusion's own have Trino's meaning: this is to be noticed if it changes.
    #[test]
    fn these_need_nothing() {
        let context = session(1, 10, None);
        for (call, expected) in [
            ("strpos('abc', 'c')", "3"),
            ("strpos('abc', 'x')", "0"),
            ("strpos('abc', NULL) IS NULL", "true"),
            ("regexp_like('1a 2b', '[0-9]b')", "true"),
            ("date_trunc('week', TIMESTAMP '2026-11-22 10:00:00')", "2026-11-16T00:00:00"),
            ("substr('abcdef', 2, 3)", "bcd"),
            ("starts_with('abc', 'ab')", "true"),
            ("position('b' IN 'abc')", "2"),
            ("try_cast('x' AS INT) IS NULL", "true"),
            ("nullif(1, 1) IS NULL", "true"),
            ("coalesce(NULL, 2)", "2"),
            ("lower('ABC') || upper('d')", "abcD"),
            ("replace('abc', 'b', '')", "ac"),
            ("cardinality(ARRAY[1, 2])", "2"),
            ("array_join(ARRAY['a', 'b'], ',')", "a,b"),
            ("round(2.5), round(-2.5), round(1.255, 1)", "3.0 -3.0 1.3"),
            ("1 / 2, 7 % 3, -7 / 2", "0 1 -3"),
        ] {
            assert_eq!(rows(&context, &format!("SELECT {call}")), [expected], "{call}");
        }
        let sql =
            "SELECT bool_or(x > 2), bool_and(x > 2), every(x > 0), approx_distinct(x) FROM (VALUES (1), (3)) AS v(x)";
        assert_eq!(rows(&context, sql), ["true false true 2"]);
        let of_null = "SELECT bool_or(x) IS NULL, bool_and(x) IS NULL FROM (VALUES (CAST(NULL AS BOOLEAN))) AS v(x)";
        assert_eq!(rows(&context, of_null), ["true true"]);
    }
}
