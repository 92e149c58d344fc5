//! Log lines and log objects for tests to read.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

/// An access line of 36 fields with this time and status, and its line ending.
pub(crate) fn access(time: &str, status: u16) -> String {
    format!(
        "https {time} app/shop/50dc6c495c0c9188 192.0.2.7:40000 10.0.0.1:8080 0.000 0.020 0.000 {status} {status} 100 \
         200 \"GET https://shop.example.com:443/cart?id=1 HTTP/1.1\" \"curl/8.5\" TLS_AES_128_GCM_SHA256 TLSv1.3 \
         arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/cart/73e2d6bc24d8a067 \"Root=1-a-b\" \
         \"shop.example.com\" \"session-reused\" 3 {time} \"forward\" \"-\" \"-\" \"10.0.0.1:8080\" \"{status}\" \"-\" \
         \"-\" TID_0 \"-\" \"-\" \"-\" 203.0.113.4 \"-\" \"-\"\n"
    )
}

/// So many access lines, a second apart, from 10:00 on 2026-11-20.
pub(crate) fn access_lines(count: usize) -> String {
    let time = |second: usize| {
        format!("2026-11-20T{:02}:{:02}:{:02}.000000Z", 10 + second / 3600, second / 60 % 60, second % 60)
    };
    (0..count).map(|second| access(&time(second), 200)).collect()
}

/// A connection line with its line ending.
pub(crate) const CONNECTION: &str = "2026-11-20T10:00:00.000000Z 192.0.2.7 40000 443 TLSv1.3 TLS_AES_128_GCM_SHA256 \
                                     0.010 \"-\" - - - TID_0 X25519 app/shop/50dc6c495c0c9188 203.0.113.4\n";

/// A health check line with its line ending.
pub(crate) const HEALTH_CHECK: &str =
    "http 2026-11-20T10:00:00.000000Z 0.002 10.0.0.1:8080 cart PASS 200 - app/shop/50dc6c495c0c9188 203.0.113.4\n";

/// The name AWS gives the access log of load balancer `shop` for the interval that ends then (`20261120T1005Z`).
pub(crate) fn object_name(end: &str) -> String {
    format!("123456789012_elasticloadbalancing_eu-west-1_app.shop.50dc6c495c0c9188_{end}_203.0.113.4_2ab3c4d5.log.gz")
}

/// One gzip member.
pub(crate) fn gzip(text: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_ref()).unwrap();
    encoder.finish().unwrap()
}

/// As much text as the bytes give before they end or turn out to be corrupt, read in small pieces.
pub(crate) fn inflate_what_there_is(bytes: &[u8]) -> Vec<u8> {
    let mut decoder = MultiGzDecoder::new(bytes);
    let mut text = Vec::new();
    let mut piece = [0; 512];
    while let Ok(length @ 1..) = decoder.read(&mut piece) {
        text.extend_from_slice(&piece[..length]);
    }
    text
}

/// How many lines of the text have an ending.
pub(crate) fn whole_lines(text: &[u8]) -> usize {
    text.split(|&byte| byte == b'\n').count() - 1
}
