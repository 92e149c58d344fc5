//! SQL in colours. The characters stay as they are: only what colours them comes between.

use super::pieces::{Kind, pieces};

const RESET: &str = "\x1b[0m";
const BOLD: &str = "\x1b[1m";
const GREEN: &str = "\x1b[32m";
const CYAN: &str = "\x1b[36m";
const DIM: &str = "\x1b[2m";

/// Words that mean something in SQL, sorted.
pub(super) const KEYWORDS: [&str; 66] = [
    "ALL",
    "AND",
    "ANY",
    "AS",
    "ASC",
    "AT",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "CROSS",
    "CURRENT",
    "DATE",
    "DESC",
    "DESCRIBE",
    "DISTINCT",
    "ELSE",
    "END",
    "ESCAPE",
    "EXCEPT",
    "EXISTS",
    "EXPLAIN",
    "EXTRACT",
    "FALSE",
    "FILTER",
    "FOLLOWING",
    "FROM",
    "FULL",
    "GROUP",
    "GROUPING",
    "HAVING",
    "IN",
    "INNER",
    "INTERSECT",
    "INTERVAL",
    "IS",
    "JOIN",
    "LEFT",
    "LIKE",
    "LIMIT",
    "NOT",
    "NULL",
    "NULLS",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "PARTITION",
    "PRECEDING",
    "RECURSIVE",
    "RIGHT",
    "ROWS",
    "SELECT",
    "SETS",
    "SHOW",
    "TABLES",
    "THEN",
    "TIMESTAMP",
    "TRUE",
    "UNION",
    "USING",
    "WHEN",
    "WHERE",
    "WITH",
];

/// The text with what colours it.
pub(super) fn coloured(text: &str) -> String {
    if text.trim_start().starts_with('\\') {
        let end = text.find(|char: char| char.is_whitespace()).filter(|end| *end > 0).unwrap_or(text.len());
        return format!("{BOLD}{}{RESET}{}", &text[..end], &text[end..]);
    }
    let mut coloured = String::with_capacity(text.len() * 2);
    for piece in pieces(text) {
        let colour = match piece.kind {
            Kind::Word if KEYWORDS.binary_search(&piece.text.to_ascii_uppercase().as_str()).is_ok() => BOLD,
            Kind::Text { .. } => GREEN,
            Kind::Number => CYAN,
            Kind::Comment => DIM,
            Kind::Blank | Kind::Quoted | Kind::Word | Kind::Symbol => "",
        };
        if colour.is_empty() {
            coloured.push_str(piece.text);
        } else {
            coloured.extend([colour, piece.text, RESET]);
        }
    }
    coloured
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keywords_text_numbers_and_comments() {
        assert!(KEYWORDS.is_sorted());
        assert_eq!(
            coloured("select 'a' + 1.5 -- b"),
            "\x1b[1mselect\x1b[0m \x1b[32m'a'\x1b[0m + \x1b[36m1.5\x1b[0m \x1b[2m-- b\x1b[0m"
        );
        assert_eq!(coloured("\\d requests"), "\x1b[1m\\d\x1b[0m requests");
        assert_eq!(coloured(" \\d"), "\x1b[1m \\d\x1b[0m");
    }

    proptest! {
        #[test]
        fn characters_stay(text in "[a-zA-Z0-9 '\"\\-\\\\/*;\né日]{0,40}") {
            let bare = [RESET, BOLD, GREEN, CYAN, DIM].iter().fold(coloured(&text), |text, code| text.replace(code, ""));
            prop_assert_eq!(bare, text);
        }
    }
}
