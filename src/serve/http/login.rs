//! Logging in and out: a token is exchanged for a session, which a browser keeps in a cookie that no script sees and no other
//! site makes it send.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};

use super::admission::{COOKIE, Peer, session};
use crate::serve::access::{Access, Denied};
use crate::serve::body;
use crate::serve::pages;
use crate::serve::refusal::Refusal;

/// Bytes of a form.
const FORM: usize = 8 << 10;

/// Whether what is answered goes through TLS, so that cookies may insist on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Secure(pub(super) bool);

/// The page that asks for a token.
pub(super) async fn page(uri: Uri) -> Response {
    let query = uri.query().unwrap_or_default();
    form(StatusCode::OK, &field(query.as_bytes(), "next").unwrap_or_default(), None)
}

fn form(status: StatusCode, next: &str, problem: Option<&str>) -> Response {
    let fields = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (status, fields, pages::login(next, problem)).into_response()
}

/// A token was typed.
pub(super) async fn log_in(
    State(access): State<Arc<Access>>,
    Extension(Peer(from)): Extension<Peer>,
    Extension(Secure(secure)): Extension<Secure>,
    body: Body,
) -> Result<Response, Refusal> {
    let body = body::read(body, FORM).await?;
    let (token, next) = (field(&body, "token").unwrap_or_default(), field(&body, "next").unwrap_or_default());
    match access.begin_session(token.trim(), from) {
        Ok(session) => {
            let secure = if secure { "; Secure" } else { "" };
            let cookie = format!("{COOKIE}={session}; HttpOnly; SameSite=Strict; Path=/{secure}");
            Ok(with_cookie(Redirect::to(here(&next)), &cookie))
        }
        Err(Denied::TooOften) => {
            let problem = "Too many tokens were wrong. Try again in a minute.";
            Ok(form(StatusCode::TOO_MANY_REQUESTS, &next, Some(problem)))
        }
        Err(_) => Ok(form(StatusCode::FORBIDDEN, &next, Some("This token is not known."))),
    }
}

/// Ends the session.
pub(super) async fn log_out(State(access): State<Arc<Access>>, headers: HeaderMap) -> Response {
    session(&headers).inspect(|session| access.end_session(session));
    with_cookie(Redirect::to("/login"), &format!("{COOKIE}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0"))
}

fn with_cookie(redirect: Redirect, cookie: &str) -> Response {
    let mut response = redirect.into_response();
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// A path of this server, whatever was asked for.
fn here(next: &str) -> &str {
    let is_path = next.starts_with('/') && !next[1..].starts_with(['/', '\\']);
    let is_plain = next.bytes().all(|byte| byte.is_ascii_graphic());
    if is_path && is_plain { next } else { "/" }
}

/// A field of a form.
fn field(form: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(form).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::here;

    #[test]
    fn nobody_is_led_elsewhere() {
        for (next, path) in [
            ("/target?service=a%2Fb", "/target?service=a%2Fb"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a\r\nx: y", "/"),
            ("/a\tb", "/"),
            ("", "/"),
        ] {
            assert_eq!(here(next), path, "{next:?}");
        }
    }
}
