//! A document from an answer and its file's header alone: what most reports are, and every file of a user's own.
//!
//! An answer may have a column `part` that says what a row is for: a `row` of the table, a `point` of a row's bars, a
//! point of a chart (`time`), the `total`. Without it every row is one of the table. Points have a column `bucket`, the
//! begin of a bar in seconds since the epoch. One statement with GROUPING SETS gives all of them in one scan.

use std::collections::BTreeMap;

use super::answer::{Answer, AnswerRow};
use super::head::head;
use super::query_file::{ColumnHeader, QueryFile};
use super::session::Session;
use crate::fleet::inventory::target_groups::target_group_name;
use crate::output::document::{Block, Chart, Column, Document, Next, Note, Point, Row, Series, Table, Unit, Value};
use crate::output::human;

/// Columns that say what a row is for, and are not shown.
const RESERVED: [&str; 3] = ["part", "bucket", "of_rows"];

/// The whole document.
pub(super) fn document(session: &Session, answer: &Answer) -> Document {
    let file = &session.question.file;
    let mut blocks = Vec::new();
    let mut document = begin(session);
    blocks.extend(charts(session, answer).into_iter().map(Block::Chart));
    blocks.push(Block::Table(table(session, answer)));
    let notes = notes(file, answer);
    if !notes.is_empty() {
        blocks.push(Block::Notes(notes));
    }
    document.next = next(session, document_first_row(answer));
    document.blocks = blocks;
    document
}

/// What `--by` makes of rows: what was typed, or the default.
fn by<'a>(session: &Session<'a>) -> Option<&'a str> {
    let question = session.question;
    let default = || question.file.parameter("by").and_then(|by| by.default.as_deref());
    question.typed.get("by").map(String::as_str).or_else(default)
}

/// Title and head, and nothing yet.
pub(super) fn begin(session: &Session) -> Document {
    let file = &session.question.file;
    Document { name: file.name.clone(), title: file.title_by(by(session)), head: head(session), ..Document::default() }
}

fn document_first_row(answer: &Answer) -> Option<AnswerRow<'_>> {
    part(answer, "row").next()
}

/// The rows of a part of the answer.
pub(super) fn part<'a>(answer: &'a Answer, name: &'static str) -> impl Iterator<Item = AnswerRow<'a>> {
    let has_parts = answer.has("part");
    answer.rows().filter(move |row| if has_parts { row.text("part") == Some(name) } else { name == "row" })
}

/// The table: rows, bars, total, and what is not shown.
pub(super) fn table(session: &Session, answer: &Answer) -> Table {
    table_of(session, answer, "row", None)
}

/// The same of another part of the answer, and perhaps of fewer rows.
pub(super) fn table_of(session: &Session, answer: &Answer, name: &'static str, most: Option<usize>) -> Table {
    let file = &session.question.file;
    let headers = headers(session, answer);
    let names = names(session, answer, &headers);
    let rows: Vec<AnswerRow> = part(answer, name).collect();
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
    let total = part(answer, "total").next();
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
    if let Some(text) = file.empty.as_ref().filter(|_| part(answer, "total").any(counted)) {
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
        let is_shown = |header: &&ColumnHeader| header.name != "name" || by(session) != Some("all");
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
    if let Some(by) = by(session).filter(|by| header.name == "name" && Some(*by) != default) {
        header.heading = file.words_by(Some(by)).to_uppercase();
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
    headers.iter().map(|header| cell(row.value(&header.name), header.unit, names)).collect()
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
    for row in part(answer, "point") {
        if let Some(time) = bucket(row) {
            given.entry(key(file, row)).or_default().push((time, row.float(&of.name)));
        }
    }
    let points = |given| session.bars.points(given, empty(of.unit), session.delivered_to());
    given.into_iter().map(|(key, given)| (key, points(given))).collect()
}

/// What a bar without rows is: a count of nothing is 0, a percentile of nothing is none.
fn empty(unit: Unit) -> Point {
    if matches!(unit, Unit::Count | Unit::Bytes) { Point::Value(0.0) } else { Point::Nothing }
}

/// Begin of a bar, microseconds.
#[expect(clippy::cast_possible_truncation, reason = "a time of these logs; the cast saturates")]
pub(super) fn bucket(row: AnswerRow) -> Option<i64> {
    Some((row.float("bucket")? * 1e6).round() as i64)
}

/// The charts of the header; those of the same group are one chart.
fn charts(session: &Session, answer: &Answer) -> Vec<Chart> {
    let mut charts: Vec<Chart> = Vec::new();
    for header in &session.question.file.charts {
        let given = part(answer, "time").filter_map(|row| Some((bucket(row)?, row.float(&header.name))));
        let points = session.bars.points(given, empty(header.unit), session.delivered_to());
        let label = session.bars.label().to_lowercase();
        let title = header.group.as_ref().unwrap_or(&header.heading).replace("{bucket}", &label);
        // One that stands alone has said with its title what it is.
        let name = header.group.as_ref().map_or("", |_| header.heading.as_str());
        let series = Series { name: name.replace("{bucket}", &label), points };
        match charts.last_mut().filter(|chart| chart.title == title) {
            Some(chart) => chart.series.push(series),
            None => charts.push(Chart {
                title,
                start: session.bars.start,
                step: session.bars.step,
                unit: header.unit,
                series: vec![series],
            }),
        }
    }
    charts
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

/// What was left out, and the header's small print.
fn notes(file: &QueryFile, answer: &Answer) -> Vec<Note> {
    let mut notes = Vec::new();
    if let Some(total) = part(answer, "total").next() {
        let left_out = file.left_out.iter().filter_map(|left_out| {
            let count = total.count(&left_out.name);
            (count > 0).then(|| format!("{} {}", human::count(count), left_out.text))
        });
        let parts: Vec<String> = left_out.collect();
        if !parts.is_empty() {
            notes.push(Note { label: "left out".to_owned(), parts });
        }
    }
    notes.extend(
        file.notes.iter().map(|note| Note { label: note.name.replace('_', " "), parts: vec![note.text.clone()] }),
    );
    notes
}

/// The commands of the header, with the values of the first row and the flags that choose the same rows.
fn next(session: &Session, first: Option<AnswerRow>) -> Vec<Next> {
    let file = &session.question.file;
    let filled = file.next.iter().filter_map(|text| {
        let (command, why) = text.split_once(" — ").unwrap_or((text, ""));
        let command = if command.contains("{this}") {
            command.replace("{this}", &this(session, first?)?)
        } else {
            command.to_owned()
        };
        let command = fill(&command, first)?.replace("{flags}", &session.question.flags).replace("  ", " ");
        Some(Next { command: command.trim_end().to_owned(), why: why.to_owned() })
    });
    filled.collect()
}

/// `{this}`: the flag that chooses the rows of this one, by what `--by` says it is; nothing where there is no such flag.
/// None where no flag can name them.
fn this(session: &Session, row: AnswerRow) -> Option<String> {
    let flag = match by(session)? {
        "target_group" => "--target-group",
        "elb" => "--elb",
        "host" => "--host",
        "status" => "--status",
        "client" => "--client",
        _ => return Some(String::new()),
    };
    let name = row.value("name");
    let is_none = matches!(&name, Value::Null) || matches!(&name, Value::Text(text) if text.starts_with('('));
    // What was typed already is either the same or would be added to.
    let is_typed = session.question.flags.split(' ').any(|typed| typed == flag);
    match (is_none, is_typed) {
        (true, _) => None,
        (_, true) => Some(String::new()),
        _ => Some(format!("{flag} {}", quoted(&name))),
    }
}

/// `{column}` becomes the first row's value; a command whose value is not there is of no use.
fn fill(command: &str, first: Option<AnswerRow>) -> Option<String> {
    let mut text = String::new();
    let mut rest = command;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        text.push_str(before);
        if name == "flags" {
            text.push_str("{flags}");
        } else {
            text.push_str(&quoted(&first?.value(name)));
        }
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// As a shell takes it for one word.
fn quoted(value: &Value) -> String {
    let text = match value {
        // An ARN is longer than what it says.
        Value::Text(text) if text.starts_with("arn:") => target_group_name(text).unwrap_or(text).to_owned(),
        Value::Text(text) => text.clone(),
        other => other.humane(Unit::Code),
    };
    let plain = |char: char| char.is_alphanumeric() || "_-./:@%+=,".contains(char);
    let is_plain = !text.is_empty() && text.chars().all(plain);
    if is_plain { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
