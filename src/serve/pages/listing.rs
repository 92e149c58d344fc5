//! The list of reports, by the questions they answer, and of the things that have pages of their own. Pure.

use maud::{Markup, html};

use super::filters::{Filters, Key};
use super::panel::known_to;
use crate::report::library;

/// Pages of one thing each; without its name they list what there is.
const THINGS: [(&str, &str); 6] = [
    ("/service", "services and target groups"),
    ("/target", "targets"),
    ("/load-balancer", "load balancers"),
    ("/host", "hosts"),
    ("/route", "routes"),
    ("/client", "clients"),
];

pub(super) fn draw(filters: &Filters) -> Markup {
    let shared = filters.shared();
    html! {
        h1 { "Reports" }
        p.when {
            "Pages of "
            @for (index, (path, name)) in THINGS.iter().enumerate() {
                @if index > 0 { ", " }
                a href=(shared.href(path)) { (name) }
            }
        }
        dl.questions {
            @for (name, question) in library::questions() {
                dt { a href=(address(&shared, &name)) { (name) } }
                dd { (question) }
            }
        }
    }
}

/// The page of a report. What is to be compared needs another time to compare it with.
fn address(shared: &Filters, report: &str) -> String {
    let path = format!("/report/{report}");
    if report == "compare" { shared.with(Key::Baseline, "24h").href(&path) } else { shared.href(&path) }
}

/// Ways on from a page: what else can be asked of the same rows.
pub(super) fn further(filters: &Filters) -> Markup {
    html! {
        nav.further aria-label="Reports of the same rows" {
            @for (name, question) in library::questions() {
                a href=(address(&known_to(&name, filters), &name)) title=(question) { (name) } " "
            }
        }
    }
}
