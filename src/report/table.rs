//! A table from an answer and its file's header: rows and their bars, the total, and how much is not shown.

use std::collections::BTreeMap;

use super::answer::{Answer, AnswerRow};
use super::dimensions::heading;
use super::pods;
use super::query_file::{ColumnHeader, QueryFile};
use super::session::Session;
use crate::output::document::{Column, Point, Row, Table, Unit, Value};
use crate::output::human;

/// Columns that say what a row is for, and are not shown.
const RESERVED: [&str; 3] = ["part", "bucket", "of_rows"];

/// The table: rows, bars, total, and what is not shown.
pub(super) fn table(session: &Session, answer: &Answer) -> Table {
    table_of(session, answer, "row", None)
}

/// The same of another part of the answer, and perhaps of fewer rows.
pub(super) fn table_of(session: &Session, answer: &Answer, name: &'static str, most: Option<usize>) -> Table {
    let file = &session.question.file;
    let headers = headers(session, answer);
    let names = names(session, answer, &headers);
    let rows: Vec<AnswerRow> = answer.part(name).collect();
    let top = if session.question.top == 0 { usize::MAX } else { most.unwrap_or(session.question.top) };
    let shown = rows.len().min(top);
    let mut columns: Vec<Column> = headers.iter().map(column).collect();
    let mut drawn: Vec<Row> = rows[..shown].iter().map(|row| Row::new(cells(*row, &headers, &names))).collect();
    for bars in &file.bars {
        let Some(of) = headers.iter().find(|header| header.name == bars.name) else { continue };
        columns.push(Column {
            name: format!("{}_over_time", bars.name),
            heading: bars.text.replace("{bucket}", &session.bars.label()),
            unit: Unit::Series,
            expendable: 1,
            ..Column::default()
        });
        let series = series(session, answer, file, of);
        for (row, drawn) in rows.iter().zip(&mut drawn) {
            let points = series.get(&key(file, *row)).cloned();
            drawn.values.push(points.map_or(Value::Null, Value::Series));
        }
    }
    let total = answer.part("total").next();
    let more = more(file, &rows, shown, total, &headers);
    let total = total.map(|row| labelled("total", cells(row, &headers, &names), &columns));
    let empty = drawn.is_empty().then(|| nothing(session, answer));
    Table { title: None, columns, rows: drawn, total, more, empty }
}

/// Why there are no rows.
fn nothing(session: &Session, answer: &Answer) -> String {
    let file = &session.question.file;
    let counted = |total: AnswerRow| {
        file.left_out.iter().map(|it| it.name.as_str()).chain(["requests"]).any(|name| total.count(name) > 0)
    };
    if let Some(text) = file.empty.as_ref().filter(|_| answer.part("total").any(counted)) {
        return text.clone();
    }
    match session.delivery.span {
        None => "no rows".to_owned(),
        Some((from, to)) => {
            format!("no rows; the logs reach from {} to {} UTC", super::head::moment(from), super::head::moment(to))
        }
    }
}

/// The columns that are shown.
fn headers(session: &Session, answer: &Answer) -> Vec<ColumnHeader> {
    let file = &session.question.file;
    if !file.columns.is_empty() {
        // Where all rows are of the same, nothing has to be said of what.
        let is_empty = |header: &ColumnHeader| answer.rows().all(|row| row.value(&header.name) == Value::Null);
        let is_of_all = |header: &ColumnHeader| header.name == "name" && session.question.by() == Some("all");
        let is_shown = |header: &&ColumnHeader| !(is_of_all(header) || header.is_known_only && is_empty(header));
        return file.columns.iter().filter(is_shown).map(|header| by_what(session, header)).collect();
    }
    let names = answer.names().iter().filter(|name| !RESERVED.contains(&name.as_str()));
    names
        .map(|name| ColumnHeader {
            name: name.clone(),
            unit: answer.unit(name),
            heading: name.clone(),
            ..ColumnHeader::default()
        })
        .collect()
}

/// The column `name` is called by what `--by` makes of rows: the header's heading is that of the default.
fn by_what(session: &Session, header: &ColumnHeader) -> ColumnHeader {
    let file = &session.question.file;
    let default = file.parameter("by").and_then(|by| by.default.as_deref());
    let mut header = header.clone();
    if let Some(by) = session.question.by().filter(|by| header.name == "name" && Some(*by) != default) {
        header.heading = heading(by);
    }
    header
}

fn column(header: &ColumnHeader) -> Column {
    Column {
        name: header.name.clone(),
        heading: header.heading.clone(),
        group: header.group.clone(),
        unit: header.unit,
        expendable: header.expendable,
        private: header.private,
        ..Column::default()
    }
}

/// What ARNs and load balancers in the answer are called.
fn names(session: &Session, answer: &Answer, headers: &[ColumnHeader]) -> BTreeMap<String, String> {
    let texts = headers.iter().filter(|header| header.unit == Unit::Text);
    let mut ids: Vec<&str> = texts.flat_map(|header| answer.rows().filter_map(|row| row.text(&header.name))).collect();
    ids.retain(|text| text.starts_with("arn:") || text.starts_with("app/"));
    ids.sort_unstable();
    ids.dedup();
    (session.question.names)(&ids)
}

fn cells(row: AnswerRow, headers: &[ColumnHeader], names: &BTreeMap<String, String>) -> Vec<Value> {
    let cell = |header: &ColumnHeader| match cell(row.value(&header.name), header.unit, names) {
        // Its namespace is that of the target group.
        Value::Text(id) if header.name == pods::COLUMN => Value::Name { shown: pods::name(&id).to_owned(), id },
        value => value,
    };
    headers.iter().map(cell).collect()
}

/// A value as its column's unit wants it.
#[expect(clippy::cast_possible_truncation, reason = "a bar's begin or a time of these logs; casts saturate")]
fn cell(value: Value, unit: Unit, names: &BTreeMap<String, String>) -> Value {
    match (value, unit) {
        (Value::Text(id), _) => match names.get(&id) {
            Some(shown) if *shown != id => Value::Name { shown: shown.clone(), id },
            _ => Value::Text(id),
        },
        // Seconds since the epoch, as SQL counts them.
        (Value::Float(seconds), Unit::Time) => Value::Int((seconds * 1e6) as i64),
        (Value::Float(number), Unit::Count | Unit::Bytes | Unit::Code) => Value::Int(number.round() as i64),
        (value, _) => value,
    }
}

fn key(file: &QueryFile, row: AnswerRow) -> Vec<String> {
    file.key.iter().map(|name| row.value(name).humane(Unit::Text)).collect()
}

/// Bars by the key of their row.
fn series(
    session: &Session,
    answer: &Answer,
    file: &QueryFile,
    of: &ColumnHeader,
) -> BTreeMap<Vec<String>, Vec<Point>> {
    let mut given: BTreeMap<Vec<String>, Vec<(i64, Option<f64>)>> = BTreeMap::new();
    for row in answer.part("point") {
        if let Some(time) = row.bucket() {
            given.entry(key(file, row)).or_default().push((time, row.float(&of.name)));
        }
    }
    let points = |given| session.bars.points(given, empty(of.unit), session.delivered_to());
    given.into_iter().map(|(key, given)| (key, points(given))).collect()
}

/// What a bar without rows is: a count of nothing is 0, a percentile of nothing is none.
pub(super) fn empty(unit: Unit) -> Point {
    if matches!(unit, Unit::Count | Unit::Bytes) { Point::Value(0.0) } else { Point::Nothing }
}

/// The rows beyond those shown, as one: how many, if that is known, and the sums of what can be summed.
fn more(
    file: &QueryFile,
    rows: &[AnswerRow],
    shown: usize,
    total: Option<AnswerRow>,
    headers: &[ColumnHeader],
) -> Option<Row> {
    let sum_of = |rows: &[AnswerRow], name: &str| rows.iter().filter_map(|row| row.int(name)).sum::<i64>();
    let all = |name: &str| total.and_then(|total| total.int(name));
    // Of what there may be millions of, the statement gives the first ones, and the total tells whether there are others.
    let counted = headers.iter().find(|header| header.unit == Unit::Count).map(|header| header.name.as_str());
    let is_cut = file.parameter("lines").is_some()
        && counted.is_some_and(|name| all(name).is_some_and(|all| all > sum_of(rows, name)));
    let of_rows = rows.first().and_then(|row| row.int("of_rows")).and_then(|all| usize::try_from(all).ok());
    let hidden = of_rows.unwrap_or(rows.len()).saturating_sub(shown);
    if hidden == 0 && !is_cut {
        return None;
    }
    let are_all_here = !is_cut && of_rows.is_none_or(|all| all == rows.len());
    let sum = |header: &ColumnHeader| {
        // What is the largest of something has no sum.
        if !matches!(header.unit, Unit::Count | Unit::Bytes) || header.name.ends_with("_max") {
            return Value::Null;
        }
        if are_all_here {
            return Value::Int(sum_of(&rows[shown..], &header.name));
        }
        let all = all(&header.name);
        all.map_or(Value::Null, |all| Value::Int(all - sum_of(&rows[..shown], &header.name)))
    };
    let mut values: Vec<Value> = headers.iter().map(sum).collect();
    if let Some(first) = values.first_mut() {
        let number = if is_cut { "all others".to_owned() } else { format!("{} more", human::count(hidden as u64)) };
        *first = Value::Text(format!("{number} (--top 0)"));
    }
    Some(Row::new(values))
}

/// A row whose first column is a label; texts of a total mean nothing.
fn labelled(label: &str, mut values: Vec<Value>, columns: &[Column]) -> Row {
    for (value, column) in values.iter_mut().zip(columns) {
        if matches!(column.unit, Unit::Text | Unit::Code | Unit::Time) {
            *value = Value::Text(String::new());
        }
    }
    if let Some(first) = values.first_mut() {
        *first = Value::Text(label.to_owned());
    }
    values.resize(columns.len(), Value::Text(String::new()));
    Row::new(values)
}
