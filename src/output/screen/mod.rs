//! A report as text for people in a terminal: aligned, fitted to its width, harmless.
//!
//! Responsible for how a document looks: `style` characters and colours, `prose` words, `table` and `fit` tables,
//! `chart` values over time. What is said is in the document. Pure: a document in, text out.
//!
//! What fits how, with a width `W`:
//! - Rows and headings of a table are not wider than `W`, unless the columns that are never left out are so with their
//!   numbers whole and their texts cut to 12.
//! - Words are broken into lines of at most `W` and at most 100 columns, unless a label and one word are wider.
//! - Charts merge their points. Commands are neither cut nor broken.
//!
//! Without a width nothing is cut or left out, and words and bars take at most 100 columns.

use crate::output::document::{Block, Document};

mod chart;
mod fit;
mod prose;
mod style;
mod table;

#[cfg(test)]
pub(super) mod tests;

pub use style::Look;
pub(super) use style::is_ascii;

/// The document as lines, each ended.
pub fn screen(document: &Document, look: &Look) -> String {
    let look = *look;
    // Parts between which a blank line stands.
    let mut sections = vec![prose::head(document, look)];
    let mut blocks = document.blocks.as_slice();
    let mut is_main = true;
    let mut labels = 0;
    while let Some(block) = blocks.first() {
        let several = match block {
            Block::Findings(_) => {
                let several = blocks.iter().take_while(|block| is_finding(block)).count();
                labels = prose::label_column(blocks[..several].iter().flat_map(labels_of), look);
                sections.push(findings(&blocks[..several], labels, look));
                several
            }
            Block::Notes(_) => {
                let several = blocks.iter().take_while(|block| matches!(block, Block::Notes(_))).count();
                let is_last = several == blocks.len() && !document.next.is_empty();
                let next = is_last.then_some(prose::NEXT);
                labels = prose::label_column(blocks[..several].iter().flat_map(labels_of).chain(next), look);
                sections.push(notes(&blocks[..several], labels, look));
                several
            }
            Block::Heading(text) => {
                sections.push(prose::heading(text, look));
                1
            }
            Block::Table(table) => {
                sections.push(table::draw(table, std::mem::take(&mut is_main), look));
                1
            }
            Block::Chart(chart) => {
                sections.push(chart::draw(chart, look));
                1
            }
        };
        blocks = &blocks[several..];
    }
    let next = prose::next(&document.next, labels, look);
    match (document.blocks.last(), sections.last_mut()) {
        // What to type stands below the small print, its commands below what is said there.
        (Some(Block::Notes(_)), Some(notes)) => notes.extend(next),
        _ => sections.push(next),
    }
    let mut text = String::new();
    for section in sections.iter().filter(|section| !section.is_empty()) {
        text.push_str(if text.is_empty() { "" } else { "\n" });
        text.extend(section.iter().flat_map(|line| [line.trim_end_matches(' '), "\n"]));
    }
    text
}

/// Whether a block stands among findings.
fn is_finding(block: &Block) -> bool {
    match block {
        Block::Findings(_) => true,
        Block::Chart(chart) => chart::label(chart).is_some(),
        Block::Heading(_) | Block::Table(_) | Block::Notes(_) => false,
    }
}

fn labels_of(block: &Block) -> Vec<&str> {
    match block {
        Block::Findings(findings) => findings.iter().map(|finding| finding.label.as_str()).collect(),
        Block::Chart(chart) => chart::label(chart).into_iter().collect(),
        Block::Notes(notes) => prose::labels_of(notes).collect(),
        Block::Heading(_) | Block::Table(_) => Vec::new(),
    }
}

fn findings(blocks: &[Block], labels: usize, look: Look) -> Vec<String> {
    let lines = |block: &Block| match block {
        Block::Findings(findings) => prose::findings(findings, labels, look),
        Block::Chart(chart) => chart::among_findings(chart, labels, look),
        Block::Heading(_) | Block::Table(_) | Block::Notes(_) => Vec::new(),
    };
    blocks.iter().flat_map(lines).collect()
}

fn notes(blocks: &[Block], labels: usize, look: Look) -> Vec<String> {
    let lines = |block: &Block| match block {
        Block::Notes(notes) => prose::notes(notes, labels, look),
        _ => Vec::new(),
    };
    blocks.iter().flat_map(lines).collect()
}
