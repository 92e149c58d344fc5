//! The route of a URL: its path, with `:id` in place of what is a value by its looks. Pure, and cheap enough for every row.

/// The host of a URL as load balancers write it (`https://host:443/path?query`), without port. What came is no request where a
/// load balancer writes `http://name:80-`, and whose name that is says nothing: such a URL has no host, nor has one whose host no
/// `--host` could name.
pub(super) fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = &rest[..end];
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let is_address = host.starts_with('[') && host.ends_with(']');
    let is_host = !host.is_empty() && !host.contains(['@', ' ', '*']) && (is_address || !host.contains(':'));
    is_host.then_some(host)
}

/// Its path, without query; `None` if it has none.
pub(super) fn path(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let rest = &rest[rest.find('/')?..];
    Some(&rest[..rest.find(['?', '#']).unwrap_or(rest.len())])
}

/// What is longer, and has digits in it, is no word.
const LONGEST_WORD: usize = 24;

/// Segments of a path that are looked at.
const SEGMENTS: usize = 8;

/// Appends the template of a path: `/v3/products/:id/recommendations`.
pub(super) fn push_template(path: &str, template: &mut String) {
    for (index, segment) in path.split('/').skip(1).enumerate() {
        template.push('/');
        if index == SEGMENTS {
            template.push('…');
            return;
        }
        let is_file = segment.contains('.') && segment.contains(|char: char| char.is_ascii_alphabetic());
        if !is_file && is_value(segment) {
            template.push_str(":id");
        } else {
            push_parts(segment, template);
        }
    }
}

/// Appends a name with `:id` for hashes and long numbers between its dots and dashes: `main.:id.js`.
fn push_parts(segment: &str, template: &mut String) {
    let mut rest = segment;
    while !rest.is_empty() {
        let end = rest.find(|char: char| !char.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (part, more) = rest.split_at(end);
        template.push_str(if is_hash(part) { ":id" } else { part });
        let next = more.find(|char: char| char.is_ascii_alphanumeric()).unwrap_or(more.len());
        template.push_str(&more[..next]);
        rest = &more[next..];
    }
}

/// Whether part of a name is a value: five digits or more, eight hexadecimal ones with a number among them, or longer than words are.
fn is_hash(part: &str) -> bool {
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    let is_hex = part.len() >= 8 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits >= 5 || digits > 0 && is_hex || part.len() > LONGEST_WORD
}

/// Whether a segment holds a value: a number, a UUID, a hash, a token, a date.
fn is_value(segment: &str) -> bool {
    let digits = segment.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 {
        return segment.len() > 40;
    }
    let letters = segment.bytes().filter(u8::is_ascii_alphabetic).count();
    // `v3` and `page-2.html` are names; `4711`, `2026-11-20`, `a3f9c2d1`, `sku-991827`, `wardrobe-walnut-38118` are not.
    let mut parts = segment.split(|char: char| !char.is_ascii_alphanumeric());
    let has_number = parts.any(|part| part.len() >= 4 && part.bytes().all(|byte| byte.is_ascii_digit()));
    letters == 0 || has_number || digits * 3 >= segment.len() && segment.len() >= 6 || segment.len() > LONGEST_WORD
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(path: &str) -> String {
        let mut text = String::new();
        push_template(path, &mut text);
        text
    }

    #[test]
    fn parts_of_urls() {
        let url = "https://API.example.com:443/v1/a?b=/c#d";
        assert_eq!((host(url), path(url)), (Some("API.example.com"), Some("/v1/a")));
        assert_eq!((host("http://[2001:db8::1]:80/"), path("http://x:80")), (Some("[2001:db8::1]"), None));
        assert_eq!((host("-"), path("-"), host("://:80/")), (None, None, None));
        assert_eq!((host("http://[2001:db8::1]/"), host("http://a.b/")), (Some("[2001:db8::1]"), Some("a.b")));
    }

    #[test]
    fn what_is_no_request_has_no_host_and_no_route() {
        for url in ["http://api.example.com:80-", "https://api.example.com:443-", "-"] {
            assert_eq!((host(url), path(url)), (None, None), "{url}");
        }
        for url in ["http://me@example.com:80/", "http://*:80/", "http://a:b:80/"] {
            assert_eq!(host(url), None, "{url}");
        }
    }

    #[test]
    fn values_are_ids_and_names_are_not() {
        for (path, expected) in [
            ("/", "/"),
            ("/v3/products/4711/recommendations", "/v3/products/:id/recommendations"),
            ("/api/users/3f2504e0-4f89-11d3-9a0c-0305e82c3301", "/api/users/:id"),
            ("/assets/app.js", "/assets/app.js"),
            ("/static/js/main.3fa2b1c9.js", "/static/js/main.:id.js"),
            ("/static/js/main.89025cc1.js", "/static/js/main.:id.js"),
            ("/img/sku-991827.webp", "/img/sku-:id.webp"),
            ("/static/css/vendors.0a1b2c3d.css", "/static/css/vendors.:id.css"),
            ("/é/a..b-", "/é/a..b-"),
            ("/2026-11-20/report", "/:id/report"),
            ("/products/wardrobe-walnut-38118/page-2.html", "/products/:id/page-2.html"),
            ("/a/b/c/d/e/f/g/h/i/j", "/a/b/c/d/e/f/g/h/…"),
        ] {
            assert_eq!(template(path), expected);
        }
    }
}
