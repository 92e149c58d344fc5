//! `is_uri(text)`: whether Java would find that text is a URI, which decides whether Trino's `url_extract_…` answer anything; and
//! `has_server(text)`: whether it would find a host in it, which `shop_1.example.com` and `host:443*` are not.

use std::hash::{Hash, Hasher};
use std::net::Ipv4Addr;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::ask::query::functions::Extent;

/// The functions, to be registered with a session.
pub(super) fn all() -> [ScalarUDF; 2] {
    [("is_uri", is_uri as Test), ("has_server", has_server)].map(|(name, test)| {
        ScalarUDF::from(OfText { name, test, signature: Signature::string(1, Volatility::Immutable) })
    })
}

/// Whether an expression asks one of these.
pub(super) fn is_test(expr: &Expr) -> bool {
    matches!(expr, Expr::ScalarFunction(function) if ["is_uri", "has_server"].contains(&function.func.name()))
}

type Test = fn(&str) -> bool;

/// What is asked of a text.
#[derive(Debug)]
struct OfText {
    name: &'static str,
    test: Test,
    signature: Signature,
}

impl PartialEq for OfText {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for OfText {}

impl Hash for OfText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for OfText {
    fn name(&self) -> &'static str {
        self.name
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
        let answers: BooleanArray = texts.as_string_view().iter().map(|text| text.map(self.test)).collect();
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

/// Whether what stands between `//` and the path is a host, perhaps with a user and a port; also if nothing stands there.
fn has_server(text: &str) -> bool {
    let before = text.split(['/', '?', '#']).next().unwrap_or_default();
    let behind = before.split_once(':').map_or(text, |(scheme, _)| &text[scheme.len() + 1..]);
    let Some(authority) = behind.strip_prefix("//").and_then(|rest| rest.split(['/', '?', '#']).next()) else {
        return true;
    };
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((_, behind)) = place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return behind.is_empty() || behind.strip_prefix(':').is_some_and(is_port);
    }
    let (host, port) = place.split_once(':').unwrap_or((place, ""));
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    let is_name = host.split('.').all(is_label)
        && host.rsplit('.').next().is_some_and(|last| last.starts_with(|first: char| first.is_ascii_alphabetic()));
    is_port(port) && (is_name || host.parse::<Ipv4Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::{has_server, is_uri};

    #[test]
    fn hosts_are_those_that_java_finds() {
        for text in ["https://h.example:443/a", "http://10.0.0.1", "https://u@h:", "https://[::1]:443/a", "/a/b", "a"] {
            assert!(has_server(text), "{text}");
        }
        for text in
            ["https://shop_1.example/a", "https://h:443*", "http://10.0.0.1:80-/", "http://1.2.3/", "https://-h/"]
        {
            assert!(!has_server(text), "{text}");
        }
    }

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
