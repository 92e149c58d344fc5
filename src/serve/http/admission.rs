//! Who asks, and whether they may: a token in a header, a session in a cookie, or nobody has to say.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};

use crate::base::message::Message;
use crate::serve::access::{Access, Denied, Pass, Viewer};
use crate::serve::refusal::Refusal;

/// The cookie of a session.
pub(super) const COOKIE: &str = "albstats_session";
/// What anybody may see: probes, and what it takes to log in.
const OPEN: [&str; 3] = ["/healthz", "/readyz", "/login"];

/// The address a connection comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) IpAddr);

/// Lets requests through, with who asks.
pub(super) async fn admission(
    State(access): State<Arc<Access>>,
    Extension(Peer(from)): Extension<Peer>,
    mut request: Request<Body>,
    next: Next,
) -> Response {
    if let Err(refusal) = from_elsewhere(&request) {
        return refusal.into_response();
    }
    let path = request.uri().path();
    let is_open = OPEN.contains(&path) || path.starts_with("/assets/");
    let viewer = if access.is_restricted() && !is_open {
        viewer(&access, request.headers(), from)
    } else if access.is_restricted() {
        Ok((Viewer::default(), Pass::of_anybody(&access)))
    } else {
        Ok((Viewer::of_this_machine(), Pass::of_anybody(&access)))
    };
    match viewer {
        Ok((viewer, pass)) => {
            request.extensions_mut().insert(viewer.clone());
            request.extensions_mut().insert(pass.clone());
            let mut response = next.run(request).await;
            // It may have taken a while. What is no success holds nothing; a logout ends its own session.
            if response.status().is_success() && !pass.allows(&viewer) {
                response = lapsed(&pass).into_response();
            }
            response.extensions_mut().insert(viewer);
            response
        }
        Err(denied) => refused(denied, &request),
    }
}

fn viewer(access: &Arc<Access>, headers: &HeaderMap, from: IpAddr) -> Result<(Viewer, Pass), Denied> {
    if let Some(authorization) = headers.get(header::AUTHORIZATION) {
        let token = authorization.to_str().ok().and_then(|text| {
            let (scheme, token) = text.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
        });
        let token = token.ok_or(Denied::Unknown)?;
        return Ok((access.by_token(token, from)?, Pass::by_token(access, token)));
    }
    let session = session(headers).ok_or(Denied::Unknown)?;
    Ok((access.by_session(session)?, Pass::by_session(access, session)))
}

/// Of an answer that was made while what was shown for it was taken away, or came to allow less.
fn lapsed(pass: &Pass) -> Refusal {
    if pass.allows(&Viewer::default()) {
        let message = Message::new("the token allows less by now than when this was asked").hint("ask again");
        return Refusal::new(StatusCode::FORBIDDEN, "not_allowed", message);
    }
    Refusal::new(StatusCode::UNAUTHORIZED, "not_known", "the token or session ended while this was answered")
}

/// The session that a browser shows.
pub(super) fn session(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}

/// Refuses what another site's page makes a browser do: to change something, or to ask for anything but a page to look at.
fn from_elsewhere<B>(request: &Request<B>) -> Result<(), Refusal> {
    let text = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD);
    let is_visit = is_safe && text("sec-fetch-mode") == Some("navigate") && !request.uri().path().starts_with("/api/");
    let is_other_site = matches!(text("sec-fetch-site"), Some("cross-site" | "same-site"));
    let is_other_origin = match (text("origin"), text("host")) {
        (Some(origin), Some(host)) => origin.split_once("://").is_none_or(|(_, from)| !from.eq_ignore_ascii_case(host)),
        (Some(_), None) => true,
        (None, _) => false,
    };
    if (is_other_site && !is_visit) || (is_other_origin && !is_safe) {
        let message = "a page of another site cannot ask for this";
        return Err(Refusal::new(StatusCode::FORBIDDEN, "other_site", message));
    }
    Ok(())
}

/// People are shown where to log in; programs are told.
fn refused<B>(denied: Denied, request: &Request<B>) -> Response {
    let text = |name: header::HeaderName| {
        request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    };
    let is_page = request.method() == Method::GET && !request.uri().path().starts_with("/api/");
    if is_page && denied == Denied::Unknown && text(header::ACCEPT).contains("text/html") {
        let next = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
        return Redirect::to(&format!("/login?next={next}")).into_response();
    }
    if denied == Denied::TooOften {
        let message = "too many tokens were wrong that came from this address";
        return Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too_many_failures", message)
            .retry_after(60)
            .into_response();
    }
    let message = match denied {
        Denied::Unknown => "a token is needed",
        Denied::Wrong | Denied::TooOften => "the token is not known",
    };
    let message = Message::new(message).hint("Authorization: Bearer TOKEN");
    let mut response = Refusal::new(StatusCode::UNAUTHORIZED, "not_known", message).into_response();
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_other_sites_may_lead_here_and_no_more() {
        let check = |method: Method, path: &str, fields: &[(&str, &str)]| {
            let mut request = Request::builder().method(method).uri(path).header("host", "localhost:4480");
            for (name, value) in fields {
                request = request.header(*name, *value);
            }
            from_elsewhere(&request.body(()).unwrap()).is_ok()
        };
        let (get, post) = (Method::GET, Method::POST);
        let ours = ("origin", "http://localhost:4480");
        let other = ("origin", "https://evil.example");
        assert!(check(post.clone(), "/api/v1/query", &[]), "a program says nothing");
        assert!(check(post.clone(), "/api/v1/query", &[ours, ("sec-fetch-site", "same-origin")]));
        assert!(!check(post.clone(), "/api/v1/query", &[other]));
        assert!(!check(post.clone(), "/login", &[("origin", "null")]));
        assert!(!check(post, "/login", &[("origin", "http://localhost:80")]));
        let cross = ("sec-fetch-site", "cross-site");
        assert!(check(get.clone(), "/", &[cross, ("sec-fetch-mode", "navigate")]));
        assert!(!check(get.clone(), "/api/v1/query", &[cross, ("sec-fetch-mode", "navigate")]));
        assert!(!check(get, "/", &[cross, ("sec-fetch-mode", "no-cors")]));
    }

    #[test]
    fn a_session_is_one_cookie_among_others() {
        let headers = |cookies: &'static str| HeaderMap::from_iter([(header::COOKIE, cookies.parse().unwrap())]);
        assert_eq!(session(&headers("a=b; albstats_session=x; c=d")), Some("x"));
        assert_eq!(session(&headers("xalbstats_session=x")), None);
        assert_eq!(session(&HeaderMap::new()), None);
    }
}
