//! What people see in a browser.

use std::fmt::Write as _;

use http::StatusCode;
use maud::{DOCTYPE, html};

use super::service::Service;
use super::viewer::Viewer;

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

/// The file of a path below `/assets/`.
pub(in crate::serve) fn asset(_path: &str) -> Option<Asset> {
    None
}
