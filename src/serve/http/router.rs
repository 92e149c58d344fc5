//! Which path is answered by what.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};

use super::admission::admission;
use super::compressed::compressed;
use super::guard::guard;
use super::log::{self, Log};
use super::login::{self, Secure};
use crate::serve::access::{Access, Pass, Viewer};
use crate::serve::api;
use crate::serve::cache::Freshness;
use crate::serve::metrics;
use crate::serve::pages;
use crate::serve::service::Service;

/// Everything that is answered.
pub(super) fn router(service: Arc<Service>, access: Arc<Access>, log: Log, secure: bool) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route(
            "/metrics",
            get(async |State(service): State<Arc<Service>>, headers: HeaderMap| metrics::answer(&service, &headers)),
        )
        .nest("/api/v1", api::router())
        .route("/assets/{*path}", get(asset))
        .route("/queries/{id}/end", post(end))
        .fallback(get(page))
        .with_state(Arc::clone(&service))
        .merge(
            Router::new()
                .route("/login", get(login::page).post(login::log_in))
                .route("/logout", post(login::log_out))
                .with_state(Arc::clone(&access)),
        )
        .layer(Extension(Secure(secure)))
        .layer(from_fn_with_state(access, admission))
        .layer(from_fn_with_state(service, guard))
        .layer(from_fn_with_state(log, log::log))
}

async fn ready(State(service): State<Arc<Service>>) -> Response {
    let ready = service.ready();
    (ready.status(), [(header::CONTENT_TYPE, "application/json")], ready.json()).into_response()
}

async fn page(
    State(service): State<Arc<Service>>,
    Extension(viewer): Extension<Viewer>,
    Extension(pass): Extension<Pass>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let freshness = if follows(&headers) { Freshness::Following } else { Freshness::AtOnce };
    let mut page =
        pages::respond(&service, (&viewer, &pass), uri.path(), uri.query().unwrap_or_default(), freshness).await;
    if page.etag.as_deref().is_some_and(|etag| api::has(&headers, etag)) {
        (page.status, page.html) = (StatusCode::NOT_MODIFIED, String::new());
    }
    let (body, encoding) = compressed(page.html.into(), &headers);
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = page.status;
    let headers = response.headers_mut();
    headers.extend(encoding.map(|encoding| (header::CONTENT_ENCODING, encoding)));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("cookie, accept-encoding"));
    if let Some(etag) = page.etag.and_then(|etag| HeaderValue::from_str(&etag).ok()) {
        headers.insert(header::ETAG, etag);
    }
    response
}

/// Whether a page asks for itself anew, or a person for more than what is kept (a forced reload).
fn follows(headers: &HeaderMap) -> bool {
    headers.get(header::CACHE_CONTROL).is_some_and(|value| value == "no-cache")
}

/// Ends a question, as the page of questions has a button for.
async fn end(
    State(service): State<Arc<Service>>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<u64>,
) -> Redirect {
    // One that has ended meanwhile needs no end.
    service.queries.end(id, &viewer);
    Redirect::to("/queries")
}

/// A file of the pages: its name changes with what it holds.
async fn asset(headers: HeaderMap, uri: Uri) -> Response {
    let Some(asset) = pages::asset(uri.path()) else { return StatusCode::NOT_FOUND.into_response() };
    let fields = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::VARY, "accept-encoding"),
    ];
    let (body, encoding) = compressed(Bytes::from_static(asset.bytes), &headers);
    let mut response = (fields, body).into_response();
    response.headers_mut().extend(encoding.map(|encoding| (header::CONTENT_ENCODING, encoding)));
    response
}
