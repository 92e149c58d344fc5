//! Report `paths`: routes, which are paths with values collapsed into `:id`.
//!
//! The statement is asked once with what is a value by its looks. If there are places with so many different words that
//! they must be values too ([`learn`]), it is asked again with what was learned.

mod except;
mod learn;
#[cfg(test)]
mod tests;

use anyhow::Result;
use std::fmt::Write as _;

use self::learn::{LearnedPattern, learn};
use super::answer::{Answer, AnswerRow};
use super::dimensions::heading;
use super::draft::Draft;
use super::elements::remove_column;
use super::next::report;
use super::session::Session;
use crate::ask::sql::Scalar;
use crate::output::document::{Document, Next, Note, Table};
use crate::output::human;

/// Routes that are looked at to learn, at most: more bounds memory than it teaches.
const LOOKED_AT: i64 = 20_000;
/// Places that are named.
const NAMED: usize = 8;

/// Makes the report.
///
/// # Errors
/// As [`Session::answer`].
pub(super) async fn document(session: &Session<'_>) -> Result<Document> {
    let typed = &session.question.typed;
    let (answer, taught) = if typed.contains_key("learned") {
        (session.answer().await?, "as --set learned says".to_owned())
    } else if session.reads_again() {
        // As many as are shown, and as many as teach.
        let shown = typed.get("lines").and_then(|lines| lines.parse().ok()).unwrap_or(LOOKED_AT) + 2;
        let first = session.first("paths", [("lines".to_owned(), Scalar::Int(shown.max(LOOKED_AT)))]).await?;
        match learn(first.part("row").filter_map(route_requests)) {
            None => (first, "no place has so many different words that they must be values".to_owned()),
            Some(learned) => {
                let taught = lesson_text(&learned);
                (session.answer_with([("learned".to_owned(), Scalar::Text(learned.pattern))]).await?, taught)
            }
        }
    } else {
        let taught = "words that are values are not: that takes a second reading, and standard input can be read once";
        (session.answer().await?, taught.to_owned())
    };
    let mut draft = Draft::of(session, &answer);
    draft.title = format!("Routes, {}", first_stands(typed.get("order").map_or("requests", String::as_str)));
    let by = session.question.by().unwrap_or_default();
    name_column(&mut draft.table, by);
    draft.notes.push(note(taught));
    draft.next = next(session, &answer);
    Ok(draft.document())
}

/// What stands first.
fn first_stands(order: &str) -> &'static str {
    match order {
        "target_time" => "most target time in sum first",
        "p99" => "slowest target p99 first",
        "errors" => "most 5xx first",
        "error_rate" => "highest rate of 5xx first",
        "bytes" => "most bytes sent first",
        _ => "most requests first",
    }
}

/// A path and how often it was asked for by who was not refused: who looks for holes asks for anything.
fn route_requests(row: AnswerRow<'_>) -> Option<(&str, u64)> {
    let requests = row.count("requests").saturating_sub(row.count("client_errors"));
    Some((row.text("path")?, requests)).filter(|(_, requests)| *requests > 0)
}

/// `learned: /products/:id (412 values), /c/:id (260 values)`
fn lesson_text(learned: &LearnedPattern) -> String {
    let place =
        |place: &learn::ValuePosition| format!("{}/:id ({} values)", place.before, human::count(place.values as u64));
    let mut text = format!("learned: {}", learned.places.iter().take(NAMED).map(place).collect::<Vec<_>>().join(", "));
    if learned.places.len() > NAMED {
        let _ = write!(text, " and {} more", learned.places.len() - NAMED);
    }
    if !learned.names.is_empty() {
        let names: Vec<&str> = learned.names.iter().map(String::as_str).collect();
        let _ = write!(text, "; not {}, asked for far more often", names.join(", "));
    }
    text
}

fn note(taught: String) -> Note {
    let known = "numbers, words with 5 or more digits, and hexadecimal ones of 8 or more, as of UUIDs and hashes";
    let parts = vec![known.to_owned(), taught, "--set ids=REGEX, --set learned=REGEX".to_owned()];
    Note { label: ":id".to_owned(), parts }
}

/// The column that tells rows of one route apart is called by what it is, and is not there if nothing does.
fn name_column(table: &mut Table, by: &str) {
    let Some(index) = table.columns.iter().position(|column| column.name == "within") else { return };
    if by != "path" {
        table.columns[index].heading = heading(by);
        return;
    }
    remove_column(table, "within");
}

/// Other orders, and the first route by itself.
fn next(session: &Session, answer: &Answer) -> Vec<Next> {
    let flags = &session.question.flags;
    let order = session.question.typed.get("order").map_or("requests", String::as_str);
    let orders = [("p99", "the slowest first"), ("target_time", "where the targets' time goes")];
    let others = orders.into_iter().filter(|(other, _)| *other != order);
    let next = others.map(|(order, why)| report(["paths", "--set", &format!("order={order}")], flags, why));
    // Without rows there is nothing to look at.
    if answer.part("row").next().is_some() { next.collect() } else { Vec::new() }
}
