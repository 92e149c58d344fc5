//! What stands around every page: its head, the ways to the others, the filter bar, and how it was made.

use std::time::Duration;

use maud::{DOCTYPE, Markup, html};

use super::assets;
use super::bar::Bar;
use crate::base::shown::harmless;
use crate::output::html::textures;
use crate::serve::access::Viewer;

/// Pages that are not about rows, and what they are called.
const WAYS: [(&str, &str); 7] = [
    ("/", "Overview"),
    ("/reports", "Reports"),
    ("/alerts", "Alerts"),
    ("/sql", "SQL"),
    ("/ingestion", "Ingestion"),
    ("/fleet", "Fleet"),
    ("/queries", "Queries"),
];

/// A page that is to be drawn.
pub(super) struct Frame<'a> {
    /// One line, harmless.
    pub(super) title: &'a str,
    pub(super) viewer: &'a Viewer,
    pub(super) bar: Bar<'a>,
    /// Up to when the logs are complete: `complete to 03:05`.
    pub(super) complete: Option<String>,
    /// The source of whose logs it is, if it changes as they come in.
    pub(super) follows: Option<String>,
    /// When to ask for it anew, if it was made of less than there is.
    pub(super) due: Option<Duration>,
    pub(super) main: Markup,
    /// What was read for it, and how long that took.
    pub(super) footer: Markup,
}

impl Frame<'_> {
    pub(super) fn draw(&self) -> String {
        let shared = self.bar.filters.shared();
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    (head(self.title))
                    script type="module" src=(assets::script().path) {}
                }
                body {
                    a.skip href="#main" { "to the content" }
                    (textures())
                    header.site {
                        nav aria-label="Pages" {
                            @for (path, name) in WAYS {
                                a href=(shared.href(path)) aria-current=[(path == self.bar.path).then_some("page")] { (name) }
                            }
                        }
                        (self.bar.draw())
                        @if let Some(name) = &self.viewer.name {
                            form.logout method="post" action="/logout" { (harmless(name)) " " button { "log out" } }
                        }
                        p #state data-part {
                            @if let Some(complete) = &self.complete { span { (complete) } }
                            @if let Some(source) = &self.follows { " " span.live data-live=(source) hidden { "live" } }
                        }
                    }
                    main #main { (self.main) }
                    footer data-due=[self.due.map(|due| due.as_millis())] { (self.footer) }
                }
            }
        };
        page.into_string()
    }
}

/// What the head of every page says; its title is harmless.
pub(super) fn head(title: &str) -> Markup {
    html! {
        meta charset="utf-8";
        meta name="viewport" content="width=device-width, initial-scale=1";
        meta name="color-scheme" content="light dark";
        title { (title) " · albstats" }
        link rel="icon" href="data:,";
        link rel="stylesheet" href=(assets::style().path);
    }
}
