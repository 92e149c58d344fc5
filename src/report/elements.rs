//! What reports of their own have in common: sentences, times in them, and charts of counts. Pure but for the session's bars.

use std::collections::BTreeMap;
use std::ops::Range;

use alblog::time::Date;

use super::session::Session;
use crate::base::clock;
use crate::output::document::{Chart, Column, Finding, Point, Series, Table, Tone, Unit, Value};

/// A sentence with a label.
pub(super) fn finding(label: &str, text: impl Into<String>, tone: Tone) -> Finding {
    Finding { label: label.to_owned(), text: text.into(), tone }
}

/// `02:51:08`, with its day where the window has several.
pub(super) fn at(time: i64, span: &Range<i64>) -> String {
    let is_one_day = Date::of(span.start) == Date::of((span.end - 1).max(span.start));
    if is_one_day && Date::of(time) == Date::of(span.start) {
        clock::time_of_day_in_seconds(time)
    } else {
        clock::to_the_second(time)
    }
}

/// `34.1 %`
pub(super) fn share(part: u64, whole: u64) -> String {
    share_value(part, whole).humane(Unit::Share)
}

/// As a value of a column of shares.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
pub(super) fn share_value(part: u64, whole: u64) -> Value {
    if whole == 0 { Value::Null } else { Value::Float(part as f64 / whole as f64) }
}

/// The name of the column that [`add_since`] adds.
pub(super) const SINCE: &str = "since";

/// Adds when each row was bad as a last column: `10:50–11:30`, `from 10:50 on`.
pub(super) fn add_since(table: &mut Table, heading: &str, values: impl IntoIterator<Item = Option<String>>) {
    if table.columns.is_empty() {
        return;
    }
    table.columns.push(Column { expendable: 1, ..Column::new(SINCE, heading, Unit::Text) });
    for (row, when) in table.rows.iter_mut().zip(values) {
        row.values.push(when.map_or(Value::Null, Value::Text));
    }
    for row in table.total.iter_mut().chain(&mut table.more) {
        row.values.push(Value::Null);
    }
}

/// Takes a column out of a table.
pub(super) fn remove_column(table: &mut Table, name: &str) {
    let Some(index) = table.columns.iter().position(|column| column.name == name) else { return };
    table.columns.remove(index);
    for row in table.rows.iter_mut().chain(&mut table.total).chain(&mut table.more) {
        if index < row.values.len() {
            row.values.remove(index);
        }
    }
}

/// As a value of a column of counts.
pub(super) fn count_value(count: u64) -> Value {
    i64::try_from(count).map_or(Value::Null, Value::Int)
}

/// Counts over time, a line for each name; counts of the same bar are added up. `title` may hold `{bucket}`.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
pub(super) fn chart<'a>(
    session: &Session,
    title: &str,
    series: impl IntoIterator<Item = (&'a str, Vec<(i64, u64)>)>,
) -> Chart {
    let points = |counts: Vec<(i64, u64)>| {
        let mut sums: BTreeMap<i64, u64> = BTreeMap::new();
        for (time, count) in counts {
            *sums.entry(time).or_default() += count;
        }
        let given = sums.into_iter().map(|(time, count)| (time, Some(count as f64)));
        session.bars.points(given, Point::Value(0.0), session.delivered_to())
    };
    let series = series.into_iter().map(|(name, counts)| Series { name: name.to_owned(), points: points(counts) });
    Chart {
        title: title.replace("{bucket}", &session.bars.label().to_lowercase()),
        start: session.bars.start,
        step: session.bars.step,
        unit: Unit::Count,
        series: series.collect(),
        marks: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use alblog::time::DAY;

    use super::*;

    #[test]
    fn times_have_their_day_where_there_are_several() {
        const AT: i64 = 1_795_316_892_123_456;
        let day = AT / DAY * DAY;
        assert_eq!(at(AT, &(day..day + DAY)), "03:08:12");
        assert_eq!(at(AT, &(day..day + DAY + 1)), "2026-11-22 03:08:12");
        assert_eq!(at(AT, &(day - 5..day)), "2026-11-22 03:08:12", "outside");
    }

    #[test]
    fn shares_of_nothing_are_none() {
        assert_eq!((share(1, 3), share(1, 0)), ("33.3 %".to_owned(), "–".to_owned()));
    }
}
