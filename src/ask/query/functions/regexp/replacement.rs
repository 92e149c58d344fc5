//! What is put in the place of a match: text with groups of the match in it, in the notation of Java.
//!
//! `$1` is a group, of as many digits as name one that the pattern has; `${name}` a group with a name; a backslash makes
//! the character after it stand for itself.

use datafusion::common::{Result, exec_err};
use regex::{CaptureLocations, Regex};

/// A replacement for matches of one pattern.
#[derive(Debug)]
pub(super) struct Replacement(Vec<Piece>);

#[derive(Debug, PartialEq)]
enum Piece {
    Text(String),
    Group(usize),
}

impl Replacement {
    /// # Errors
    /// When a group is named that the pattern does not have, or nothing follows a dollar sign or backslash.
    pub(super) fn parse(text: &str, pattern: &Regex) -> Result<Self> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(special) = rest.find(['$', '\\']) {
            push(&mut pieces, &rest[..special]);
            let after = &rest[special + 1..];
            rest = if rest[special..].starts_with('$') {
                let Some((group, after)) = group(after, pattern) else {
                    return exec_err!("regexp_replace cannot use this replacement: {text} (\\$ is a dollar sign)");
                };
                pieces.push(Piece::Group(group));
                after
            } else {
                let Some(character) = after.chars().next() else {
                    return exec_err!("regexp_replace cannot use this replacement: {text} (\\\\ is a backslash)");
                };
                let (character, after) = after.split_at(character.len_utf8());
                push(&mut pieces, character);
                after
            };
        }
        push(&mut pieces, rest);
        Ok(Self(pieces))
    }

    /// Whether it is the same for every match.
    pub(super) fn is_constant(&self) -> bool {
        !self.0.iter().any(|piece| matches!(piece, Piece::Group(_)))
    }

    /// Appends it for a match in this text; a group that did not take part in the match is nothing.
    pub(super) fn append(&self, groups: &CaptureLocations, text: &str, to: &mut String) {
        for piece in &self.0 {
            match piece {
                Piece::Text(piece) => to.push_str(piece),
                Piece::Group(group) => to.push_str(groups.get(*group).map_or("", |(start, end)| &text[start..end])),
            }
        }
    }
}

fn push(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(Piece::Text(last)) => last.push_str(text),
        _ => pieces.push(Piece::Text(text.to_owned())),
    }
}

/// The group that is named after a dollar sign, and what follows.
fn group<'a>(text: &'a str, pattern: &Regex) -> Option<(usize, &'a str)> {
    if let Some((name, after)) = text.strip_prefix('{').and_then(|text| text.split_once('}')) {
        return Some((pattern.capture_names().position(|known| known == Some(name))?, after));
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    // Every further digit belongs to the number as long as there is such a group.
    let numbers = (1..=digits).map_while(|end| {
        let number: usize = text[..end].parse().ok()?;
        (number < pattern.captures_len()).then_some((number, &text[end..]))
    });
    numbers.last()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str, pattern: &str) -> Result<Vec<Piece>> {
        Ok(Replacement::parse(text, &Regex::new(pattern).unwrap())?.0)
    }

    fn text(text: &str) -> Piece {
        Piece::Text(text.to_owned())
    }

    #[test]
    fn groups_are_told_from_text() {
        let pattern = "(a)(?<name>b)";
        assert_eq!(pieces("", pattern).unwrap(), []);
        assert_eq!(pieces("x", pattern).unwrap(), [text("x")]);
        assert_eq!(
            pieces("<$1-${name}>", pattern).unwrap(),
            [text("<"), Piece::Group(1), text("-"), Piece::Group(2), text(">")]
        );
        assert_eq!(pieces("$0$23", pattern).unwrap(), [Piece::Group(0), Piece::Group(2), text("3")]);
        assert_eq!(pieces(r"\$1\\\té\é", pattern).unwrap(), [text(r"$1\téé")]);
        let ten = "(a)".repeat(10);
        assert_eq!(pieces("$10$11", &ten).unwrap(), [Piece::Group(10), Piece::Group(1), text("1")]);
    }

    #[test]
    fn what_names_no_group_is_refused() {
        for replacement in ["$", "a$", "$x", "$3", "${other}", "${name", "$é", "\\", "a\\"] {
            let message = pieces(replacement, "(a)(?<name>b)").unwrap_err().to_string();
            assert!(message.contains("regexp_replace cannot use this replacement"), "{message}");
        }
    }
}
