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

/// Bytes of text that is shown whole if it takes few columns: more are a heap of marks.
const LONGEST_WHOLE: usize = 1024;

/// [`cut`] with another mark than `…`.
pub(super) fn cut_with<'t>(text: &'t str, limit: usize, mark: &str) -> Cow<'t, str> {
    if text.len() <= LONGEST_WHOLE.max(CHARS_PER_COLUMN * limit) && width(text) <= limit {
        return text.into();
    }
    let room = limit.saturating_sub(width(mark));
    // The end of an ARN tells more than its beginning.
    let (head, tail) = if text.starts_with("arn:") { (room / 3, room - room / 3) } else { (room, 0) };
    format!("{}{}{}", head_of(text, head), head_of(mark, limit.max(1)), tail_of(text, tail)).into()
}

/// Characters that a column may hold on average: a letter takes one, an emoji of a family eleven in two columns. What
/// holds more is a heap of marks upon a letter, of which nothing can be read.
const CHARS_PER_COLUMN: usize = 8;

/// The longest beginning that fits, and no heap of marks. Measured as a whole each time: the width of a text is not the
/// sum of its characters' widths (emoji).
fn head_of(text: &str, limit: usize) -> &str {
    let ends = text.char_indices().map(|(start, char)| start + char.len_utf8()).take(CHARS_PER_COLUMN * limit);
    ends.map(|end| &text[..end]).take_while(|head| width(head) <= limit).last().unwrap_or_default()
}

/// The longest end that fits, and no heap of marks.
fn tail_of(text: &str, limit: usize) -> &str {
    let starts = text.char_indices().rev().map(|(start, _)| start).take(CHARS_PER_COLUMN * limit);
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

    /// 200,000 marks take one column with their letter; measuring every beginning of them took minutes.
    #[test]
    fn a_heap_of_marks_is_cut_at_once() {
        let started = std::time::Instant::now();
        let heap = format!("/e{}", "\u{301}".repeat(200_000));
        for text in [heap.clone(), format!("arn:{heap}"), format!("{heap}/and/so/on")] {
            let short = cut(&text, 40);
            assert!(width(&short) <= 40 && short.len() < 1000 && short.contains('…'), "{}", short.len());
        }
        assert!(started.elapsed() < std::time::Duration::from_secs(1), "{:?}", started.elapsed());
        // Few marks stay.
        let few = format!("caf{}", "e\u{301}".repeat(8));
        assert_eq!(cut(&few, 11), few);
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
