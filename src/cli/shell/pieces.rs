//! Unfinished SQL in pieces, for whoever types it: colours, completion, and where a statement ends. Unlike `ask::sql`,
//! nothing is refused: a quote that stays open reaches to the end.

use crate::ask::sql::tokens::closing;

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Blank,
    Comment,
    /// Text in quotes; whether they are closed.
    Text {
        closed: bool,
    },
    /// A name in double quotes.
    Quoted,
    Number,
    /// A name or keyword.
    Word,
    Symbol,
}

/// A piece of a text. All pieces together are the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece<'t> {
    pub(super) kind: Kind,
    pub(super) text: &'t str,
    pub(super) start: usize,
}

impl Piece<'_> {
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it means something.
    pub(super) fn matters(&self) -> bool {
        !matches!(self.kind, Kind::Blank | Kind::Comment)
    }

    /// Whether it is this keyword, given in lower case.
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }
}

/// Takes a text apart.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while let Some(first) = text[start..].chars().next() {
        let rest = &text[start..];
        let (kind, length) = match first {
            _ if first.is_whitespace() => (Kind::Blank, until(rest, |char| !char.is_whitespace())),
            '-' if rest.starts_with("--") => (Kind::Comment, until(rest, |char| char == '\n')),
            '/' if rest.starts_with("/*") => (Kind::Comment, rest[2..].find("*/").map_or(rest.len(), |at| at + 4)),
            '\'' => match closing(rest, '\'') {
                Some(length) => (Kind::Text { closed: true }, length),
                None => (Kind::Text { closed: false }, rest.len()),
            },
            '"' => (Kind::Quoted, closing(rest, '"').unwrap_or(rest.len())),
            _ if first.is_ascii_digit() => (Kind::Number, until(rest, |char| !char.is_alphanumeric() && char != '.')),
            _ if is_of_word(first) => (Kind::Word, until(rest, |char| !is_of_word(char))),
            _ => (Kind::Symbol, first.len_utf8()),
        };
        pieces.push(Piece { kind, text: &rest[..length], start });
        start += length;
    }
    pieces
}

fn is_of_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

fn until(text: &str, is_end: impl Fn(char) -> bool) -> usize {
    text.find(is_end).unwrap_or(text.len())
}

/// Where the first statement of a text ends, behind its semicolon; none while it is open.
pub(super) fn end_of_statement(text: &str) -> Option<usize> {
    pieces(text).iter().find(|piece| piece.kind == Kind::Symbol && piece.text == ";").map(Piece::end)
}

/// Whether there is nothing in it but blanks and comments.
pub(super) fn is_blank(text: &str) -> bool {
    !pieces(text).iter().any(Piece::matters)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_statement_ends_at_a_semicolon_that_is_one() {
        for (text, end) in [
            ("SELECT 1; SELECT 2", Some(9)),
            ("SELECT ';' || ''';'';' ; x", Some(24)),
            ("SELECT \"a;b\" -- ;\n /* ; */ ;", Some(28)),
            ("SELECT 'it''s", None),
            ("/* ;", None),
            ("-- ;", None),
            ("", None),
        ] {
            assert_eq!(end_of_statement(text), end, "{text}");
        }
        assert!(is_blank(" -- a\n/* b */\n") && is_blank("") && !is_blank("/* a */ x"));
    }

    proptest! {
        #[test]
        fn pieces_are_the_whole_text(text in "[a-z0-9 '\"\\-/*;\n.é日_(]{0,40}") {
            let pieces = pieces(&text);
            prop_assert_eq!(pieces.iter().map(|piece| piece.text).collect::<String>(), text.as_str());
            prop_assert!(pieces.iter().all(|piece| !piece.text.is_empty()));
            prop_assert!(pieces.windows(2).all(|two| two[0].end() == two[1].start));
        }
    }
}
