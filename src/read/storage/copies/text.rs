//! Two files as texts, whatever they are compressed with: the same, or one the beginning of the other.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use liblzma::bufread::XzDecoder;
use liblzma::stream::{CONCATENATED, Stream};

/// Bytes that are read and compared at once.
const PIECE: usize = 64 << 10;
/// So much text is compared of two files at most: of what is longer, it is not known whether it is the same.
const MOST: u64 = 4 << 30;
/// How often content may be compressed over and over.
const DEPTH: usize = 4;
/// What unpacking xz may take, bytes.
const XZ_MEMORY: u64 = 80 << 20;

/// What one text is to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Same,
    /// The beginning of the other.
    Shorter,
    /// The other is its beginning.
    Longer,
    Other,
}

/// What the text of one file is to that of another. A text ends where it cannot be read any further.
///
/// # Errors
/// When one of them cannot be opened, or they are too long.
pub(super) fn compare(one: &Path, other: &Path) -> io::Result<Relation> {
    let (mut one, mut other) = (Text::of(one)?, Text::of(other)?);
    let mut compared = 0;
    while compared < MOST {
        let (a, b) = (one.piece(), other.piece());
        let length = a.len().min(b.len());
        if length == 0 {
            let ended = (a.is_empty(), b.is_empty());
            if ended == (true, true) && one.is_cut == other.is_cut {
                return Ok(Relation::Same);
            }
            let is_shorter = if ended == (true, true) { one.is_cut } else { ended.0 };
            return Ok(if is_shorter { Relation::Shorter } else { Relation::Longer });
        }
        if a[..length] != b[..length] {
            return Ok(Relation::Other);
        }
        one.reader.consume(length);
        other.reader.consume(length);
        compared += length as u64;
    }
    Err(io::ErrorKind::FileTooLarge.into())
}

struct Text {
    reader: Box<dyn BufRead>,
    /// Whether it could not be read any further.
    is_cut: bool,
}

impl Text {
    fn of(path: &Path) -> io::Result<Self> {
        let mut reader: Box<dyn BufRead> = Box::new(BufReader::with_capacity(PIECE, File::open(path)?));
        for _ in 0..DEPTH {
            // What does not even begin as it should is no text at all.
            let Ok(head) = reader.fill_buf() else { break };
            let decoder: Box<dyn Read> = match head {
                [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(reader)),
                [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(zstd::stream::read::Decoder::with_buffer(reader)?),
                [b'B', b'Z', b'h', b'1'..=b'9', ..] => Box::new(MultiBzDecoder::new(reader)),
                [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => {
                    let stream = Stream::new_stream_decoder(XZ_MEMORY, CONCATENATED)?;
                    Box::new(XzDecoder::new_stream(reader, stream))
                }
                _ => break,
            };
            reader = Box::new(BufReader::with_capacity(PIECE, decoder));
        }
        Ok(Self { reader, is_cut: false })
    }

    /// What comes next; nothing at its end.
    fn piece(&mut self) -> &[u8] {
        if self.is_cut {
            return &[];
        }
        if let Ok(piece) = self.reader.fill_buf() {
            piece
        } else {
            self.is_cut = true;
            &[]
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(text: &[u8], level: u32) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn texts_are_compared_whatever_compresses_them() {
        let folder = tempfile::tempdir().unwrap();
        let text: Vec<u8> = (0..40_000_u32).flat_map(|line| format!("{line} of a log\n").into_bytes()).collect();
        let (half, mut other) = (&text[..text.len() / 2], text.clone());
        *other.last_mut().unwrap() = b'x';
        let cut = gzip(&text, 6);
        let put = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            path
        };
        let plain = put("plain", &text);
        for (name, content, expected) in [
            ("same", text.clone(), Relation::Same),
            ("gzip", gzip(&text, 1), Relation::Same),
            ("twice", gzip(&gzip(&text, 9), 6), Relation::Same),
            ("zstd", zstd::encode_all(&text[..], 3).unwrap(), Relation::Same),
            ("half", half.to_vec(), Relation::Shorter),
            ("half.gz", gzip(half, 6), Relation::Shorter),
            ("cut", cut[..cut.len() / 2].to_vec(), Relation::Shorter),
            ("cut in its sum", cut[..cut.len() - 8].to_vec(), Relation::Shorter),
            ("other", other.clone(), Relation::Other),
            ("other.gz", gzip(&other, 6), Relation::Other),
        ] {
            let path = put(name, &content);
            assert_eq!(compare(&path, &plain).unwrap(), expected, "{name}");
            let turned = if expected == Relation::Shorter { Relation::Longer } else { expected };
            assert_eq!(compare(&plain, &path).unwrap(), turned, "{name}");
        }
        assert!(compare(&plain, &folder.path().join("nothing")).is_err());
    }
}
