//! What may stand where the cursor is. Pure: text, cursor and vocabulary in, candidates out.

mod commands;
mod sql;

#[cfg(test)]
mod tests;

use super::vocabulary::Vocabulary;

/// Candidates that are offered at most.
const MOST: usize = 300;

/// Something that may stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    /// As it is listed.
    pub(super) shown: String,
    /// What takes the place of what was typed.
    pub(super) text: String,
}

impl Candidate {
    fn of(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { shown: text.clone(), text }
    }
}

/// What completes a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Completion {
    /// Candidates for what begins at this byte.
    Words(usize, Vec<Candidate>),
    /// A file.
    File,
}

/// What may stand at the cursor, a byte of the text.
pub(super) fn complete(text: &str, cursor: usize, vocabulary: &Vocabulary) -> Completion {
    let before = text.get(..cursor).unwrap_or(text);
    let completion = if before.trim_start().starts_with('\\') {
        commands::complete(before, vocabulary)
    } else {
        let (start, candidates) = sql::complete(text, before, vocabulary);
        Completion::Words(start, candidates)
    };
    match completion {
        Completion::Words(start, mut candidates) => {
            candidates.truncate(MOST);
            Completion::Words(start, candidates)
        }
        Completion::File => Completion::File,
    }
}

/// Whether a name begins so, in whichever case.
fn begins(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}
