//! One field's bytes to one value. Pure functions; what cannot be what it should be is `Unreadable`, never an error.

use std::borrow::Cow;

use crate::columns::RequestPart;

/// A field's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value<T> {
    Known(T),
    /// Absent: an empty field, or the sentinel AWS writes (`-`, and `-1` for a processing time).
    Null,
    /// Something that cannot be a value of this type.
    Unreadable,
}

impl<T> From<Option<T>> for Value<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Unreadable, Self::Known)
    }
}

/// The field's text, unless it is absent: empty or `-`.
#[inline]
pub(crate) fn present(field: &[u8]) -> Option<&[u8]> {
    (!matches!(field, b"" | b"-")).then_some(field)
}

/// Decimal digits with an optional minus sign.
#[inline]
pub(crate) fn integer(field: &[u8]) -> Value<i64> {
    let Some(text) = present(field) else { return Value::Null };
    let (digits, sign) = text.strip_prefix(b"-").map_or((text, 1), |digits| (digits, -1));
    decimal(digits).map(|number| number * sign).into()
}

/// 1 to 18 digits, so that nothing overflows.
#[inline]
fn decimal(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    digits.iter().try_fold(0, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then_some(number * 10 + i64::from(digit))
    })
}

/// Seconds, `12` or `12.345`; `-1` in any spelling is absent.
#[inline]
pub(crate) fn seconds(field: &[u8]) -> Value<f64> {
    let Some(text) = present(field) else { return Value::Null };
    if let Some(digits) = text.strip_prefix(b"-") {
        return if unsigned_seconds(digits) == Some(1.0) { Value::Null } else { Value::Unreadable };
    }
    unsigned_seconds(text).into()
}

#[inline]
fn unsigned_seconds(text: &[u8]) -> Option<f64> {
    const POWERS: [f64; 10] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
    // Both numbers of the division are exact doubles, so the quotient is the double nearest to what was written
    // (Clinger 1990, "How to read floating point numbers accurately", the fast path).
    if text.len() <= 15 {
        let mut mantissa = 0u64;
        let mut decimals = None;
        for &byte in text {
            let digit = byte.wrapping_sub(b'0');
            if digit < 10 {
                mantissa = mantissa * 10 + u64::from(digit);
                decimals = decimals.map(|count: usize| count + 1);
            } else if byte == b'.' && decimals.is_none() {
                decimals = Some(0);
            } else {
                return None;
            }
        }
        let has_digits = text.len() > usize::from(decimals.is_some());
        #[expect(clippy::cast_precision_loss, reason = "at most 15 digits: below 2^53")]
        if let (true, Some(power)) = (has_digits, POWERS.get(decimals.unwrap_or(0))) {
            return Some(mantissa as f64 / power);
        }
    }
    let plain = text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    let number: f64 = plain.then(|| std::str::from_utf8(text).ok()?.parse().ok())??;
    number.is_finite().then_some(number)
}

/// The address of `address:port`, split at the last colon because IPv6 addresses stand there without brackets.
/// Absent in an ARN (a Lambda target of a health check).
#[inline]
pub(crate) fn address(field: &[u8]) -> Option<&[u8]> {
    let field = present(field)?;
    if field.starts_with(b"arn:") {
        return None;
    }
    let address = last(b':', field).map_or(field, |colon| &field[..colon]);
    match address {
        [b'[', inner @ .., b']'] => present(inner),
        bare => present(bare),
    }
}

/// Position of the last such byte. Ports and HTTP versions are short: a call to `memrchr` takes longer.
#[inline]
fn last(byte: u8, text: &[u8]) -> Option<usize> {
    text.iter().rposition(|&other| other == byte)
}

/// The port of `address:port`.
#[inline]
pub(crate) fn port(field: &[u8]) -> Value<i64> {
    let Some(field) = present(field) else { return Value::Null };
    let Some(colon) = last(b':', field) else { return Value::Null };
    if field.starts_with(b"arn:") {
        return Value::Null;
    }
    match integer(&field[colon + 1..]) {
        Value::Known(port) if !(0..=65_535).contains(&port) => Value::Unreadable,
        other => other,
    }
}

/// A part of `METHOD url VERSION`. The URL may hold spaces, and malformed requests lack the method, the version or both:
/// the method ends at the first space, the version follows the last one if it looks like one.
pub(crate) fn request_part(field: &[u8], part: RequestPart) -> Option<&[u8]> {
    let field = field.trim_ascii_end();
    let Some(space) = field.iter().position(|&byte| byte == b' ') else {
        return if part == RequestPart::Verb { present(field) } else { None };
    };
    let (verb, rest) = (&field[..space], &field[space + 1..]);
    let last = last(b' ', rest).map_or(0, |space| space + 1);
    let (url, proto) = match &rest[last..] {
        version if version.starts_with(b"HTTP/") => (&rest[..last], present(version)),
        b"-" => (&rest[..last], None),
        _ => (rest, None),
    };
    match part {
        RequestPart::Verb => present(verb),
        RequestPart::Url => present(url.trim_ascii_end()),
        RequestPart::Proto => proto,
    }
}

/// The bytes as text; those that are not UTF-8 become `\xHH`, as AWS writes them elsewhere.
#[inline]
pub(crate) fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(escaped(bytes)),
    }
}

#[cold]
fn escaped(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\x{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn integers() {
        assert_eq!(integer(b"200"), Value::Known(200));
        assert_eq!(integer(b"000"), Value::Known(0));
        assert_eq!(integer(b"-1"), Value::Known(-1));
        assert_eq!(integer(b"-"), Value::Null);
        assert_eq!(integer(b""), Value::Null);
        for odd in ["--1", "+1", "1.0", "0x1", "1e3", " 1", "9999999999999999999", "١"] {
            assert_eq!(integer(odd.as_bytes()), Value::Unreadable, "{odd}");
        }
    }

    #[test]
    fn processing_times() {
        for (text, value) in
            [("0.000", 0.0), ("0.023", 0.023), ("12", 12.0), ("0.019584011", 0.019_584_011), (".5", 0.5)]
        {
            assert_eq!(seconds(text.as_bytes()), Value::Known(value), "{text}");
        }
        for absent in ["-1", "-1.000", "-", ""] {
            assert_eq!(seconds(absent.as_bytes()), Value::Null, "{absent}");
        }
        for odd in ["-0.5", "nan", "inf", "1e3", "1.2.3", ".", "0x1", "1,5", "-", "--1"].iter().filter(|t| **t != "-") {
            assert_eq!(seconds(odd.as_bytes()), Value::Unreadable, "{odd}");
        }
    }

    #[test]
    fn addresses_and_ports() {
        let split = |field: &'static str| (address(field.as_bytes()), port(field.as_bytes()));
        assert_eq!(split("10.0.0.1:80"), (Some(b"10.0.0.1".as_slice()), Value::Known(80)));
        assert_eq!(
            split("2001:41d0:701:1100::29c8:57314"),
            (Some(b"2001:41d0:701:1100::29c8".as_slice()), Value::Known(57_314))
        );
        assert_eq!(split("[2001:db8::1]:80"), (Some(b"2001:db8::1".as_slice()), Value::Known(80)));
        assert_eq!(split("-"), (None, Value::Null));
        assert_eq!(split("10.0.0.1"), (Some(b"10.0.0.1".as_slice()), Value::Null));
        assert_eq!(split("10.0.0.1:99999"), (Some(b"10.0.0.1".as_slice()), Value::Unreadable));
        assert_eq!(split("10.0.0.1:x"), (Some(b"10.0.0.1".as_slice()), Value::Unreadable));
        assert_eq!(split("arn:aws:lambda:eu-west-1:1:function:f"), (None, Value::Null));
    }

    #[test]
    fn requests() {
        let cases: [(&str, [Option<&str>; 3]); 14] = [
            ("GET http://h:80/ HTTP/1.1", [Some("GET"), Some("http://h:80/"), Some("HTTP/1.1")]),
            ("- http://host:80- -", [None, Some("http://host:80-"), None]),
            ("- http://host:80-/ ", [None, Some("http://host:80-/"), None]),
            ("- - -", [None, None, None]),
            ("- - - ", [None, None, None]),
            (
                "GET http://h:80/cgi?cmd=cd /tmp; wget+ a.example HTTP/1.1",
                [Some("GET"), Some("http://h:80/cgi?cmd=cd /tmp; wget+ a.example"), Some("HTTP/1.1")],
            ),
            ("GET http://h:80/ HTTP/1.0 ", [Some("GET"), Some("http://h:80/"), Some("HTTP/1.0")]),
            ("GET https://h:443/x -", [Some("GET"), Some("https://h:443/x"), None]),
            ("GET http://h:80/a b", [Some("GET"), Some("http://h:80/a b"), None]),
            ("GET http://[::ffff:a9fe:a9fe]:443/", [Some("GET"), Some("http://[::ffff:a9fe:a9fe]:443/"), None]),
            ("SSTP_DUPLEX_POST https://h/ HTTP/1.1", [Some("SSTP_DUPLEX_POST"), Some("https://h/"), Some("HTTP/1.1")]),
            ("-", [None, None, None]),
            ("", [None, None, None]),
            ("GET", [Some("GET"), None, None]),
        ];
        for (field, expected) in cases {
            let parts = [RequestPart::Verb, RequestPart::Url, RequestPart::Proto];
            let found = parts.map(|part| request_part(field.as_bytes(), part));
            assert_eq!(found, expected.map(|part| part.map(str::as_bytes)), "{field:?}");
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_escaped() {
        assert_eq!(text(b"caf\xc3\xa9"), "café");
        assert_eq!(text(b"a\xffb\xc3"), "a\\xFFb\\xC3");
        assert_eq!(text(b"\\x22"), "\\x22");
    }

    proptest! {
        #[test]
        fn seconds_read_as_the_standard_library_does(text in "[0-9]{0,12}(\\.[0-9]{0,12})?") {
            let expected = text.parse::<f64>().ok();
            match seconds(text.as_bytes()) {
                Value::Known(value) => prop_assert_eq!(Some(value.to_bits()), expected.map(f64::to_bits)),
                Value::Null => prop_assert!(text.is_empty()),
                Value::Unreadable => prop_assert_eq!(expected, None),
            }
        }

        #[test]
        fn no_bytes_make_anything_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = (integer(&bytes), seconds(&bytes), address(&bytes), port(&bytes), text(&bytes));
            for part in [RequestPart::Verb, RequestPart::Url, RequestPart::Proto] {
                request_part(&bytes, part);
            }
        }
    }
}
