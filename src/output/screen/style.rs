//! How a screen looks: how wide, coloured or not, in which characters. Pure, also what the environment decides.

use std::borrow::Cow;
use std::fmt::Write;

use crate::output::document::Tone;
use crate::output::spark::{self, Marks};
use crate::output::{TableLayout, text};

/// Prose is not wider than this, for longer lines are hard to read; and where no width is known, nothing that can be
/// broken or merged is.
const WIDEST: usize = 100;

/// Behind a name that is guessed.
const MARK: &str = " ~";

/// How a screen looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Look {
    /// The columns of the terminal; none if it is no terminal, and then nothing is cut or left out.
    pub width: Option<usize>,
    /// Whether tones are colours, too.
    pub colour: bool,
    /// Whether there are only ASCII characters.
    pub ascii: bool,
}

impl Look {
    /// The look of what has room for tables of this layout; `variable` answers with the process's environment.
    pub fn new(layout: TableLayout, variable: impl Fn(&str) -> Option<String>) -> Self {
        Self { width: layout.width, colour: layout.colour, ascii: is_ascii(variable) }
    }

    /// The columns that prose may take.
    pub(super) fn prose(self) -> usize {
        self.width.map_or(WIDEST, |width| width.min(WIDEST))
    }

    /// The columns that bars and commands may take.
    pub(super) fn bars(self) -> usize {
        self.width.unwrap_or(WIDEST)
    }

    /// The text made harmless, and in ASCII if nothing else can be shown: typography as it is typed, anything else as
    /// `\xHH`, like what is harmful.
    pub(super) fn text(self, text: &str) -> String {
        let safe = text::harmless(text);
        if !self.ascii || safe.is_ascii() {
            return safe.into_owned();
        }
        let mut ascii = String::with_capacity(safe.len());
        for char in safe.chars() {
            match typed(char) {
                Some(typed) => ascii.push_str(typed),
                None if char.is_ascii() => ascii.push(char),
                None => {
                    for byte in char.encode_utf8(&mut [0; 4]).bytes() {
                        let _ = write!(ascii, "\\x{byte:02X}"); // writing to a String cannot fail
                    }
                }
            }
        }
        ascii
    }

    /// The text, already harmless, cut to `limit` columns.
    pub(super) fn cut(self, text: &str, limit: usize) -> Cow<'_, str> {
        text::cut_with(text, limit, if self.ascii { "..." } else { "…" })
    }

    /// [`Look::cut`] for a value in a table. A mark behind a name, as in `shop/api ~`, says how far it can be believed: it
    /// stays.
    pub(super) fn cut_value(self, text: &str, limit: usize) -> Cow<'_, str> {
        match text.strip_suffix(MARK) {
            Some(name) if text::width(text) > limit && limit > 2 * MARK.len() => {
                format!("{}{MARK}", self.cut(name, limit - MARK.len())).into()
            }
            _ => self.cut(text, limit),
        }
    }

    /// What stands between parts of a line.
    pub(super) fn dot(self) -> &'static str {
        if self.ascii { " | " } else { " · " }
    }

    /// The characters of bars.
    pub(super) fn marks(self) -> &'static Marks {
        if self.ascii { &spark::ASCII } else { &spark::UNICODE }
    }

    /// The text in the colour of `tone`, but not the blanks around it.
    pub(super) fn paint(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Strong => "1",
            Tone::Bad => "31",
            Tone::Dim => "2",
            Tone::Plain => return text.to_owned(),
        };
        let text = text.trim_end_matches(' ');
        let inside = text.trim_start_matches(' ');
        if !self.colour || inside.is_empty() {
            return text.to_owned();
        }
        let blanks = &text[..text.len() - inside.len()];
        format!("{blanks}\x1b[{code}m{inside}\x1b[0m")
    }
}

/// Whether only ASCII characters can be shown: `ALBSTATS_ASCII` says so, or else the locale has another character set
/// than UTF-8 (`LC_ALL=C`). Where there is no locale, as in containers, UTF-8 is what terminals speak.
///
/// `TERM=dumb` says nothing of characters: it takes the colours away.
pub(in crate::output) fn is_ascii(variable: impl Fn(&str) -> Option<String>) -> bool {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    if let Some(wish) = set("ALBSTATS_ASCII") {
        return !matches!(wish.to_ascii_lowercase().as_str(), "0" | "false" | "no");
    }
    // The first that is set decides: locale(7).
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        !locale.contains("utf-8") && !locale.contains("utf8")
    })
}

/// A character of typography as a typewriter has it; bars as [`Look::marks`] has them, for they are explained in words.
fn typed(char: char) -> Option<&'static str> {
    Some(match char {
        '–' | '—' | '−' | '‐' | '‑' => "-",
        '…' => "...",
        '·' => "|",
        '█' => "@",
        '░' => "?",
        '▒' => "!",
        '×' | '✗' => "x",
        '→' => "->",
        '←' => "<-",
        '≤' => "<=",
        '≥' => ">=",
        '≠' => "!=",
        '≈' => "~",
        '✓' => "v",
        'µ' | 'μ' => "u",
        '‘' | '’' => "'",
        '“' | '”' | '„' => "\"",
        '\u{a0}' | '\u{2009}' | '\u{202f}' => " ",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides_about_characters() {
        for (variables, ascii) in [
            (&[][..], false),
            (&[("LANG", "en_GB.UTF-8")], false),
            (&[("LANG", "C.utf8")], false),
            (&[("LANG", "C")], true),
            (&[("LANG", "de_DE.ISO-8859-1@euro")], true),
            (&[("LANG", "en_GB.UTF-8"), ("LC_ALL", "C")], true),
            (&[("LANG", "C"), ("LC_CTYPE", "C.UTF-8")], false),
            (&[("LC_ALL", ""), ("LANG", "C.UTF-8")], false),
            (&[("LC_CTYPE", "C.UTF-8"), ("LC_ALL", "POSIX")], true),
            (&[("TERM", "dumb")], false),
            (&[("ALBSTATS_ASCII", "1"), ("LANG", "C.UTF-8")], true),
            (&[("ALBSTATS_ASCII", "0"), ("LANG", "C")], false),
            (&[("ALBSTATS_ASCII", ""), ("LANG", "C")], true),
        ] {
            let variable =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(is_ascii(variable), ascii, "{variables:?}");
        }
    }

    #[test]
    fn a_look_takes_width_and_colour_from_the_layout() {
        let look =
            Look::new(TableLayout { width: Some(120), colour: true, max_rows: 1, ..TableLayout::plain() }, |_| None);
        assert_eq!(look, Look { width: Some(120), colour: true, ascii: false });
        assert_eq!((look.prose(), look.bars()), (100, 120));
        let plain = Look::new(TableLayout::plain(), |_| None);
        assert_eq!((plain, plain.prose(), plain.bars()), (Look::default(), 100, 100));
    }

    #[test]
    fn text_in_ascii() {
        let ascii = Look { ascii: true, ..Look::default() };
        for (text, typed) in [
            ("2 × 3 ≥ 5 – “so” … a · b", r#"2 x 3 >= 5 - "so" ... a | b"#),
            ("/café?\u{1b}", r"/caf\xC3\xA9?\x1B"),
            ("/plain", "/plain"),
        ] {
            assert_eq!(ascii.text(text), typed);
            assert!(ascii.text(text).is_ascii());
        }
        assert_eq!(Look::default().text("/café·\u{1b}"), r"/café·\x1B");
    }

    #[test]
    fn the_mark_of_a_guess_stays() {
        let look = Look::default();
        assert_eq!(look.cut_value("legacy/reporting ~", 12), "legacy/re… ~");
        assert_eq!(look.cut_value("legacy/reporting ~", 18), "legacy/reporting ~");
        assert_eq!(look.cut_value("legacy/reporting", 12), "legacy/repo…");
        assert_eq!(look.cut_value("legacy ~", 2), "l…");
    }

    #[test]
    fn tones_are_colours_only_where_there_are_colours() {
        let colour = Look { colour: true, ..Look::default() };
        assert_eq!(colour.paint(Tone::Bad, "502"), "\x1b[31m502\x1b[0m");
        assert_eq!(colour.paint(Tone::Bad, "  5 2"), "  \x1b[31m5 2\x1b[0m");
        assert_eq!(colour.paint(Tone::Bad, "  "), "");
        assert_eq!(colour.paint(Tone::Plain, "200"), "200");
        assert_eq!(Look::default().paint(Tone::Bad, "502"), "502");
    }
}
