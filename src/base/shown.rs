//! Text from outside made harmless before it is put among our own words.
//!
//! Names of files, keys of objects, tags, annotations, values of settings and the words of libraries may hold anything:
//! escape sequences that rewrite the screen, marks that reverse or hide text, newlines that begin a line of their own. The
//! table of such characters is here and nowhere else.

use std::borrow::Cow;
use std::fmt::{self, Display, Write};

use unicode_width::UnicodeWidthChar;

/// So many marks that take no room of their own may follow a character: no script needs more, and a thousand of them
/// cover the lines around.
const MARKS: usize = 4;
/// Of so many bytes of somebody else's words, the beginning is enough.
const LONGEST: usize = 1_000;

/// Text from outside as it may stand in a message, in one line: `Shown(path.display())`. Its control characters, newlines
/// among them, are written as `\xHH`, as are those that cannot be seen.
#[derive(Debug, Clone, Copy)]
pub struct Shown<T>(pub T);

impl<T: Display> Display for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&harmless(&self.0.to_string()))
    }
}

/// The text with everything that would not simply stand there written as `\xHH`, as the logs themselves do.
pub fn harmless(text: &str) -> Cow<'_, str> {
    harmless_by(text, write_hex)
}

/// Writes a character as `\xHH`, for each of its bytes.
pub fn write_hex(char: char, safe: &mut String) {
    for byte in char.encode_utf8(&mut [0; 4]).bytes() {
        let _ = write!(safe, "\\x{byte:02X}"); // writing to a String cannot fail
    }
}

/// The same, where `written` writes each such character.
pub fn harmless_by(text: &str, written: impl Fn(char, &mut String)) -> Cow<'_, str> {
    if !told_apart(text).any(|(_, harmful)| harmful) {
        return text.into();
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for (char, harmful) in told_apart(text) {
        if harmful {
            written(char, &mut safe);
        } else {
            safe.push(char);
        }
    }
    safe.into()
}

/// What somebody else's program said, for a message: in one line, harmless, and not longer than it helps.
pub fn in_a_line(text: &str) -> String {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let cut = if end < text.len() { "…" } else { "" };
    format!("{}{cut}", harmless(text[..end].trim()))
}

/// Each character, and whether it must not stand there as it is.
fn told_apart(text: &str) -> impl Iterator<Item = (char, bool)> {
    let mut marks = 0;
    text.chars().map(move |char| {
        if char.is_ascii() {
            marks = 0;
            return (char, char.is_ascii_control());
        }
        marks = if char.width() == Some(0) { marks + 1 } else { 0 };
        let harmful = is_harmful(char);
        if harmful {
            marks = 0;
        }
        (char, harmful || marks > MARKS)
    })
}

/// Control characters, and characters that change the direction of text, break lines or cannot be seen.
fn is_harmful(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(
            char,
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        )
        // Signs around numbers and syllables of some scripts, which most terminals do not draw, and a blank that is no space.
        || matches!(char, '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{8e2}' | '\u{110bd}' | '\u{110cd}' | '\u{2800}')
        || matches!(u32::from(char), 0xfdd0..=0xfdef) || u32::from(char) & 0xfffe == 0xfffe
        || matches!(char, '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}')
        // What steers the drawing of hieroglyphs, shorthand and music.
        || matches!(char, '\u{13430}'..='\u{1345f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}')
        || matches!(char, '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_visible() {
        for (text, safe) in [
            ("GET /café 日本 👍", "GET /café 日本 👍"),
            ("\x1b[2Jgone", r"\x1B[2Jgone"),
            ("a\tb\r\nc\0\x7f", r"a\x09b\x0D\x0Ac\x00\x7F"),
            ("\u{9b}31m", r"\xC2\x9B31m"),
            ("pay\u{ad}pal", r"pay\xC2\xADpal"),
            ("\u{202e}fdp.exe", r"\xE2\x80\xAEfdp.exe"),
            ("a\u{fe0f}", r"a\xEF\xB8\x8F"),
            ("a\u{e0100}\u{e0041}", r"a\xF3\xA0\x84\x80\xF3\xA0\x81\x81"),
        ] {
            assert_eq!(harmless(text), safe);
            assert_eq!(Shown(text).to_string(), safe);
        }
    }

    #[test]
    fn marks_on_a_character_are_few() {
        assert_eq!(harmless("นี้ é שָׁ"), "นี้ é שָׁ");
        assert_eq!(harmless(&format!("a{}b", "\u{301}".repeat(5))), format!("a{}\\xCC\\x81b", "\u{301}".repeat(4)));
        let many = format!("a{}", "\u{301}".repeat(500_000));
        let safe = harmless(&many).into_owned();
        assert_eq!(harmless(&safe), safe);
        assert_eq!(safe.chars().filter(|char| *char == '\u{301}').count(), 4);
    }

    #[test]
    fn words_of_others_are_cut_to_a_line() {
        assert_eq!(in_a_line("a\nb\n"), r"a\x0Ab");
        let body = in_a_line(&"é<html>".repeat(20_000));
        assert!(body.len() < LONGEST + 4 && body.ends_with('…'), "{}", body.len());
    }
}
