//! Opening a location, with the start of its content at hand.

use std::collections::BTreeMap;
use std::fmt;
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

/// Opens what a run reads, and keeps what can be read only once between two openings: looked at by the first, read by the
/// second. Each run has its own.
#[derive(Default)]
pub struct Openings(Mutex<BTreeMap<String, Stream>>);

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

    fn begin(location: &Location) -> io::Result<Self> {
        let rest: Box<dyn Read + Send> = match location {
            Location::Path(path) | Location::Pipe(path) => Box::new(File::open(path)?),
            Location::Stdin => Box::new(io::stdin()),
            Location::S3 { .. } => return Err(io::Error::other("it must be fetched first")),
        };
        Ok(Self { head: Vec::new(), rest })
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

impl Openings {
    /// Opens the location.
    ///
    /// # Errors
    /// When it cannot be opened, its first bytes cannot be read, or it can be read only once and was.
    pub fn open(&self, location: &Location) -> io::Result<Input> {
        let mut input = match location {
            stream if stream.is_stream() => self.take(stream)?,
            other => Input::begin(other)?,
        };
        input.read_ahead(GZIP_MAGIC.len())?;
        Ok(input)
    }

    /// Looks at the start of a location's content: about `length` bytes, fewer if there are no more at the moment and a
    /// line is complete. Standard input and pipes can still be opened afterwards.
    pub(super) fn look_at(&self, location: &Location, length: usize) -> io::Result<Vec<u8>> {
        let mut input = self.open(location)?;
        while input.head.len() < length && (input.is_gzip() || !input.head.contains(&b'\n')) {
            if input.read_ahead(input.head.len() + 1)? == 0 {
                break;
            }
        }
        let head = input.head.clone();
        if location.is_stream() {
            self.streams().insert(location.to_string(), Stream::LookedAt(input));
        }
        Ok(head)
    }

    fn take(&self, location: &Location) -> io::Result<Input> {
        match self.streams().insert(location.to_string(), Stream::Read) {
            None => Input::begin(location),
            Some(Stream::LookedAt(input)) => Ok(input),
            Some(Stream::Read) => Err(io::Error::other("it can be read only once")),
        }
    }

    fn streams(&self) -> MutexGuard<'_, BTreeMap<String, Stream>> {
        // An entry is replaced whole, so a panic elsewhere cannot leave it half-made.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Openings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.streams().keys()).finish()
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::process::Command;
    use std::thread;

    use super::*;

    fn text(input: Input) -> String {
        let mut text = String::new();
        input.into_reader().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_pipe_is_looked_at_and_read_once_by_each_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let location = Location::Pipe(path.clone());
        // A second run in the process is not told that the first has read it: what it reads is there anew.
        for lines in ["one\n", "two\n"] {
            let path = path.clone();
            let writer = thread::spawn(move || fs::write(path, lines).unwrap());
            let openings = Openings::default();
            assert_eq!(openings.look_at(&location, 2).unwrap(), lines.as_bytes());
            assert_eq!(text(openings.open(&location).unwrap()), lines);
            writer.join().unwrap();
            let again = openings.open(&location).err().unwrap();
            assert_eq!(again.to_string(), "it can be read only once");
        }
    }
}
