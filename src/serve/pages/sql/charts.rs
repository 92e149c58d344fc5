//! Rows of an answer as charts, where they are values over time. Pure.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit};

use crate::output::document::{Chart, Point, Series, Unit};

/// Bars of a chart; more nobody tells apart.
const MOST_BARS: i64 = 1500;
/// Charts beside each other, and lines in one.
const MOST_CHARTS: usize = 4;
const MOST_LINES: usize = 6;

/// One chart for each column of numbers, if each row is of another time; one with a line for each value of the second column, if
/// rows are a time, a value, and a number. Nothing where rows are something else, or times are not a whole number of steps apart.
pub(super) fn charts(batches: &[RecordBatch]) -> Vec<Chart> {
    of_rows(batches).unwrap_or_default()
}

fn of_rows(batches: &[RecordBatch]) -> Option<Vec<Chart>> {
    let rows = concat_batches(&batches.first()?.schema(), batches).ok()?;
    let is_time = |index: &usize| matches!(rows.column(*index).data_type(), DataType::Timestamp(..) | DataType::Date32);
    let mut times = (0..rows.num_columns()).filter(is_time);
    let (Some(time), None) = (times.next(), times.next()) else { return None };
    let others: Vec<usize> = (0..rows.num_columns()).filter(|index| *index != time).collect();
    let times = micros(rows.column(time))?;
    let scale = Scale::of(&times)?;
    let name = |index: usize| rows.schema_ref().field(index).name().clone();
    if scale.bars.len() == times.len() {
        let chart = |index: usize| {
            let line = scale.line(String::new(), times.iter().copied().zip(numbers(rows.column(index))?));
            Some(scale.chart(name(index), rows.column(index), vec![line]))
        };
        return Some(others.into_iter().filter_map(chart).take(MOST_CHARTS).collect());
    }
    let [of, value] = others[..] else { return None };
    let lines = lines(&scale, &times, &texts(rows.column(of))?, &numbers(rows.column(value))?)?;
    Some(vec![scale.chart(format!("{} by {}", name(value), name(of)), rows.column(value), lines)])
}

/// A line for each name, the highest first; none if there are too many, or a name has two values at one time.
fn lines(scale: &Scale, times: &[i64], names: &[String], values: &[Option<f64>]) -> Option<Vec<Series>> {
    let mut by_name: BTreeMap<&str, BTreeMap<i64, Option<f64>>> = BTreeMap::new();
    for ((time, name), value) in times.iter().zip(names).zip(values) {
        if by_name.entry(name).or_default().insert(*time, *value).is_some() {
            return None;
        }
    }
    let sum = |values: &BTreeMap<i64, Option<f64>>| values.values().flatten().sum::<f64>();
    let mut by_name: Vec<_> = by_name.into_iter().collect();
    by_name.sort_by(|(_, left), (_, right)| sum(right).total_cmp(&sum(left)));
    (by_name.len() <= MOST_LINES)
        .then(|| by_name.into_iter().map(|(name, values)| scale.line(name.to_owned(), values)).collect())
}

/// Bars of the same length, microseconds.
struct Scale {
    start: i64,
    step: i64,
    /// Distinct times, in their order.
    bars: Vec<i64>,
}

impl Scale {
    /// Of two times at least, whose distances are multiples of the smallest one.
    fn of(times: &[i64]) -> Option<Self> {
        let mut bars = times.to_vec();
        bars.sort_unstable();
        bars.dedup();
        let (start, end) = (*bars.first()?, *bars.last()?);
        let step = bars.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).min()?;
        let is_even = bars.iter().all(|time| time.checked_sub(start).is_some_and(|since| since % step == 0));
        (is_even && end.checked_sub(start)? / step < MOST_BARS).then_some(Self { start, step, bars })
    }

    fn line(&self, name: String, values: impl IntoIterator<Item = (i64, Option<f64>)>) -> Series {
        let bar = |time: i64| usize::try_from((time - self.start) / self.step).unwrap_or(0);
        let mut points = vec![Point::Nothing; self.bars.last().map_or(0, |end| bar(*end) + 1)];
        for (time, value) in values {
            points[bar(time)] = value.map_or(Point::Nothing, Point::Value);
        }
        Series { name, points }
    }

    fn chart(&self, title: String, values: &ArrayRef, series: Vec<Series>) -> Chart {
        let unit = if values.data_type().is_integer() { Unit::Count } else { Unit::Number };
        Chart { title, start: self.start, step: self.step, unit, series, ..Chart::default() }
    }
}

/// Microseconds since the epoch; none where one is missing.
fn micros(times: &ArrayRef) -> Option<Vec<i64>> {
    let times = cast(times, &DataType::Timestamp(TimeUnit::Microsecond, None)).ok()?;
    let times = cast(&times, &DataType::Int64).ok()?;
    (times.null_count() == 0).then(|| times.as_primitive::<Int64Type>().values().to_vec())
}

/// None where they are no numbers, or less than nothing.
fn numbers(values: &ArrayRef) -> Option<Vec<Option<f64>>> {
    if !values.data_type().is_numeric() {
        return None;
    }
    let values = cast(values, &DataType::Float64).ok()?;
    let values = values.as_primitive::<Float64Type>().iter().map(|value| value.filter(|value| value.is_finite()));
    let values: Vec<Option<f64>> = values.collect();
    // Bars begin at nothing.
    (!values.iter().flatten().any(|value| *value < 0.0)).then_some(values)
}

fn texts(values: &ArrayRef) -> Option<Vec<String>> {
    let values = cast(values, &DataType::Utf8).ok()?;
    Some(values.as_string::<i32>().iter().map(|value| value.unwrap_or("NULL").to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use alblog::time::MINUTE;
    use arrow::array::{Float64Array, Int32Array, Int64Array, StringArray, TimestampMicrosecondArray};

    use super::*;

    fn rows<const N: usize>(columns: [(&str, ArrayRef); N]) -> Vec<RecordBatch> {
        vec![RecordBatch::try_from_iter(columns).unwrap()]
    }

    fn minutes(minutes: &[i64]) -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from_iter_values(minutes.iter().map(|minute| minute * MINUTE)))
    }

    fn points(series: &Series) -> Vec<Option<f64>> {
        let value = |point: &Point| if let Point::Value(value) = point { Some(*value) } else { None };
        series.points.iter().map(value).collect()
    }

    #[test]
    fn each_number_over_time_is_a_chart() {
        let answer = rows([
            ("minute", minutes(&[12, 10, 11, 14])),
            ("host", Arc::new(StringArray::from(vec!["a"; 4]))),
            ("requests", Arc::new(Int64Array::from(vec![3, 1, 2, 5]))),
            ("p99", Arc::new(Float64Array::from(vec![Some(0.3), None, Some(f64::NAN), Some(0.5)]))),
        ]);
        let charts = charts(&answer);
        let titles: Vec<&str> = charts.iter().map(|chart| chart.title.as_str()).collect();
        assert_eq!((titles, charts[0].start, charts[0].step), (vec!["requests", "p99"], 10 * MINUTE, MINUTE));
        assert_eq!(points(&charts[0].series[0]), [Some(1.0), Some(2.0), Some(3.0), None, Some(5.0)]);
        assert_eq!(points(&charts[1].series[0]), [None, None, Some(0.3), None, Some(0.5)]);
    }

    #[test]
    fn a_value_beside_the_time_makes_lines() {
        let answer = rows([
            ("minute", minutes(&[10, 10, 11])),
            ("status", Arc::new(Int32Array::from(vec![Some(200), None, Some(200)]))),
            ("requests", Arc::new(Int64Array::from(vec![1, 9, 2]))),
        ]);
        let charts = charts(&answer);
        let lines: Vec<_> = charts[0].series.iter().map(|line| (line.name.as_str(), points(line))).collect();
        assert_eq!(lines, [("NULL", vec![Some(9.0), None]), ("200", vec![Some(1.0), Some(2.0)])]);
        assert_eq!(charts[0].title, "requests by status");
    }

    #[test]
    fn other_rows_are_no_chart() {
        let count = |many: usize| -> ArrayRef { Arc::new(Int64Array::from(vec![1; many])) };
        let far = minutes(&[0, 1, i64::from(u32::MAX)]);
        for answer in [
            vec![],
            rows([("requests", count(1))]),
            rows([("minute", minutes(&[10])), ("requests", count(1))]),
            // One name twice at a time; times that no step fits; too many bars; two times.
            rows([("minute", minutes(&[1, 1, 2])), ("status", count(3)), ("requests", count(3))]),
            rows([("minute", minutes(&[1, 3, 6])), ("requests", count(3))]),
            rows([("minute", far), ("requests", count(3))]),
            rows([("from", minutes(&[1, 2])), ("until", minutes(&[2, 3])), ("requests", count(2))]),
            rows([("minute", minutes(&[1, 2])), ("change", Arc::new(Int64Array::from(vec![1, -1])))]),
            rows([("minute", minutes(&[1, 2])), ("host", Arc::new(StringArray::from(vec!["a"; 2])))]),
        ] {
            assert_eq!(charts(&answer), [], "{answer:?}");
        }
    }
}
