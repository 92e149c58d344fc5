//! Text for people: lines on standard error, an error with its causes, and answers that are text.

use std::io::Write;

use crate::base::shown::harmless;
use crate::output::{Destination, Format};

/// Prints text that is an answer.
pub(in crate::cli) fn print(text: &str) -> anyhow::Result<()> {
    let mut destination = Destination::open(None, Format::Table)?;
    destination.write_all(text.as_bytes())?;
    destination.commit()
}

/// Prints a message on standard error; nobody may be there to read it.
///
/// What comes from outside is [`Shown`](crate::base::shown::Shown) where it is put into the text. Whatever came in without
/// that, the words of some library, can still neither rewrite the screen nor begin a message of its own.
pub(in crate::cli) fn message(text: std::fmt::Arguments) {
    let _ = writeln!(std::io::stderr(), "{}", in_lines(&text.to_string()));
}

/// The text with the line breaks that our own messages have (before a hint, a next step or an indented line) and with no
/// others.
fn in_lines(text: &str) -> String {
    let mut lines = text.split('\n');
    let mut safe = harmless(lines.next().unwrap_or_default()).into_owned();
    for line in lines {
        let ours = ["hint: ", "next: ", "  "].iter().any(|beginning| line.starts_with(beginning));
        safe.push_str(if ours { "\n" } else { "\\x0A" });
        safe.push_str(&harmless(line));
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_line_breaks_break_lines() {
        for (text, lines) in [
            ("error: a\n  at b\nhint: c", "error: a\n  at b\nhint: c"),
            ("warning: a\nerror: b\n::error::c\r\u{1b}", r"warning: a\x0Aerror: b\x0A::error::c\x0D\x1B"),
            ("\nnext: a\n      b", "\nnext: a\n      b"),
        ] {
            assert_eq!(in_lines(text), lines);
        }
    }
}
