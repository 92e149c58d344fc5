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
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use crate::base::metrics_text::as_asked;
use crate::base::shown::harmless;

const HEALTH: &str = "/healthz";
const READY: &str = "/readyz";
const METRICS: &str = "/metrics";

/// Whether somebody does what they are there for. Who is taken out of service does nothing at all any more: so whoever does some
/// of it is ready, and says what is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readiness {
    /// Whether anything of it can be done.
    pub is_ready: bool,
    /// What cannot, a line for each.
    pub missing: Vec<String>,
}

impl Readiness {
    /// 200, or 503.
    pub fn status(&self) -> StatusCode {
        if self.is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
    }

    /// `{"missing":["prod: access denied"],"ready":true}`
    pub fn json(&self) -> String {
        let missing: Vec<_> = self.missing.iter().map(|line| harmless(line)).collect();
        json!({ "ready": self.is_ready, "missing": missing }).to_string() + "\n"
    }
}

/// What answers probes.
pub trait Probed: Send + Sync {
    /// Whether it goes on, or why not, in one line.
    ///
    /// # Errors
    /// When it does not.
    fn healthy(&self) -> Result<(), String>;

    /// Whether it does what it is there for.
    fn ready(&self) -> Readiness;

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
        Method::GET | Method::HEAD if path == READY => {
            content = "application/json";
            let ready = probed.ready();
            (ready.status(), ready.json())
        }
        Method::GET | Method::HEAD if path == HEALTH => match probed.healthy() {
            Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
            Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
        },
        Method::GET | Method::HEAD => (StatusCode::NOT_FOUND, format!("{HEALTH}, {READY}, {METRICS} are here\n")),
        _ => (StatusCode::METHOD_NOT_ALLOWED, "nothing can be changed here\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(content));
    response
}
