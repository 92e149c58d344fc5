//! Answers to listings that are none. `object_store` takes any XML for a listing, and what is not in it for nothing: an error that comes with
//! `200 OK`, the page of a proxy, or half of an answer would be a bucket without objects. Pure.

use std::fmt;

/// Why an answer is no listing, or not to be gone on from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// S3's error, as XML.
    Error,
    Other,
    /// There is more, and no token that asks for it.
    NoToken,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "its answer to a listing is an error",
            Self::Other => "its answer to a listing is none: is there a proxy, or another server at this address?",
            Self::NoToken => "it lists a part, and does not say how to go on: it does not know ListObjectsV2",
        })
    }
}

impl std::error::Error for Fault {}

/// Why this answer is none, if it is none.
pub(super) fn fault(xml: &[u8]) -> Option<Fault> {
    let root = root(xml);
    let is = |name: &[u8]| {
        root.strip_prefix(name).is_some_and(|rest| rest.first().is_some_and(|byte| b" \t\r\n/>".contains(byte)))
    };
    let holds = |text: &[u8]| memchr::memmem::find(xml, text).is_some();
    if is(b"<Error") {
        Some(Fault::Error)
    } else if !is(b"<ListBucketResult") {
        Some(Fault::Other)
    } else if holds(b"<IsTruncated>true<") && !holds(b"<NextContinuationToken>") {
        Some(Fault::NoToken)
    } else {
        None
    }
}

/// The text from its outermost element on.
fn root(xml: &[u8]) -> &[u8] {
    let mut rest = xml.strip_prefix(b"\xef\xbb\xbf").unwrap_or(xml).trim_ascii_start();
    while rest.starts_with(b"<?") || rest.starts_with(b"<!--") {
        let end: &[u8] = if rest.starts_with(b"<?") { b"?>" } else { b"-->" };
        let Some(at) = memchr::memmem::find(rest, end) else { return &[] };
        rest = rest[at + end.len()..].trim_ascii_start();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_listing_is_one() {
        for (xml, expected) in [
            (
                "<?xml version=\"1.0\"?>\n<ListBucketResult xmlns=\"x\"><IsTruncated>false</IsTruncated></ListBucketResult>",
                None,
            ),
            ("\u{feff}<!-- a --> <ListBucketResult><Name>b</Name></ListBucketResult>", None),
            (
                "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>a</NextContinuationToken></ListBucketResult>",
                None,
            ),
            (
                "<ListBucketResult><IsTruncated>true</IsTruncated><NextMarker>a</NextMarker></ListBucketResult>",
                Some(Fault::NoToken),
            ),
            ("<?xml version=\"1.0\"?><Error><Code>InternalError</Code></Error>", Some(Fault::Error)),
            ("<!DOCTYPE html><html><ListBucketResult></html>", Some(Fault::Other)),
            ("<ListBucketResults></ListBucketResults>", Some(Fault::Other)),
            ("<x/>", Some(Fault::Other)),
            ("<?xml", Some(Fault::Other)),
            ("", Some(Fault::Other)),
        ] {
            assert_eq!(fault(xml.as_bytes()), expected, "{xml}");
        }
    }
}
