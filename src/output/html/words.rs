//! Texts on their way into HTML: harmless, and without query strings unless they are asked for. Escaping comes later.

use std::cell::Cell;

use crate::output::private::{HIDDEN, without_queries};
use crate::output::text::harmless;

/// Prepares texts, and knows whether anything was hidden.
pub(super) struct Words {
    shows_private: bool,
    has_hidden: Cell<bool>,
}

impl Words {
    pub(super) fn new(shows_private: bool) -> Self {
        Self { shows_private, has_hidden: Cell::new(false) }
    }

    /// Whether a query string was hidden in what was prepared so far.
    pub(super) fn has_hidden(&self) -> bool {
        self.has_hidden.get()
    }

    /// Sentences, and commands in them, in which URLs stand among other words.
    pub(super) fn prose(&self, text: &str) -> String {
        let hidden = if self.shows_private { None } else { without_queries(text) };
        if hidden.is_some() {
            self.has_hidden.set(true);
        }
        harmless(hidden.as_deref().unwrap_or(text)).into_owned()
    }

    /// A value, whose lines stay lines. Of one of a private column nothing after the first `?` is shown.
    pub(super) fn value(&self, text: &str, is_private: bool) -> String {
        let (shown, hidden) = match text.split_once('?') {
            Some((shown, query)) if is_private && !self.shows_private && !query.is_empty() => {
                self.has_hidden.set(true);
                (shown, HIDDEN)
            }
            _ => (text, ""),
        };
        let lines: Vec<_> = shown.split('\n').map(|line| harmless(line.trim_end_matches('\r'))).collect();
        lines.join("\n") + hidden
    }

    /// One word of a command, which may be a URL or hold one, and have blanks in it. What follows the first `?` behind a
    /// `/` is a query.
    pub(super) fn word(&self, text: &str) -> String {
        match text.split_once('?') {
            Some((shown, query)) if !self.shows_private && shown.contains('/') && !query.is_empty() => {
                self.has_hidden.set(true);
                harmless(shown).into_owned() + HIDDEN
            }
            _ => harmless(text).into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_strings_of_private_values_are_hidden() {
        let words = Words::new(false);
        assert_eq!(words.value("https://a/b?token=1", false), "https://a/b?token=1");
        assert_eq!(words.value("https://a/b?", true), "https://a/b?");
        assert!(!words.has_hidden());
        assert_eq!(words.value("GET https://a/b?token=1&q=x?y HTTP/1.1", true), "GET https://a/b?…");
        assert!(words.has_hidden());
        assert_eq!(Words::new(true).value("/b?token=1", true), "/b?token=1");
    }

    #[test]
    fn query_strings_within_words_are_hidden() {
        for (text, shown) in [
            ("curl 'https://a/b?token=1 2' -v", "curl 'https://a/b?…' -v"),
            (r"--path '/b?q=it'\''s' --top 3", "--path '/b?…' --top 3"),
            ("--path=/b?q=1 --top 3", "--path=/b?… --top 3"),
            ("first /a?x=1, then \"/b?y=2\"?", "first /a?… then \"/b?…\"?"),
            ("why? and/or what? yes", "why? and/or what? yes"),
            ("shop.example.com/a?b", "shop.example.com/a?…"),
            ("an open 'quote /a?b c", "an open 'quote /a?… c"),
            ("an open '/a?b c", "an open '/a?…"),
        ] {
            assert_eq!(Words::new(false).prose(text), shown, "{text}");
            assert_eq!(Words::new(true).prose(text), text);
        }
    }

    #[test]
    fn query_strings_in_words_of_commands_are_hidden_to_the_end_of_the_word() {
        for (word, shown) in [
            ("/a b?token=1 2", "/a b?…"),
            ("--path=/b?q=it's", "--path=/b?…"),
            ("why?", "why?"),
            ("/b?", "/b?"),
            ("a\r\nb", r"a\x0D\x0Ab"),
        ] {
            assert_eq!(Words::new(false).word(word), shown);
        }
        assert_eq!(Words::new(true).word("/a b?token=1 2"), "/a b?token=1 2");
    }

    #[test]
    fn lines_stay_lines_and_nothing_else_does() {
        assert_eq!(Words::new(false).value("a\r\nb\x1b[2J", false), "a\nb\\x1B[2J");
        assert_eq!(Words::new(false).prose("a\nb"), r"a\x0Ab");
    }
}
