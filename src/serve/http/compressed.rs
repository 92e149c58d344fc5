//! Pages and their files on a narrower line: gzip, where whoever asks takes it.

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderValue, header};

/// Less than this fits into a packet anyway.
const LEAST: usize = 1400;
/// Most of what there is to gain, in little time.
const LEVEL: Compression = Compression::new(4);

/// A body as it travels, and how it is encoded, if it is.
pub(super) fn compressed(body: Bytes, asked: &HeaderMap) -> (Bytes, Option<HeaderValue>) {
    if body.len() < LEAST || !takes_gzip(asked) {
        return (body, None);
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), LEVEL);
    // Writing to memory does not fail; if it did, the body would go as it is.
    match encoder.write_all(&body).and_then(|()| encoder.finish()) {
        Ok(packed) => (packed.into(), Some(HeaderValue::from_static("gzip"))),
        Err(_) => (body, None),
    }
}

/// Whether gzip is among what is accepted, and not with a weight of nothing.
fn takes_gzip(asked: &HeaderMap) -> bool {
    let values = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let is_refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case("gzip") && !is_refused
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    fn asked(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))])
    }

    #[test]
    fn what_is_asked_for_is_smaller_and_the_same() {
        let body = Bytes::from("<p>a page</p>".repeat(1000));
        let (packed, encoding) = compressed(body.clone(), &asked("br, gzip;q=0.8"));
        assert!(packed.len() * 10 < body.len() && encoding.is_some());
        let mut text = Vec::new();
        GzDecoder::new(&packed[..]).read_to_end(&mut text).unwrap();
        assert_eq!(text, body);
        for other in ["", "br", "gzip;q=0", "gzip; q=0.0", "xgzip"] {
            assert_eq!(compressed(body.clone(), &asked(other)), (body.clone(), None), "{other}");
        }
        let small = Bytes::from("small");
        assert_eq!(compressed(small.clone(), &asked("gzip")), (small, None));
    }
}
