//! Query strings, which can hold tokens and names.

/// What stands in place of a query string.
pub(in crate::output) const HIDDEN: &str = "?…";

/// Sentences, and commands in them, in which URLs stand among other words, without their query strings; none if there are none.
pub(in crate::output) fn without_queries(text: &str) -> Option<String> {
    let mut shown = String::with_capacity(text.len());
    let (mut rest, mut is_hidden) = (text, false);
    while let Some((before, after)) = rest.split_once('?') {
        shown.push_str(before);
        let boundary = shown.rfind(|char: char| char.is_whitespace() || is_quote(char));
        let (quote, word) = match boundary {
            Some(at) => (shown[at..].chars().next().filter(|char| is_quote(*char)), &shown[at..]),
            None => (None, shown.as_str()),
        };
        // `what?` is a question; what follows a `/` in the same word is a query.
        let length = if word.contains('/') { query_length(after, quote) } else { 0 };
        is_hidden |= length > 0;
        shown.push_str(if length > 0 { HIDDEN } else { "?" });
        rest = &after[length..];
    }
    shown.push_str(rest);
    is_hidden.then_some(shown)
}

fn is_quote(char: char) -> bool {
    matches!(char, '\'' | '"' | '`')
}

/// Bytes up to the end of a query string: the closing quote of its word, or a blank.
fn query_length(text: &str, quote: Option<char>) -> usize {
    let Some(quote) = quote else {
        return text.find(char::is_whitespace).unwrap_or(text.len());
    };
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
