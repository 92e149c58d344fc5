//! Text for people: lines on standard error, an error with its causes, and answers that are text.

use std::io::Write;

use crate::output::{Destination, Format, harmless};

/// Prints text that is an answer.
pub(in crate::cli) fn print(text: &str) -> anyhow::Result<()> {
    let mut destination = Destination::open(None, Format::Table)?;
    destination.write_all(text.as_bytes())?;
    destination.commit()
}

/// The error and its causes; some errors repeat their cause in their own text.
pub(in crate::cli) fn in_full(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !text.contains(&cause) {
            text.push_str(if text.is_empty() { "" } else { ": " });
            text.push_str(&cause);
        }
    }
    text
}

/// Prints lines on standard error; nobody may be there to read them. Names of files can hold anything.
pub(in crate::cli) fn message(text: std::fmt::Arguments) {
    let text = text.to_string();
    let pieces = text.split_inclusive(['\n', '\t']).map(|piece| {
        let end = piece.len() - usize::from(piece.ends_with(['\n', '\t']));
        harmless(&piece[..end]) + &piece[end..]
    });
    let _ = writeln!(std::io::stderr(), "{}", pieces.collect::<String>());
}

/// As a shell takes it for one word.
pub(in crate::cli) fn quoted(text: &str) -> String {
    let plain = |char: char| char.is_alphanumeric() || "_-./:@%+=,".contains(char);
    let is_plain = !text.is_empty() && text.chars().all(plain);
    if is_plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
