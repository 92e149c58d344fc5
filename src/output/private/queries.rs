//! Query strings, which can hold tokens and names.

/// What stands in place of a query string.
pub(in crate::output) const HIDDEN: &str = "?…";

/// Between values that stand beside each other.
const BETWEEN: &str = " · ";

/// Sentences, and commands in them, in which URLs stand among other words, without their query strings; none if there are none.
pub(in crate::output) fn without_queries(text: &str) -> Option<String> {
    let mut shown = String::with_capacity(text.len());
    let (mut rest, mut is_hidden) = (text, false);
    while let Some((before, after)) = rest.split_once('?') {
        shown.push_str(before);
        let length = query_length(&shown, after);
        is_hidden |= length > 0;
        shown.push_str(if length > 0 { HIDDEN } else { "?" });
        rest = &after[length..];
    }
    shown.push_str(rest);
    is_hidden.then_some(shown)
}

/// How many bytes behind a `?` are a query string. What clients sent can hold blanks and quotes, too: a value that is a URL ends
/// where the value does.
fn query_length(before: &str, after: &str) -> usize {
    let value = before.rsplit(BETWEEN).next().unwrap_or(before);
    if is_url(value) {
        return after.find(BETWEEN).unwrap_or(after.len());
    }
    let (quote, word) = last_word(value);
    let length = match quote {
        Some(quote) => quoted_length(after, quote),
        None => after.find(char::is_whitespace).unwrap_or(after.len()),
    };
    // `what?` is a question; what follows a `/` in the same word is a query, and what assigns values is one everywhere.
    let is_query = word.contains('/') || value.contains("://") || after[..length].contains('=');
    if is_query { length } else { 0 }
}

/// Whether it begins as URLs and paths do.
fn is_url(value: &str) -> bool {
    let scheme = value.split_once("://").map_or("", |(scheme, _)| scheme);
    value.starts_with('/') || !scheme.is_empty() && scheme.chars().all(|char| char.is_ascii_alphanumeric())
}

/// The word that a text ends with, and the quote that it stands in. A quote in a word begins none.
fn last_word(text: &str) -> (Option<char>, &str) {
    let mut chars = text.char_indices().rev().peekable();
    while let Some((at, char)) = chars.next() {
        if char.is_whitespace() {
            return (None, &text[at..]);
        }
        let begins = chars.peek().is_none_or(|(_, before)| before.is_whitespace() || matches!(before, '=' | '('));
        if is_quote(char) && begins {
            return (Some(char), &text[at..]);
        }
    }
    (None, text)
}

fn is_quote(char: char) -> bool {
    matches!(char, '\'' | '"' | '`')
}

/// Bytes up to the quote that closes a word.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut length = 0;
    loop {
        length += text[length..].find(quote).unwrap_or(text.len() - length);
        // A quote within quotes, as shells want it.
        if !text[length..].starts_with(r"'\''") {
            return length;
        }
        length += 4;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sentences_keep_what_is_no_query() {
        for (text, shown) in [
            ("GET https://a/b?token=secret by 203.0.113.77", Some("GET https://a/b?… by 203.0.113.77")),
            ("run 'https://a/b?x=it'\\''s' now?", Some("run 'https://a/b?…' now?")),
            ("https://a/b`c?q=1 2 · 5 · /d?e", Some("https://a/b`c?… · 5 · /d?…")),
            ("--path='/a?b=c d' --top 5", Some("--path='/a?…' --top 5")),
            ("?q=secret", Some("?…")),
            ("what is it? nobody knows", None),
            ("a/b? no", None),
        ] {
            assert_eq!(without_queries(text).as_deref(), shown, "{text}");
        }
    }

    proptest! {
        /// Whatever stands around it in a URL.
        #[test]
        fn no_query_gets_out(path in "/[a-z`'\" ]{0,6}", query in "[a-z`'\" =]{0,6}", url in any::<bool>()) {
            let text = format!("{}{path}?{query}SECRET", if url { "https://a" } else { "" });
            let shown = without_queries(&text).unwrap_or(text);
            prop_assert!(!shown.contains("SECRET"), "{shown}");
        }
    }
}
