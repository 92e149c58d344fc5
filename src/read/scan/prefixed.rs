//! Lines of a log with something before each.

use std::io::{self, BufRead, BufReader, Read};

use alblog::{LogKind, MAX_LINE};

use super::other;

/// Bytes read at a time.
const CHUNK: usize = 128 << 10;
/// Words before a line: the time of an event, and the stream it came from.
pub(super) const PREFIX: usize = 2;

/// The kinds of the lines in a text.
pub(super) fn kinds(text: &[u8]) -> impl Iterator<Item = LogKind> {
    other::lines(text).filter_map(|line| LogKind::recognise_after(line, PREFIX)).map(|(_, kind)| kind)
}

/// Hands on lines without what stands before them; those that are none as they are.
///
/// # Errors
/// When the text cannot be read to its end.
pub(super) fn lines(text: impl Read, take: &mut dyn FnMut(&[u8]) -> bool) -> io::Result<()> {
    let mut text = BufReader::with_capacity(CHUNK, text);
    let mut line = Vec::new();
    loop {
        line.clear();
        // A longer line comes in pieces, and is too long for the decoder, too.
        let result = text.by_ref().take(MAX_LINE as u64).read_until(b'\n', &mut line);
        let bare = LogKind::recognise_after(&line, PREFIX).map_or(line.as_slice(), |(bare, _)| bare);
        if result? == 0 || !take(bare) {
            return Ok(());
        }
    }
}
