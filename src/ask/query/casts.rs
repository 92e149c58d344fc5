//! Casts in a statement, for messages about them.

/// The column that a statement casts: if it has one cast that may fail, and that is of a column alone.
pub(super) fn column(sql: &str) -> Option<&str> {
    let lower = sql.to_ascii_lowercase();
    let is_word = |char: char| char.is_alphanumeric() || char == '_';
    let calls = lower.match_indices("cast").filter(|(at, word)| {
        // TRY_CAST does not fail.
        !lower[..*at].ends_with(is_word) && lower[at + word.len()..].trim_start().starts_with('(')
    });
    let starts: Vec<usize> = calls.map(|(at, _)| at).collect();
    let colons: Vec<usize> = sql.match_indices("::").map(|(at, _)| at).collect();
    let argument = match (&starts[..], &colons[..]) {
        ([at], []) => {
            let (_, rest) = sql[*at..].split_once('(')?;
            let end = lower[lower.len() - rest.len()..].find(" as ")?;
            &rest[..end]
        }
        ([], [at]) => {
            let before = sql[..*at].trim_end();
            before.rsplit(|char: char| !is_word(char) && char != '.').next()?
        }
        _ => return None,
    };
    let argument = argument.trim();
    let is_column = argument.starts_with(|char: char| char.is_alphabetic() || char == '_')
        && argument.chars().all(|char| is_word(char) || char == '.');
    is_column.then_some(argument)
}

/// What to write where a text cannot be what it is compared with, or cast to. `failed` is the engine's message, with the text in
/// quotes.
pub(super) fn hint(failed: &str) -> &'static str {
    let text = failed.split_once('\'').and_then(|(_, rest)| rest.split_once('\'')).map_or("", |(text, _)| text);
    let rest = text.strip_prefix(|char: char| char.is_ascii_digit());
    match rest {
        _ if text == "-" => "IS NULL: what AWS writes as - is NULL here",
        Some(rest) if !rest.is_empty() && rest.len() <= 2 && rest.chars().all(|char| "xX%_".contains(char)) => {
            "BETWEEN 500 AND 599 is what 5xx means"
        }
        _ => "TRY_CAST(… AS …) is NULL there",
    }
}

#[cfg(test)]
mod tests {
    use super::{column, hint};

    #[test]
    fn what_helps_follows_from_what_was_typed() {
        let failed = |text: &str| hint(&format!("Cast error: Cannot cast string '{text}' to value of Int32 type"));
        assert!(failed("-").starts_with("IS NULL"));
        for text in ["5xx", "4XX", "5%", "5__"] {
            assert!(failed(text).starts_with("BETWEEN"), "{text}");
        }
        for text in ["abc", "5", "5x5", ""] {
            assert!(failed(text).starts_with("TRY_CAST"), "{text}");
        }
    }

    #[test]
    fn the_only_cast_of_a_column_is_named() {
        for (sql, named) in [
            ("SELECT cast(request_url as int) FROM requests", Some("request_url")),
            ("SELECT CAST ( r.user_agent AS bigint) FROM requests r", Some("r.user_agent")),
            ("SELECT elb::int FROM requests", Some("elb")),
            ("SELECT try_cast(elb AS int), cast(user_agent AS int) FROM requests", Some("user_agent")),
            ("SELECT cast(a AS int), cast(b AS int) FROM requests", None),
            ("SELECT cast(a AS int), b::int FROM requests", None),
            ("SELECT cast(lower(a) AS int) FROM requests", None),
            ("SELECT cast('abc' AS int)", None),
            ("SELECT 'abc'::int", None),
            ("SELECT cast(1 + a AS int)", None),
            ("SELECT broadcast(a) FROM requests", None),
            ("SELECT 'ü' || cast(größe AS int) FROM requests", Some("größe")),
            ("SELECT cast(", None),
            ("SELECT 1", None),
        ] {
            assert_eq!(column(sql), named, "{sql}");
        }
    }
}
