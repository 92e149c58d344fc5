//! The parameters of a statement, `:name`, in the way an engine takes them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Result, bail};

use super::Scalar;
use super::tokens::{Kind, read};

/// A statement with parameters as an engine takes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// The statement, without semicolons at its end.
    pub sql: String,
    /// The parameters' names in the order they stand in it; one that stands there twice is there twice.
    pub names: Vec<String>,
}

/// Writes each parameter as `mark` says: `?`, or `$name`.
///
/// # Errors
/// When a quote or comment is not closed.
pub fn bind(sql: &str, mut mark: impl FnMut(&str) -> String) -> Result<Bound> {
    let tokens = read(sql)?;
    let (mut text, mut names, mut copied) = (String::new(), Vec::new(), 0);
    for token in tokens.iter().filter(|token| token.kind == Kind::Parameter) {
        let name = &token.text[1..];
        // Writing to a String cannot fail.
        let _ = write!(text, "{}{}", &sql[copied..token.start], mark(name));
        copied = token.start + token.text.len();
        names.push(name.to_owned());
    }
    let end = tokens.last().map_or(sql.len(), |token| token.start + token.text.len());
    text.push_str(&sql[copied..end]);
    Ok(Bound { sql: text, names })
}

/// The names of the parameters.
///
/// # Errors
/// When a quote or comment is not closed.
pub fn parameters(sql: &str) -> Result<BTreeSet<String>> {
    Ok(bind(sql, |_| String::new())?.names.into_iter().collect())
}

/// The statement with literals in place of its parameters, for people to read and run.
///
/// # Errors
/// When a parameter has no value.
pub fn with_literals(sql: &str, values: &BTreeMap<String, Scalar>) -> Result<String> {
    if let Some(missing) = parameters(sql)?.iter().find(|name| !values.contains_key(*name)) {
        bail!("no value for :{missing}");
    }
    Ok(bind(sql, |name| values.get(name).map_or_else(String::new, Scalar::literal))?.sql)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_marked_and_named_in_their_order() {
        let bound = bind("SELECT :b, ':c' -- :d\n, x::int WHERE y = :a OR z = :b;", |name| format!("${name}")).unwrap();
        assert_eq!(bound.sql, "SELECT $b, ':c' -- :d\n, x::int WHERE y = $a OR z = $b");
        assert_eq!(bound.names, ["b", "a", "b"]);
    }

    #[test]
    fn literals_cannot_be_broken_out_of() {
        let values = [("a".to_owned(), Scalar::Text("it's :b".to_owned())), ("b".to_owned(), Scalar::Int(1))].into();
        assert_eq!(with_literals("SELECT :a, :b", &values).unwrap(), "SELECT 'it''s :b', 1");
        assert!(with_literals("SELECT :c", &values).is_err());
    }
}
