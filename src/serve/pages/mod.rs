//! What people see in a browser: reports, live, with one bar that says of what, when and of which rows.
//!
//! An address is a path and `filters`, which are the flags of a report; everything on a page that leads somewhere is another address
//! (`links`, `bar`). `reports` asks for what a page needs and puts `panel`s together; `sql`, `alerts`, `fleet`, `ingestion` and `queries` are
//! pages of their own. Drawing is pure; documents are drawn by `output::html`. Everything can be read without the scripts in
//! `assets/`, which add dragging over charts, live refresh, sorting, copying and completion.

mod alerts;
mod assets;
mod bar;
mod composed;
mod filters;
mod fleet;
mod form;
mod frame;
mod ingestion;
mod links;
mod listing;
mod login;
mod panel;
mod queries;
mod refusals;
mod reports;
mod shapes;
mod sql;
mod time;

use std::hash::Hasher;

use http::StatusCode;
use twox_hash::XxHash64;

use super::access::{Pass, Viewer};
use super::cache::Freshness;
use super::refusal::Refusal;
use super::service::Service;
use filters::Filters;
use reports::Visit;

pub(in crate::serve) use assets::asset;
pub(in crate::serve) use login::login;

/// An HTML page.
#[derive(Debug)]
pub(in crate::serve) struct Page {
    pub(in crate::serve) status: StatusCode,
    pub(in crate::serve) html: String,
    /// What it was made of, in quotes, if it is the same when that is.
    pub(in crate::serve) etag: Option<String>,
}

/// The page of a path.
pub(in crate::serve) async fn respond(
    service: &Service,
    (viewer, pass): (&Viewer, &Pass),
    path: &str,
    query: &str,
    freshness: Freshness,
) -> Page {
    let visit = Visit { service, viewer, pass, path, freshness };
    match page(&visit, query).await {
        Ok((StatusCode::OK, html)) => Page { status: StatusCode::OK, etag: Some(etag(&html)), html },
        Ok((status, html)) => Page { status, html, etag: None },
        Err(refusal) => Page { status: refusal.status, html: refusals::draw(&visit, query, &refusal), etag: None },
    }
}

async fn page(visit: &Visit<'_>, query: &str) -> Result<(StatusCode, String), Refusal> {
    if visit.path == "/sql" {
        return sql::page(visit, query).await;
    }
    let filters = Filters::read(query).map_err(Refusal::of_parameters)?;
    let html = if let Some(composition) = composed::find(visit.path) {
        visit.composed(composition, &filters).await?
    } else if let Some(report) = visit.path.strip_prefix("/report/") {
        visit.report(report, &filters).await?
    } else {
        match visit.path {
            "/reports" => visit.listing(&filters)?,
            "/alerts" => visit.alerts(&filters),
            "/fleet" => visit.fleet(&filters),
            "/ingestion" => visit.ingestion(&filters),
            "/queries" => visit.queries(&filters),
            _ => return Err(Refusal::not_found("there is no such page")),
        }
    };
    Ok((StatusCode::OK, html))
}

/// A name of what a page holds, but for how long it took to make it.
fn etag(html: &str) -> String {
    let (page, _) = html.split_once("<footer").unwrap_or((html, ""));
    let mut hasher = XxHash64::default();
    hasher.write(page.as_bytes());
    format!("\"{:016x}\"", hasher.finish())
}
