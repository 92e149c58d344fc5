//! Patterns as flags take them: `*` stands for anything, also nothing; every other character for itself.

/// Whether it may fit more than one text.
pub fn is_pattern(text: &str) -> bool {
    text.contains('*')
}

/// What every text that fits begins with.
pub fn beginning(pattern: &str) -> &str {
    pattern.split('*').next().unwrap_or_default()
}

/// Whether the whole text fits.
pub fn matches(pattern: &str, text: &str) -> bool {
    let Some((begin, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(begin) else { return false };
    let (between, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    // The first place that fits leaves the most for the pieces behind it.
    for piece in between.split('*') {
        let Some(at) = text.find(piece) else { return false };
        text = &text[at + piece.len()..];
    }
    text.ends_with(end)
}

/// The same for SQL's LIKE with `ESCAPE '\'`.
pub fn like(pattern: &str) -> String {
    like_pieces(pattern.split('*'))
}

/// Text with anything between its pieces, in which a `*` stands for itself.
pub fn like_pieces<T: AsRef<str>>(pieces: impl Iterator<Item = T>) -> String {
    pieces.map(|piece| escaped(piece.as_ref())).collect::<Vec<_>>().join("%")
}

/// Text that stands for itself in a pattern of LIKE.
fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for char in text.chars() {
        if matches!(char, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(char);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// By trying every length that each `*` can have.
    fn reference(pattern: &[char], text: &[char]) -> bool {
        match pattern {
            [] => text.is_empty(),
            ['*', rest @ ..] => (0..=text.len()).any(|skipped| reference(rest, &text[skipped..])),
            [first, rest @ ..] => text.first() == Some(first) && reference(rest, &text[1..]),
        }
    }

    #[test]
    fn patterns_of_like() {
        assert_eq!(like("k8s-*_100%"), r"k8s-%\_100\%");
        assert_eq!((beginning("k8s-*-x*"), beginning("shop"), beginning("*")), ("k8s-", "shop", ""));
    }

    proptest! {
        #[test]
        fn a_text_fits_if_some_lengths_do(pattern in "[ab*é]{0,7}", text in "[abé]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(matches(&pattern, &text), reference(&chars(&pattern), &chars(&text)));
        }
    }
}
