//! What a text holds, from its start: lines of a log, bare or in something else, or another thing that has a name.

use std::io::{self, Read};

use alblog::LogKind;

use super::other::{Other, lines};
use super::prefixed::PREFIX;
use super::{json, signature};

/// Bytes of text looked at.
pub(super) const LOOK_AT: usize = 64 << 10;

/// What a text holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// Lines of a log.
    Lines(LogKind),
    /// Lines of a log behind a time, as CloudWatch Logs exports them.
    Prefixed(LogKind),
    /// Lines of a log, each in a string of a JSON document at this path: `logEvents[].message`.
    Json(LogKind, String),
    /// No line of a log; what it is.
    Other(Other),
    /// Lines, of which the first are of no log; what they are, if none is.
    Unknown(Other),
}

impl Shape {
    /// Whether lines of a log may stand behind what was looked at: it is text, and holds none so far.
    pub(super) fn may_come_later(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }
}

/// Looks at the start of a text.
pub(super) fn of(text: &[u8]) -> Shape {
    let head = &text[..text.len().min(LOOK_AT)];
    // All that is done for an object as AWS writes it.
    let first = lines(head).next().unwrap_or_default();
    if let Some(kind) = LogKind::recognise(first) {
        return if kind.is_several(first) { Shape::Other(Other::maybe_log(GLUED)) } else { Shape::Lines(kind) };
    }
    if let Some(other) = signature::binary(head) {
        return Shape::Other(other);
    }
    if head.trim_ascii_start().first().is_some_and(|byte| b"{[".contains(byte)) {
        return match json::find(head) {
            Some((kind, path)) => Shape::Json(kind, path),
            None => Shape::Other(signature::json(head)),
        };
    }
    for line in lines(head) {
        match LogKind::recognise_after(line, PREFIX) {
            Some((bare, kind)) if bare.len() == line.len() => return Shape::Lines(kind),
            Some((bare, kind)) if is_timely(line) && !kind.is_several(bare) => return Shape::Prefixed(kind),
            _ => {}
        }
    }
    Shape::Unknown(signature::text(head).unwrap_or_else(|| signature::unknown(head)))
}

const GLUED: &str = "lines without line ends between them, as Firehose writes them unless a delimiter is asked for: \
    put a line end before each";

/// What stands before a line must begin with a time: `2026-11-20T10:00:00.000Z`, `2026-11-20T10:00:00+00:00`.
fn is_timely(line: &[u8]) -> bool {
    signature::has_time_at(line, 0)
}

/// Reads on, up to so many bytes in all; answers the error that ended it, if any.
pub(super) fn read_on(text: &mut dyn Read, head: &mut Vec<u8>, most: usize) -> Option<io::Error> {
    let left = (most.saturating_sub(head.len())) as u64;
    text.take(left).read_to_end(head).err()
}

/// Reads the start of a text, as much as it takes to know its shape; with the error that ended it, if any.
pub(super) fn read_head(text: &mut dyn Read) -> (Vec<u8>, Option<io::Error>) {
    let mut head = Vec::new();
    let mut buffer = [0; 8192];
    while head.len() < LOOK_AT {
        match text.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => head.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (head, Some(error)),
        }
        // Who types lines, or follows a log, does not wait for more.
        let whole = head.iter().position(|&byte| byte == b'\n').map(|end| &head[..end]);
        if whole.is_some_and(|line| LogKind::recognise(line).is_some()) {
            break;
        }
    }
    (head, None)
}
