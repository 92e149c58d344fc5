//! What of a screen is words: head, findings, notes and what to type next. Pure: texts in, lines out.
//!
//! Lines are broken at blanks and between parts. A word is never broken, nor a command: addresses, ids and commands are
//! there to be copied, and a terminal breaks what is too long by itself.

use super::style::Look;
use crate::output::document::{Document, Finding, Next, Note, Tone};
use crate::output::text::{width, wrap};

/// Between two columns, and in front of tables.
pub(super) const GAP: &str = "  ";
/// A column of labels is not wider than this; a longer label stands on a line of its own.
const WIDEST_LABEL: usize = 20;

/// Title, when and of what, and warnings.
pub(super) fn head(document: &Document, look: Look) -> Vec<String> {
    let limit = look.prose();
    let title = hanging(&look.text(&document.title), limit);
    let mut lines: Vec<String> = title.iter().map(|line| look.paint(Tone::Strong, line)).collect();
    for parts in &document.head.lines {
        lines.extend(joined(parts, look, limit));
    }
    for warning in &document.head.warnings {
        let label = "warning";
        let text = wrap(&look.text(warning), limit.saturating_sub(indent(label.len())));
        lines.extend(beside(label, label.len(), &text).iter().map(|line| look.paint(Tone::Bad, line)));
    }
    lines
}

/// The title of a section, with a line under it.
pub(super) fn heading(text: &str, look: Look) -> Vec<String> {
    let lines = hanging(&look.text(text), look.prose());
    let under = if look.ascii { "-" } else { "─" }.repeat(lines.iter().map(|line| width(line)).max().unwrap_or(0));
    lines.iter().chain([&under]).map(|line| look.paint(Tone::Strong, line)).collect()
}

/// The text on lines of which those after the first are indented.
pub(super) fn hanging(text: &str, limit: usize) -> Vec<String> {
    let mut lines = wrap(text, limit);
    if lines.len() > 1 {
        // The first line takes what fits; the others have less room.
        let first = lines.swap_remove(0);
        let rest = text.trim_start_matches(' ')[first.len()..].to_owned();
        lines = wrap(&rest, limit.saturating_sub(GAP.len())).into_iter().map(|line| format!("{GAP}{line}")).collect();
        lines.insert(0, first);
    }
    lines
}

/// Parts with dots between them, on as many lines as they need.
fn joined(parts: &[String], look: Look, limit: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts.iter().map(|part| look.text(part)).filter(|part| !part.is_empty()) {
        match lines.last_mut() {
            Some(line) if width(line) + width(look.dot()) + width(&part) <= limit => {
                line.push_str(look.dot());
                line.push_str(&part);
            }
            _ => lines.extend(hanging(&part, limit)),
        }
    }
    lines
}

/// How wide a column of these labels is.
pub(super) fn label_column<'l>(labels: impl IntoIterator<Item = &'l str>, look: Look) -> usize {
    let widths = labels.into_iter().map(|label| width(&look.text(label)));
    widths.filter(|width| *width <= WIDEST_LABEL).max().unwrap_or(0)
}

/// A label at the right of its column.
pub(super) fn right(label: &str, column: usize) -> String {
    format!("{}{label}", " ".repeat(column.saturating_sub(width(label))))
}

/// A label at the left of its column.
fn left(label: &str, column: usize) -> String {
    format!("{label}{}", " ".repeat(column.saturating_sub(width(label))))
}

/// The columns that a column of labels takes from the lines beside it.
pub(super) fn indent(column: usize) -> usize {
    if column > 0 { column + GAP.len() } else { 0 }
}

/// Lines with a label, padded already, in front of the first. A label that is too long has a line of its own.
pub(super) fn beside(label: &str, column: usize, lines: &[String]) -> Vec<String> {
    let fits = width(label) <= column && !lines.is_empty();
    let own_line = Some(label.trim_end().to_owned()).filter(|label| !fits && !label.is_empty());
    let mut label = Some(label).filter(|_| fits && column > 0);
    let line = |line: &String| match label.take() {
        Some(label) => format!("{label}{GAP}{line}"),
        None => format!("{}{line}", " ".repeat(indent(column))),
    };
    own_line.into_iter().chain(lines.iter().map(line)).collect()
}

/// Sentences, each beside its label.
pub(super) fn findings(findings: &[Finding], column: usize, look: Look) -> Vec<String> {
    let room = look.prose().saturating_sub(indent(column));
    let lines = |finding: &Finding| {
        let label = right(&look.text(&finding.label), column);
        let lines = beside(&label, column, &wrap(&look.text(&finding.text), room));
        lines.iter().map(|line| look.paint(finding.tone, line)).collect::<Vec<_>>()
    };
    findings.iter().flat_map(lines).collect()
}

/// Whether a label is no word but a mark, as it stands in a table beside what it explains: `~`. It has no column.
fn is_mark(label: &str) -> bool {
    !label.is_empty() && !label.contains(char::is_alphanumeric)
}

/// The labels of notes that stand in a column.
pub(super) fn labels_of(notes: &[Note]) -> impl Iterator<Item = &str> {
    notes.iter().map(|note| note.label.as_str()).filter(|label| !is_mark(label))
}

pub(super) fn notes(notes: &[Note], column: usize, look: Look) -> Vec<String> {
    let lines = |note: &Note| {
        let label = look.text(&note.label);
        let parts = |before: usize| joined(&note.parts, look, look.prose().saturating_sub(before));
        if is_mark(&note.label) {
            let before = width(&label) + 1;
            let marked = format!("{label} ");
            let lead = std::iter::once(marked).chain(std::iter::repeat(" ".repeat(before)));
            return lead.zip(parts(before)).map(|(lead, line)| lead + &line).collect();
        }
        beside(&left(&label, column), column, &parts(indent(column)))
    };
    notes.iter().flat_map(lines).collect()
}

/// What stands before what to type next.
pub(super) const NEXT: &str = "next";

/// Commands below each other, and why to type them; in the column of labels above, if it is not far to the right.
pub(super) fn next(next: &[Next], column: usize, look: Look) -> Vec<String> {
    let column = if column > WIDEST_LABEL / 2 { NEXT.len() } else { column.max(NEXT.len()) };
    let next: Vec<&Next> = next.iter().filter(|next| !next.words.is_empty()).collect();
    let commands: Vec<String> = next.iter().map(|next| next.typed(|word| look.text(word))).collect();
    let with_why = next.iter().zip(&commands).filter(|(next, _)| !next.why.is_empty());
    let widest = with_why.map(|(_, command)| width(command)).max().unwrap_or(0);
    let room = look.bars().saturating_sub(indent(column));
    let mut lines = Vec::new();
    for (next, command) in next.into_iter().zip(commands) {
        if next.why.is_empty() {
            lines.push(command);
            continue;
        }
        let why = format!("({})", look.text(&next.why));
        let fits = |before: usize| before + 3 + width(&why) <= room;
        let blanks = if fits(widest) { widest - width(&command) } else { 0 };
        if fits(width(&command)) {
            lines.push(format!("{command}{}   {}", " ".repeat(blanks), look.paint(Tone::Dim, &why)));
        } else {
            lines.push(command);
            let why = wrap(&why, room.saturating_sub(GAP.len()));
            lines.extend(why.iter().map(|why| format!("{GAP}{}", look.paint(Tone::Dim, why))));
        }
    }
    if lines.is_empty() { lines } else { beside(&left(NEXT, column), column, &lines) }
}
