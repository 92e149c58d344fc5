//! Text on a terminal: measured, cut and wrapped. Pure functions.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

pub use crate::base::shown::harmless;

/// The columns of a terminal that the text takes.
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

/// The text cut to at most `limit` columns with a `…`: at the end, but ARNs in the middle, for both of their ends tell.
pub fn cut(text: &str, limit: usize) -> Cow<'_, str> {
    cut_with(text, limit, "…")
}

/// [`cut`] with another mark than `…`.
pub(super) fn cut_with<'t>(text: &'t str, limit: usize, mark: &str) -> Cow<'t, str> {
    if width(text) <= limit {
        return text.into();
    }
    let room = limit.saturating_sub(width(mark));
    // The end of an ARN tells more than its beginning.
    let (head, tail) = if text.starts_with("arn:") { (room / 3, room - room / 3) } else { (room, 0) };
    format!("{}{}{}", head_of(text, head), head_of(mark, limit.max(1)), tail_of(text, tail)).into()
}

/// The longest beginning that fits. Measured as a whole each time: the width of a text is not the sum of its
/// characters' widths (emoji).
fn head_of(text: &str, limit: usize) -> &str {
    let ends = text.char_indices().map(|(start, char)| start + char.len_utf8());
    ends.map(|end| &text[..end]).take_while(|head| width(head) <= limit).last().unwrap_or_default()
}

/// The longest end that fits.
fn tail_of(text: &str, limit: usize) -> &str {
    let starts = text.char_indices().rev().map(|(start, _)| start);
    starts.map(|start| &text[start..]).take_while(|tail| width(tail) <= limit).last().unwrap_or_default()
}

/// The words of the text on lines of at most `limit` columns, where the words allow it. Several blanks stay several.
pub(super) fn wrap(text: &str, limit: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (blanks, word) in words(text) {
        match lines.last_mut() {
            Some(line) if width(line) + blanks + width(word) <= limit => {
                line.extend(std::iter::repeat_n(' ', blanks));
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// What stands between blanks, and how many are before it. `34 %` is one word.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut words: Vec<(usize, &str)> = Vec::new();
    let (mut blanks, mut start) = (0, 0);
    for piece in text.split(' ') {
        let end = start + piece.len();
        match words.last_mut() {
            Some((_, word))
                if blanks == 1 && piece.starts_with('%') && word.ends_with(|c: char| c.is_ascii_digit()) =>
            {
                *word = &text[start - 1 - word.len()..end];
            }
            _ if piece.is_empty() => {}
            _ => words.push((blanks, piece)),
        }
        blanks = if piece.is_empty() { blanks + 1 } else { 1 };
        start = end + 1;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_at_the_end_and_arns_in_the_middle() {
        for (text, limit, short) in [
            ("/cart/checkout", 14, "/cart/checkout"),
            ("/cart/checkout", 13, "/cart/checko…"),
            ("日本語日本語", 8, "日本語…"),
            ("日本語日本語", 7, "日本語…"),
            ("日本語", 1, "…"),
            (
                "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop/ab12",
                28,
                "arn:aws:e…getgroup/shop/ab12",
            ),
        ] {
            let cut = cut(text, limit);
            assert_eq!(cut, short, "{text} at {limit}");
            assert!(width(&cut) <= limit);
        }
        assert_eq!(cut_with("/cart/checkout", 9, "..."), "/cart/...");
        assert_eq!(cut_with("/cart/checkout", 2, "..."), "..");
    }

    #[test]
    fn words_are_wrapped() {
        assert_eq!(wrap("12 of 41 columns shown", 10), ["12 of 41", "columns", "shown"]);
        assert_eq!(wrap("unbreakable", 4), ["unbreakable"]);
        assert_eq!(wrap("  502s 34 %,   all of 100 %  ", 17), ["502s 34 %,   all", "of 100 %"]);
        assert_eq!(wrap("fails 34 % of 日本語 日本語", 8), ["fails", "34 % of", "日本語", "日本語"]);
        assert_eq!(wrap("a % % 5  %", 1), ["a", "%", "%", "5", "%"]);
        assert!(wrap(" ", 4).is_empty());
    }
}
