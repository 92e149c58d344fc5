//! Words of commands that people copy into a shell.

/// Text as a POSIX shell takes it for one word: within single quotes unless every character of it is plain.
pub fn quoted(text: &str) -> String {
    let plain = |char: char| char.is_alphanumeric() || "_-./:@%+=,".contains(char);
    let is_plain = !text.is_empty() && text.chars().all(plain);
    if is_plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// Flags with their values, each value a word: `--from logs --elb 'my lb'`.
pub fn flags<'a>(flags: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    flags.into_iter().map(|(flag, value)| format!("{flag} {}", quoted(value))).collect::<Vec<_>>().join(" ")
}

/// Whether text stands for itself wherever a value may stand in a command, so that nobody has to look at quotes: what
/// clients made up goes into a command only then. It is no flag, either.
pub fn is_plain(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte);
    !text.is_empty() && !text.starts_with('-') && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        for plain in ["logs", "s3://logs/eks", "a@b", "2026-11-20T14:05:00Z", "größe"] {
            assert_eq!(quoted(plain), plain);
        }
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("my logs"), "'my logs'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("$(reboot)"), "'$(reboot)'");
        assert_eq!(quoted("*.log"), "'*.log'");
    }

    #[test]
    fn flags_are_joined() {
        assert_eq!(flags([("--from", "logs"), ("--path", "/a b")]), "--from logs --path '/a b'");
        assert_eq!(flags([]), "");
    }

    #[test]
    fn flags_and_what_is_quoted_are_not_plain() {
        assert!(is_plain("1-6b02589c-3f0e"));
        for bad in ["", "--help", "a b", "`x`", "$(reboot)", "a'b", "a\nb", "größe"] {
            assert!(!is_plain(bad), "{bad}");
        }
    }
}
