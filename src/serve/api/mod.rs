//! What programs ask: `/api/v1/`. `openapi.json` says the same for programs that ask, and a test compares.

mod alerts;
mod events;
mod forms;
mod queries;
mod query;
mod reports;
mod schema;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use http::{HeaderValue, Uri, header};
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::service::Service;
use crate::base::message::Message;
use crate::base::shown::Shown;

pub(super) use reports::has;

/// The description of all this.
const OPENAPI: &str = include_str!("openapi.json");

/// Everything below `/api/v1`.
pub(super) fn router() -> Router<Arc<Service>> {
    Router::new()
        .route("/alerts", get(alerts::alerts))
        .route("/openapi.json", get(async || as_json(OPENAPI.to_owned())))
        .route("/queries", get(queries::list))
        .route("/queries/{id}", delete(queries::end))
        .route("/query", post(query::posted))
        .route("/reports", get(reports::list))
        .route("/schema", get(schema::schema))
        .route("/sources", get(sources))
        .route_layer(from_fn(without_parameters))
        .route("/events", get(events::events))
        .route("/query", get(query::typed))
        .route("/reports/{name}", get(reports::report))
        .method_not_allowed_fallback(async || {
            Refusal::new(
                http::StatusCode::METHOD_NOT_ALLOWED,
                "bad_method",
                "this is not done so: docs/http.md says how",
            )
        })
        .fallback(async || Refusal::not_found("nothing is here: docs/http.md says what is"))
}

/// Refuses parameters where there are none.
async fn without_parameters(request: Request, next: Next) -> Result<Response, Refusal> {
    no_other(&parameters(request.uri()), &[])?;
    Ok(next.run(request).await)
}

/// Refuses parameters that nobody reads: what was mistyped must not count as not said.
fn no_other(parameters: &[(String, String)], known: &[&str]) -> Result<(), Refusal> {
    let Some((name, _)) = parameters.iter().find(|(name, _)| !known.contains(&name.as_str())) else { return Ok(()) };
    let hint =
        if known.is_empty() { "there are none here".to_owned() } else { format!("known here: {}", known.join(", ")) };
    Err(Refusal::of_parameters(Message::new(format_args!("no parameter named {}", Shown(name))).hint(hint)))
}

/// `GET /sources`: where each source stands.
async fn sources(State(service): State<Arc<Service>>) -> Response {
    let source = |source: super::answers::Served| {
        let until = service.complete_until(&source.name);
        let mut object = json!(source);
        object["complete_until"] = time(until);
        object["ready"] = json!(source.can_answer);
        object
    };
    let sources: Vec<Value> = service.sources().into_iter().map(source).collect();
    as_json(json!({ "sources": sources }).to_string() + "\n")
}

/// A time as text, if it is known.
fn time(time: Option<i64>) -> Value {
    json!(time.map(|time| alblog::time::Iso(time).to_string()))
}

/// An answer in JSON that is another one each time.
fn as_json(text: String) -> Response {
    let fields = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (fields.map(|(name, value)| (name, HeaderValue::from_static(value))), text).into_response()
}

/// Names and values of an address in order.
fn parameters(uri: &Uri) -> Vec<(String, String)> {
    form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect()
}

/// Takes a parameter that stands there once at most.
///
/// # Errors
/// When it stands there more often.
fn take(parameters: &mut Vec<(String, String)>, name: &str) -> Result<Option<String>, Refusal> {
    let mut found = parameters.extract_if(.., |(known, _)| known == name).map(|(_, value)| value);
    let value = found.next().filter(|value| !value.is_empty());
    if found.next().is_some() {
        return Err(Refusal::of_parameters(format_args!("{name} is given more than once")));
    }
    Ok(value)
}
