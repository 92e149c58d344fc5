//! Names and values as SQL text: Athena's DDL is Hive's, its queries are Trino's, and the two quote differently.

/// A value in Hive's DDL. There a backslash escapes, also in front of letters: a comment's `\xHH` would become `xHH`.
pub(super) fn hive_text(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A name in Hive's DDL.
pub(super) fn hive_name(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A name in a query.
pub(super) fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Text in a query, or as an execution parameter, which is a literal too.
pub(super) fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_cannot_be_broken_out_of() {
        assert_eq!(hive_text(r"the object's \xHH"), r"'the object\'s \\xHH'");
        assert_eq!(hive_text(r"\'; DROP"), r"'\\\'; DROP'");
        assert_eq!(hive_name("a`b"), "`a``b`");
        assert_eq!(name("a\"b"), "\"a\"\"b\"");
        assert_eq!(text("it's \\"), "'it''s \\'");
    }
}
