//! `year(time)`, `quarter`, `month`, `week`, `day`, `day_of_week` (from Monday, 1), `day_of_year`, `hour`, `minute`, `second`
//! and `millisecond`: what `extract(… FROM time)` says, by Trino's short names, on the clocks of the
//! time's zone.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::compute::{DatePart, cast, date_part};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use super::scalar::{Argument, Function};

/// Defines a function for a part of a time.
macro_rules! part {
    ($function:ident, $name:literal, $aliases:expr, $part:expr) => {
        #[doc = concat!("`", $name, "`.")]
        #[derive(Debug, Default, PartialEq, Eq, Hash)]
        pub(super) struct $function;

        impl Function for $function {
            const NAME: &'static str = $name;
            const ALIASES: &'static [&'static str] = &$aliases;
            const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Time]];

            fn answer(_arguments: &[DataType]) -> DataType {
                DataType::Int64
            }

            fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
                Ok(cast(&date_part(&arguments[0].to_array(rows)?, $part)?, &DataType::Int64)?)
            }
        }
    };
}

part!(Year, "year", [], DatePart::Year);
part!(Quarter, "quarter", [], DatePart::Quarter);
part!(Month, "month", [], DatePart::Month);
part!(Week, "week", ["week_of_year"], DatePart::WeekISO);
part!(Day, "day", ["day_of_month"], DatePart::Day);
part!(DayOfWeek, "day_of_week", ["dow"], DatePart::DayOfWeekMonday1);
part!(DayOfYear, "day_of_year", ["doy"], DatePart::DayOfYear);
part!(Hour, "hour", [], DatePart::Hour);
part!(Minute, "minute", [], DatePart::Minute);
part!(Second, "second", [], DatePart::Second);
part!(Millisecond, "millisecond", [], DatePart::Millisecond);

#[cfg(test)]
mod tests {
    use crate::ask::query::functions::testing::{error, rows, session};

    #[test]
    fn parts_are_those_of_extract() {
        let context = session(1, 10, None);
        let parts = |time: &str| {
            let call = |part| format!("{part}({time})");
            let parts =
                ["year", "quarter", "month", "week", "day", "day_of_week", "day_of_year", "hour", "minute", "second"];
            let calls: Vec<_> = parts.into_iter().chain(["millisecond"]).map(call).collect();
            rows(&context, &format!("SELECT {}", calls.join(", "))).join("\n")
        };
        assert_eq!(parts("TIMESTAMP '2026-11-22T14:05:09.0129'"), "2026 4 11 47 22 7 326 14 5 9 12");
        assert_eq!(parts("DATE '2027-01-01'"), "2027 1 1 53 1 5 1 0 0 0 0");
        let extracts = "SELECT extract(hour FROM TIMESTAMP '2026-11-22T14:05:09'), dow(DATE '2026-11-23'), \
                        doy(DATE '2026-02-01'), arrow_typeof(hour(now())), hour(NULL) IS NULL";
        assert_eq!(rows(&context, extracts), ["14 1 32 Int64 true"]);
        let zoned = "SELECT hour(from_iso8601_timestamp('2026-11-22T23:30:00Z') AT TIME ZONE 'Europe/Berlin'), \
                     day(from_iso8601_timestamp('2026-11-22T23:30:00Z') AT TIME ZONE 'Europe/Berlin'), \
                     minute(from_iso8601_timestamp('2026-11-22T23:30:00Z') AT TIME ZONE '+05:30')";
        assert_eq!(rows(&context, zoned), ["0 23 0"]);
        assert!(error(&context, "SELECT hour('2026-11-22')").contains("hour takes (time), not (Utf8)"));
    }
}
