//! The parts of a document as markup, for the file of a report and for the pages of a server: head, sentences, tables,
//! charts, small print, and what to type next.

use maud::{Markup, html};

use super::words::Words;
use super::{chart, marks, table};
use crate::output::document::{Block, Chart, Column, Finding, Head, Next, Note, Table, Tone, Value};

/// Where parts of a document lead to. In a file they lead nowhere.
pub(crate) trait Links {
    /// Where a value of a table leads: to the rows that have it.
    fn value(&self, _column: &Column, _value: &Value) -> Option<String> {
        None
    }

    /// Where the words of a command lead: to the page that shows what it would print.
    fn command(&self, _words: &[String]) -> Option<String> {
        None
    }
}

/// What leads nowhere.
pub(crate) struct NoLinks;

impl Links for NoLinks {}

/// Draws parts, and knows whether a query string was hidden in any of them.
pub(crate) struct Parts<'l> {
    pub(super) words: Words,
    pub(super) links: &'l dyn Links,
}

impl<'l> Parts<'l> {
    /// Shows what else is hidden if `private`: query strings, which can hold tokens and names.
    pub(crate) fn new(private: bool, links: &'l dyn Links) -> Self {
        Self { words: Words::new(private), links }
    }

    /// Whether a query string was hidden in what was drawn so far.
    pub(crate) fn has_hidden(&self) -> bool {
        self.words.has_hidden()
    }

    /// A sentence from outside, made harmless.
    pub(crate) fn prose(&self, text: &str) -> String {
        self.words.prose(text)
    }

    /// Which time, how complete, of what; warnings in a box.
    pub(crate) fn head(&self, head: &Head) -> Markup {
        html! {
            @for line in &head.lines { p.when { (self.inline(line)) } }
            @if !head.warnings.is_empty() {
                div.warnings role="note" {
                    @for warning in &head.warnings { p { strong { "warning" } " " (self.prose(warning)) } }
                }
            }
        }
    }

    /// Parts with dots between them; a line is broken between parts before it is broken within one.
    fn inline(&self, parts: &[String]) -> Markup {
        let parts: Vec<String> = parts.iter().map(|part| self.prose(part)).filter(|part| !part.is_empty()).collect();
        html! {
            @for (index, part) in parts.iter().enumerate() {
                @if index > 0 { " " }
                span.part { (part) @if index + 1 < parts.len() { " ·" } }
            }
        }
    }

    pub(crate) fn block(&self, block: &Block) -> Markup {
        match block {
            Block::Heading(text) => html! { h2.section id=(slug(text)) { (self.prose(text)) } },
            Block::Findings(findings) => self.findings(findings),
            Block::Table(table) => self.table(table),
            Block::Chart(chart) => chart::chart(chart, &self.words),
            Block::Notes(notes) => self.notes(notes),
        }
    }

    pub(crate) fn table(&self, table: &Table) -> Markup {
        table::table(table, self)
    }

    /// Sentences under one label belong together.
    fn findings(&self, findings: &[Finding]) -> Markup {
        html! {
            dl.findings {
                @for (index, finding) in findings.iter().enumerate() {
                    @if index == 0 || !finding.label.is_empty() {
                        dt class=[tone(finding.tone)] { (self.prose(&finding.label)) }
                    }
                    dd class=[tone(finding.tone)] { (mark(finding.tone)) (self.prose(&finding.text)) }
                }
            }
        }
    }

    fn notes(&self, notes: &[Note]) -> Markup {
        html! {
            dl.notes {
                @for note in notes {
                    dt { (self.prose(&note.label)) }
                    dd { (self.inline(&note.parts)) }
                }
            }
        }
    }

    /// What to type next, and where there is a page that shows it, a link to that.
    pub(crate) fn next(&self, next: &[Next]) -> Markup {
        let next = next.iter().filter(|next| !next.words.is_empty());
        let texts = |next: &Next| {
            let command = next.typed(|word| self.words.word(word));
            (command, self.prose(&next.why), self.links.command(&next.words))
        };
        let next: Vec<(String, String, Option<String>)> = next.map(texts).collect();
        html! {
            @if !next.is_empty() {
                section.next {
                    h2 { "Next" }
                    ul {
                        @for (command, why, href) in &next {
                            li {
                                code { (command) }
                                @if let Some(href) = href {
                                    " " a.why href=(href) { @if why.is_empty() { "open" } @else { (why) } }
                                } @else if !why.is_empty() {
                                    " " span.why { (why) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The room that charts among these blocks need at their left, as a class: the same for all, so that times stand below
/// each other.
pub(crate) fn gutter<'b>(blocks: impl IntoIterator<Item = &'b Block>) -> Option<String> {
    let chart = |block: &'b Block| if let Block::Chart(chart) = block { Some(chart) } else { None };
    let mut charts = blocks.into_iter().filter_map(chart).peekable();
    charts.peek().is_some().then(|| format!("gutter-{}", chart::gutter(charts)))
}

/// Textures that charts use: once on a page.
pub(crate) fn textures() -> Markup {
    marks::textures()
}

/// The name of a section in links: letters and digits of its title.
pub(super) fn slug(text: &str) -> String {
    let plain = |char: char| if char.is_ascii_alphanumeric() { char.to_ascii_lowercase() } else { '-' };
    format!("section-{}", text.chars().map(plain).collect::<String>())
}

/// The class of a tone.
pub(super) fn tone(tone: Tone) -> Option<&'static str> {
    match tone {
        Tone::Plain => None,
        Tone::Strong => Some("strong"),
        Tone::Bad => Some("bad"),
        Tone::Dim => Some("dim"),
    }
}

/// What says without colour that something is wrong. Weight and size say the rest.
pub(super) fn mark(tone: Tone) -> Markup {
    html! { @if tone == Tone::Bad { span.alert title="something is wrong" { "!" } " " } }
}

/// What a chart is called.
pub(super) fn title_of(chart: &Chart) -> &str {
    match chart.series.as_slice() {
        [series] if chart.title.is_empty() => &series.name,
        _ => &chart.title,
    }
}
