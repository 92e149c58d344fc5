//! Pages of reports: what is asked for, and how the answers are put together.

use std::sync::Arc;
use std::time::{Duration, Instant};

use alblog::time::HOUR;
use futures::future::join_all;
use maud::{Markup, html};

use super::alerts;
use super::bar::{Bar, Scope};
use super::composed::Composition;
use super::filters::{Filters, Group, Key};
use super::frame::Frame;
use super::links::PageLinks;
use super::panel::{self, Place};
use super::{fleet, form, ingestion, listing, queries, time};
use crate::base::clock::{self, to_the_minute};
use crate::base::shown::harmless;
use crate::output::document::Document;
use crate::output::html::{NoLinks, Parts};
use crate::output::human;
use crate::report::library;
use crate::serve::access::{Pass, Viewer};
use crate::serve::answers::Served;
use crate::serve::cache::{Freshness, Kept};
use crate::serve::refusal::Refusal;
use crate::serve::service::Service;
use crate::serve::words;

/// Somebody asks for a page.
pub(super) struct Visit<'a> {
    pub(super) service: &'a Service,
    pub(super) viewer: &'a Viewer,
    /// What let them in.
    pub(super) pass: &'a Pass,
    /// The address of the page, without its parameters.
    pub(super) path: &'a str,
    /// How new its reports have to be.
    pub(super) freshness: Freshness,
}

impl Visit<'_> {
    /// A page of several reports.
    ///
    /// # Errors
    /// When its first report cannot be made: without that there is nothing to be seen.
    pub(super) async fn composed(&self, page: &Composition, filters: &Filters) -> Result<String, Refusal> {
        let started = Instant::now();
        let timed = self.timed(filters);
        let panels = page.panels(&timed);
        let asked: Vec<Filters> = panels.iter().map(|panel| panel.asked(&timed)).collect();
        let answers = join_all(panels.iter().zip(&asked).map(|(panel, asked)| self.ask(panel.report, asked))).await;
        let first = answers.first().cloned().ok_or_else(|| Refusal::not_found("there is no such page"))??;
        let document = self.viewer.shown(&first.document);
        let place = Place { path: self.path, filters, viewer: self.viewer, warned: &document.head.warnings };
        let title = harmless(&page.name(filters)).into_owned();
        let main = html! {
            (self.head(&title, &document))
            (all_there_is(self.path, filters, &timed, &document))
            div.panels {
                @for (panel, made) in panels.iter().zip(&answers) { (panel::panel(panel, &place, made)) }
            }
            (listing::further(filters))
        };
        let made: Vec<&Arc<Kept>> = answers.iter().flatten().collect();
        Ok(self.framed(&title, filters, &timed, main, &made, started))
    }

    /// A page of one report.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(super) async fn report(&self, name: &str, filters: &Filters) -> Result<String, Refusal> {
        let started = Instant::now();
        let timed = self.timed(filters);
        let made = self.ask(name, &timed).await?;
        let links = PageLinks::of_report(self.path, filters, name);
        let parts = Parts::new(self.viewer.may_see_private, &links);
        let document = self.viewer.shown(&made.document);
        let title = parts.prose(&document.title);
        let main = html! {
            (self.head(&title, &document))
            (all_there_is(self.path, filters, &timed, &document))
            (form::draw(self.path, filters, name))
            section.panel #report data-part aria-label=(title) {
                (panel::ways(name, &timed, &made))
                (panel::blocks(&document.blocks.iter().collect::<Vec<_>>(), &parts))
                (parts.next(&document.next))
            }
            @if !self.viewer.may_see_private {
                p.aside { "query strings and addresses of clients are left out: this token may not see them" }
            }
            (listing::further(filters))
        };
        Ok(self.framed(&title, filters, &timed, main, &[&made], started))
    }

    /// The list of reports.
    ///
    /// # Errors
    /// When the source is not known.
    pub(super) fn listing(&self, filters: &Filters) -> Result<String, Refusal> {
        self.service.source(filters.get(Key::Source))?;
        Ok(self.framed("Reports", filters, &self.timed(filters), listing::draw(filters), &[], Instant::now()))
    }

    /// How far logs are taken in.
    pub(super) fn ingestion(&self, filters: &Filters) -> String {
        let position = |source: &Served| self.service.position(&source.name).map(|position| *position.borrow());
        let sources = self.service.sources().into_iter();
        let sources: Vec<_> = sources.map(|source| (source.clone(), position(&source).unwrap_or_default())).collect();
        self.about_itself("Ingestion", filters, ingestion::draw(&sources, clock::now()))
    }

    /// What is looked at again and again.
    pub(super) fn alerts(&self, filters: &Filters) -> String {
        let document =
            self.service.alerts().filter(|alerts| !alerts.rules().is_empty()).map(|alerts| alerts.document());
        let document = document.as_ref().map(|document| self.viewer.shown(document));
        self.about_itself("Alerts", filters, alerts::draw(document.as_deref()))
    }

    /// What the reconciler sees.
    pub(super) fn fleet(&self, filters: &Filters) -> String {
        let seen = match self.service.fleet().map(|fleet| fleet.document()) {
            None => fleet::Seen::Nobody,
            Some(None) => fleet::Seen::Nothing,
            Some(Some(document)) => fleet::Seen::Last(document),
        };
        self.about_itself("Fleet", filters, fleet::draw(&seen))
    }

    /// What is being asked.
    pub(super) fn queries(&self, filters: &Filters) -> String {
        let (running, recent) = self.service.queries.shown(self.viewer);
        self.about_itself("Queries", filters, queries::draw(&running, &recent))
    }

    /// The source that is meant, if it is one.
    fn source_name(&self, filters: &Filters) -> Option<String> {
        self.service.source(filters.get(Key::Source)).ok().map(|source| source.name)
    }

    /// With the window of pages that say none.
    pub(super) fn timed(&self, filters: &Filters) -> Filters {
        timed(filters, self.source_name(filters).and_then(|source| self.service.complete_until(&source)))
    }

    /// A report of these filters.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(super) async fn ask(&self, report: &str, filters: &Filters) -> Result<Arc<Kept>, Refusal> {
        library::known(report).map_err(Refusal::not_found)?;
        let source = self.service.source(filters.get(Key::Source))?;
        let words = words::of_report(report, &filters.pairs())?;
        self.service.report(self.viewer, &source, &words, self.freshness).await
    }

    /// When reports of a source are to be asked for anew, because they were made of less than there is.
    fn due(&self, source: &str, made: &[&Arc<Kept>]) -> Option<Duration> {
        let (mark, now) = (self.service.mark(source), Instant::now());
        made.iter().filter_map(|kept| kept.due(mark, now)).max()
    }

    /// A page about the server, whatever rows are looked at.
    fn about_itself(&self, title: &str, filters: &Filters, main: Markup) -> String {
        let sources = self.service.sources();
        let bar = Bar { path: self.path, filters, timed: filters, sources: &sources, scope: Scope::Server };
        Frame {
            viewer: self.viewer,
            title,
            bar,
            complete: None,
            due: None,
            follows: self.source_name(filters),
            main,
            footer: html! {},
        }
        .draw()
    }

    /// Title, window, and how complete it is.
    fn head(&self, title: &str, document: &Document) -> Markup {
        let parts = Parts::new(self.viewer.may_see_private, &NoLinks);
        html! {
            div #head data-part {
                h1 { (title) }
                (parts.head(&document.head))
            }
        }
    }

    fn framed(
        &self,
        title: &str,
        filters: &Filters,
        timed: &Filters,
        main: Markup,
        made: &[&Arc<Kept>],
        started: Instant,
    ) -> String {
        let sources = self.service.sources();
        let source = self.source_name(filters).filter(|_| !made.is_empty());
        let complete = made.first().and_then(|made| made.complete_until.or(made.delivered_until));
        let frame = Frame {
            viewer: self.viewer,
            title,
            bar: Bar { path: self.path, filters, timed, sources: &sources, scope: Scope::Rows },
            complete: complete.map(|until| format!("complete to {} UTC", to_the_minute(until))),
            due: source.as_deref().and_then(|source| self.due(source, made)),
            follows: source,
            main,
            footer: if made.is_empty() {
                html! {}
            } else {
                read(made, started)
            },
        };
        frame.draw()
    }
}

/// With the window of pages that say none: the last hour, or that before the logs end where they ended long ago. The
/// time of a request is in its id.
fn timed(filters: &Filters, complete_until: Option<i64>) -> Filters {
    let says = |key: Key| key.group() == Group::Time || [Key::At, Key::What].contains(&key);
    if filters.iter().any(|(key, _)| says(key)) {
        return filters.clone();
    }
    match complete_until.filter(|until| clock::now() - until > HOUR) {
        Some(until) => filters.with(Key::Since, &clock::typed(until - HOUR)).with(Key::Until, &clock::typed(until)),
        None => filters.with(Key::Since, time::USUAL),
    }
}

/// A way on where the usual window is empty.
fn all_there_is(path: &str, filters: &Filters, timed: &Filters, document: &Document) -> Markup {
    let is_empty = document.main_table().is_some_and(|table| table.rows.is_empty());
    html! {
        @if is_empty && filters != timed {
            p.aside { "nothing in the " (time::said(timed)) ": " a href=(filters.with(Key::Since, time::EVER).href(path)) { "all there is" } }
        }
    }
}

/// `3 reports, 41 ms, 12 MB read`
fn read(made: &[&Arc<Kept>], started: Instant) -> Markup {
    let bytes = made.iter().map(|made| made.read.bytes).sum();
    let reports = human::plural(made.len() as u64, "report");
    let elapsed = started.elapsed().as_millis();
    html! { p { (reports) ", " (elapsed) " ms, " (human::bytes(bytes)) " read" } }
}
