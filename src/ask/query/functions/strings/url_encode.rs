//! `url_encode(text)`: as the value of a parameter is written, blanks as plus signs.

use std::borrow::Cow;
use std::fmt::Write;

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use crate::ask::query::functions::scalar::{Argument, Function};
use crate::ask::query::functions::text::map_texts;

/// `url_encode`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct UrlEncode;

impl Function for UrlEncode {
    const NAME: &'static str = "url_encode";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Utf8View
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        map_texts(arguments[0].to_array(rows)?.as_string_view(), |_, text| Ok(Some(Cow::Owned(encode(text)))))
    }
}

fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => encoded.push(char::from(byte)),
            b' ' => encoded.push('+'),
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn all_but_the_safest_is_escaped() {
        assert_eq!(encode("a b/c~é*"), "a+b%2Fc%7E%C3%A9*");
    }
}
