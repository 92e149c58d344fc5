//! Opening a location, with the start of its content at hand.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::compression::Compression;
use super::failure::{Source, unread};
use crate::read::storage::Location;

/// Bytes that are read on opening: where there are none, that is said then.
const FIRST: usize = 2;

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
        let mut input = Self { head: Vec::new(), rest: Box::new(Source(body)) };
        input.read_ahead(FIRST)?;
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
        input.read_ahead(FIRST)?;
        Ok(input)
    }

    fn begin(location: &Location) -> io::Result<Self> {
        let rest: Box<dyn Read + Send> = match location {
            Location::Path(path) | Location::Pipe(path) => Box::new(Source(File::open(path).map_err(unread)?)),
            Location::Stdin => Box::new(Source(io::stdin())),
            Location::S3 { .. } => return Err(unread(io::Error::other("it must be fetched first"))),
        };
        Ok(Self { head: Vec::new(), rest })
    }

    /// Looks at the start of a location's content, as far as `look` reads it. Standard input and pipes can still be opened
    /// afterwards.
    pub(super) fn look_at<T>(location: &Location, look: impl FnOnce(Box<dyn Read + '_>) -> T) -> io::Result<T> {
        let mut input = Self::open(location)?;
        let found = look(Box::new(Replay { head: &mut input.head, rest: &mut *input.rest, at: 0 }));
        if location.is_stream() {
            lock_streams().insert(location.to_string(), Stream::LookedAt(input));
        }
        Ok(found)
    }

    /// Whether the content, whatever its name, is gzip.
    pub(super) fn is_gzip(&self) -> bool {
        Compression::of(&self.head) == Some(Compression::Gzip)
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

/// Reads from the first byte on, and keeps what it reads.
struct Replay<'a> {
    head: &'a mut Vec<u8>,
    rest: &'a mut (dyn Read + Send),
    at: usize,
}

impl Read for Replay<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let kept = &self.head[self.at..];
        let count = if kept.is_empty() {
            let count = self.rest.read(buffer)?;
            self.head.extend_from_slice(&buffer[..count]);
            count
        } else {
            let count = kept.len().min(buffer.len());
            buffer[..count].copy_from_slice(&kept[..count]);
            count
        };
        self.at += count;
        Ok(count)
    }
}

fn take_stream(location: &Location) -> io::Result<Input> {
    match lock_streams().insert(location.to_string(), Stream::Read) {
        None => Input::begin(location),
        Some(Stream::LookedAt(input)) => Ok(input),
        Some(Stream::Read) => Err(unread(io::Error::other("it can be read only once"))),
    }
}

fn lock_streams() -> MutexGuard<'static, BTreeMap<String, Stream>> {
    // An entry is replaced whole, so a panic elsewhere cannot leave it half-made.
    STREAMS.lock().unwrap_or_else(PoisonError::into_inner)
}
