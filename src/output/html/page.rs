//! The page of a file: what stands around a document's parts.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::parts::{NoLinks, Parts, gutter, slug, textures};
use super::{HtmlOptions, STYLE};
use crate::base::clock::to_the_second;
use crate::output::document::{Block, Document};

/// What the file may do: be styled by its own styles and run its own script, which are known by their hashes; nothing else,
/// whatever got into it.
const POLICY: &str = concat!(
    "default-src 'none'; style-src '",
    "sha256-t7lCo6/2VdMqZx5G5VHRQ7bg99bdLLo4lHA8KK6x5dU=",
    "'; script-src '",
    "sha256-YOVxvomG0Pv2fCAvOX8qLKPg0+AbdjkytCrIc+HbFRM=",
    "'; img-src data:; base-uri 'none'; form-action 'none'"
);

/// The functions of `html::SCRIPT`, and where they are called: a block, so that nothing is left behind.
pub(super) const SCRIPT: &str = concat!(
    "\"use strict\";\n{\n",
    include_str!("script/charts.js"),
    include_str!("script/tables.js"),
    include_str!("script/copying.js"),
    "for (const enhance of [drawReadings, makeSortable, fitTables, offerCopies]) enhance(document);\n}\n"
);

pub(super) fn page(document: &Document, options: &HtmlOptions) -> Markup {
    let parts = Parts::new(options.private, &NoLinks);
    let title = parts.prose(&document.title);
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
                (textures())
                header {
                    h1 { (title) }
                    (parts.head(&document.head))
                }
                (sections(document, &parts))
                main class=[gutter(&document.blocks)] {
                    @for block in &document.blocks { (parts.block(block)) }
                    (parts.next(&document.next))
                }
                (footer(document, options, &parts))
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

/// Links to the sections, if there are several.
fn sections(document: &Document, parts: &Parts) -> Markup {
    let headings = document.blocks.iter().filter_map(|block| match block {
        Block::Heading(text) => Some(text),
        _ => None,
    });
    let headings: Vec<&String> = headings.collect();
    html! {
        @if headings.len() > 1 {
            nav { @for text in headings { a href=(format!("#{}", slug(text))) { (parts.prose(text)) } " " } }
        }
    }
}

fn footer(document: &Document, options: &HtmlOptions, parts: &Parts) -> Markup {
    let made = to_the_second(options.generated);
    html! {
        footer {
            @if parts.has_hidden() { p { "query strings are hidden; --show-query-strings shows them" } }
            p {
                (concat!("albstats ", env!("CARGO_PKG_VERSION")))
                @if !document.name.is_empty() { ", report " (parts.prose(&document.name)) }
                ", made at " time { (made) " UTC" }
            }
        }
    }
}
