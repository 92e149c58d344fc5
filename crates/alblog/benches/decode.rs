//! What reading an access log costs, stage by stage, over the same 50 MB of 36-field lines: `cargo bench -p alblog`.
//!
//! `items` are rows, `bytes` are bytes of text. Numbers and what they led to: `docs/performance.md`.

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::{Read as _, Write as _};
use std::sync::LazyLock;

use alblog::{Decoder, Fields, LogKind, time};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use flate2::read::MultiGzDecoder;

const ROWS: usize = 66_000;
/// Bytes pushed into the decoder at a time, as an inflating reader does.
const PIECE: usize = 64 << 10;

const TARGET_GROUP_QUESTION: &[&str] = &["elb_status_code", "target_processing_time", "target_group_arn"];

fn main() {
    LazyLock::force(&GZIP);
    divan::main();
}

#[divan::bench_group(sample_count = 20, sample_size = 1)]
mod decode {
    use super::*;

    #[divan::bench]
    fn all_columns(bencher: Bencher) {
        let names: Vec<&str> = LogKind::Access.columns().iter().map(|column| column.name).collect();
        run(bencher, &names);
    }

    #[divan::bench]
    fn target_group_question(bencher: Bencher) {
        run(bencher, TARGET_GROUP_QUESTION);
    }

    #[divan::bench]
    fn two_numbers(bencher: Bencher) {
        run(bencher, &["elb_status_code", "target_processing_time"]);
    }

    #[divan::bench]
    fn no_columns(bencher: Bencher) {
        run(bencher, &[]);
    }

    fn run(bencher: Bencher, columns: &[&str]) {
        let mut decoder = Decoder::builder(LogKind::Access).columns(columns).build();
        bench(bencher, |text| {
            let mut rows = 0;
            for mut piece in text.chunks(PIECE) {
                while !piece.is_empty() {
                    piece = &piece[decoder.decode(piece)..];
                    if decoder.is_full() {
                        rows += decoder.flush().map_or(0, |batch| black_box(batch).num_rows());
                    }
                }
            }
            rows + decoder.flush().map_or(0, |batch| batch.num_rows())
        });
    }
}

#[divan::bench_group(sample_count = 20, sample_size = 1)]
mod stages {
    use super::*;

    #[divan::bench]
    fn lines(bencher: Bencher) {
        bench(bencher, |text| memchr::memchr_iter(b'\n', text).count());
    }

    #[divan::bench]
    fn lines_and_17_fields(bencher: Bencher) {
        split(bencher, 17);
    }

    #[divan::bench]
    fn lines_and_all_fields(bencher: Bencher) {
        split(bencher, usize::MAX);
    }

    fn split(bencher: Bencher, fields: usize) {
        bench(bencher, |mut text| {
            let mut lines = 0;
            while let Some(end) = memchr::memchr(b'\n', text) {
                Fields::new(&text[..end]).take(fields).for_each(|field| _ = black_box(field));
                text = &text[end + 1..];
                lines += 1;
            }
            lines
        });
    }
}

#[divan::bench_group(sample_count = 10, sample_size = 1)]
mod inflate {
    use super::*;

    #[divan::bench]
    fn zlib_rs_in_pieces(bencher: Bencher) {
        let mut buffer = vec![0; PIECE];
        bench(bencher, |_| {
            let mut reader = MultiGzDecoder::new(GZIP.as_slice());
            while reader.read(&mut buffer).expect("inflates") > 0 {}
            ROWS
        });
    }

    #[divan::bench]
    fn libdeflate_whole(bencher: Bencher) {
        let mut buffer = vec![0; TEXT.len()];
        let mut inflater = libdeflater::Decompressor::new();
        bench(bencher, |_| {
            inflater.gzip_decompress(&GZIP, &mut buffer).expect("inflates");
            ROWS
        });
    }
}

/// Runs over the text; the function answers how many rows it saw.
fn bench(bencher: Bencher, mut run: impl FnMut(&'static [u8]) -> usize) {
    let text: &[u8] = &TEXT;
    bencher
        .counter(ItemsCount::new(ROWS))
        .counter(BytesCount::of_slice(text))
        .bench_local(|| assert_eq!(run(text), ROWS));
}

static TEXT: LazyLock<Vec<u8>> = LazyLock::new(|| Lines { state: 1 }.text(ROWS).into_bytes());

static GZIP: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(&TEXT).expect("deflates");
    encoder.finish().expect("deflates")
});

/// Lines with the shape and the variety of real ones of late 2026.
struct Lines {
    state: u64,
}

impl Lines {
    /// Xorshift: the same lines every time.
    fn below(&mut self, limit: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state % limit
    }

    fn text(mut self, rows: usize) -> String {
        const AGENTS: [&str; 4] = [
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 \
             Mobile/15E148 Safari/604.1",
            "grpc-go/1.46.2",
            "lua-resty-http/0.17.1 (Lua) ngx_lua/10021",
        ];
        let mut text = String::new();
        let mut created = time::parse(b"2026-11-20T10:00:00.000000Z").expect("a time");
        for _ in 0..rows {
            created += i64::try_from(self.below(9_000)).expect("small");
            let latency = self.below(900);
            let answered = time::Iso(created + i64::try_from(latency).expect("small") * 1000);
            let [client, port, target, group] = [1 << 16, 60_000, 40, 12].map(|limit| self.below(limit));
            let [received, sent, item, user, agent] =
                [3_000, 90_000, 100_000, 1_000_000, 4].map(|limit| self.below(limit));
            let [root, tid, low] = [u64::MAX, u64::MAX, u64::MAX].map(|limit| self.below(limit));
            let status = if item % 50 == 0 { 502 } else { 200 };
            let agent = AGENTS[usize::try_from(agent).expect("small")];
            let (seconds, millis) = (latency / 1000, latency % 1000);
            writeln!(
                text,
                "h2 {answered} app/lb-7/b631046d961c237c 198.51.{}.{}:{port} 10.0.32.{target}:8080 0.000 \
                 {seconds}.{millis:03} 0.001 {status} {status} {received} {sent} \
                 \"GET https://api.example.com:443/shop/api/v1/items/{item}?user={user}&page=1 HTTP/2.0\" \"{agent}\" \
                 TLS_AES_128_GCM_SHA256 TLSv1.3 \
                 arn:aws:elasticloadbalancing:us-west-2:111122223333:targetgroup/tg-{group}/1d3caaaf0daa2e{group:02} \
                 \"Root=1-{:08x}-{:08x}{root:016x}\" \"api.example.com\" \
                 \"arn:aws:acm:us-west-2:111122223333:certificate/12345678-1234-1234-1234-123456789012\" 10 {} \
                 \"waf,forward\" \"-\" \"-\" \"10.0.32.{target}:8080\" \"{status}\" \"-\" \"-\" TID_{tid:016x}{low:016x} \
                 \"-\" \"-\" \"-\" 203.0.113.7 \"-\" \"-\"",
                client >> 8,
                client & 255,
                created / 1_000_000,
                low >> 32,
                time::Iso(created),
            )
            .expect("a String takes everything");
        }
        text
    }
}
