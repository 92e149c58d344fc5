//! What clients sent and may be secret, left out of what is said: query strings.

use serde_json::Value as Json;

use super::document::{Block, Document, Row, Table, Value};

/// What stands in place of a query string.
pub(super) const HIDDEN: &str = "?…";

/// Sentences, and commands in them, in which URLs stand among other words, without their query strings; none if there are none.
pub(super) fn without_queries(text: &str) -> Option<String> {
    let mut shown = String::with_capacity(text.len());
    let (mut rest, mut is_hidden) = (text, false);
    while let Some((before, after)) = rest.split_once('?') {
        shown.push_str(before);
        let boundary = shown.rfind(|char: char| char.is_whitespace() || is_quote(char));
        let (quote, word) = match boundary {
            Some(at) => (shown[at..].chars().next().filter(|char| is_quote(*char)), &shown[at..]),
            None => (None, shown.as_str()),
        };
        // `what?` is a question; what follows a `/` in the same word is a query.
        let length = if word.contains('/') { query_length(after, quote) } else { 0 };
        is_hidden |= length > 0;
        shown.push_str(if length > 0 { HIDDEN } else { "?" });
        rest = &after[length..];
    }
    shown.push_str(rest);
    is_hidden.then_some(shown)
}

fn is_quote(char: char) -> bool {
    matches!(char, '\'' | '"' | '`')
}

/// Bytes up to the end of a query string: the closing quote of its word, or a blank.
fn query_length(text: &str, quote: Option<char>) -> usize {
    let Some(quote) = quote else {
        return text.find(char::is_whitespace).unwrap_or(text.len());
    };
    let mut length = 0;
    loop {
        length += text[length..].find(quote).unwrap_or(text.len() - length);
        // A quote within quotes, as shells want it.
        if !text[length..].starts_with(r"'\''") {
            return length;
        }
        length += 4;
    }
}

impl Document {
    /// The same for those who may not see what clients want to keep to themselves.
    #[must_use]
    pub fn public(&self) -> Self {
        let mut document = self.clone();
        let head = &mut document.head;
        head.lines.iter_mut().flatten().chain(&mut head.warnings).for_each(hide);
        hide(&mut document.title);
        for block in &mut document.blocks {
            match block {
                Block::Heading(heading) => hide(heading),
                Block::Findings(findings) => findings.iter_mut().for_each(|finding| hide(&mut finding.text)),
                Block::Notes(notes) => notes.iter_mut().flat_map(|note| &mut note.parts).for_each(hide),
                Block::Table(table) => hide_in_table(table),
                Block::Chart(chart) => {
                    hide(&mut chart.title);
                    chart.series.iter_mut().for_each(|series| hide(&mut series.name));
                    chart.marks.iter_mut().for_each(|mark| hide(&mut mark.text));
                }
            }
        }
        for next in &mut document.next {
            next.words.iter_mut().for_each(cut);
            hide(&mut next.why);
        }
        document.data.iter_mut().flat_map(|data| data.values_mut()).for_each(hide_in_json);
        document
    }
}

fn hide_in_table(table: &mut Table) {
    let private: Vec<bool> = table.columns.iter().map(|column| column.private).collect();
    let rows = table.rows.iter_mut().chain(&mut table.total).chain(&mut table.more);
    for Row { values, under, .. } in rows {
        under.iter_mut().for_each(hide);
        for (value, is_private) in values.iter_mut().zip(private.iter().chain(std::iter::repeat(&false))) {
            let hide = if *is_private { cut } else { hide };
            match value {
                Value::Text(text) => hide(text),
                Value::Name { id, shown } => [id, shown].into_iter().for_each(hide),
                Value::Null | Value::Int(_) | Value::Float(_) | Value::Series(_) => {}
            }
        }
    }
    table.title.iter_mut().chain(&mut table.empty).for_each(hide);
}

fn hide_in_json(json: &mut Json) {
    match json {
        Json::String(text) => hide(text),
        Json::Array(values) => values.iter_mut().for_each(hide_in_json),
        Json::Object(object) => object.values_mut().for_each(hide_in_json),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

fn hide(text: &mut String) {
    if let Some(hidden) = without_queries(text) {
        *text = hidden;
    }
}

/// Leaves out all that follows the first `?`, if it is a query.
fn cut(text: &mut String) {
    if let Some((shown, query)) = text.split_once('?')
        && shown.contains('/')
        && !query.is_empty()
    {
        *text = shown.to_owned() + HIDDEN;
    }
}

#[cfg(test)]
mod tests {
    use super::super::document::{Column, Finding, Next};
    use super::*;

    #[test]
    fn a_public_document_has_no_query_string_anywhere() {
        let text = || "GET https://a/b?token=secret x".to_owned();
        let table = Table {
            columns: vec![Column { private: true, ..Column::default() }, Column::default()],
            rows: vec![Row {
                values: vec![Value::Text(text()), Value::Name { id: text(), shown: text() }],
                under: vec![text()],
                ..Row::default()
            }],
            total: Some(Row::new(vec![Value::Text(text()), Value::Null])),
            empty: Some(text()),
            ..Table::default()
        };
        let mut document = Document {
            blocks: vec![Block::Findings(vec![Finding { text: text(), ..Finding::default() }]), Block::Table(table)],
            next: vec![Next::command(["albstats", "/b?token=secret"])],
            data: Some(serde_json::json!({ "a": [{ "b": text() }] }).as_object().unwrap().clone()),
            ..Document::default()
        };
        document.head.warnings.push(text());
        assert!(format!("{document:?}").contains("secret"));
        let public = document.public();
        assert!(!format!("{public:?}").contains("secret"), "{public:?}");
        assert_eq!(public.public(), public);
    }
}
