//! What is true of every request before it is looked at, and of every answer: whom it calls by which name, and what browsers
//! may do with it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};

use crate::serve::refusal::Refusal;
use crate::serve::service::Service;

/// What browsers may load and do: our own files, nothing inline, nothing of anybody else's.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Fields of every answer, unless it has its own.
const FIELDS: [(&str, &str); 5] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    // Other sites learn nothing. Without any referrer, browsers send `Origin: null` with our own forms: nobody could log in.
    ("referrer-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
];

/// Refuses what no honest client sends, and adds what every answer has.
pub(super) async fn guard(State(service): State<Arc<Service>>, request: Request<Body>, next: Next) -> Response {
    let mut response = match check(&request, &service.settings().hosts, service.settings().listen) {
        Ok(()) => next.run(request).await,
        Err(refusal) => {
            let mut response = refusal.into_response();
            // Whatever follows may be meant to be taken for another request.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            response
        }
    };
    for (name, value) in FIELDS {
        let name = HeaderName::from_static(name);
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

fn check<B>(request: &Request<B>, hosts: &[String], listen: SocketAddr) -> Result<(), Refusal> {
    let headers = request.headers();
    let refused = |text: &str| Err(Refusal::new(StatusCode::BAD_REQUEST, "bad_request", text));
    if ![Method::GET, Method::HEAD, Method::POST, Method::DELETE].contains(request.method()) {
        return Err(Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "bad_method",
            "GET, HEAD, POST and DELETE are known here",
        ));
    }
    // A length beside chunks is dropped before a request gets here, and could have been what a proxy went by.
    if headers.contains_key(header::TRANSFER_ENCODING) {
        return Err(Refusal::new(
            StatusCode::LENGTH_REQUIRED,
            "length_required",
            "a body has a length: Content-Length",
        ));
    }
    if request.uri().authority().is_some() {
        return refused("this is no proxy");
    }
    let Some(host) = only(headers, &header::HOST).and_then(|host| host.parse::<Authority>().ok()) else {
        return refused("a request names one host");
    };
    if !is_ours(host.host(), hosts, listen.ip()) {
        let message = "this server is not called so: names are given with --host, or hosts in [serve]";
        return Err(Refusal::new(StatusCode::MISDIRECTED_REQUEST, "bad_host", message));
    }
    Ok(())
}

/// Whether a browser may call this server so. A name that somebody else can let mean this machine is not one: their pages
/// would be taken for ours.
fn is_ours(host: &str, hosts: &[String], listen: IpAddr) -> bool {
    let is_named = hosts.iter().any(|name| name.eq_ignore_ascii_case(host));
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    let is_address =
        address.is_some_and(|address| address == listen || address.is_loopback() || listen.is_unspecified());
    is_named || is_address || host.eq_ignore_ascii_case("localhost")
}

/// The value of a field that stands there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then(|| value.to_str().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_nobody_else_can_point_here_are_ours() {
        let hosts = ["logs.example.com".to_owned()];
        let loopback = IpAddr::from([127, 0, 0, 1]);
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "[::1]", "Logs.Example.com"] {
            assert!(is_ours(host, &hosts, loopback), "{host}");
        }
        for host in ["evil.com", "localhost.evil.com", "10.0.0.1", "0", "127.1", "example.com"] {
            assert!(!is_ours(host, &hosts, loopback), "{host}");
        }
        assert!(is_ours("10.0.0.1", &[], IpAddr::from([0, 0, 0, 0])));
        assert!(is_ours("10.0.0.1", &[], IpAddr::from([10, 0, 0, 1])));
    }

    #[test]
    fn requests_that_can_be_read_in_two_ways_are_refused() {
        let request = |fields: &[(&str, &str)], uri: &str| {
            let mut request = Request::builder().uri(uri);
            for (name, value) in fields {
                request = request.header(*name, *value);
            }
            check(&request.body(()).unwrap(), &[], SocketAddr::from(([127, 0, 0, 1], 80)))
                .map_err(|refusal| refusal.code)
        };
        assert_eq!(request(&[("host", "localhost:80")], "/"), Ok(()));
        assert_eq!(request(&[], "/"), Err("bad_request"));
        assert_eq!(request(&[("host", "localhost"), ("host", "localhost")], "/"), Err("bad_request"));
        assert_eq!(request(&[("host", "localhost")], "http://localhost/"), Err("bad_request"));
        assert_eq!(request(&[("host", "evil.com")], "/"), Err("bad_host"));
        let chunks = [("host", "localhost"), ("transfer-encoding", "chunked")];
        assert_eq!(request(&chunks, "/"), Err("length_required"));
    }
}
