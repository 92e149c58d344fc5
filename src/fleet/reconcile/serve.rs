//! `/healthz` and `/metrics` over HTTP, for probes and Prometheus. Nothing can be changed through it.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use super::health::Health;

/// Listens until it is dropped.
///
/// # Errors
/// When the address cannot be listened to.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

/// So many connections at the same time: probes and Prometheus need a few.
const CONNECTIONS: usize = 64;
/// A request's head has come by then, or never will.
const HEAD: Duration = Duration::from_secs(5);
/// A connection ends by then, whatever it is doing.
const CONNECTION: Duration = Duration::from_mins(1);
/// After a connection could not be taken, as when there are too many open files: at once it could not be taken either.
const PAUSE: Duration = Duration::from_millis(200);

/// Answers requests, some dozens of connections at the same time. The oldest makes room for one more, so that whoever opens
/// connections and says nothing keeps nobody from an answer.
pub(super) async fn serve(listener: TcpListener, health: Arc<Health>) {
    let mut open: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        open.retain(|connection| !connection.is_finished());
        if open.len() >= CONNECTIONS
            && let Some(oldest) = open.pop_front()
        {
            oldest.abort();
        }
        let health = Arc::clone(&health);
        let service = service_fn(move |request| {
            let answer = answer(&request, &health);
            async move { Ok::<_, Infallible>(answer) }
        });
        let mut http = hyper::server::conn::http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(HEAD);
        let connection = http.serve_connection(TokioIo::new(stream), service);
        open.push_back(tokio::spawn(tokio::time::timeout(CONNECTION, connection)).abort_handle());
    }
}

fn answer(request: &Request<Incoming>, health: &Health) -> Response<Full<Bytes>> {
    let (status, text) = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/healthz") => match health.late() {
            None => (StatusCode::OK, "ok\n".to_owned()),
            Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
        },
        (&Method::GET, "/metrics") => (StatusCode::OK, health.metrics.text()),
        (&Method::GET | &Method::HEAD, _) => (StatusCode::NOT_FOUND, "/healthz and /metrics are here\n".to_owned()),
        _ => (StatusCode::METHOD_NOT_ALLOWED, "nothing can be changed here\n".to_owned()),
    };
    let content = if request.uri().path() == "/metrics" {
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    } else {
        "text/plain; charset=utf-8"
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(content));
    response
}
