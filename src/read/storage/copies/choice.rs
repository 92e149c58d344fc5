//! Which of two objects of one name is read, and what the other is to it.

use std::cmp::{Ordering, Reverse};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use alblog::key;
use flate2::bufread::MultiGzDecoder;

use super::super::{Location, LogObject};
use super::text::{Relation, compare};
use super::{PIECE, file_name};

/// Text that is compressed to a smaller part than this is less text.
const SMALLEST_PART: u64 = 100;
/// First bytes of gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What an object is to one of the same name that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kinship {
    /// The same, or nothing.
    Copy,
    /// It holds less, or something else.
    Differs,
    /// It may hold something else.
    Unknown,
    /// It holds more: what was to be read is the beginning of it.
    Better,
    /// A part of the log, or another one.
    Another,
}

/// What an object is to the one that is read.
pub(super) fn kinship(read: &LogObject, object: &LogObject) -> Kinship {
    if object.size == 0 {
        // Nothing in it is missed.
        return Kinship::Copy;
    }
    let is_marked = is_marked(read) || is_marked(object);
    if !is_marked && seems_same(read, object) {
        return Kinship::Copy;
    }
    match relation(read, object) {
        Some(Relation::Same) => Kinship::Copy,
        Some(Relation::Shorter) => Kinship::Better,
        Some(Relation::Other) | None if is_marked => Kinship::Another,
        Some(Relation::Longer | Relation::Other) => Kinship::Differs,
        None if packing(read) == packing(object) || is_sized(read, object) => Kinship::Differs,
        None => Kinship::Unknown,
    }
}

/// Whether two objects of just one name are of one size, as far as that can be told without reading all of them.
fn seems_same(one: &LogObject, other: &LogObject) -> bool {
    match (packing(one), packing(other)) {
        (one_is, other_is) if one_is == other_is => one.size == other.size,
        _ => is_sized(one, other) && against_plain(one, other).is_eq(),
    }
}

/// Whether one is gzip and the other is not compressed, and their sizes tell whether they are the same.
fn is_sized(one: &LogObject, other: &LogObject) -> bool {
    let (gzip, plain) = if is_gzip(one) { (one, other) } else { (other, one) };
    let is_known = matches!((&gzip.location, &plain.location), (Location::Path(_), Location::Path(_)))
        || gzip.inflated.is_some()
        || is_too_small(gzip, plain);
    is_gzip(gzip) && packing(plain).is_none() && is_known
}

/// What the content of one is to that of the other, if it is at hand.
fn relation(one: &LogObject, other: &LogObject) -> Option<Relation> {
    match (&one.location, &other.location) {
        (Location::Path(one), Location::Path(other)) => compare(one, other).ok(),
        (Location::S3 { .. }, Location::S3 { .. }) => {
            let is_same = one.size == other.size && one.etag.is_some() && one.etag == other.etag;
            is_same.then_some(Relation::Same)
        }
        _ => None,
    }
}

fn is_marked(object: &LogObject) -> bool {
    file_name(object).is_some_and(key::is_marked)
}

/// What its name says it is compressed with.
fn packing(object: &LogObject) -> Option<&'static str> {
    file_name(object).and_then(key::compression)
}

fn is_gzip(object: &LogObject) -> bool {
    matches!(packing(object), Some("gz" | "gzip"))
}

/// Whether it is rather to be read than another one of the same name.
pub(super) fn is_better(object: &LogObject, other: &LogObject) -> bool {
    if object.size > 0 && other.size > 0 && is_gzip(object) != is_gzip(other) {
        return is_gzip(object) == against_plain(object, other).is_ge();
    }
    rank(object) < rank(other)
}

/// How much the compressed one of two objects holds against the one that is not. Of files here that is known from their content, and of
/// others if it was looked up; else as much, unless it is so small that it cannot be.
fn against_plain(object: &LogObject, other: &LogObject) -> Ordering {
    let (gzip, plain) = if is_gzip(object) { (object, other) } else { (other, object) };
    if packing(plain).is_some() {
        return Ordering::Equal;
    }
    match (&gzip.location, &plain.location, gzip.inflated) {
        (Location::Path(path), Location::Path(_), _) if path.is_file() => {
            inflated(path, plain.size).map_or(Ordering::Less, |size| size.cmp(&plain.size))
        }
        (_, _, Some(size)) if u64::from(size) == plain.size & u64::from(u32::MAX) => Ordering::Equal,
        (_, _, Some(size)) => u64::from(size).cmp(&plain.size),
        _ if is_too_small(gzip, plain) => Ordering::Less,
        _ => Ordering::Equal,
    }
}

fn is_too_small(gzip: &LogObject, plain: &LogObject) -> bool {
    gzip.size.saturating_mul(SMALLEST_PART) < plain.size
}

/// How many bytes a gzip file has inflated. Its last four bytes say it of its last member, which is the only one mostly, and
/// believed if it is what is expected; else all of it is read. `None` if it cannot be.
fn inflated(path: &Path, expected: u64) -> Option<u64> {
    let mut file = File::open(path).ok()?;
    let mut last = [0; 4];
    file.seek(SeekFrom::End(-4)).ok()?;
    file.read_exact(&mut last).ok()?;
    if u64::from(u32::from_le_bytes(last)) == expected & u64::from(u32::MAX) {
        return Some(expected);
    }
    file.rewind().ok()?;
    io::copy(&mut MultiGzDecoder::new(BufReader::with_capacity(PIECE, file)), &mut io::sink()).ok()
}

/// Whether a compressed file does not begin as one: a page of an error, or zeros.
fn is_misnamed(object: &LogObject) -> bool {
    let Location::Path(path) = &object.location else { return false };
    let mut first = [0; 2];
    let begins = File::open(path).and_then(|mut file| file.read_exact(&mut first));
    is_gzip(object) && begins.is_ok() && first != GZIP
}

fn rank(object: &LogObject) -> (bool, bool, bool, Reverse<u64>, bool, bool) {
    let key = object.key.as_ref();
    let renamed = key.is_none_or(|key| !object.location.to_string().ends_with(&key.to_string()));
    let size = Reverse(object.size);
    (object.size == 0, is_misnamed(object), !is_gzip(object), size, object.is_remote(), renamed)
}
