//! `url_encode(text)`: as the value of a parameter is written, blanks as plus signs.

use std::borrow::Cow;
use std::fmt::Write;

use crate::ask::query::functions::text::of_text;

of_text!(UrlEncode, "url_encode", |text| Cow::Owned(encode(text)));

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
