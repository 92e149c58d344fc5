//! `is_uri(text)`: whether Java would find that text is a URI, which decides whether Trino's `url_extract_…` answer anything.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use crate::ask::query::functions::Extent;

/// The function, to be registered with a session.
pub(super) fn udf() -> ScalarUDF {
    ScalarUDF::from(IsUri { signature: Signature::string(1, Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct IsUri {
    signature: Signature,
}

impl ScalarUDFImpl for IsUri {
    fn name(&self) -> &'static str {
        "is_uri"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _kinds: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let extent = Extent::of(&args);
        let texts: ArrayRef = args.args[0].to_array(extent.rows)?;
        let texts = cast(&texts, &DataType::Utf8View)?;
        let answers: BooleanArray = texts.as_string_view().iter().map(|text| text.map(is_uri)).collect();
        extent.answer(Arc::new(answers))
    }
}

/// Characters of RFC 2396 that need no escape, and letters beyond ASCII, which Java lets pass.
fn is_plain(char: char) -> bool {
    char.is_ascii_alphanumeric()
        || "-_.!~*'();/?:@&=+$,#[]%".contains(char)
        || (!char.is_ascii() && !char.is_control() && !char.is_whitespace())
}

fn is_uri(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_escape = |at: usize| bytes.get(at + 1..at + 3).is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit));
    let escapes = bytes.iter().enumerate().all(|(at, byte)| *byte != b'%' || is_escape(at));
    if !escapes || !text.chars().all(is_plain) || text.matches('#').count() > 1 {
        return false;
    }
    // A name with a colon before any slash is a scheme.
    let before = text.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = before.split_once(':') else { return !before.contains(['[', ']']) };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let behind = &text[scheme.len() + 1..];
    let authority = behind.strip_prefix("//").map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let has_place = authority.is_none_or(|authority| !authority.is_empty() || behind.len() > 2);
    let brackets = authority.is_some_and(|authority| authority.contains('['));
    let path = if brackets { behind.split_once(']').map_or("", |(_, rest)| rest) } else { behind };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    is_scheme && has_place && !path.contains(['[', ']']) && !(rest.is_empty() && behind.is_empty())
}

#[cfg(test)]
mod tests {
    use super::is_uri;

    #[test]
    fn what_java_refuses_is_none() {
        for text in [
            "https://h:443/a%20b?c=d#e",
            "https://h",
            "/a/b",
            "https://[::1]:443/a",
            "https://h/é",
            "a_b",
            "https://h/a?x=[1]",
        ] {
            assert!(is_uri(text), "{text}");
        }
        for text in [
            "not a url",
            "https://h/a b",
            "https://h/%zz",
            "https://h/a|b",
            "https://h/{id}",
            "https://h/a^b",
            "https://",
            "1a:b",
            "https://h/a[1]",
            "h\"",
            "#a#b",
        ] {
            assert!(!is_uri(text), "{text}");
        }
    }
}
