//! Keys as they are. S3 takes any text as a key, `object_store`'s paths do not: they refuse `a//b`, `a/../b` and control
//! characters, with the whole page they stand on, and drop slashes at the ends. So keys in the answers to listings are
//! escaped before `object_store` reads them, into names that any path may have, and unescaped afterwards.

use std::fmt::Write as _;

/// What an escaped name begins with: no name is empty, or a dot.
const MARK: char = '=';

/// Escapes the content of every `<Key>` and `<Prefix>`. A `<` in a key is `&lt;`, so the first end tag is the end.
pub(super) fn escape_keys(xml: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(xml.len() * 2);
    let mut rest = xml;
    while let Some((start, end_tag)) = next_tag(rest) {
        let (before, content) = rest.split_at(start);
        let Some(end) = find(content, end_tag) else { break };
        escaped.extend_from_slice(before);
        escaped.extend_from_slice(escape(&content[..end]).as_bytes());
        rest = &content[end..];
    }
    escaped.extend_from_slice(rest);
    escaped
}

/// Where the content of the next element with a name in it begins, and how it ends.
fn next_tag(xml: &[u8]) -> Option<(usize, &'static [u8])> {
    let tags: [(&[u8], &[u8]); 2] = [(b"<Key>", b"</Key>"), (b"<Prefix>", b"</Prefix>")];
    let found = tags.into_iter().filter_map(|(tag, end)| Some((find(xml, tag)? + tag.len(), end)));
    found.min_by_key(|(start, _)| *start)
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, part)
}

fn escape(name: &[u8]) -> String {
    let mut escaped = String::from(MARK);
    for &byte in name {
        if byte.is_ascii_alphanumeric() || b"_-.=".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

/// The key of an escaped name: percent signs are this module's, and what is then left of XML's are the server's.
pub(super) fn unescape(escaped: &str) -> String {
    let escaped = escaped.strip_prefix(MARK).unwrap_or(escaped);
    let mut bytes = Vec::with_capacity(escaped.len());
    let mut rest = escaped.as_bytes();
    while let [byte, after @ ..] = rest {
        let hex = after.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        let code = hex.filter(|_| *byte == b'%');
        bytes.push(code.unwrap_or(*byte));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    without_entities(&String::from_utf8_lossy(&bytes))
}

fn without_entities(xml: &str) -> String {
    let mut text = String::with_capacity(xml.len());
    let mut rest = xml;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        let known = after.split_once(';').and_then(|(name, after)| Some((entity(name)?, after)));
        let (char, after) = known.unwrap_or(('&', after));
        text.push(char);
        rest = after;
    }
    text.push_str(rest);
    text
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use object_store::path::Path;

    use super::*;

    #[test]
    fn any_key_passes_through_a_path() {
        for (in_xml, key) in [
            ("AWSLogs/1/a.log.gz", "AWSLogs/1/a.log.gz"),
            ("a//b", "a//b"),
            ("/a/", "/a/"),
            ("a/../b/./c", "a/../b/./c"),
            ("", ""),
            (".", "."),
            (" a\nb&#xD;&#1;", " a\nb\r\u{1}"),
            ("&lt;&amp;amp;&gt;%2F=&", "<&amp;>%2F=&"),
            ("ü", "ü"),
        ] {
            let xml = format!("<R><Prefix>{in_xml}</Prefix><Contents><Key>{in_xml}</Key><Size>1</Size></Contents></R>");
            let escaped = String::from_utf8(escape_keys(xml.as_bytes())).expect("text");
            let (_, rest) = escaped.split_once("<Key>").expect("a key");
            let (name, rest) = rest.split_once("</Key>").expect("its end");
            assert_eq!(rest, "<Size>1</Size></Contents></R>");
            let path = Path::parse(name).expect("a path");
            assert_eq!(unescape(path.as_ref()), key);
            assert_eq!(unescape(escaped.split("Prefix>").nth(1).expect("a prefix").trim_end_matches("</")), key);
        }
    }
}
