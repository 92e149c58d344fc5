//! `to_unixtime(time)`, the seconds since 1970 as a DOUBLE with their fraction, and `from_unixtime(seconds)`, the time in
//! UTC that many seconds after 1970 began.
//!
//! Times keep their microseconds, where Trino rounds to milliseconds; a number that no time has is NULL. DataFusion's
//! functions of these names count whole seconds.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Float64Array, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{
    DataType, Float64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::ColumnarValue;

use super::scalar::{Argument, Function, utc};

/// Microseconds in a second.
const MICROS: f64 = 1e6;

/// `to_unixtime`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct ToUnixtime;

impl Function for ToUnixtime {
    const NAME: &'static str = "to_unixtime";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Time]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Float64
    }

    #[expect(clippy::cast_precision_loss, reason = "exact until the year 2255, and in Trino as well")]
    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let times = arguments[0].to_array(rows)?;
        let DataType::Timestamp(unit, _) = times.data_type() else {
            return internal_err!("to_unixtime was given {}", times.data_type());
        };
        let seconds: Float64Array = match unit {
            TimeUnit::Second => times.as_primitive::<TimestampSecondType>().unary(|time| time as f64),
            TimeUnit::Millisecond => times.as_primitive::<TimestampMillisecondType>().unary(|time| time as f64 / 1e3),
            TimeUnit::Microsecond => {
                times.as_primitive::<TimestampMicrosecondType>().unary(|time| time as f64 / MICROS)
            }
            TimeUnit::Nanosecond => times.as_primitive::<TimestampNanosecondType>().unary(|time| time as f64 / 1e9),
        };
        Ok(Arc::new(seconds))
    }
}

/// `from_unixtime`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct FromUnixtime;

impl Function for FromUnixtime {
    const NAME: &'static str = "from_unixtime";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Double]];

    fn answer(_arguments: &[DataType]) -> DataType {
        utc()
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let seconds = arguments[0].to_array(rows)?;
        let times: TimestampMicrosecondArray = seconds.as_primitive::<Float64Type>().unary_opt(micros);
        Ok(Arc::new(times.with_timezone("UTC")))
    }
}

/// The microsecond nearest to these seconds, the later one if there are two.
#[expect(clippy::cast_possible_truncation, reason = "its size is checked")]
fn micros(seconds: f64) -> Option<i64> {
    /// The year 9999, beyond which times cannot be shown.
    const LIMIT: f64 = 253_402_300_800.0;
    let micros = seconds * MICROS;
    (seconds.abs() < LIMIT).then(|| micros.floor() as i64 + i64::from(micros - micros.floor() >= 0.5))
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::TimestampMicrosecondArray;
    use datafusion::prelude::SessionContext;
    use proptest::prelude::*;

    use super::*;
    use crate::ask::query::functions::testing::{add_table, error, rows, session};

    fn one(sql: &str) -> String {
        rows(&session(1, 10, None), sql).join("\n")
    }

    fn with_times(times: &[Option<i64>]) -> SessionContext {
        let context = session(4, 3, None);
        let times = times.iter().copied().collect::<TimestampMicrosecondArray>().with_timezone("UTC");
        add_table(&context, vec![("time", Arc::new(times))], 2);
        context
    }

    #[test]
    fn seconds_have_their_fraction() {
        assert_eq!(one("SELECT to_unixtime(TIMESTAMP '2026-11-20T14:05:00.123456')"), "1795183500.123456");
        assert_eq!(one("SELECT to_unixtime(TIMESTAMP '1969-12-31T23:59:59.5Z')"), "-0.5");
        assert_eq!(one("SELECT to_unixtime(DATE '1970-01-02'), to_unixtime(NULL) IS NULL"), "86400.0 true");
        for unit in ["s", "ms", "us", "ns"] {
            assert_eq!(
                one(&format!("SELECT to_unixtime(arrow_cast('1970-01-01T00:01:00', 'Timestamp({unit})'))")),
                "60.0"
            );
        }
        let context = with_times(&[Some(1), None, Some(-2_500_000)]);
        assert_eq!(rows(&context, "SELECT to_unixtime(time) AS s FROM t ORDER BY s"), ["-2.5", "1e-6", ""]);
    }

    #[test]
    fn times_are_in_utc_to_the_microsecond() {
        assert_eq!(one("SELECT from_unixtime(1795183500.123456)"), "2026-11-20T14:05:00.123456Z");
        assert_eq!(
            one("SELECT from_unixtime(-0.5), from_unixtime(60)"),
            "1969-12-31T23:59:59.500Z 1970-01-01T00:01:00Z"
        );
        assert_eq!(one("SELECT arrow_typeof(from_unixtime(0))"), "Timestamp(µs, \"UTC\")");
        for none in ["NULL", "CAST('NaN' AS DOUBLE)", "1e300", "-1e300", "CAST('inf' AS DOUBLE)", "253402300800"] {
            assert_eq!(one(&format!("SELECT from_unixtime({none}) IS NULL")), "true", "{none}");
        }
    }

    #[test]
    fn time_is_cut_into_buckets() {
        let context = with_times(&[Some(299_999_999), Some(300_000_000), None, Some(-1), Some(0)]);
        let sql =
            "SELECT from_unixtime(floor(to_unixtime(time) / 300) * 300) AS b, count(*) FROM t GROUP BY 1 ORDER BY 1";
        let expected = ["1969-12-31T23:55:00Z 1", "1970-01-01T00:00:00Z 2", "1970-01-01T00:05:00Z 1", "1"];
        assert_eq!(rows(&context, sql), expected);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        let context = session(1, 10, None);
        let message = error(&context, "SELECT to_unixtime('2026-11-20')");
        assert!(message.contains("to_unixtime takes (time), not (Utf8)"), "{message}");
        assert!(error(&context, "SELECT from_unixtime('1')").contains("from_unixtime takes (double), not (Utf8)"));
        assert!(error(&context, "SELECT from_unixtime(1, 'UTC')").contains("not (Int64, Utf8)"));
    }

    proptest! {
        #[test]
        fn times_come_back(time in -60_000_000_000_000_000..250_000_000_000_000_000_i64) {
            #[expect(clippy::cast_precision_loss, reason = "as the function does")]
            let back = micros(time as f64 / MICROS).unwrap();
            // Beyond the year 2112, doubles are too far apart to tell microseconds apart.
            prop_assert!(back == time || time.abs() > 1 << 51 && back.abs_diff(time) <= 64);
        }
    }
}
