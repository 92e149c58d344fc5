//! The parts of a URL as clients send them and load balancers log them: any text has them.
//!
//! Where text is a URI by the rules of Java's `java.net.URI`, the parts are those it finds. Nothing is decoded here.

use memchr::{memchr, memchr2, memchr3, memrchr};

/// A URL cut at the ends of its scheme and authority.
#[derive(Debug, Clone, Copy)]
pub(super) struct Url<'a> {
    /// `https`; empty if there is none.
    pub(super) scheme: &'a str,
    /// `user@host:443`; empty if there is none.
    pub(super) authority: &'a str,
    /// Path, query and fragment. Empty for `mailto:somebody`, which has none of these.
    rest: &'a str,
}

impl<'a> Url<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let (scheme, after) = scheme(text).unwrap_or(("", text));
        if let Some(after) = after.strip_prefix("//") {
            let end = memchr3(b'/', b'?', b'#', after.as_bytes()).unwrap_or(after.len());
            let (authority, rest) = after.split_at(end);
            return Self { scheme, authority, rest };
        }
        let is_opaque = !scheme.is_empty() && !after.starts_with('/');
        Self { scheme, authority: "", rest: if is_opaque { "" } else { after } }
    }

    /// `/a/b`; may be empty.
    pub(super) fn path(&self) -> &'a str {
        &self.rest[..memchr2(b'?', b'#', self.rest.as_bytes()).unwrap_or(self.rest.len())]
    }

    /// What follows the question mark.
    pub(super) fn query(&self) -> Option<&'a str> {
        let before_fragment = self.rest.split_once('#').map_or(self.rest, |(before, _)| before);
        let mark = memchr(b'?', before_fragment.as_bytes())?;
        Some(&before_fragment[mark + 1..])
    }

    /// What follows the number sign.
    pub(super) fn fragment(&self) -> Option<&'a str> {
        self.rest.split_once('#').map(|(_, fragment)| fragment)
    }

    /// The name or address; one of IPv6 with its brackets if it is written with them.
    pub(super) fn host(&self) -> &'a str {
        self.host_and_port().0
    }

    /// The number after the host; `None` if there is none, or too large a one.
    pub(super) fn port(&self) -> Option<u32> {
        let port = self.host_and_port().1.strip_prefix(':')?;
        let digits = port.bytes().take_while(u8::is_ascii_digit).count();
        port[..digits].parse().ok().filter(|port| *port <= i32::MAX.cast_unsigned())
    }

    /// The host, and what follows it, beginning with a colon if there is a port.
    fn host_and_port(&self) -> (&'a str, &'a str) {
        let host = memrchr(b'@', self.authority.as_bytes()).map_or(self.authority, |at| &self.authority[at + 1..]);
        let bytes = host.as_bytes();
        if bytes.first() == Some(&b'[')
            && let Some(end) = memchr(b']', bytes)
        {
            return host.split_at(end + 1);
        }
        let Some(colon) = memchr(b':', bytes) else { return (host, "") };
        // An address of IPv6 without brackets.
        let is_address = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
        if memchr(b':', &bytes[colon + 1..]).is_some() && bytes.iter().all(is_address) {
            return (host, "");
        }
        host.split_at(colon)
    }
}

/// The scheme, and what follows its colon.
fn scheme(text: &str) -> Option<(&str, &str)> {
    let belongs = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let end = text.bytes().take_while(belongs).count();
    let is_scheme = text.starts_with(|first: char| first.is_ascii_alphabetic()) && text[end..].starts_with(':');
    is_scheme.then(|| (&text[..end], &text[end + 1..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Scheme, host, port, path, query, fragment.
    type Parts<'a> = (&'a str, &'a str, Option<u32>, &'a str, Option<&'a str>, Option<&'a str>);

    fn parts(text: &str) -> Parts<'_> {
        let url = Url::of(text);
        (url.scheme, url.host(), url.port(), url.path(), url.query(), url.fragment())
    }

    #[test]
    fn what_is_a_uri_has_the_parts_that_java_finds() {
        for (text, expected) in [
            ("http://example.com/p.php?k=v&l=w#R", ("http", "example.com", None, "/p.php", Some("k=v&l=w"), Some("R"))),
            ("http://example.com/p.php?", ("http", "example.com", None, "/p.php", Some(""), None)),
            ("http://example.com:8080", ("http", "example.com", Some(8080), "", None, None)),
            ("https://user@example.com", ("https", "example.com", None, "", None, None)),
            ("https://user:secret@example.com:1/", ("https", "example.com", Some(1), "/", None, None)),
            ("mailto:test@example.com", ("mailto", "", None, "", None, None)),
            ("foo", ("", "", None, "foo", None, None)),
            ("", ("", "", None, "", None, None)),
            ("*", ("", "", None, "*", None, None)),
            ("/a?b", ("", "", None, "/a", Some("b"), None)),
            ("?b#c?d", ("", "", None, "", Some("b"), Some("c?d"))),
            ("//host/a", ("", "host", None, "/a", None, None)),
            ("file:///etc/hosts", ("file", "", None, "/etc/hosts", None, None)),
            ("http:/a", ("http", "", None, "/a", None, None)),
            ("a+b-c.d:/x", ("a+b-c.d", "", None, "/x", None, None)),
            ("1http://h/", ("", "", None, "1http://h/", None, None)),
            ("http://h:/a", ("http", "h", None, "/a", None, None)),
            ("http://h//a//b", ("http", "h", None, "//a//b", None, None)),
            ("http://[::1]:443/a", ("http", "[::1]", Some(443), "/a", None, None)),
            ("http://[fe80::1%25eth0]/a", ("http", "[fe80::1%25eth0]", None, "/a", None, None)),
            ("http://10.0.0.1:80?a=/b?c", ("http", "10.0.0.1", Some(80), "", Some("a=/b?c"), None)),
            ("http://h/a:b@c", ("http", "h", None, "/a:b@c", None, None)),
            ("http://h:99999/", ("http", "h", Some(99_999), "/", None, None)),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_none_has_the_obvious_parts() {
        for (text, expected) in [
            ("http://host:80-/", ("http", "host", Some(80), "/", None, None)),
            ("http://host:80-", ("http", "host", Some(80), "", None, None)),
            (
                "http://h:80/cgi?cmd=cd /tmp; wget+ a",
                ("http", "h", Some(80), "/cgi", Some("cmd=cd /tmp; wget+ a"), None),
            ),
            ("https://a_b.example:443/{id}|x", ("https", "a_b.example", Some(443), "/{id}|x", None, None)),
            (r"https://h:443/\x22a\x22?\x5C", ("https", "h", Some(443), r"/\x22a\x22", Some(r"\x5C"), None)),
            ("http://2001:db8::1/a", ("http", "2001:db8::1", None, "/a", None, None)),
            ("http://[::1/a", ("http", "[", None, "/a", None, None)),
            ("http://a@b@c:1/", ("http", "c", Some(1), "/", None, None)),
            ("http://h:99999999999/", ("http", "h", None, "/", None, None)),
            ("http://h:4294967295/", ("http", "h", None, "/", None, None)),
            ("http://h:x/", ("http", "h", None, "/", None, None)),
            ("http://h:80:90/", ("http", "h", Some(80), "/", None, None)),
            ("http://", ("http", "", None, "", None, None)),
            ("http://h/^%zz", ("http", "h", None, "/^%zz", None, None)),
            ("http://hôte:80/é?ü", ("http", "hôte", Some(80), "/é", Some("ü"), None)),
            ("http://h /a b", ("http", "h ", None, "/a b", None, None)),
            ("-", ("", "", None, "-", None, None)),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn parts_put_together_are_the_whole(
            scheme in "https?|wss",
            host in r"[a-z][a-z0-9.-]{0,12}|\[[0-9a-f:]{2,9}\]",
            port in prop::option::of(0..=65_535_u32),
            path in "(/[^?#]{0,20})?",
            query in prop::option::of("[^#]{0,20}"),
            fragment in prop::option::of(".{0,20}"),
        ) {
            let mut text = format!("{scheme}://{host}");
            text.extend(port.map(|port| format!(":{port}")));
            text += &path;
            text.extend(query.as_deref().map(|query| format!("?{query}")));
            text.extend(fragment.as_deref().map(|fragment| format!("#{fragment}")));
            let expected = (&*scheme, &*host, port, &*path, query.as_deref(), fragment.as_deref());
            prop_assert_eq!(parts(&text), expected);
        }

        #[test]
        fn any_text_has_parts(text in r"[a:/?#@\[\]%é0-9. ]{0,30}") {
            let (scheme, host, port, path, query, fragment) = parts(&text);
            let length = scheme.len() + host.len() + path.len() + query.map_or(0, str::len) + fragment.map_or(0, str::len);
            prop_assert!(length <= text.len());
            prop_assert!(port.is_none() || text.contains(':'));
        }
    }
}
