//! How alerts are looked at: as anybody asks, within the same bounds.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::TryStreamExt;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::access::Viewer;
use super::alerts::{Looks, Rows};
use super::answers::{NotLogged, Served, Statement};
use super::cache::{Freshness, Kept};
use super::queries::{Form, Wanted};
use super::refusal::Refusal;
use super::service::Service;
use crate::base::message::Message;
use crate::output::Format;

/// Rows of a statement that are told apart; of more, nobody would read all.
const ROWS: usize = 100;

/// A server, as alerts ask it.
pub struct OverService(pub Arc<Service>);

impl OverService {
    fn source(&self, source: Option<&str>) -> Result<Served, Message> {
        self.0.source(source).map_err(message)
    }
}

/// No token has such a name: none has blanks.
fn viewer() -> Viewer {
    Viewer { name: Some("alerts of this server".to_owned()), ..Viewer::of_this_machine() }
}

fn message(refusal: Refusal) -> Message {
    *refusal.message
}

#[async_trait]
impl Looks for OverService {
    async fn complete_until(&self, source: Option<&str>) -> Result<Option<i64>, Message> {
        let source = self.source(source)?;
        Ok(self.0.complete_until(&source.name))
    }

    async fn report(&self, source: Option<&str>, words: &[String]) -> Result<Arc<Kept>, Message> {
        let source = self.source(source)?;
        self.0.report(&viewer(), &source, words, Freshness::Newest).await.map_err(message)
    }

    async fn rows(&self, source: Option<&str>, sql: &str, words: &[String]) -> Result<Rows, Message> {
        let source = self.source(source)?;
        let from = ["albstats".to_owned(), "query".to_owned(), format!("--from={}", source.from)];
        let command =
            from.into_iter().chain(words.iter().cloned()).chain(self.0.again()).chain([sql.to_owned()]).collect();
        let statement = Statement { sql: sql.to_owned(), words: words.to_vec(), ..Statement::default() };
        let wanted = Wanted { form: Form::Rows(Format::Ndjson), limit: Some(ROWS as u64 + 1) };
        let rows = self.0.query(&viewer(), None, &source, statement, wanted).await.map_err(message)?;
        let pieces: Vec<Bytes> = rows.try_collect().await.map_err(|error| Message::of(&error))?;
        let text = String::from_utf8_lossy(&pieces.concat()).into_owned();
        let mut texts: Vec<String> = text.lines().map(row).collect();
        let has_more = texts.len() > ROWS;
        texts.truncate(ROWS);
        Ok(Rows { texts, has_more, command })
    }

    async fn not_logged(&self, source: Option<&str>, words: &[String]) -> Result<NotLogged, Message> {
        let source = self.source(source)?;
        self.0.not_logged(&viewer(), &source, words).await.map_err(message)
    }
}

/// A row as a text: its values in the order of the statement, with blanks and dots between.
fn row(line: &str) -> String {
    let Ok(Values(values)) = serde_json::from_str(line) else { return line.to_owned() };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    values.iter().map(text).collect::<Vec<_>>().join(" · ")
}

/// The values of a JSON object in the order in which they stand there.
struct Values(Vec<Value>);

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Values;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Values, A::Error> {
        let mut values = Vec::new();
        while let Some((IgnoredAny, value)) = map.next_entry()? {
            values.push(value);
        }
        Ok(Values(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_its_values_as_they_were_asked_for() {
        assert_eq!(row(r#"{"requests":5,"client":"10.0.0.1","x":null}"#), "5 · 10.0.0.1 · null");
        assert_eq!(row("{cut"), "{cut");
    }
}
