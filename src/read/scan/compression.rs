//! Compressions, told by the first bytes of what they made: one inside another, and members one after another.

use std::io::{self, BufReader, Cursor, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use liblzma::bufread::XzDecoder;
use liblzma::stream::{CONCATENATED, Stream};

use super::encoding::{self, Encoding};
use super::failure::{Unread, refuse};

/// How often content may be compressed over and over.
const MAX_DEPTH: usize = 4;
/// Bytes of compressed content read at a time.
const CHUNK: usize = 128 << 10;
/// What unpacking xz may take, bytes: enough for the largest preset.
const XZ_MEMORY: u64 = 80 << 20;
/// Binary logarithm of what unpacking zstd may look back, as the `zstd` program allows without being asked.
const ZSTD_WINDOW: u32 = 27;

/// A compression that is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    Gzip,
    Zstd,
    Bzip2,
    Xz,
}

impl Compression {
    /// What content that begins so is compressed with.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            // A frame, or one to be skipped, which parallel compressors put first (RFC 8878, section 3.1).
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            [b'B', b'Z', b'h', b'1'..=b'9', block @ ..]
                if block.starts_with(&[0x31, 0x41, 0x59, 0x26, 0x53, 0x59])
                    || block.starts_with(&[0x17, 0x72, 0x45, 0x38, 0x50, 0x90]) =>
            {
                Some(Self::Bzip2)
            }
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            _ => None,
        }
    }

    fn decoder<'a>(self, input: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
        let input = BufReader::with_capacity(CHUNK, input);
        Ok(match self {
            Self::Gzip => Box::new(Named { name: "gzip", decoder: MultiGzDecoder::new(input) }),
            Self::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
                decoder.window_log_max(ZSTD_WINDOW)?;
                Box::new(Named { name: "zstd", decoder })
            }
            Self::Bzip2 => Box::new(Named { name: "bzip2", decoder: MultiBzDecoder::new(input) }),
            Self::Xz => {
                let stream = Stream::new_stream_decoder(XZ_MEMORY, CONCATENATED)?;
                Box::new(Named { name: "xz", decoder: XzDecoder::new_stream(input, stream) })
            }
        })
    }
}

/// Says in whose stream the end is missing.
struct Named<D> {
    name: &'static str,
    decoder: D,
}

impl<D: Read> Read for Named<D> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.decoder.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof if error.get_ref().is_none_or(|inner| !inner.is::<Unread>()) => {
                io::Error::new(error.kind(), format!("its {} stream ends in the middle", self.name))
            }
            _ if wants_more_memory(&error) => {
                let mib = XZ_MEMORY >> 20;
                refuse(format!(
                    "needs more than {mib} MiB to unpack ({}): compress it with a smaller dictionary",
                    self.name
                ))
            }
            _ => error,
        })
    }
}

/// Whether a decoder ended because it would have to keep too much of the text: xz says so by a kind of its own, zstd in words.
fn wants_more_memory(error: &io::Error) -> bool {
    let of_xz = error.get_ref().and_then(|inner| inner.downcast_ref::<liblzma::stream::Error>());
    matches!(of_xz, Some(liblzma::stream::Error::MemLimit))
        || error.get_ref().is_some_and(|inner| inner.to_string().contains("requires too much memory"))
}

/// Whether there is something to undo before a text that begins so can be read.
pub(super) fn is_folded(head: &[u8]) -> bool {
    Compression::of(head).is_some() || encoding::of(head) != Encoding::Plain
}

/// The text behind all compressions and encodings of some content.
///
/// # Errors
/// When its first bytes cannot be read, or there are too many compressions.
pub(super) fn unfold<'a>(content: Box<dyn Read + 'a>) -> io::Result<Box<dyn Read + 'a>> {
    let mut reader = content;
    for _ in 0..=MAX_DEPTH {
        let mut head = Vec::with_capacity(encoding::HEAD);
        reader.by_ref().take(encoding::HEAD as u64).read_to_end(&mut head)?;
        let compression = Compression::of(&head);
        let encoding = encoding::of(&head);
        let whole = Cursor::new(head).chain(reader);
        reader = match compression {
            Some(compression) => compression.decoder(whole)?,
            None => return Ok(encoding::decode(encoding, whole)),
        };
    }
    Err(refuse(format!("compressed more than {MAX_DEPTH} times over")))
}
