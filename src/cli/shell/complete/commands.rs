//! Behind a backslash: commands, and what each takes.

use super::{Candidate, Completion, begins};
use crate::base::shell::quoted;
use crate::cli::report;
use crate::cli::shell::command::COMMANDS;
use crate::cli::shell::vocabulary::Vocabulary;
use crate::output::Format;
use crate::report::library;

/// The candidates for the last word of a command that was typed so far.
pub(super) fn complete(before: &str, vocabulary: &Vocabulary) -> Completion {
    let start = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let (typed, word) = before.split_at(start);
    let words: Vec<&str> = typed.split_whitespace().collect();
    let names = match words[..] {
        [] => COMMANDS.iter().map(|command| command.name.to_owned()).collect(),
        ["\\o", ..] | ["\\report", .., "-o" | "--output" | "--target-groups"] => return Completion::File,
        ["\\d" | "\\dt"] => vocabulary.tables.iter().map(|table| table.name.clone()).collect(),
        ["\\x" | "\\timing"] => vec!["on".to_owned(), "off".to_owned()],
        ["\\format"] | ["\\report", .., "--format"] => formats(),
        ["\\run" | "\\save"] => vocabulary.queries.clone(),
        ["\\elb", ..] | ["\\report", .., "--elb"] => load_balancers(vocabulary),
        ["\\report"] => library::names(),
        ["\\report", .., "--by"] => library::dimensions(words.get(1).copied()),
        ["\\report", ..] => report::flags(),
        _ => Vec::new(),
    };
    let names = names.into_iter().filter(|name| begins(name, word));
    Completion::Words(start, names.map(Candidate::of).collect())
}

fn formats() -> Vec<String> {
    Format::ALL.map(|format| format.name().to_owned()).to_vec()
}

fn load_balancers(vocabulary: &Vocabulary) -> Vec<String> {
    vocabulary.load_balancers.iter().map(|name| quoted(name)).collect()
}
