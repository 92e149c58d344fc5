//! A line for each request, when its answer has ended: never a query, nor anything else that was sent.

use std::fmt;
use std::io::Write;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Instant;

use alblog::time::Iso;
use axum::Extension;
use axum::body::Body;
use axum::extract::{MatchedPath, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue, Method, Request};
use http_body_util::BodyExt;
use serde_json::json;

use super::admission::Peer;
use crate::base::clock::now;
use crate::serve::access::Viewer;

/// How requests are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogForm {
    Text,
    /// An object a line.
    Json,
}

/// Lines on their way: so many that nobody took yet, and what comes then is lost rather than waited for.
const LINES: usize = 4096;
/// Bytes of a path that is no route's.
const PATH: usize = 40;
/// The number of a request, in its answer and in its line.
const ID: HeaderName = HeaderName::from_static("x-request-id");

/// Where lines go, if they go anywhere.
#[derive(Debug, Clone)]
pub(super) struct Log(Option<(LogForm, SyncSender<String>)>);

impl Log {
    /// Standard error, by a thread of its own: whoever reads it may be slow.
    pub(super) fn start(form: Option<LogForm>) -> Self {
        Self(form.and_then(|form| {
            let (sender, lines) = sync_channel(LINES);
            let thread = std::thread::Builder::new().name("log".to_owned());
            thread.spawn(move || write(&lines)).ok().map(|_| (form, sender))
        }))
    }
}

fn write(lines: &Receiver<String>) {
    for line in lines {
        let _ = writeln!(std::io::stderr(), "{line}");
    }
}

/// Gives each request a number, and logs it.
pub(super) async fn log(
    State(log): State<Log>,
    Extension(Peer(from)): Extension<Peer>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let id = format!("{:016x}", fastrand::u64(..));
    let route = request.extensions().get::<MatchedPath>().map(|route| route.as_str().to_owned());
    let route = route.unwrap_or_else(|| plain(request.uri().path()));
    let known = [Method::GET, Method::HEAD, Method::POST, Method::DELETE];
    let method = known.iter().find(|known| *known == request.method()).map_or("(other)", Method::as_str).to_owned();
    let (began, at) = (Instant::now(), now());
    let mut response = next.run(request).await;
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(ID, id);
    }
    if log.0.is_none() {
        return response;
    }
    let by = response.extensions().get::<Viewer>().and_then(|viewer| viewer.name.clone());
    let status = response.status().as_u16();
    let mut ends =
        Ends { log, line: Line { at, id, method, route, status, from: from.to_string(), by, bytes: 0 }, began };
    response.map(|body| {
        Body::new(body.map_frame(move |frame| {
            ends.count(frame.data_ref().map_or(0, bytes::Bytes::len));
            frame
        }))
    })
}

/// A path that is no route's, if it is a plain one.
fn plain(path: &str) -> String {
    let is_plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte));
    if is_plain && path.len() <= PATH { path.to_owned() } else { "(other)".to_owned() }
}

/// What is logged of a request.
struct Line {
    at: i64,
    id: String,
    method: String,
    route: String,
    status: u16,
    from: String,
    by: Option<String>,
    bytes: u64,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, id, method, route, status, from, by, bytes } = self;
        write!(f, "{} {id} {from} {method} {route} {status} {bytes} bytes", Iso(*at))?;
        by.as_ref().map_or(Ok(()), |by| write!(f, " {by}"))
    }
}

/// Logs a request when its answer is gone.
struct Ends {
    log: Log,
    line: Line,
    began: Instant,
}

impl Ends {
    fn count(&mut self, bytes: usize) {
        self.line.bytes += bytes as u64;
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        let Some((form, sender)) = &self.log.0 else { return };
        let took = self.began.elapsed().as_secs_f64() * 1000.;
        let line = &self.line;
        let text = match form {
            LogForm::Text => format!("{line} {took:.1} ms"),
            LogForm::Json => json!({
                "time": Iso(line.at).to_string(),
                "level": "info",
                "message": "request",
                "id": line.id,
                "from": line.from,
                "method": line.method,
                "route": line.route,
                "status": line.status,
                "bytes": line.bytes,
                "by": line.by,
                "took_ms": took,
            })
            .to_string(),
        };
        let _ = sender.try_send(text);
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn only_plain_paths_are_written() {
        assert_eq!(plain("/target"), "/target");
        for path in ["/a%0ab", "/a?b", "/\u{202e}", &"/a".repeat(100)] {
            assert_eq!(plain(path), "(other)", "{path}");
        }
    }
}
