//! What is new: `GET /api/v1/events`, server-sent events. They say that there is something, and up to when logs are complete;
//! what it is, whoever wants to know asks.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use http::{HeaderValue, StatusCode, Uri, header};
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::{no_other, parameters, take, time};
use crate::serve::access::Pass;
use crate::serve::answers::Position;
use crate::serve::refusal::Refusal;
use crate::serve::service::Service;

/// From one sign of life to the next, so that whatever stands between does not take the connection for dead.
const ALIVE: Duration = Duration::from_secs(15);
/// When to come again after the connection ended, milliseconds.
const AGAIN: u32 = 3000;

pub(super) async fn events(
    State(service): State<Arc<Service>>,
    Extension(pass): Extension<Pass>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let mut parameters = parameters(&uri);
    no_other(&parameters, &["source"])?;
    let sources = match take(&mut parameters, "source")? {
        Some(name) => vec![service.source(Some(&name))?],
        None => service.sources(),
    };
    let permit = service.listener().ok_or_else(|| {
        Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too_many_listeners", "too many listen already").retry_after(30)
    })?;
    let positions = sources.into_iter().filter_map(|source| Some((service.position(&source.name)?, source.name)));
    let changes: Vec<BoxStream<'static, String>> =
        positions.map(|(position, name)| changes(name, position).boxed()).collect();
    let changes = stream::once(async { format!("retry: {AGAIN}\n\n") }).chain(stream::select_all(changes));
    let body = while_let_in(changes.boxed(), pass, service.closing(), permit);
    let mut response = Response::new(Body::from_stream(body.map(|text| Ok::<_, Infallible>(Bytes::from(text)))));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Where a source stands, and then whenever that changes.
fn changes(name: String, mut position: watch::Receiver<Position>) -> impl Stream<Item = String> {
    position.mark_changed();
    stream::unfold((name, position), async |(name, mut position)| {
        position.changed().await.ok()?;
        let Position { mark, complete_until } = *position.borrow_and_update();
        let data = json!({ "source": name, "mark": format!("{mark:x}"), "complete_until": time(complete_until) });
        Some((format!("event: position\ndata: {data}\n\n"), (name, position)))
    })
}

/// The same, with signs of life, until the server ends or what let the listener in does not count any more.
fn while_let_in(
    changes: BoxStream<'static, String>,
    pass: Pass,
    closing: watch::Receiver<bool>,
    permit: OwnedSemaphorePermit,
) -> impl Stream<Item = String> + Send {
    stream::unfold((changes, pass, closing, permit), async |(mut changes, pass, mut closing, permit)| {
        let text = tokio::select! {
            biased;
            _ = closing.wait_for(|closing| *closing) => return None,
            () = pass.ends() => return None,
            text = changes.next() => text?,
            () = tokio::time::sleep(ALIVE) => ": alive\n\n".to_owned(),
        };
        Some((text, (changes, pass, closing, permit)))
    })
}
