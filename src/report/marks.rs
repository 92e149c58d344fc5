//! `--mark`: what happened at a time, as a deployment, pointed out in every chart of a report.

use anyhow::{Result, bail};

use super::elements::at;
use super::question::Question;
use super::session::Session;
use crate::base::message::Message;
use crate::output::document::{Block, Document, Note};

/// Reports that draw charts which their query files do not name.
const DRAWN: [&str; 6] = ["health", "handshakes", "waf", "tls", "why", "compare"];

/// A report without a chart is asked for no marks.
///
/// # Errors
/// When some were given in vain.
pub(super) fn check(question: &Question) -> Result<()> {
    let file = &question.file;
    let draws = !file.charts.is_empty() || DRAWN.contains(&file.name.as_str());
    if !question.marked.is_empty() && !draws {
        bail!(
            Message::new(format_args!("report {} draws nothing over time: --mark does nothing here", file.name))
                .hint("albstats report incident")
        );
    }
    Ok(())
}

/// Puts what was marked into the charts of a document; says what lies outside of all of them.
///
/// # Errors
/// When a time is none.
pub(super) fn put(session: &Session, document: &mut Document) -> Result<()> {
    let marks = (session.question.marks)(session.span.start)?;
    if marks.is_empty() {
        return Ok(());
    }
    let mut is_drawn = vec![false; marks.len()];
    for block in &mut document.blocks {
        let Block::Chart(chart) = block else { continue };
        let time = chart.time();
        for (mark, is_drawn) in marks.iter().zip(&mut is_drawn).filter(|(mark, _)| time.contains(&mark.from)) {
            chart.marks.push(mark.clone());
            *is_drawn = true;
        }
    }
    let outside = marks.iter().zip(&is_drawn).filter(|(_, is_drawn)| !**is_drawn);
    let parts: Vec<String> = outside
        .map(|(mark, _)| format!("{} {}: outside of what is drawn", at(mark.from, &(0..0)), mark.text))
        .collect();
    if !parts.is_empty() {
        document.blocks.push(Block::Notes(vec![Note { label: "marks".to_owned(), parts }]));
    }
    Ok(())
}

/// `A`, `B`, … `Z`, `A`
pub fn sign(index: usize) -> String {
    char::from(b'A' + u8::try_from(index % 26).unwrap_or(0)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_letters() {
        assert_eq!([0, 1, 25, 26].map(sign), ["A", "B", "Z", "A"]);
    }
}
