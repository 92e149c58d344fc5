//! Text for people: lines on standard error, an error with its causes, and answers that are text.

use std::io::Write;

use crate::output::{Destination, Format, harmless};

/// Prints text that is an answer.
pub(in crate::cli) fn print(text: &str) -> anyhow::Result<()> {
    let mut destination = Destination::open(None, Format::Table)?;
    destination.write_all(text.as_bytes())?;
    destination.commit()
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
