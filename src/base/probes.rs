//! `/healthz`, `/metrics` and the like over HTTP, for probes and Prometheus. Nothing can be changed through it.

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

use crate::base::metrics_text::as_asked;

const METRICS: &str = "/metrics";

/// What answers probes.
pub trait Probed: Send + Sync {
    /// The paths of its probes: `/healthz`.
    fn paths(&self) -> &'static [&'static str];

    /// Whether all is well, or why not, in one line; none for a path that is no probe's.
    fn probe(&self, path: &str) -> Option<Result<(), String>>;

    /// What it counts, as Prometheus reads it.
    fn metrics(&self) -> String;
}

/// Listens until it is dropped.
///
/// # Errors
/// When the address cannot be listened to.
pub async fn bind(address: SocketAddr) -> Result<TcpListener> {
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
pub async fn serve(listener: TcpListener, probed: Arc<dyn Probed>) {
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
        let probed = Arc::clone(&probed);
        let service = service_fn(move |request| {
            let answer = answer(&request, probed.as_ref());
            async move { Ok::<_, Infallible>(answer) }
        });
        let mut http = hyper::server::conn::http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(HEAD);
        let connection = http.serve_connection(TokioIo::new(stream), service);
        open.push_back(tokio::spawn(tokio::time::timeout(CONNECTION, connection)).abort_handle());
    }
}

fn answer(request: &Request<Incoming>, probed: &dyn Probed) -> Response<Full<Bytes>> {
    let path = request.uri().path();
    let mut content = "text/plain; charset=utf-8";
    let (status, text) = match *request.method() {
        Method::GET | Method::HEAD if path == METRICS => {
            let (of_metrics, text) = as_asked(probed.metrics(), request.headers());
            content = of_metrics;
            (StatusCode::OK, text)
        }
        Method::GET | Method::HEAD => match probed.probe(path) {
            Some(Ok(())) => (StatusCode::OK, "ok\n".to_owned()),
            Some(Err(why)) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
            None => {
                let here = [probed.paths(), &[METRICS]].concat().join(", ");
                (StatusCode::NOT_FOUND, format!("{here} are here\n"))
            }
        },
        _ => (StatusCode::METHOD_NOT_ALLOWED, "nothing can be changed here\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(content));
    response
}
