//! How far the logs of each source are taken in, and what is wrong with them. Pure.

use maud::{Markup, html};

use super::filters::{Filters, Key};
use crate::base::clock::to_the_second;
use crate::output::document::{Column, Row, Table, Tone, Unit, Value};
use crate::output::html::{Links, Parts};
use crate::serve::answers::{Position, Served};

/// The name of a source leads to its overview.
struct ToOverview;

impl Links for ToOverview {
    fn value(&self, column: &Column, value: &Value) -> Option<String> {
        let Value::Text(name) = value else { return None };
        (column.name == "source").then(|| Filters::default().with(Key::Source, name).href("/"))
    }
}

/// Sources, and what each holds at this moment, microseconds since the epoch.
pub(super) fn draw(sources: &[(Served, Position)], now: i64) -> Markup {
    let parts = Parts::new(true, &ToOverview);
    html! {
        h1 { "Ingestion" }
        section.panel #sources data-part aria-label="Sources" {
            (parts.table(&table(sources, now)))
            @for (source, _) in sources {
                @if let Some(problem) = &source.problem {
                    div.refused role="note" {
                        p { strong { (parts.prose(&source.name)) } }
                        @for line in problem.to_string().lines() { p { (line) } }
                    }
                }
            }
        }
        dl.notes {
            dt { "complete to" } dd { "every node of every load balancer has delivered up to then, as far as names of objects tell" }
            dt { "lag" } dd { "how long ago the interval of the oldest object ended that is yet to be read" }
            dt { "taken in" } dd { "objects and rows since this server began; a source without a live store is read where it lies" }
        }
    }
}

fn table(sources: &[(Served, Position)], now: i64) -> Table {
    let taken = |name: &str, heading: &str, unit| Column {
        group: Some("TAKEN IN".to_owned()),
        ..Column::new(name, heading, unit)
    };
    Table {
        columns: vec![
            Column::new("source", "SOURCE", Unit::Text),
            Column::new("from", "FROM", Unit::Text),
            Column::new("complete_until", "COMPLETE TO, UTC", Unit::Text),
            Column::new("behind", "AGO", Unit::Duration),
            Column::new("lag", "LAG", Unit::Duration),
            Column::new("waiting", "WAITING", Unit::Count),
            taken("objects", "OBJECTS", Unit::Count),
            taken("rows", "ROWS", Unit::Count),
            Column::new("rejected", "REJECTED LINES", Unit::Count),
            Column::new("damaged", "DAMAGED OBJECTS", Unit::Count),
            Column::new("store", "STORE", Unit::Bytes),
            Column::new("listed", "LAST LISTED, UTC", Unit::Text),
        ],
        rows: sources.iter().map(|(source, position)| row(source, *position, now)).collect(),
        empty: Some("no source is served".to_owned()),
        ..Table::default()
    }
}

fn row(source: &Served, position: Position, now: i64) -> Row {
    let text = |text: String| Value::Text(text);
    let complete = position.complete_until;
    let seconds = |micros: i64| Value::Int(micros / 1_000_000);
    let mut values = vec![
        text(source.name.clone()),
        text(source.from.clone()),
        text(complete.map_or_else(|| "not known".to_owned(), to_the_second)),
        complete.map_or(Value::Null, |until| seconds(now.saturating_sub(until).max(0))),
    ];
    match &source.live {
        Some(live) => values.extend([
            live.lag_seconds.map_or(Value::Null, Value::Int),
            Value::count(live.waiting_objects),
            Value::count(live.objects),
            Value::count(live.rows),
            Value::count(live.rejected_lines),
            Value::count(live.damaged_objects),
            Value::count(live.store_bytes),
            text(live.last_listing.clone().unwrap_or_else(|| "not yet".to_owned())),
        ]),
        None => values.resize(12, Value::Null),
    }
    let is_bad = source.problem.is_some() || source.live.as_ref().is_some_and(|live| live.damaged_objects > 0);
    Row { tone: if is_bad { Tone::Bad } else { Tone::Plain }, ..Row::new(values) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::message::Message;
    use crate::serve::answers::Live;

    fn served(name: &str) -> Served {
        Served { name: name.to_owned(), from: "s3://logs".to_owned(), live: None, problem: None, can_answer: true }
    }

    #[test]
    fn what_is_wrong_is_said_and_stays_text() {
        let mut bad = served("prod");
        bad.problem = Some(Message::new("<b>denied</b>").hint("albstats bucket check"));
        let drawn = draw(&[(bad, Position::default()), (served("x"), Position::default())], 0).into_string();
        assert!(
            drawn.contains("&lt;b&gt;denied&lt;/b&gt;") && drawn.contains("hint: albstats bucket check"),
            "{drawn}"
        );
        assert!(drawn.contains("not known"));
        assert!(drawn.contains("href=\"/?source=prod\""));
    }

    #[test]
    fn how_far_is_told_in_numbers() {
        let mut source = served("prod");
        source.live = Some(Live {
            objects: 1200,
            rows: 3_400_000,
            rejected_lines: 2,
            damaged_objects: 0,
            waiting_objects: 7,
            lag_seconds: Some(600),
            store_bytes: 5_000_000,
            last_listing: None,
            listed_everything: false,
        });
        let minute = 60_000_000;
        let position = Position { mark: 1, complete_until: Some(0) };
        let drawn = draw(&[(source, position)], 5 * minute).into_string();
        for said in ["1970-01-01 00:00:00", "5 min", "10 min", "1,200", "3,400,000", "5.0 MB", "not yet"] {
            assert!(drawn.contains(said), "{said} is not in {drawn}");
        }
    }
}
