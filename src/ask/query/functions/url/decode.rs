//! Percent-encoding, undone.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

/// `%41` becomes `A`. A percent sign that no two hexadecimal digits follow stays; bytes that are not UTF-8 become U+FFFD.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    match memchr(b'%', text.as_bytes()) {
        None => Cow::Borrowed(text),
        Some(first) => decode_from(text, first, false),
    }
}

/// The same, and a plus sign becomes a space, as in forms.
pub(super) fn decode_form(text: &str) -> Cow<'_, str> {
    match memchr2(b'%', b'+', text.as_bytes()) {
        None => Cow::Borrowed(text),
        Some(first) => decode_from(text, first, true),
    }
}

fn decode_from(text: &str, first: usize, is_form: bool) -> Cow<'_, str> {
    let (plain, mut rest) = text.as_bytes().split_at(first);
    let mut decoded = Vec::with_capacity(text.len());
    decoded.extend_from_slice(plain);
    while let [byte, after @ ..] = rest {
        rest = after;
        decoded.push(match (byte, after) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                rest = after;
                digit(*high) << 4 | digit(*low)
            }
            (b'+', _) if is_form => b' ',
            _ => *byte,
        });
    }
    let text = String::from_utf8(decoded);
    Cow::Owned(text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

/// The value of a hexadecimal digit.
fn digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_become_what_they_stand_for() {
        for (text, expected) in [
            ("", ""),
            ("/a/b+c", "/a/b+c"),
            ("%2f%2F", "//"),
            ("a%20b", "a b"),
            ("%C3%A9t%C3%a9", "été"),
            ("%", "%"),
            ("%4", "%4"),
            ("%zz%41%4g", "%zzA%4g"),
            ("%%41", "%A"),
            ("%ff%C3", "\u{FFFD}\u{FFFD}"),
            ("é%00", "é\0"),
            ("%2541", "%41"),
        ] {
            assert_eq!(decode(text), expected, "{text}");
        }
        assert_eq!(decode_form("a+b%2Bc++"), "a b+c  ");
        assert!(matches!(decode("plain"), Cow::Borrowed("plain")));
        assert!(matches!(decode_form("plain"), Cow::Borrowed("plain")));
    }

    proptest! {
        #[test]
        fn what_was_encoded_comes_back(text in ".{0,20}", chosen in prop::collection::vec(any::<bool>(), 80)) {
            let mut encoded = Vec::new();
            for (byte, chosen) in text.bytes().zip(chosen) {
                if chosen || byte == b'%' || !byte.is_ascii() {
                    let mut escape = String::new();
                    write!(escape, "%{byte:02X}").unwrap();
                    encoded.extend(escape.bytes());
                } else {
                    encoded.push(byte);
                }
            }
            let encoded = String::from_utf8(encoded).unwrap();
            prop_assert_eq!(decode(&encoded), text);
        }
    }
}
