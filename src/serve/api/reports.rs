//! Reports: `GET /api/v1/reports/{name}`.

use std::sync::Arc;

use alblog::time::Iso;
use axum::Extension;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use serde_json::{Map, Value, json};

use super::forms::{media_type, wanted};
use super::{as_json, parameters, take, time};
use crate::base::clock::now;
use crate::base::message::Message;
use crate::base::shell::quoted;
use crate::output::document::Document;
use crate::output::html::{HtmlOptions, html};
use crate::output::{Format, TableLayout, json_blocks, json_next, json_rows, writer};
use crate::report::library;
use crate::serve::access::Viewer;
use crate::serve::answers::Made;
use crate::serve::cache::Freshness;
use crate::serve::queries::Form;
use crate::serve::refusal::Refusal;
use crate::serve::service::Service;
use crate::serve::words;

/// The reports, and what each answers.
pub(super) async fn list() -> Response {
    let reports =
        library::questions().into_iter().map(|(name, question)| json!({ "name": name, "question": question }));
    as_json(json!({ "reports": reports.collect::<Vec<_>>() }).to_string() + "\n")
}

pub(super) async fn report(
    State(service): State<Arc<Service>>,
    Extension(viewer): Extension<Viewer>,
    name: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    let Path(name) = name.map_err(|_| Refusal::not_found("no report has such a name"))?;
    let mut parameters = parameters(&uri);
    let source = service.source(take(&mut parameters, "source")?.as_deref())?;
    let form = wanted(take(&mut parameters, "format")?.as_deref(), &headers, true)?;
    let words = words::of_report(&name, &parameters)?;
    let made = service.report(&viewer, &source, &words, Freshness::Newest).await?;
    let media = media_type(form);
    // What is shown depends on who asks, and its form on what is accepted.
    let form_of = media.replace(|char: char| !char.is_ascii_alphanumeric(), "-");
    let etag = format!("\"{}-{form_of}-{}\"", made.etag(), u8::from(viewer.may_see_private));
    let mut response = if has(&headers, &etag) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        Response::new(Body::from(written(&made, &source.name, form, &viewer)?))
    };
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    fields.insert(header::VARY, HeaderValue::from_static("accept, authorization, cookie"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        fields.insert(header::ETAG, etag);
    }
    Ok(response)
}

/// Whether whoever asks has this already.
pub(in crate::serve) fn has(headers: &HeaderMap, etag: &str) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|known| known.to_str().ok());
    known.flat_map(|known| known.split(',')).any(|known| matches_tag(known.trim(), etag))
}

fn matches_tag(known: &str, etag: &str) -> bool {
    known == "*" || known.trim_start_matches("W/") == etag
}

fn written(made: &Made, source: &str, form: Form, viewer: &Viewer) -> Result<Vec<u8>, Refusal> {
    let shown = viewer.shown(&made.document);
    match form {
        Form::Json => {
            let mut text = serde_json::to_vec_pretty(&document(made, &shown, source)?).map_err(anyhow::Error::from)?;
            text.push(b'\n');
            Ok(text)
        }
        Form::Rows(Format::Html) => {
            let options = HtmlOptions { private: viewer.may_see_private, generated: now() };
            Ok(html(&shown, &options).into_bytes())
        }
        Form::Rows(format) => {
            let Some(table) = shown.main_table() else {
                let message = Message::new(format_args!("there is no table to write as {format}"));
                return Err(Refusal::of_parameters(message.hint("format=json or html")));
            };
            let batch = table.batch()?;
            let mut writer = writer(format, batch.schema(), Vec::new(), TableLayout::plain())?;
            writer.write(&batch)?;
            Ok(writer.finish()?)
        }
    }
}

/// A report for programs: the promise on which its numbers rest, what it has for them, the rows of its main table, and all that is
/// drawn for people.
fn document(made: &Made, shown: &Document, source: &str) -> Result<Value, Refusal> {
    let head = &shown.head;
    let command: Vec<String> = made.command.iter().map(|word| quoted(word)).collect();
    let mut object = Map::new();
    let fields = [
        ("report", json!(shown.name)),
        ("title", json!(shown.title)),
        ("source", json!(source)),
        ("since", json!(Iso(made.span.start).to_string())),
        ("until", json!(Iso(made.span.end).to_string())),
        ("complete_until", time(made.complete_until)),
        ("delivered_until", time(made.delivered_until)),
        ("head", json!(head.lines)),
        ("warnings", json!(head.warnings)),
        ("command", json!(command.join(" "))),
        ("sql", json!(made.sql)),
        ("read", json!(made.read)),
        ("data", json!(shown.data)),
        ("rows", json_rows(shown)?),
        ("blocks", json_blocks(shown)),
        ("next", json_next(shown)),
    ];
    object.extend(fields.map(|(name, value)| (name.to_owned(), value)));
    Ok(Value::Object(object))
}
