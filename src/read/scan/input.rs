//! Opening a location, with the start of its content at hand.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::read::storage::Location;

/// The first two bytes of every gzip member (RFC 1952, section 2.3.1).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// An opened object and the bytes read from it so far.
pub struct Input {
    head: Vec<u8>,
    rest: Box<dyn Read + Send>,
}

/// What can be read only once, between two openings: looked at by the first, read by the second.
static STREAMS: Mutex<BTreeMap<String, Stream>> = Mutex::new(BTreeMap::new());

enum Stream {
    LookedAt(Input),
    Read,
}

impl Input {
    /// Content that is on its way.
    ///
    /// # Errors
    /// When its first bytes cannot be read.
    pub fn fetched(body: impl Read + Send + 'static) -> io::Result<Self> {
        let mut input = Self { head: Vec::new(), rest: Box::new(body) };
        input.read_ahead(GZIP_MAGIC.len())?;
        Ok(input)
    }

    /// Opens the location.
    ///
    /// # Errors
    /// When it cannot be opened, or its first bytes cannot be read.
    pub fn open(location: &Location) -> io::Result<Self> {
        let mut input = match location {
            stream if stream.is_stream() => take_stream(stream)?,
            other => Self::begin(other)?,
        };
        input.read_ahead(GZIP_MAGIC.len())?;
        Ok(input)
    }

    fn begin(location: &Location) -> io::Result<Self> {
        let rest: Box<dyn Read + Send> = match location {
            Location::Path(path) | Location::Pipe(path) => Box::new(File::open(path)?),
            Location::Stdin => Box::new(io::stdin()),
            Location::S3 { .. } => return Err(io::Error::other("it must be fetched first")),
        };
        Ok(Self { head: Vec::new(), rest })
    }

    /// Looks at the start of a location's content: about `length` bytes, fewer if there are no more at the moment and a
    /// line is complete. Standard input and pipes can still be opened afterwards.
    pub(super) fn look_at(location: &Location, length: usize) -> io::Result<Vec<u8>> {
        let mut input = Self::open(location)?;
        while input.head.len() < length && (input.is_gzip() || !input.head.contains(&b'\n')) {
            if input.read_ahead(input.head.len() + 1)? == 0 {
                break;
            }
        }
        let head = input.head.clone();
        if location.is_stream() {
            lock_streams().insert(location.to_string(), Stream::LookedAt(input));
        }
        Ok(head)
    }

    /// Whether the content, whatever its name, is gzip.
    pub(super) fn is_gzip(&self) -> bool {
        is_gzip(&self.head)
    }

    /// All bytes from the first one on.
    pub(super) fn into_reader(self) -> impl Read + Send {
        io::Cursor::new(self.head).chain(self.rest)
    }

    /// Reads until at least `length` bytes are at hand or the input ends; answers how many bytes came.
    fn read_ahead(&mut self, length: usize) -> io::Result<usize> {
        let before = self.head.len();
        let mut buffer = [0; 8192];
        while self.head.len() < length {
            match self.rest.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => self.head.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.head.len() - before)
    }
}

pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&GZIP_MAGIC)
}

fn take_stream(location: &Location) -> io::Result<Input> {
    match lock_streams().insert(location.to_string(), Stream::Read) {
        None => Input::begin(location),
        Some(Stream::LookedAt(input)) => Ok(input),
        Some(Stream::Read) => Err(io::Error::other("it can be read only once")),
    }
}

fn lock_streams() -> MutexGuard<'static, BTreeMap<String, Stream>> {
    // An entry is replaced whole, so a panic elsewhere cannot leave it half-made.
    STREAMS.lock().unwrap_or_else(PoisonError::into_inner)
}
