//! Any bytes, cut anywhere: every line is counted once, and neither cuts nor projection change what is read.
//!
//! The first 16 bytes of the input choose kind, batch size, window, two lengths of pieces and the columns; the rest is
//! the text.

#![no_main]

use alblog::{Decoder, DecoderBuilder, LogKind, RejectedLine, Stats, time};
use arrow_array::RecordBatch;
use arrow_select::concat::concat_batches;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((choices, text)) = input.split_first_chunk::<16>() else { return };
    let [kind, batch_size, window, first, second, columns @ ..] = *choices;
    let kind = LogKind::ALL[usize::from(kind) % LogKind::ALL.len()];
    let window = match window % 4 {
        0 => time::parse(b"2022-01-01T00:00:00Z").unwrap()..i64::MAX,
        _ => i64::MIN..i64::MAX,
    };
    let projection: Vec<usize> =
        (0..kind.columns().len()).filter(|column| columns[column / 8] >> (column % 8) & 1 == 1).collect();
    let all = Decoder::builder(kind).batch_size(usize::from(batch_size)).window(window).keep_rejected(true);
    let some = all.clone().projection(&projection);

    let whole = decode(&all, &[text]);
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !matches!(*line, b"" | b"\r")).count() as u64;
    assert_eq!(whole.stats.rows + whole.stats.rejected + whole.stats.outside_window, lines);
    assert_eq!((whole.rows.num_rows() as u64, whole.rejected.len() as u64), (whole.stats.rows, whole.stats.rejected));

    let pieces = cut(text, [first, second]);
    assert_eq!(decode(&all, &pieces), whole);

    let projected = decode(&some, &pieces);
    assert_eq!(projected.rows, whole.rows.project(&projection).unwrap());
    assert_eq!(projected.rejected, whole.rejected);
    let Stats { rows, outside_window, rejected, .. } = whole.stats;
    assert_eq!(
        (projected.stats.rows, projected.stats.outside_window, projected.stats.rejected),
        (rows, outside_window, rejected)
    );
});

#[derive(Debug, PartialEq)]
struct Outcome {
    rows: RecordBatch,
    rejected: Vec<RejectedLine>,
    stats: Stats,
}

fn decode(options: &DecoderBuilder, pieces: &[&[u8]]) -> Outcome {
    let mut decoder = options.clone().build();
    let (mut batches, mut rejected) = (Vec::new(), Vec::new());
    for mut piece in pieces.iter().copied() {
        while !piece.is_empty() {
            piece = &piece[decoder.decode(piece)..];
            if decoder.is_full() {
                batches.extend(decoder.flush());
                rejected.extend(decoder.take_rejected());
            }
        }
    }
    decoder.finish();
    batches.extend(decoder.flush());
    rejected.extend(decoder.take_rejected());
    let rows = concat_batches(&decoder.schema(), &batches).unwrap();
    Outcome { rows, rejected, stats: decoder.stats() }
}

/// Pieces of two lengths by turns.
fn cut(mut text: &[u8], lengths: [u8; 2]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    for length in lengths.iter().cycle() {
        if text.is_empty() {
            break;
        }
        let (piece, rest) = text.split_at(text.len().min(usize::from(*length) + 1));
        pieces.push(piece);
        text = rest;
    }
    pieces
}
