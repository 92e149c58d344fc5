//! The functions that queries written for Athena use and `DataFusion` lacks or understands otherwise, with Trino's names
//! and meanings; one module a function.

mod any_value;
mod approx_percentile;
mod arrays;
mod average;
mod bounded;
mod concat_operator;
mod conditional;
mod contains;
mod count_if;
mod date_parts;
mod datetime;
mod higher_order;
mod json;
mod kinds;
mod math;
mod min_by;
mod modulo;
mod network;
mod null_if_any;
mod regexp;
mod row_hash;
mod rows;
mod scalar;
mod selection;
mod split_part;
mod strings;
#[cfg(test)]
mod testing;
mod text;
mod unixtime;
mod url;

use std::sync::Arc;

use datafusion::functions::datetime::date_bin;
use datafusion::functions::string::{ascii, levenshtein};
use datafusion::functions_aggregate::bool_and_or::bool_and_udaf;
use datafusion::functions_aggregate::variance::var_samp_udaf;
use datafusion::logical_expr::{AggregateUDF, ScalarUDF};
use datafusion::prelude::SessionContext;

pub(super) use scalar::{Extent, moment, utc};
use scalar::{Function, Scalar};

pub use approx_percentile::Rounding;
pub(super) use arrays::{map_of, maps, places, subscript};
pub(super) use concat_operator::BoundedConcat;
pub(super) use datetime::shown_by_clocks;
pub(super) use network::IN_ORDER;
pub use regexp::is_pattern;

/// Makes the functions known to a session, whose percentiles will tell `rounding` if they are not exact.
pub fn register(context: &SessionContext, rounding: &Rounding) {
    context.register_udaf(AggregateUDF::from(any_value::AnyValue::default()));
    context.register_udaf(AggregateUDF::from(approx_percentile::ApproxPercentile::new(rounding.clone())));
    context.register_udaf(AggregateUDF::from(count_if::CountIf::default()));
    context.register_udaf(AggregateUDF::from(min_by::By::greatest()));
    context.register_udaf(AggregateUDF::from(min_by::By::least()));
    register_scalars(context);
    context.register_udf(ScalarUDF::from(arrays::ArrayPosition::default()));
    context.register_udf(ScalarUDF::from(arrays::ArraySort::default()));
    context.register_udf(ScalarUDF::from(arrays::CountedValues::default()));
    context.register_udf(ScalarUDF::from(arrays::ElementAt::default()));
    context.register_udf(ScalarUDF::from(arrays::MapConcat::default()));
    context.register_udf(ScalarUDF::from(arrays::NGrams::default()));
    context.register_udf(ScalarUDF::from(arrays::PairedValues::all()));
    context.register_udf(ScalarUDF::from(arrays::PairedValues::firsts()));
    context.register_udf(ScalarUDF::from(arrays::Sequence::default()));
    context.register_udf(ScalarUDF::from(arrays::Slice::default()));
    context.register_udf(ScalarUDF::from(kinds::TypeOf::default()));
    context.register_udf(ScalarUDF::from(strings::Format::default()));
    context.register_udf(ScalarUDF::from(strings::hex::ToHex::default()));
    context.register_udf(ScalarUDF::from(math::Sign::default()));
    context.register_udf(ScalarUDF::from(math::WidthBucket::default()));
    for function in math::rounding() {
        context.register_udf(function);
    }
    context.register_udaf(AggregateUDF::from(average::Average::default()));
    context.register_udf(ScalarUDF::from(conditional::If::default()));
    context.register_udf(ScalarUDF::from(contains::Contains::default()));
    context.register_udf(ScalarUDF::from(row_hash::RowHash::default()));
    for function in null_if_any::all() {
        context.register_udf(function);
    }
    higher_order::register(context);
    bounded::bound(context);
    for (function, name) in same_by_another_name() {
        context.register_udf(function.as_ref().clone().with_aliases([name]));
    }
    context.register_udaf(bool_and_udaf().as_ref().clone().with_aliases(["every"]));
    context.register_udaf(var_samp_udaf().as_ref().clone().with_aliases(["variance"]));
}

/// Functions that look at one row, their arguments of a few types only.
fn register_scalars(context: &SessionContext) {
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
    register_scalar::<datetime::CurrentTimezone>(context);
    register_scalar::<datetime::Date>(context);
    register_scalar::<datetime::DateAdd>(context);
    register_scalar::<datetime::DateDiff>(context);
    register_scalar::<datetime::FromIso8601Date>(context);
    register_scalar::<datetime::FromIso8601Timestamp>(context);
    register_scalar::<datetime::HumanReadableSeconds>(context);
    register_scalar::<datetime::LastDayOfMonth>(context);
    register_scalar::<datetime::ParseDuration>(context);
    register_scalar::<datetime::Reads<datetime::Joda>>(context);
    register_scalar::<datetime::Reads<datetime::MySql>>(context);
    register_scalar::<datetime::TimezoneHour>(context);
    register_scalar::<datetime::TimezoneMinute>(context);
    register_scalar::<datetime::ToIso8601>(context);
    register_scalar::<datetime::Writes<datetime::Joda>>(context);
    register_scalar::<datetime::Writes<datetime::MySql>>(context);
    register_scalar::<datetime::YearOfWeek>(context);
    register_scalar::<json::IsJsonScalar>(context);
    register_scalar::<json::JsonArrayContains>(context);
    register_scalar::<json::JsonArrayGet>(context);
    register_scalar::<json::JsonArrayLength>(context);
    register_scalar::<json::JsonExtract>(context);
    register_scalar::<json::JsonExtractScalar>(context);
    register_scalar::<json::JsonFormat>(context);
    register_scalar::<json::JsonParse>(context);
    register_scalar::<json::JsonSize>(context);
    register_scalar::<math::BitCount>(context);
    register_scalar::<math::BitwiseAnd>(context);
    register_scalar::<math::BitwiseLeftShift>(context);
    register_scalar::<math::BitwiseNot>(context);
    register_scalar::<math::BitwiseOr>(context);
    register_scalar::<math::BitwiseRightShift>(context);
    register_scalar::<math::BitwiseRightShiftArithmetic>(context);
    register_scalar::<math::BitwiseXor>(context);
    register_scalar::<math::FromBase>(context);
    register_scalar::<math::Infinity>(context);
    register_scalar::<math::IsFinite>(context);
    register_scalar::<math::IsInfinite>(context);
    register_scalar::<math::IsNan>(context);
    register_scalar::<math::Nan>(context);
    register_scalar::<math::ToBase>(context);
    register_scalar::<modulo::Mod>(context);
    register_scalar::<network::IpIn>(context);
    register_scalar::<regexp::RegexpCount>(context);
    register_scalar::<regexp::RegexpExtract>(context);
    register_scalar::<regexp::RegexpExtractAll>(context);
    register_scalar::<regexp::RegexpLike>(context);
    register_scalar::<regexp::RegexpPosition>(context);
    register_scalar::<regexp::RegexpReplace>(context);
    register_scalar::<regexp::RegexpSplit>(context);
    register_scalar::<split_part::SplitPart>(context);
    register_scalar::<strings::Crc32>(context);
    register_scalar::<strings::FromBase64>(context);
    register_scalar::<strings::FromBase64Url>(context);
    register_scalar::<strings::FromHex>(context);
    register_scalar::<strings::FromUtf8>(context);
    register_scalar::<strings::HammingDistance>(context);
    register_scalar::<strings::Lower>(context);
    register_scalar::<strings::Normalize>(context);
    register_scalar::<strings::Sha1>(context);
    register_scalar::<strings::Soundex>(context);
    register_scalar::<strings::Split>(context);
    register_scalar::<strings::SplitToMap>(context);
    register_scalar::<strings::Strpos>(context);
    register_scalar::<strings::Substr>(context);
    register_scalar::<strings::ToBase64>(context);
    register_scalar::<strings::ToBase64Url>(context);
    register_scalar::<strings::ToUtf8>(context);
    register_scalar::<strings::Upper>(context);
    register_scalar::<strings::UrlEncode>(context);
    register_scalar::<strings::XxHash64>(context);
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
}

/// Functions that mean what Trino's of these names do.
fn same_by_another_name() -> [(Arc<ScalarUDF>, &'static str); 3] {
    [(ascii(), "codepoint"), (levenshtein(), "levenshtein_distance"), (date_bin(), "time_bucket")]
}

/// What is Trino's in statements of Athena's SQL only.
pub(super) fn register_trinos(context: &SessionContext, rounding: &Rounding) {
    context.register_udf(ScalarUDF::from(datetime::DateTrunc::default()));
    context.register_udaf(AggregateUDF::from(approx_percentile::ApproxPercentile::as_in_trino(rounding.clone())));
    register_scalar::<network::InOrder>(context);
}

/// `element_at` as a function that is planned.
pub(super) fn element_at() -> ScalarUDF {
    ScalarUDF::from(arrays::ElementAt::default())
}

/// `substr` as a function that is planned.
pub(super) fn substr() -> ScalarUDF {
    ScalarUDF::from(Scalar::<strings::Substr>::default())
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
