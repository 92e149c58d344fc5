//! Which path is answered by what.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderValue, StatusCode, Uri, header};

use super::guard::guard;
use crate::serve::api;
use crate::serve::pages;
use crate::serve::service::Service;
use crate::serve::viewer::Viewer;

/// Everything that is answered.
pub(super) fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .nest("/api/v1", api::router())
        .route("/assets/{*path}", get(asset))
        .fallback(get(page))
        .layer(from_fn_with_state(Arc::clone(&service), guard))
        .with_state(service)
}

async fn page(State(service): State<Arc<Service>>, uri: Uri) -> Response {
    let viewer = Viewer::of_this_machine();
    let page = pages::respond(&service, &viewer, uri.path(), uri.query().unwrap_or_default()).await;
    let mut response = Response::new(Body::from(page.html));
    *response.status_mut() = page.status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Some(etag) = page.etag.and_then(|etag| HeaderValue::from_str(&etag).ok()) {
        headers.insert(header::ETAG, etag);
    }
    response
}

/// A file of the pages: its name changes with what it holds.
async fn asset(uri: Uri) -> Response {
    let Some(asset) = pages::asset(uri.path()) else { return StatusCode::NOT_FOUND.into_response() };
    let fields =
        [(header::CONTENT_TYPE, asset.content_type), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    (fields, asset.bytes).into_response()
}
