//! The page: head, sentences, small print, what to type next, and the order of it all.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::words::Words;
use super::{HtmlOptions, chart, marks, table};
use crate::base::clock::to_the_second;
use crate::output::document::{Block, Chart, Document, Finding, Head, Next, Note, Tone};

const STYLE: &str = include_str!("report.css");
pub(super) const SCRIPT: &str = include_str!("report.js");

/// What the file may do: be styled by itself, and run its own script, which is known by its hash; nothing else, whatever
/// got into it.
const POLICY: &str = concat!(
    "default-src 'none'; style-src 'unsafe-inline'; script-src '",
    "sha256-8Rm041hntdfvHEHk8Ja8wJzOcJcjCn8U15Eel00KWOk=",
    "'; img-src data:; base-uri 'none'; form-action 'none'"
);

pub(super) fn page(document: &Document, options: &HtmlOptions) -> Markup {
    let words = Words::new(options.private);
    let title = words.prose(&document.title);
    // Drawn in order, so that the end knows what was hidden.
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="generator" content=(concat!("albstats ", env!("CARGO_PKG_VERSION")));
                title { (title) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                (marks::textures())
                header {
                    h1 { (title) }
                    (head(&document.head, &words))
                }
                (sections(document, &words))
                main style=[gutter(document)] {
                    @for block in &document.blocks { (self::block(block, &words)) }
                    (next(&document.next, &words))
                }
                (footer(document, options, &words))
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

/// Links to the sections, if there are several.
fn sections(document: &Document, words: &Words) -> Markup {
    let headings = document.blocks.iter().filter_map(|block| match block {
        Block::Heading(text) => Some(text),
        _ => None,
    });
    let headings: Vec<&String> = headings.collect();
    html! {
        @if headings.len() > 1 {
            nav { @for text in headings { a href=(format!("#{}", slug(text))) { (words.prose(text)) } " " } }
        }
    }
}

/// The name of a section in links: letters and digits of its title.
fn slug(text: &str) -> String {
    let plain = |char: char| if char.is_ascii_alphanumeric() { char.to_ascii_lowercase() } else { '-' };
    format!("section-{}", text.chars().map(plain).collect::<String>())
}

/// The room at the left of charts.
fn gutter(document: &Document) -> Option<String> {
    let charts =
        || document.blocks.iter().filter_map(|block| if let Block::Chart(chart) = block { Some(chart) } else { None });
    charts().next().map(|_| format!("--gutter:{}ch", marks::short(chart::gutter(charts()))))
}

fn head(head: &Head, words: &Words) -> Markup {
    html! {
        @for line in &head.lines { p.when { (parts(line, words)) } }
        @if !head.warnings.is_empty() {
            div.warnings role="note" {
                @for warning in &head.warnings { p { strong { "warning" } " " (words.prose(warning)) } }
            }
        }
    }
}

/// Parts with dots between them; a line is broken between parts before it is broken within one.
fn parts(parts: &[String], words: &Words) -> Markup {
    let parts: Vec<String> = parts.iter().map(|part| words.prose(part)).filter(|part| !part.is_empty()).collect();
    html! {
        @for (index, part) in parts.iter().enumerate() {
            @if index > 0 { " " }
            span.part { (part) @if index + 1 < parts.len() { " ·" } }
        }
    }
}

fn block(block: &Block, words: &Words) -> Markup {
    match block {
        Block::Heading(text) => html! { h2.section id=(slug(text)) { (words.prose(text)) } },
        Block::Findings(findings) => self::findings(findings, words),
        Block::Table(table) => table::table(table, words),
        Block::Chart(chart) => chart::chart(chart, words),
        Block::Notes(notes) => self::notes(notes, words),
    }
}

/// Sentences under one label belong together.
fn findings(findings: &[Finding], words: &Words) -> Markup {
    html! {
        dl.findings {
            @for (index, finding) in findings.iter().enumerate() {
                @if index == 0 || !finding.label.is_empty() {
                    dt class=[tone(finding.tone)] { (words.prose(&finding.label)) }
                }
                dd class=[tone(finding.tone)] { (mark(finding.tone)) (words.prose(&finding.text)) }
            }
        }
    }
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

fn notes(notes: &[Note], words: &Words) -> Markup {
    html! {
        dl.notes {
            @for note in notes {
                dt { (words.prose(&note.label)) }
                dd { (parts(&note.parts, words)) }
            }
        }
    }
}

fn next(next: &[Next], words: &Words) -> Markup {
    let next = next.iter().filter(|next| !next.words.is_empty());
    let texts = |next: &Next| (next.typed(|word| words.word(word)), words.prose(&next.why));
    let next: Vec<(String, String)> = next.map(texts).collect();
    html! {
        @if !next.is_empty() {
            section.next {
                h2 { "Next" }
                ul {
                    @for (command, why) in next {
                        li {
                            code { (command) }
                            @if !why.is_empty() { " " span.why { (why) } }
                        }
                    }
                }
            }
        }
    }
}

fn footer(document: &Document, options: &HtmlOptions, words: &Words) -> Markup {
    let made = to_the_second(options.generated);
    html! {
        footer {
            @if words.has_hidden() { p { "query strings are hidden; --show-query-strings shows them" } }
            p {
                (concat!("albstats ", env!("CARGO_PKG_VERSION")))
                @if !document.name.is_empty() { ", report " (words.prose(&document.name)) }
                ", made at " time { (made) " UTC" }
            }
        }
    }
}

/// What a chart is called.
pub(super) fn title_of(chart: &Chart) -> &str {
    match chart.series.as_slice() {
        [series] if chart.title.is_empty() => &series.name,
        _ => &chart.title,
    }
}
