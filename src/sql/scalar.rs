//! The value of a parameter.

/// A value that is bound to a parameter `:name` of a statement, never pasted into it.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// NULL.
    Null,
    /// Text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A condition.
    Bool(bool),
}

impl Scalar {
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
    fn numbers_are_what_they_were() {
        for (value, text) in [(0.5, "5E-1"), (300.0, "3E2"), (0.0, "0E0"), (-1.25, "-1.25E0")] {
            assert_eq!(Scalar::Float(value).literal(), text);
        }
        assert_eq!(Scalar::Int(-7).literal(), "-7");
        assert_eq!(Scalar::Null.literal(), "NULL");
        assert_eq!(Scalar::Bool(true).literal(), "true");
    }
}
