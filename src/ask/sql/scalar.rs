//! The value of a parameter.

/// A value that is bound to a parameter `:name` of a statement, never pasted into it.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// NULL.
    Null,
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
}

impl Scalar {
    /// A value as it is typed: numbers, `true`, `false` and `null` are what they look like, everything else is text. `'5'`
    /// is text too.
    pub fn typed(text: &str) -> Self {
        let quoted = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        let is_number =
            text.strip_prefix('-').unwrap_or(text).bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        match (quoted, text.to_ascii_lowercase().as_str()) {
            (Some(inside), _) => Self::Text(inside.to_owned()),
            (None, "null") => Self::Null,
            (None, "true") => Self::Bool(true),
            (None, "false") => Self::Bool(false),
            _ if !is_number => Self::Text(text.to_owned()),
            _ => match (text.parse(), text.parse()) {
                (Ok(whole), _) => Self::Int(whole),
                (_, Ok(number)) => Self::Float(number),
                _ => Self::Text(text.to_owned()),
            },
        }
    }

    /// As a literal in a query.
    pub fn literal(&self) -> String {
        match self {
            Self::Null => "NULL".to_owned(),
            Self::Text(value) => text(value),
            Self::Int(value) => value.to_string(),
            // With an exponent it is a DOUBLE in Trino, which takes `0.5` for a DECIMAL.
            Self::Float(value) => format!("{value:E}"),
            Self::Bool(value) => value.to_string(),
        }
    }
}

/// A name in a query.
pub fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Text in a query.
pub fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_cannot_be_broken_out_of() {
        assert_eq!(name("a\"b"), "\"a\"\"b\"");
        assert_eq!(text("it's \\"), "'it''s \\'");
        assert_eq!(Scalar::Text("'; DROP".to_owned()).literal(), "'''; DROP'");
    }

    #[test]
    fn what_is_typed_is_what_it_looks_like() {
        for (text, value) in [
            ("500", Scalar::Int(500)),
            ("-5", Scalar::Int(-5)),
            ("1.50", Scalar::Float(1.5)),
            ("'5'", Scalar::Text("5".to_owned())),
            ("True", Scalar::Bool(true)),
            ("null", Scalar::Null),
            ("1.2.3", Scalar::Text("1.2.3".to_owned())),
            ("1e5", Scalar::Text("1e5".to_owned())),
            ("", Scalar::Text(String::new())),
            ("-", Scalar::Text("-".to_owned())),
            ("99999999999999999999", Scalar::Float(1e20)),
        ] {
            assert_eq!(Scalar::typed(text), value, "{text}");
        }
    }

    #[test]
    fn numbers_are_what_they_were() {
        for (value, text) in [(0.5, "5E-1"), (300.0, "3E2"), (0.0, "0E0"), (-1.25, "-1.25E0")] {
            assert_eq!(Scalar::Float(value).literal(), text);
        }
        assert_eq!(Scalar::Int(-7).literal(), "-7");
        assert_eq!(Scalar::Null.literal(), "NULL");
        assert_eq!(Scalar::Bool(true).literal(), "true");
    }
}
