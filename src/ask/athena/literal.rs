//! Names and values in Athena's DDL, which is Hive's: it quotes differently from queries, which are Trino's.

/// A value in Hive's DDL. There a backslash escapes, also in front of letters: a comment's `\xHH` would become `xHH`.
pub(super) fn hive_text(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A name in Hive's DDL.
pub(super) fn hive_name(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_cannot_be_broken_out_of() {
        assert_eq!(hive_text(r"the object's \xHH"), r"'the object\'s \\xHH'");
        assert_eq!(hive_text(r"\'; DROP"), r"'\\\'; DROP'");
        assert_eq!(hive_name("a`b"), "`a``b`");
    }
}
