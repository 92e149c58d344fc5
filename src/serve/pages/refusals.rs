//! What is shown in place of a page that cannot be: why, and what to do next.

use http::StatusCode;
use maud::html;

use super::bar::{Bar, Scope};
use super::filters::Filters;
use super::form;
use super::frame::Frame;
use super::panel::refused;
use super::reports::Visit;
use crate::serve::refusal::Refusal;

pub(super) fn draw(visit: &Visit, query: &str, refusal: &Refusal) -> String {
    // A bar that leads out of here, with what of the address could be read.
    let filters = Filters::read(query).unwrap_or_default();
    let sources = visit.service.sources();
    let title = title(refusal.status);
    let again = filters.href(visit.path);
    let main = html! {
        h1 { (title) }
        (refused(refusal))
        @if let Some(report) = visit.path.strip_prefix("/report/") { (form::draw(visit.path, &filters, report)) }
        p {
            @if refusal.retry_after.is_some() { a href=(again) { "ask again" } " · " }
            a href=(filters.shared().href("/")) { "overview" } " · "
            a href="/" { "overview of everything" } " · "
            a href=(filters.shared().href("/reports")) { "reports" }
        }
    };
    let bar = Bar { path: visit.path, filters: &filters, timed: &filters, sources: &sources, scope: Scope::Rows };
    Frame { viewer: visit.viewer, title, bar, complete: None, follows: None, due: None, main, footer: html! {} }.draw()
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "There is no such page",
        StatusCode::BAD_REQUEST => "That cannot be asked",
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "A token is needed",
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => "Too much is being asked at once",
        StatusCode::GATEWAY_TIMEOUT | StatusCode::REQUEST_TIMEOUT => "That took too long",
        StatusCode::PAYLOAD_TOO_LARGE => "The answer is too large",
        StatusCode::UNPROCESSABLE_ENTITY => "That could not be answered",
        _ => "Something went wrong",
    }
}
