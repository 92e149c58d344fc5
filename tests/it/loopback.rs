//! A server on the loopback interface, asked instead of AWS: it takes connections until it is dropped, and knows how the
//! program finds it. What a request is answered with is decided by those who start one: `s3`, `cloud` and `fake_aws`.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use http::request::Parts;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

pub(crate) type Answer = Response<Full<Bytes>>;

/// The region in which everything is, unless a test says otherwise.
pub(crate) const REGION: &str = "eu-west-1";

pub(crate) struct Loopback {
    address: SocketAddr,
    /// Taken when the server stops.
    runtime: Option<Runtime>,
}

impl Loopback {
    /// Hands every connection to `serve`, all at the same time.
    pub(crate) fn connections<F: Future<Output = ()> + Send + 'static>(
        serve: impl Fn(TcpStream) -> F + Send + 'static,
    ) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream));
            }
        });
        Self { address, runtime: Some(runtime) }
    }

    /// Answers requests that have come whole.
    pub(crate) fn requests(answer: impl Fn(&Parts, &Bytes) -> Answer + Send + Sync + 'static) -> Self {
        let answer = Arc::new(answer);
        Self::connections(move |stream| {
            let answer = Arc::clone(&answer);
            async move {
                let service = service_fn(|request: Request<Incoming>| async {
                    let (parts, body) = request.into_parts();
                    let body = body.collect().await.unwrap().to_bytes();
                    Ok::<_, Infallible>(answer(&parts, &body))
                });
                // Clients go away when they like.
                let _ended = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            }
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What a program needs in its environment to ask this server instead of AWS.
    pub(crate) fn env(&self, access_key: &str, secret_key: &str) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", self.url()),
            ("AWS_ACCESS_KEY_ID", access_key.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", secret_key.to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        // Stalled answers would be waited for.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// An answer with a body.
pub(crate) fn respond(status: u16, content_type: &str, body: impl Into<Bytes>) -> Answer {
    let response = Response::builder().status(status).header("content-type", content_type);
    response.body(Full::new(body.into())).unwrap()
}

/// Text as XML takes it.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Text without `%41`.
pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = tail.get(..2).and_then(|digits| u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok());
        if let (b'%', Some(code)) = (first, code) {
            bytes.push(code);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Keys and values of a form or a query, decoded.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| decoded(&text.replace('+', " "));
    let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(key, value)| (decoded(key), decoded(value))).collect()
}

/// The region a request was signed for: `AWS4-HMAC-SHA256 Credential=AKID/20261120/eu-west-1/s3/aws4_request, …`
pub(crate) fn signed_region(authorization: &str) -> Option<&str> {
    let (_, scope) = authorization.split_once("Credential=")?;
    scope.split('/').nth(2)
}
