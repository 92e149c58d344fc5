//! What clients may want to keep to themselves, left out of what is said: query strings, and their addresses but for the
//! network.

mod clients;
mod queries;

use serde_json::{Map, Value as Json};

use super::document::{Block, Column, Document, Row, Table, Value};
use clients::{only_network, without_addresses};

pub(super) use queries::{HIDDEN, without_queries};

impl Document {
    /// The same for those who may not see what clients want to keep to themselves: query strings are left out, and of
    /// addresses that can be a client's only /24 or /48 is left.
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
            next.words.iter_mut().for_each(|word| {
                cut(word);
                hide(word);
            });
            hide(&mut next.why);
        }
        document.data.iter_mut().for_each(hide_in_object);
        document
    }
}

fn hide_in_table(table: &mut Table) {
    let Table { columns, rows, total, more, title, empty, .. } = table;
    for Row { values, under, .. } in rows.iter_mut().chain(total).chain(more) {
        under.iter_mut().for_each(hide);
        let columns = columns.iter().map(Some).chain(std::iter::repeat(None));
        for (value, column) in values.iter_mut().zip(columns) {
            let hide = |text: &mut String| hide_in_column(text, column);
            match value {
                Value::Text(text) => hide(text),
                Value::Name { id, shown } => [id, shown].into_iter().for_each(hide),
                Value::Null | Value::Int(_) | Value::Float(_) | Value::Series(_) => {}
            }
        }
    }
    title.iter_mut().chain(empty).for_each(hide);
}

/// Columns in which an address is none of a client: hosts, and what they name.
const NO_CLIENTS: [&str; 2] = ["host", "target"];

fn hide_in_column(text: &mut String, column: Option<&Column>) {
    let name = column.map_or("", |column| column.name.as_str());
    match column {
        Some(column) if column.private => cut(text),
        _ => replace(text, without_queries),
    }
    // By client, the names of rows are clients.
    if name.contains("client") || column.is_some_and(|column| column.heading.to_lowercase().contains("client")) {
        replace(text, only_network);
    } else if !NO_CLIENTS.contains(&name) {
        replace(text, without_addresses);
    }
}

/// The same of what programs are given.
pub fn hide_in_json(json: &mut Json) {
    match json {
        Json::String(text) => hide(text),
        Json::Array(values) => values.iter_mut().for_each(hide_in_json),
        Json::Object(object) => hide_in_object(object),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

fn hide_in_object(object: &mut Map<String, Json>) {
    for (name, value) in object {
        match value {
            Json::String(text) if name.contains("client") => {
                hide(text);
                replace(text, only_network);
            }
            value => hide_in_json(value),
        }
    }
}

fn hide(text: &mut String) {
    replace(text, without_queries);
    replace(text, without_addresses);
}

fn replace(text: &mut String, without: impl Fn(&str) -> Option<String>) {
    if let Some(shown) = without(text) {
        *text = shown;
    }
}

/// Leaves out all that follows the first `?`, if it is a query: of a URL, or alone.
fn cut(text: &mut String) {
    if let Some((shown, query)) = text.split_once('?')
        && (shown.contains('/') || shown.is_empty())
        && !query.is_empty()
    {
        *text = shown.to_owned() + HIDDEN;
    }
}

#[cfg(test)]
mod tests {
    use super::super::document::{Column, Finding, Next, Unit};
    use super::*;

    #[test]
    fn a_public_document_has_no_query_string_and_no_client_anywhere() {
        let text = || "GET https://a/b?token=secret by 203.0.113.77".to_owned();
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
            next: vec![Next::command(["albstats", "/b?token=secret", "--client=203.0.113.77"])],
            data: Some(serde_json::json!({ "a": [{ "b": text() }] }).as_object().unwrap().clone()),
            ..Document::default()
        };
        document.head.warnings.push(text());
        let public = document.public();
        for what in ["secret", "203.0.113.77"] {
            assert!(format!("{document:?}").contains(what));
            assert!(!format!("{public:?}").contains(what), "{public:?}");
        }
        assert_eq!(public.public(), public);
    }

    #[test]
    fn clients_of_internal_load_balancers_are_networks_wherever_they_stand() {
        let by = Column { heading: "CLIENT".to_owned(), ..Column::new("name", "CLIENT", Unit::Text) };
        let table = Table {
            columns: vec![by],
            rows: vec![Row::new(vec![Value::Text("10.9.8.7".to_owned())])],
            ..Table::default()
        };
        let document = Document {
            blocks: vec![Block::Table(table)],
            next: vec![Next::command(["albstats", "report", "--client", "10.9.8.7"])],
            data: Some(
                serde_json::json!({ "client": "10.9.8.7:4711", "who": ["10.9.8.7"] }).as_object().unwrap().clone(),
            ),
            ..Document::default()
        };
        let public = format!("{:?}", document.public());
        assert!(!public.contains("10.9.8.7") && public.contains("10.9.8.0/24"), "{public}");
    }

    #[test]
    fn a_query_alone_is_one() {
        let mut table = Table {
            columns: vec![Column { private: true, ..Column::new("query", "QUERY", Unit::Text) }],
            rows: vec![Row::new(vec![Value::Text("?q=secret".to_owned())])],
            ..Table::default()
        };
        hide_in_table(&mut table);
        assert_eq!(table.rows[0].values, [Value::Text(HIDDEN.to_owned())]);
    }

    #[test]
    fn targets_and_hosts_stay_what_they_are() {
        let values = ["203.0.113.77", "203.0.113.77", "10.0.42.17", "10.0.42.17:8080"];
        let columns = ["host", "path", "client", "name"];
        let mut table = Table {
            columns: columns.map(|name| Column { name: name.to_owned(), ..Column::default() }).to_vec(),
            rows: vec![Row::new(values.map(|value| Value::Text(value.to_owned())).to_vec())],
            ..Table::default()
        };
        hide_in_table(&mut table);
        let shown = ["203.0.113.77", "203.0.113.0/24", "10.0.42.0/24", "10.0.42.17:8080"];
        assert_eq!(table.rows[0].values, shown.map(|value| Value::Text(value.to_owned())));
    }
}
