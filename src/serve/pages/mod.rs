//! What people see in a browser.

use std::fmt::Write as _;

use http::StatusCode;
use maud::{DOCTYPE, html};

use super::access::Viewer;
use super::service::Service;

/// An HTML page.
#[derive(Debug)]
pub(in crate::serve) struct Page {
    pub(in crate::serve) status: StatusCode,
    pub(in crate::serve) html: String,
    /// What it was made of, in quotes, if it is the same when that is.
    pub(in crate::serve) etag: Option<String>,
}

/// A file that pages need.
#[derive(Debug)]
pub(in crate::serve) struct Asset {
    pub(in crate::serve) bytes: &'static [u8],
    pub(in crate::serve) content_type: &'static str,
}

/// The page of a path.
pub(in crate::serve) async fn respond(service: &Service, _viewer: &Viewer, path: &str, _query: &str) -> Page {
    if path != "/" {
        return Page { status: StatusCode::NOT_FOUND, html: "<!DOCTYPE html>nothing is here".to_owned(), etag: None };
    }
    let mut names = String::new();
    for source in service.sources() {
        let _ = write!(names, "{} ", source.name);
    }
    let html = html! { (DOCTYPE) title { "albstats" } p { (names) } }.into_string();
    Page { status: StatusCode::OK, html, etag: None }
}

/// The page that asks for a token; `next` is where to go then.
pub(in crate::serve) fn login(next: &str, problem: Option<&str>) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { "albstats" } }
            body {
                main {
                    h1 { "albstats" }
                    @if let Some(problem) = problem { p role="alert" { (problem) } }
                    form method="post" action="/login" {
                        input type="hidden" name="next" value=(next);
                        label { "Token " input type="password" name="token" required autofocus autocomplete="current-password"; }
                        button { "Log in" }
                    }
                    p { "albstats serve token NAME makes one." }
                }
            }
        }
    }
    .into_string()
}

/// The file of a path below `/assets/`.
pub(in crate::serve) fn asset(_path: &str) -> Option<Asset> {
    None
}
