//! What programs ask: `/api/v1/`.

mod reports;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use http::Uri;

use super::refusal::Refusal;
use super::service::Service;

/// Everything below `/api/v1`.
pub(super) fn router() -> Router<Arc<Service>> {
    Router::new()
        .route("/reports/{name}", get(reports::report))
        .fallback(async || Refusal::not_found("nothing is here: docs/http.md says what is"))
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
