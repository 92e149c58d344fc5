//! `url_extract_protocol`, `url_extract_host`, `url_extract_port`, `url_extract_path`, `url_extract_query`,
//! `url_extract_fragment`, `url_extract_parameter(url, name)` and `url_decode(text)`.
//!
//! As in Trino, a part that is not there is the empty text (a port: NULL), path, query and fragment are percent-decoded,
//! and of a parameter, which is looked for by its name as it is written, plus signs are spaces as well; a parameter
//! without a value is the empty text, one that is not there NULL.
//!
//! The difference: Trino answers NULL wherever Java finds that text is no URI, and hides hosts with an underscore or
//! with anything odd behind the port. Clients send such URLs to load balancers all day: raw spaces, braces, `%zz`. Here
//! any text has the parts that are obvious ([`parts`]), and only NULL has none.

mod decode;
mod parts;

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use super::scalar::{Argument, Function};
use super::text::{map_texts, of_text};
use decode::{decode, decode_form};
use parts::Url;

of_text!(UrlExtractProtocol, "url_extract_protocol", |url| Cow::Borrowed(Url::of(url).scheme));
of_text!(UrlExtractHost, "url_extract_host", |url| Cow::Borrowed(Url::of(url).host()));
of_text!(UrlExtractPath, "url_extract_path", |url| decode(Url::of(url).path()));
of_text!(UrlExtractQuery, "url_extract_query", |url| decode(Url::of(url).query().unwrap_or("")));
of_text!(UrlExtractFragment, "url_extract_fragment", |url| decode(Url::of(url).fragment().unwrap_or("")));
// Percent-escapes and plus signs, as in the value of a parameter.
of_text!(UrlDecode, "url_decode", decode_form);

/// `url_extract_port`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct UrlExtractPort;

impl Function for UrlExtractPort {
    const NAME: &'static str = "url_extract_port";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Int64
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let urls = arguments[0].to_array(rows)?;
        let port = |url| Url::of(url).port().map(i64::from);
        Ok(Arc::new(urls.as_string_view().iter().map(|url| url.and_then(port)).collect::<Int64Array>()))
    }
}

/// `url_extract_parameter`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct UrlExtractParameter;

impl Function for UrlExtractParameter {
    const NAME: &'static str = "url_extract_parameter";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text, Argument::Text]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Utf8View
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let (urls, names) = (arguments[0].to_array(rows)?, arguments[1].to_array(rows)?);
        let names = names.as_string_view();
        map_texts(urls.as_string_view(), |row, url| {
            Ok(if names.is_null(row) { None } else { parameter(url, names.value(row)) })
        })
    }
}

/// The first value that the query of this URL gives a parameter.
fn parameter<'a>(url: &'a str, name: &str) -> Option<Cow<'a, str>> {
    let mut parameters = Url::of(url).query()?.split('&');
    parameters.find_map(|parameter| {
        let (known, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        (known == name).then(|| decode_form(value))
    })
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::StringViewArray;
    use datafusion::prelude::SessionContext;

    use super::*;
    use crate::ask::query::functions::testing::{add_table, error, rows, session};

    fn with_urls(urls: &[Option<&str>]) -> SessionContext {
        let context = session(1, 100, None);
        add_table(&context, vec![("url", Arc::new(StringViewArray::from(urls.to_vec())))], 100);
        context
    }

    /// Protocol, host, port, path, query and fragment of one URL.
    fn parts(url: &str) -> String {
        let call = |part| format!("coalesce(CAST(url_extract_{part}(url) AS VARCHAR), 'NULL')");
        let calls = ["protocol", "host", "port", "path", "query", "fragment"].map(call).join(" || '~' || ");
        rows(&with_urls(&[Some(url)]), &format!("SELECT {calls} FROM t")).join("\n")
    }

    #[test]
    fn parts_are_those_that_trino_finds() {
        assert_eq!(
            parts("http://example.com:8080/path1/p.php?k1=v1&k2=v2#Ref1"),
            "http~example.com~8080~/path1/p.php~k1=v1&k2=v2~Ref1"
        );
        assert_eq!(parts("https://username:password@example.com"), "https~example.com~NULL~~~");
        assert_eq!(parts("mailto:test@example.com"), "mailto~~NULL~~~");
        assert_eq!(parts("foo"), "~~NULL~foo~~");
        assert_eq!(parts("https://h:443/a%2Fb%C3%A9?q=%26+x#%41"), "https~h~443~/a/bé~q=&+x~A");
    }

    #[test]
    fn what_trino_cannot_read_has_parts_too() {
        assert_eq!(parts("http://example.com/^"), "http~example.com~NULL~/^~~");
        assert_eq!(parts("http://host:80-/"), "http~host~80~/~~");
        assert_eq!(parts("https://a_b:443/{x}?%zz"), "https~a_b~443~/{x}~%zz~");
        assert_eq!(parts(r"https://h:443/a\x22b?\x5c"), r"https~h~443~/a\x22b~\x5c~");
    }

    #[test]
    fn rows_keep_their_places() {
        let context = with_urls(&[
            Some("https://a.example:443/a/path/that/is/long?query=x"),
            None,
            Some("https://b.example/a%20path%20that%20is%20long/after/decoding"),
            Some("/"),
        ]);
        assert_eq!(
            rows(&context, "SELECT replace(url_extract_path(url), ' ', '_'), url IS NULL FROM t"),
            ["/a/path/that/is/long false", "true", "/a_path_that_is_long/after/decoding false", "/ false"]
        );
        assert_eq!(
            rows(&context, "SELECT url_extract_host(url), url_extract_port(url) FROM t"),
            ["a.example 443", "", "b.example", ""]
        );
        assert_eq!(rows(&context, "SELECT count(url_extract_query(url)) FROM t"), ["3"]);
    }

    #[test]
    fn parameters_are_found_by_name() {
        let context = session(1, 100, None);
        let one = |url: &str, name: &str| {
            let call = format!("url_extract_parameter('{url}', '{name}')");
            rows(&context, &format!("SELECT coalesce('<' || {call} || '>', 'NULL')")).join("\n")
        };
        let url = "http://example.com/path1/p.php?k1=v1&k2=v2&k3&k4#Ref1";
        assert_eq!([one(url, "k1"), one(url, "k2"), one(url, "k3"), one(url, "k4")], ["<v1>", "<v2>", "<>", "<>"]);
        assert_eq!([one(url, "k5"), one(url, "K1"), one(url, ""), one("foo", "k1")], ["NULL"; 4]);
        assert_eq!(one("http://h/?k1&k1=v1", "k1"), "<>");
        assert_eq!(one("http://h/?k=a=b=c&x=y", "k"), "<a=b=c>");
        assert_eq!(one("http://h/?k1=a%26k2%3Db&k2=c", "k2"), "<c>");
        assert_eq!(one("http://h/?k=a+b%2Bc%zz", "k"), "<a b+c%zz>");
        assert_eq!(one("http://h/?q=a b&r={x}", "r"), "<{x}>");
        let of_null = "SELECT url_extract_parameter(NULL, 'a') IS NULL, url_extract_parameter('/?a=b', NULL) IS NULL";
        assert_eq!(rows(&context, of_null), ["true true"]);
        let context = with_urls(&[Some("/?a=1"), None, Some("/?b=2")]);
        assert_eq!(rows(&context, "SELECT url_extract_parameter(url, 'b') FROM t"), ["", "", "2"]);
    }

    #[test]
    fn constants_and_other_text_are_taken() {
        let context = session(1, 100, None);
        assert_eq!(rows(&context, "SELECT url_extract_host('http://h/'), url_extract_path(NULL) IS NULL"), ["h true"]);
        let types = "SELECT url_extract_path(arrow_cast('http://h/a', 'LargeUtf8')), \
                     url_extract_path(arrow_cast('http://h/a', 'Dictionary(Int32, Utf8)'))";
        assert_eq!(rows(&context, types), ["/a /a"]);
        assert!(error(&context, "SELECT url_extract_path(1)").contains("url_extract_path takes (text), not (Int64)"));
    }
}
