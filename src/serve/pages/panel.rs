//! A report on a page: alone on its own, or as a part of another. Pure.

use std::sync::Arc;

use maud::{Markup, html};

use super::filters::{Filters, Group, Key};
use super::links::PageLinks;
use super::shapes::chart_table;
use crate::base::shell::quoted;
use crate::base::shown::harmless;
use crate::output::document::{Block, Chart, Document};
use crate::output::html::{Parts, gutter};
use crate::serve::access::Viewer;
use crate::serve::answers::Made;
use crate::serve::cache::Kept;
use crate::serve::refusal::Refusal;

/// A report as a part of a page.
pub(super) struct Panel {
    pub(super) report: &'static str,
    pub(super) title: &'static str,
    /// Parameters of its own.
    pub(super) set: &'static [(Key, &'static str)],
    pub(super) shows: Shows,
}

/// Which parts of a report are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shows {
    /// Sentences, charts, and tables.
    All,
    /// Its main table.
    Table,
}

impl Panel {
    /// The parameters with which its report is asked on a page with these.
    pub(super) fn asked(&self, page: &Filters) -> Filters {
        let known = known_to(self.report, page);
        self.set.iter().fold(known, |filters, (key, value)| filters.only(*key, value))
    }

    /// What the page is narrowed by and this report cannot be.
    fn not_narrowed_by(&self, page: &Filters) -> Vec<&'static str> {
        let mut keys: Vec<&str> = page
            .iter()
            .filter(|(key, _)| key.group() == Group::Rows && !reach(self.report).contains(key))
            .map(|(key, _)| key.words())
            .collect();
        keys.dedup();
        keys
    }
}

/// The parameters of a page that a report understands.
pub(super) fn known_to(report: &str, page: &Filters) -> Filters {
    let shared = page.shared();
    let known = shared.iter().filter(|(key, _)| key.group() != Group::Rows || reach(report).contains(key));
    known.fold(Filters::default(), |filters, (key, value)| filters.with(key, value))
}

/// By which parameters rows of a report's logs can be told apart.
fn reach(report: &str) -> &'static [Key] {
    match report {
        "health" => &[Key::Account, Key::Region, Key::Elb, Key::TargetGroup, Key::Service, Key::Target],
        // Of which there are connections as well.
        "lcu" | "handshakes" => &[Key::Account, Key::Region, Key::Elb, Key::Client],
        _ => &Key::ROWS,
    }
}

/// Where and for whom a panel is drawn.
pub(super) struct Place<'a> {
    /// The address of the page, without its parameters.
    pub(super) path: &'a str,
    /// The parameters of the page.
    pub(super) filters: &'a Filters,
    pub(super) viewer: &'a Viewer,
    /// Warnings that the page itself gives.
    pub(super) warned: &'a [String],
}

/// A panel and what came of it.
pub(super) fn panel(panel: &Panel, place: &Place, made: &Result<Arc<Kept>, Refusal>) -> Markup {
    let asked = panel.asked(place.filters);
    let id = format!("panel-{}{}", panel.report, asked.get(Key::By).map(|by| format!("-{by}")).unwrap_or_default());
    let href = asked.href(&format!("/report/{}", panel.report));
    let not_narrowed = panel.not_narrowed_by(place.filters);
    html! {
        section.panel id=(id) data-part {
            div.panel-head {
                h2 { a href=(href) { (panel.title) } }
                @if let Ok(made) = made { (ways(panel.report, &asked, made)) }
            }
            @if !not_narrowed.is_empty() {
                p.aside { "of all, for its logs do not know: " (not_narrowed.join(", ")) }
            }
            @match made {
                Err(refusal) => (refused(refusal)),
                Ok(made) => {
                    @let links = PageLinks::of_panel(place.path, place.filters, panel.report, &asked);
                    @let parts = Parts::new(place.viewer.may_see_private, &links);
                    @let document = place.viewer.shown(&made.document);
                    @for warning in document.head.warnings.iter().filter(|it| !place.warned.contains(it)) {
                        p.warnings { strong { "warning" } " " (parts.prose(warning)) }
                    }
                    @match panel.shows {
                        Shows::All => (glance(&document, &parts)),
                        Shows::Table => @if let Some(table) = document.main_table() {
                            div.tables { (parts.table(table)) }
                        },
                    }
                }
            }
        }
    }
}

/// What stands out, how it went, and what to do about it, before rows.
fn glance(document: &Document, parts: &Parts) -> Markup {
    let is_first = |block: &&Block| matches!(block, Block::Findings(_) | Block::Chart(_));
    let (first, rest): (Vec<&Block>, Vec<&Block>) = document.blocks.iter().partition(is_first);
    html! {
        (blocks(&first, parts))
        (parts.next(&document.next))
        (blocks(&rest, parts))
    }
}

/// Blocks in their order; charts that follow each other, and tables, stand beside each other where there is room.
pub(super) fn blocks(blocks: &[&Block], parts: &Parts) -> Markup {
    let is_alike = |left: &&Block, right: &&Block| {
        matches!((left, right), (Block::Chart(_), Block::Chart(_)) | (Block::Table(_), Block::Table(_)))
    };
    html! {
        @for run in blocks.chunk_by(is_alike) {
            @match run[0] {
                Block::Chart(_) => div.charts.(gutter(run.iter().copied()).unwrap_or_default()) {
                    @for block in run { @if let Block::Chart(chart) = block { (with_table(block, chart, parts)) } }
                },
                Block::Table(_) => div.tables { @for block in run { (parts.block(block)) } },
                other => (parts.block(other)),
            }
        }
    }
}

/// A chart, and its values as a table for who does not see it.
fn with_table(block: &Block, chart: &Chart, parts: &Parts) -> Markup {
    html! {
        div.charted {
            (parts.block(block))
            @if chart.series.iter().any(|series| !series.points.is_empty()) {
                details.tabled { summary { "as a table" } (parts.table(&chart_table(chart))) }
            }
        }
    }
}

/// The same answer as something else.
pub(super) fn ways(report: &str, asked: &Filters, made: &Made) -> Markup {
    let api = format!("/api/v1/reports/{report}");
    html! {
        div.ways {
            a href=(with_parameter(&asked.href("/sql"), "report", report)) { "SQL" }
            " " a href=(with_parameter(&asked.href(&api), "format", "csv")) download { "CSV" }
            " " details.menu {
                summary { "command" }
                div.command { code { (command(made)) } }
            }
        }
    }
}

/// An address with a parameter of its own behind the filters.
pub(super) fn with_parameter(href: &str, name: &str, value: &str) -> String {
    format!("{href}{}{name}={value}", if href.contains('?') { '&' } else { '?' })
}

/// As it is typed: words are made harmless, and quoted last.
pub(super) fn command(made: &Made) -> String {
    made.command.iter().map(|word| quoted(&harmless(word))).collect::<Vec<_>>().join(" ")
}

/// Why there is nothing, and what can be done.
pub(super) fn refused(refusal: &Refusal) -> Markup {
    html! {
        div.refused role="note" {
            @for line in refusal.message.to_string().lines() {
                p class=[line.starts_with("  ").then_some("shown")] { (line) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::document::{Column, Point, Row, Series, Table, Unit, Value};
    use crate::serve::answers::Read;

    fn made(blocks: Vec<Block>) -> Made {
        Made {
            document: Document { blocks, ..Document::default() },
            sql: vec![],
            command: ["albstats", "report", "errors", "--host", "it's\u{1b}"].map(str::to_owned).to_vec(),
            read: Read::default(),
            span: 0..0,
            complete_until: None,
            delivered_until: None,
        }
    }

    fn health() -> Panel {
        Panel { report: "health", title: "Health", set: &[(Key::Top, "10")], shows: Shows::Table }
    }

    #[test]
    fn a_panel_says_by_what_its_logs_cannot_be_narrowed() {
        let page = Filters::read("host=a&host=b&elb=shop&since=1h&by=host").unwrap();
        assert_eq!(health().asked(&page).href(""), "?elb=shop&since=1h&top=10");
        assert_eq!(health().not_narrowed_by(&page), ["host"]);
    }

    #[test]
    fn the_command_is_quoted_last() {
        assert_eq!(command(&made(vec![])), r"albstats report errors --host 'it'\''s\x1B'");
    }

    #[test]
    fn a_chart_has_its_values_as_a_table() {
        let points = vec![Point::Value(2.0), Point::NotDelivered];
        let chart = Chart {
            step: 60_000_000,
            unit: Unit::Count,
            series: vec![Series { name: "502".to_owned(), points }],
            ..Chart::default()
        };
        let drawn = blocks(&[&Block::Chart(chart)], &Parts::new(false, &crate::output::html::NoLinks)).into_string();
        for part in ["<details", "1970-01-01 00:01:00", ">2</td>", "not delivered yet</td>"] {
            assert!(drawn.contains(part), "{part} is not in {drawn}");
        }
        assert!(!drawn.contains("style="), "{drawn}");
    }

    #[test]
    fn what_is_refused_is_said_in_its_place() {
        let refusal = Refusal::of_parameters("<b>no</b>");
        let filters = Filters::default();
        let place = Place { path: "/", filters: &filters, viewer: &Viewer::default(), warned: &[] };
        let drawn = panel(&health(), &place, &Err(refusal)).into_string();
        assert!(drawn.contains("&lt;b&gt;no&lt;/b&gt;") && drawn.contains("id=\"panel-health\""), "{drawn}");
    }

    #[test]
    fn values_narrow_the_page() {
        let column = Column { name: "host".to_owned(), ..Column::default() };
        let table = Table {
            columns: vec![column],
            rows: vec![Row::new(vec![Value::Text("a\"b".to_owned())])],
            ..Table::default()
        };
        let filters = Filters::default();
        let links = PageLinks::of_panel("/", &filters, "hosts", &filters);
        let drawn = blocks(&[&Block::Table(table)], &Parts::new(false, &links)).into_string();
        assert!(drawn.contains("<a href=\"/host?host=a%22b\">a&quot;b</a>"), "{drawn}");
    }
}
