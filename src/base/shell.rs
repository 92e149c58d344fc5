//! Words of a command line, as a POSIX shell takes and gives them. Pure.

/// The text as a shell takes it for one word: as it is if it is plain, otherwise in single quotes.
///
/// Quote last: whatever is done to the text afterwards may break out of the quotes.
pub fn quoted(text: &str) -> String {
    let plain = |char: char| char.is_alphanumeric() || "_-./:@%+=,".contains(char);
    let is_plain = !text.is_empty() && text.chars().all(plain);
    if is_plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// The words of a command, without their quotes. Only quotes mean something: nothing is expanded, and a quote that stays
/// open reaches to the end.
pub fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for char in command.chars() {
        if quote == Some(char) {
            quote = None;
        } else if quote.is_none() && matches!(char, '\'' | '"') {
            quote = Some(char);
            // An empty pair of quotes is a word, too.
            word.get_or_insert_default();
        } else if quote.is_none() && char.is_whitespace() {
            words.extend(word.take());
        } else {
            word.get_or_insert_default().push(char);
        }
    }
    words.extend(word);
    words
}

/// Whether text stands for itself wherever a value may stand in a command, so that nobody has to look at quotes: what
/// clients made up goes into a command only then. It is no flag, either.
pub fn is_plain(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte);
    !text.is_empty() && !text.starts_with('-') && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_a_shell_would_read_otherwise_is_quoted() {
        for (text, typed) in [
            ("shop/api", "shop/api"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("$(id)", "'$(id)'"),
            ("café", "café"),
        ] {
            assert_eq!(quoted(text), typed);
        }
    }

    #[test]
    fn flags_and_what_is_quoted_are_not_plain() {
        assert!(is_plain("1-6b02589c-3f0e"));
        for bad in ["", "--help", "a b", "`x`", "$(reboot)", "a'b", "a\nb", "größe"] {
            assert!(!is_plain(bad), "{bad}");
        }
    }

    #[test]
    fn quotes_keep_blanks_together() {
        assert_eq!(words("  a  b\tc "), ["a", "b", "c"]);
        assert_eq!(words(r#"query "SELECT 'a b'" --x='y "z'"#), ["query", "SELECT 'a b'", "--x=y \"z"]);
        assert_eq!(words("'' a''b 'open end"), ["", "ab", "open end"]);
        assert!(words(" ").is_empty());
    }

    proptest! {
        #[test]
        fn quoted_words_are_the_same_words(texts in prop::collection::vec("[a-z '\"$|{}]{0,6}", 0..5)) {
            // `'\''` is what only a shell reads; elsewhere a word is quoted once.
            let texts: Vec<String> = texts.into_iter().map(|text| text.replace('\'', "")).collect();
            let typed: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
            prop_assert_eq!(words(&typed.join(" ")), texts);
        }
    }
}
