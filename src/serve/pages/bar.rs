//! The filter bar: one line that reads as a sentence, of what, when, and of which rows a page is. Everything in it is a link or a
//! form that asks for the same page with other parameters, so that it needs no script.

use maud::{Markup, html};

use super::filters::{Filters, Group, Key};
use super::time;
use crate::base::shown::harmless;
use crate::serve::answers::Served;

/// What a page is about.
pub(super) struct Bar<'a> {
    /// The address of the page, without its parameters.
    pub(super) path: &'a str,
    pub(super) filters: &'a Filters,
    /// The same with the window of pages that say none.
    pub(super) timed: &'a Filters,
    pub(super) sources: &'a [Served],
    pub(super) scope: Scope,
}

/// How much of the filters a page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// Nothing: the server itself.
    Server,
    /// Which logs, of which time.
    Logs,
    /// And which rows of them.
    Rows,
}

impl Bar<'_> {
    pub(super) fn draw(&self) -> Markup {
        if self.scope == Scope::Server {
            return Markup::default();
        }
        html! {
            section.bar aria-label="What is shown" {
                (self.source())
                (self.time())
                @if self.scope == Scope::Rows {
                    @for (key, value) in self.filters.iter().filter(|(key, _)| key.group() == Group::Rows) {
                        (self.chip(key, value))
                    }
                    (self.narrow())
                }
            }
        }
    }

    fn href(&self, filters: &Filters) -> String {
        filters.href(self.path)
    }

    fn source(&self) -> Markup {
        let now = self.filters.get(Key::Source).or_else(|| self.sources.first().map(|source| source.name.as_str()));
        let now = harmless(now.unwrap_or("no source"));
        html! {
            @if self.sources.len() < 2 {
                span.of { (now) }
            } @else {
                details.menu {
                    summary { (now) }
                    div {
                        ul {
                            @for source in self.sources {
                                @let is_now = source.name == now;
                                li { a href=(self.href(&self.filters.only(Key::Source, &source.name)))
                                    aria-current=[is_now.then_some("true")] { (harmless(&source.name)) } }
                            }
                        }
                    }
                }
            }
        }
    }

    fn time(&self) -> Markup {
        let rest = self.filters.of(&[Group::Source, Group::Rows, Group::Zone, Group::Shape]);
        // Bars of the old time may be longer than the new one.
        let rest = rest.without(Key::At).without(Key::Bucket);
        let zone = self.filters.get(Key::Tz).map_or("UTC".into(), harmless);
        let value = |key| harmless(self.filters.get(key).unwrap_or_default());
        html! {
            details.menu {
                summary { (time::said(self.timed)) " " small { (zone) } }
                div {
                    ul.presets {
                        @for (length, said) in time::PRESETS {
                            @let is_now = *self.timed == rest.with(Key::Since, length);
                            li { a href=(self.href(&rest.with(Key::Since, length)))
                                aria-current=[is_now.then_some("true")] { (said) } }
                        }
                    }
                    form action=(self.path) {
                        (hidden(&rest))
                        label { "from " input name="since" value=(value(Key::Since)) placeholder="02:55, yesterday 22:00" autocomplete="off"; }
                        label { "to " input name="until" value=(value(Key::Until)) placeholder="now" autocomplete="off"; }
                        button { "show" }
                    }
                    form action=(self.path) {
                        (hidden(&rest))
                        label { "half an hour around " input name="around" required value=(value(Key::Around)) placeholder="02:55" autocomplete="off"; }
                        button { "show" }
                    }
                    form action=(self.path) {
                        (hidden(&self.filters.without(Key::Tz)))
                        label { "zone " input name="tz" value=(value(Key::Tz)) placeholder="UTC" autocomplete="off"; }
                        button { "use" }
                        " " a data-zone href=(self.href(&self.filters.without(Key::Tz))) hidden { "this browser's" }
                    }
                }
            }
        }
    }

    /// `service checkout/checkout-api ✕`
    fn chip(&self, key: Key, value: &str) -> Markup {
        let value_shown = harmless(value);
        let label = format!("without {} {value_shown}", key.words());
        html! {
            span.chip {
                (key.words()) " " b { (value_shown) }
                a.less href=(self.href(&self.filters.less(key, value))) aria-label=(label) title=(label) { "✕" }
            }
        }
    }

    fn narrow(&self) -> Markup {
        html! {
            details.menu {
                summary aria-label="narrow" title="narrow" { "+" }
                div {
                    form.narrow action=(self.path) {
                        (hidden(self.filters))
                        @for key in Key::ROWS {
                            label { span { (key.words()) } input name=(key.name()) placeholder=(key.example()) autocomplete="off"; }
                        }
                        button { "narrow" }
                    }
                }
            }
        }
    }
}

/// The parameters that a form leaves as they are.
pub(super) fn hidden(filters: &Filters) -> Markup {
    html! {
        @for (name, value) in filters.fields() { input type="hidden" name=(name) value=(value); }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn draw(query: &str, sources: &[&str]) -> String {
        let filters = Filters::read(query).unwrap();
        let served = |name: &&str| Served {
            name: (*name).to_owned(),
            from: String::new(),
            live: None,
            problem: None,
            can_answer: true,
        };
        let sources: Vec<Served> = sources.iter().map(served).collect();
        let bar = Bar { path: "/service", filters: &filters, timed: &filters, sources: &sources, scope: Scope::Rows };
        bar.draw().into_string()
    }

    #[test]
    fn every_filter_can_be_taken_away_alone() {
        let drawn = draw("service=a/b&status=5xx&status=404&since=2h", &["prod"]);
        for href in [
            "/service?status=5xx&amp;status=404&amp;since=2h",
            "/service?service=a/b&amp;status=404&amp;since=2h",
            "/service?service=a/b&amp;status=5xx&amp;since=2h",
        ] {
            assert!(drawn.contains(&format!("href=\"{href}\"")), "{href} is not in {drawn}");
        }
        assert!(drawn.contains("<span class=\"of\">prod</span>") && drawn.contains("last 2 h"), "{drawn}");
    }

    #[test]
    fn forms_keep_what_they_do_not_change() {
        let drawn = draw("host=a&since=2h&tz=UTC", &["prod", "test"]);
        // From and to, around, zone, and rows.
        assert_eq!(drawn.matches("<input type=\"hidden\" name=\"host\" value=\"a\">").count(), 4);
        assert_eq!(drawn.matches("<input type=\"hidden\" name=\"since\"").count(), 2);
        assert!(drawn.contains("href=\"/service?host=a&amp;since=2h&amp;tz=UTC&amp;source=test\""), "{drawn}");
    }

    proptest! {
        #[test]
        fn values_are_text(value in "[\"'<>&a=]{1,12}", key in prop::sample::select(Key::ALL.to_vec())) {
            let value = format!("{value}<script>");
            let query = Filters::default().with(key, &value).href("");
            let drawn = draw(&query[1..], &[&value, "x"]);
            prop_assert!(!drawn.contains("<script"), "{}", drawn);
            prop_assert!(!drawn.contains("style="), "{}", drawn);
        }
    }
}
