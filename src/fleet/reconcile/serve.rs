//! `/healthz` and `/metrics` over HTTP, for probes and Prometheus. Nothing can be changed through it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::health::Health;

/// Listens until it is dropped.
///
/// # Errors
/// When the address cannot be listened to.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

/// Answers requests, one connection after another at the same time.
pub(super) async fn serve(listener: TcpListener, health: Arc<Health>) {
    loop {
        // A connection that cannot be taken is its client's loss.
        let Ok((stream, _)) = listener.accept().await else { continue };
        let health = Arc::clone(&health);
        let service = service_fn(move |request| {
            let answer = answer(&request, &health);
            async move { Ok::<_, Infallible>(answer) }
        });
        tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
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
