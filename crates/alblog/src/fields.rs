//! Splitting a line into fields. It cannot fail: every line has some split.
//!
//! Fields are separated by one space; a field that starts with a double quote ends at the next one. There is no
//! escape character: inside quotes AWS writes `"` as `\x22`, so that a raw quote always closes
//! (found by experiment, <https://github.com/DataBiosphere/azul/pull/4920>).

use memchr::memchr;

/// The fields of a line, without their quotes, from left to right.
///
/// Tolerated: a missing closing quote (the field runs to the end of the line) and a missing space after a closing
/// quote, which AWS's published examples once had. A trailing space starts no further field.
///
/// ```
/// use alblog::Fields;
///
/// let fields: Vec<&[u8]> = Fields::new(b"h2 \"a b\"7 - \"\"").collect();
/// assert_eq!(fields, [b"h2".as_slice(), b"a b", b"7", b"-", b""]);
/// ```
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    line: &'a [u8],
    /// Start of the next field.
    at: usize,
}

impl<'a> Fields<'a> {
    /// Begins at the start of the line, which must not hold its line ending.
    #[must_use]
    pub fn new(line: &'a [u8]) -> Self {
        Self { line, at: 0 }
    }

    /// What has not been split yet, as written.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.line.get(self.at..).unwrap_or_default()
    }
}

/// Where a field stands in its line, without its quotes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Span {
    start: usize,
    end: usize,
}

impl Span {
    #[inline]
    pub(crate) fn start(self) -> usize {
        self.start
    }

    #[inline]
    pub(crate) fn end(self) -> usize {
        self.end
    }

    /// The field's bytes; the line must be the one that was split.
    #[inline]
    pub(crate) fn of(self, line: &[u8]) -> &[u8] {
        &line[self.start..self.end]
    }
}

impl Fields<'_> {
    /// The place of the next field.
    #[expect(clippy::inline_always, reason = "a call for each field costs a narrow projection 6 % of its time")]
    #[inline(always)]
    pub(crate) fn next_span(&mut self) -> Option<Span> {
        let start = self.at;
        let rest = self.line.get(start..)?;
        if let [b'"', quoted @ ..] = rest {
            let length = find::<b'"'>(quoted);
            let after = 1 + length + 1;
            self.at += after + usize::from(rest.get(after) == Some(&b' '));
            return Some(Span { start: start + 1, end: start + 1 + length });
        }
        if rest.is_empty() {
            return None;
        }
        let length = find::<b' '>(rest);
        self.at += length + 1;
        Some(Span { start, end: start + length })
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        self.next_span().map(|span| span.of(self.line))
    }
}

/// Position of the first such byte, or the length. Most fields are short, and looking at eight bytes at once finds their
/// end before a call to `memchr` has begun; long ones are left to it.
#[inline]
fn find<const BYTE: u8>(text: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    const WORDS: usize = 4;
    for at in (0..WORDS * 8).step_by(8) {
        let Some(Ok(word)) = text.get(at..at + 8).map(TryInto::try_into) else {
            return at + text[at..].iter().position(|&byte| byte == BYTE).unwrap_or(text.len() - at);
        };
        let difference = u64::from_le_bytes(word) ^ (ONES * u64::from(BYTE));
        // The lowest set high bit marks the first zero byte.
        let zeros = difference.wrapping_sub(ONES) & !difference & HIGHS;
        if zeros != 0 {
            return at + (zeros.trailing_zeros() / 8) as usize;
        }
    }
    WORDS * 8 + memchr(BYTE, &text[WORDS * 8..]).unwrap_or(text.len() - WORDS * 8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(line: &str) -> Vec<String> {
        Fields::new(line.as_bytes()).map(|field| String::from_utf8_lossy(field).into_owned()).collect()
    }

    #[test]
    fn documented_and_odd_shapes() {
        let cases: [(&str, &[&str]); 14] = [
            ("", &[]),
            ("a", &["a"]),
            ("a b", &["a", "b"]),
            ("a  b", &["a", "", "b"]),
            (" a", &["", "a"]),
            ("a ", &["a"]),
            (r#""a b" c"#, &["a b", "c"]),
            (r#""a b"c"#, &["a b", "c"]),
            (r#""a""b""#, &["a", "b"]),
            (r#""" x"#, &["", "x"]),
            (r#"x "open end"#, &["x", "open end"]),
            (r#"x ""#, &["x", ""]),
            (r#"a"b c"#, &[r#"a"b"#, "c"]),
            ("averyveryverylongbarefield z", &["averyveryverylongbarefield", "z"]),
        ];
        for (line, fields) in cases {
            assert_eq!(split(line), fields, "{line:?}");
        }
    }

    #[test]
    fn rest_is_what_was_not_split() {
        let mut fields = Fields::new(b"a \"b c\" d e");
        assert_eq!(fields.by_ref().take(2).count(), 2);
        assert_eq!(fields.rest(), b"d e");
        assert_eq!(fields.by_ref().count(), 2);
        assert_eq!(fields.rest(), b"");
    }

    /// The grammar again, a byte at a time, with nothing shared.
    fn reference(line: &[u8]) -> Vec<Vec<u8>> {
        let mut fields = Vec::new();
        let mut bytes = line.iter().copied().peekable();
        while let Some(first) = bytes.next() {
            let mut field = Vec::new();
            if first == b'"' {
                for byte in bytes.by_ref() {
                    if byte == b'"' {
                        break;
                    }
                    field.push(byte);
                }
                bytes.next_if_eq(&b' ');
            } else if first != b' ' {
                field.push(first);
                for byte in bytes.by_ref() {
                    if byte == b' ' {
                        break;
                    }
                    field.push(byte);
                }
            }
            fields.push(field);
        }
        fields
    }

    proptest! {
        #[test]
        fn agrees_with_the_reference(line in r#"[ab" -]{0,60}"#) {
            let fields: Vec<Vec<u8>> = Fields::new(line.as_bytes()).map(<[u8]>::to_vec).collect();
            prop_assert_eq!(fields, reference(line.as_bytes()));
        }

        #[test]
        fn agrees_with_the_reference_on_any_bytes(line in prop::collection::vec(any::<u8>(), 0..200)) {
            let fields: Vec<Vec<u8>> = Fields::new(&line).map(<[u8]>::to_vec).collect();
            prop_assert_eq!(fields, reference(&line));
        }
    }
}
