//! What kind of log an object holds, from its first lines, when its name does not say.

use std::io::{self, Read};

use alblog::LogKind;
use flate2::read::MultiGzDecoder;

use super::input::{Openings, is_gzip};
use crate::read::storage::Location;

/// Bytes looked at, as stored and as text.
const LOOK_AT: usize = 64 << 10;
/// Lines looked at: the first may be odd.
const LINES: usize = 20;

/// The kind of log at a location; `None` if its first lines belong to none.
///
/// # Errors
/// When the location cannot be opened or read.
pub fn recognise(location: &Location, openings: &Openings) -> io::Result<Option<LogKind>> {
    let head = openings.look_at(location, LOOK_AT)?;
    let text = if is_gzip(&head) { inflate_start(&head) } else { head };
    Ok(text.split(|&byte| byte == b'\n').take(LINES).find_map(LogKind::recognise))
}

/// As much text as the start of a gzip object gives.
fn inflate_start(gzip: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    // The start of an object ends in the middle of it: the error says so, and the text before it is what we want.
    let _ = MultiGzDecoder::new(gzip).take(LOOK_AT as u64).read_to_end(&mut text);
    text
}
