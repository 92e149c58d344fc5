//! Statements: `GET /api/v1/query?sql=…` and `POST /api/v1/query` with JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use serde::Deserialize;
use serde_json::Value;

use super::forms::{media_type, wanted};
use super::{parameters, take};
use crate::ask::sql::Scalar;
use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::serve::access::{Pass, Viewer};
use crate::serve::answers::Statement;
use crate::serve::body;
use crate::serve::queries::Wanted;
use crate::serve::refusal::Refusal;
use crate::serve::service::Service;
use crate::serve::words;

/// Bytes of a body.
const BODY: usize = 1 << 20;
/// Parameters of a statement begin with this in an address.
const VALUE: &str = "param.";

/// What may stand in the body of a question.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    sql: String,
    #[serde(default)]
    params: BTreeMap<String, Value>,
    source: Option<String>,
    since: Option<String>,
    until: Option<String>,
    around: Option<String>,
    tz: Option<String>,
    #[serde(default)]
    elb: Vec<String>,
    format: Option<String>,
    limit: Option<u64>,
}

/// A question in an address.
pub(super) async fn typed(
    State(service): State<Arc<Service>>,
    Extension(viewer): Extension<Viewer>,
    Extension(pass): Extension<Pass>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    let mut parameters = parameters(&uri);
    let sql = take(&mut parameters, "sql")?.ok_or_else(|| {
        Refusal::of_parameters(Message::new("no statement").hint("/api/v1/query?sql=SELECT count(*) FROM requests"))
    })?;
    let source = take(&mut parameters, "source")?;
    let format = take(&mut parameters, "format")?;
    let limit = take(&mut parameters, "limit")?.map(|limit| {
        limit.parse().map_err(|_| Refusal::of_parameters(format_args!("limit is no number: {}", Shown(limit))))
    });
    let values = parameters.extract_if(.., |(name, _)| name.starts_with(VALUE));
    let values = values.map(|(name, value)| (name[VALUE.len()..].to_owned(), Scalar::typed(&value))).collect();
    let words = words::of_statement(&parameters)?;
    let asked = Asked { source, format, limit: limit.transpose()?, statement: Statement { sql, values, words } };
    answer(&service, (&viewer, &pass), &headers, asked).await
}

/// A question in a body.
pub(super) async fn posted(
    State(service): State<Arc<Service>>,
    Extension(viewer): Extension<Viewer>,
    Extension(pass): Extension<Pass>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let content = headers.get(header::CONTENT_TYPE).and_then(|content| content.to_str().ok()).unwrap_or_default();
    // A page elsewhere can send forms and plain text without being asked whether it may.
    if content.split(';').next().map(str::trim) != Some("application/json") {
        let message = Message::new("a body is JSON").hint("Content-Type: application/json");
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "bad_content_type", message));
    }
    let question: Question = serde_json::from_slice(&body::read(body, BODY).await?)
        .map_err(|error| Refusal::of_parameters(Message::new(Shown(error))))?;
    let times =
        [("since", question.since), ("until", question.until), ("around", question.around), ("tz", question.tz)];
    let times = times.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let elbs = question.elb.into_iter().map(|elb| ("elb".to_owned(), elb));
    let words = words::of_statement(&times.chain(elbs).collect::<Vec<_>>())?;
    let values = question.params.into_iter().map(|(name, value)| Ok((scalar(&name, value)?, name)));
    let values = values.map(|pair| pair.map(|(value, name)| (name, value))).collect::<Result<_, Refusal>>()?;
    let statement = Statement { sql: question.sql, values, words };
    let asked = Asked { source: question.source, format: question.format, limit: question.limit, statement };
    answer(&service, (&viewer, &pass), &headers, asked).await
}

/// A question, understood.
struct Asked {
    source: Option<String>,
    format: Option<String>,
    limit: Option<u64>,
    statement: Statement,
}

async fn answer(
    service: &Service,
    (viewer, pass): (&Viewer, &Pass),
    headers: &HeaderMap,
    asked: Asked,
) -> Result<Response, Refusal> {
    let source = service.source(asked.source.as_deref())?;
    let form = wanted(asked.format.as_deref(), headers, false)?;
    let rows = service.query(viewer, Some(pass), &source, asked.statement, Wanted { form, limit: asked.limit }).await?;
    let id = rows.id;
    let mut response = Response::new(Body::from_stream(rows));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(form)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("albstats-query"), HeaderValue::from(id));
    Ok(response)
}

/// The value of a parameter.
fn scalar(name: &str, value: Value) -> Result<Scalar, Refusal> {
    let scalar = match value {
        Value::Null => Some(Scalar::Null),
        Value::Bool(value) => Some(Scalar::Bool(value)),
        Value::Number(number) => number.as_i64().map(Scalar::Int).or_else(|| number.as_f64().map(Scalar::Float)),
        Value::String(text) => Some(Scalar::Text(text)),
        Value::Array(_) | Value::Object(_) => None,
    };
    let refused = || Refusal::of_parameters(format_args!("params.{} is no text, number, boolean or null", Shown(name)));
    scalar.ok_or_else(refused)
}
