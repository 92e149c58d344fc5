//! Reports: `GET /api/v1/reports/{name}`.

use std::sync::Arc;

use alblog::time::Iso;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderValue, Uri, header};
use serde_json::{Map, Value, json};

use super::{parameters, take};
use crate::base::shell::quoted;
use crate::output::json_rows;
use crate::serve::answers::Made;
use crate::serve::refusal::Refusal;
use crate::serve::service::Service;
use crate::serve::viewer::Viewer;
use crate::serve::words;

pub(super) async fn report(
    State(service): State<Arc<Service>>,
    Path(name): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let viewer = Viewer::of_this_machine();
    let mut parameters = parameters(&uri);
    let source = service.source(take(&mut parameters, "source")?.as_deref())?;
    let words = words::of_report(&name, &parameters)?;
    let made = service.report(&viewer, &source, &words).await?;
    let mut text = serde_json::to_string_pretty(&document(&made, &source.name)?).map_err(anyhow::Error::from)?;
    text.push('\n');
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// A report for programs: the promise on which its numbers rest, what it has for them, and the rows of its main table.
fn document(made: &Made, source: &str) -> Result<Value, Refusal> {
    let head = &made.document.head;
    let command: Vec<String> = made.command.iter().map(|word| quoted(word)).collect();
    let mut object = Map::new();
    let fields = [
        ("report", json!(made.document.name)),
        ("title", json!(made.document.title)),
        ("source", json!(source)),
        ("since", json!(Iso(made.span.start).to_string())),
        ("until", json!(Iso(made.span.end).to_string())),
        ("complete_until", json!(made.complete_until.map(|until| Iso(until).to_string()))),
        ("head", json!(head.lines)),
        ("warnings", json!(head.warnings)),
        ("command", json!(command.join(" "))),
        ("sql", json!(made.sql)),
        ("read", json!(made.read)),
        ("data", json!(made.document.data)),
        ("rows", json_rows(&made.document)?),
    ];
    object.extend(fields.map(|(name, value)| (name.to_owned(), value)));
    Ok(Value::Object(object))
}
