//! Lengths of time in answers, written as Trino writes them: `1 02:00:00.000`, and `1-2` of years and months.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, DurationMicrosecondType, Int64Type, IntervalMonthDayNanoType, IntervalUnit, TimeUnit,
};

/// Whether values of this type are lengths of time.
pub(super) fn is_length(kind: &DataType) -> bool {
    matches!(kind, DataType::Duration(_) | DataType::Interval(IntervalUnit::MonthDayNano))
}

/// The lengths as text; what are none stay.
pub(super) fn written(lengths: &ArrayRef) -> ArrayRef {
    match lengths.data_type() {
        DataType::Duration(_) => {
            let Ok(micros) = cast(lengths, &DataType::Duration(TimeUnit::Microsecond)) else {
                return Arc::clone(lengths);
            };
            let micros = micros.as_primitive::<DurationMicrosecondType>().reinterpret_cast::<Int64Type>();
            Arc::new(micros.iter().map(|length| length.map(day_to_second)).collect::<StringArray>())
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let lengths = lengths.as_primitive::<IntervalMonthDayNanoType>();
            let text = |row: usize| {
                if lengths.is_null(row) {
                    return None;
                }
                let length = lengths.value(row);
                Some(if length.months == 0 {
                    day_to_second(i64::from(length.days) * 86_400_000_000 + length.nanoseconds / 1000)
                } else {
                    let sign = if length.months < 0 { "-" } else { "" };
                    format!("{sign}{}-{}", length.months.unsigned_abs() / 12, length.months.unsigned_abs() % 12)
                })
            };
            Arc::new((0..lengths.len()).map(text).collect::<StringArray>())
        }
        _ => Arc::clone(lengths),
    }
}

fn day_to_second(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let millis = micros.unsigned_abs() / 1000;
    let seconds = millis / 1000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    format!("{sign}{days} {hours:02}:{minutes:02}:{:02}.{:03}", seconds % 60, millis % 1000)
}

#[cfg(test)]
mod tests {
    use super::day_to_second;

    #[test]
    fn days_stand_before_hours() {
        assert_eq!(day_to_second(90_000_000_000), "1 01:00:00.000");
        assert_eq!(day_to_second(-43_500), "-0 00:00:00.043");
    }
}
