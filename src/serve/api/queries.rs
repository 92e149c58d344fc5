//! What is under way and was lately: `GET /api/v1/queries`, `DELETE /api/v1/queries/{id}`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;

use super::as_json;
use crate::serve::access::Viewer;
use crate::serve::refusal::Refusal;
use crate::serve::service::Service;

pub(super) async fn list(State(service): State<Arc<Service>>, Extension(viewer): Extension<Viewer>) -> Response {
    let (running, recent) = service.queries.shown(&viewer);
    as_json(json!({ "running": running, "recent": recent }).to_string() + "\n")
}

/// Ends a question: its answer ends with an error.
pub(super) async fn end(
    State(service): State<Arc<Service>>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let found = id.parse().ok().filter(|id| service.queries.end(*id, &viewer));
    let id = found.ok_or_else(|| Refusal::not_found("no such question is under way"))?;
    Ok(as_json(json!({ "ended": id }).to_string() + "\n"))
}
