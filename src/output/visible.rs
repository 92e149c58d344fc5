//! What goes to a terminal in a format for programs: values stay what they are as far as they can be seen.
//!
//! In a file, CSV and JSON hold the characters that clients sent. On a screen some of these would move the cursor, set the title
//! or turn text round: JSON writes them as `\u001b` and means the same, other formats as `\x1B`, as the logs themselves do.

use std::fmt::Write;

use super::Format;
use crate::base::shown::{harmless_by, write_hex};

/// Bytes on their way to a terminal.
#[derive(Debug)]
pub(super) struct Visible {
    format: Format,
    /// The beginning of a character whose rest is yet to come.
    unfinished: Vec<u8>,
}

impl Visible {
    /// None for formats that draw for people, and are harmless themselves.
    pub(super) fn of(format: Format) -> Option<Self> {
        let is_data = matches!(format, Format::Csv | Format::Json | Format::Ndjson | Format::Markdown | Format::Html);
        is_data.then(|| Self { format, unfinished: Vec::new() })
    }

    /// The same text with nothing in it that a terminal would take for something else.
    pub(super) fn pass(&mut self, bytes: &[u8]) -> String {
        self.unfinished.extend_from_slice(bytes);
        let whole = match str::from_utf8(&self.unfinished) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.unfinished.len(),
        };
        let rest = self.unfinished.split_off(whole);
        let bytes = std::mem::replace(&mut self.unfinished, rest);
        let text = String::from_utf8_lossy(&bytes);
        harmless_by(&text, |char, safe| match (char, self.format) {
            ('\n' | '\r' | '\t', _) => safe.push(char),
            (_, Format::Json | Format::Ndjson) => {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    let _ = write!(safe, "\\u{unit:04x}"); // writing to a String cannot fail
                }
            }
            _ => write_hex(char, safe),
        })
        .into_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn passed(format: Format, pieces: &[&[u8]]) -> String {
        let mut visible = Visible::of(format).unwrap();
        pieces.iter().map(|piece| visible.pass(piece)).collect()
    }

    #[test]
    fn hidden_characters_are_seen() {
        let text = "a\u{9b}1m\u{202e}\u{1f600}\u{e0041}\r\n\tz";
        assert_eq!(passed(Format::Json, &[text.as_bytes()]), "a\\u009b1m\\u202e\u{1f600}\\udb40\\udc41\r\n\tz");
        assert_eq!(passed(Format::Csv, &[b"\x1b[2J,a\n"]), "\\x1B[2J,a\n");
        assert!(Visible::of(Format::Table).is_none());
    }

    proptest! {
        /// JSON means what it meant, however it is cut.
        #[test]
        fn json_stays_what_it_is(text in any::<String>(), at in 0..100_usize) {
            let json = serde_json::to_string(&text).unwrap();
            let (head, rest) = json.as_bytes().split_at(at.min(json.len()));
            let shown = passed(Format::Json, &[head, rest]);
            prop_assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
            prop_assert!(!shown.contains(char::is_control));
        }
    }
}
