//! Opening a location, with the start of its content at hand.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::compression::Compression;
use super::failure::{Source, unread};
use super::kept::Keeper;
use crate::read::storage::{Location, LogObject};

/// Bytes that are read on opening: where there are none, that is said then.
const FIRST: usize = 2;

/// An opened object and the bytes read from it so far.
pub struct Input {
    head: Vec<u8>,
    rest: Box<dyn Read + Send>,
    pub(super) memory: Memory,
}

/// What memory has to do with an input.
#[derive(Default)]
pub(super) enum Memory {
    #[default]
    Nothing,
    /// Its text is taken down.
    Keeps(Keeper),
    /// Its text is here, behind all compressions.
    Holds(Bytes),
}

/// Opens what a run reads, and keeps what can be read only once between two openings: looked at by the first, read by the
/// second. Each run has its own.
#[derive(Default)]
pub struct Openings {
    streams: Mutex<BTreeMap<String, Stream>>,
    /// What came of them so far, bytes: nobody knew before how much it would be.
    streamed: Arc<AtomicU64>,
}

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
        let mut input = Self::new(Box::new(Source(body)));
        input.read_ahead(FIRST)?;
        Ok(input)
    }

    fn begin(location: &Location) -> io::Result<Self> {
        let rest: Box<dyn Read + Send> = match location {
            Location::Path(path) | Location::Pipe(path) => Box::new(Source(File::open(path).map_err(unread)?)),
            Location::Stdin => Box::new(Source(io::stdin())),
            Location::S3 { .. } => return Err(unread(io::Error::other("it must be fetched first"))),
        };
        Ok(Self::new(rest))
    }

    fn new(rest: Box<dyn Read + Send>) -> Self {
        Self { head: Vec::new(), rest, memory: Memory::Nothing }
    }

    /// A text that was kept.
    pub fn of_text(text: Bytes) -> Self {
        Self { memory: Memory::Holds(text), ..Self::new(Box::new(io::empty())) }
    }

    /// The same, whose text is taken down where that saves something: what lies here as plain text is read as fast.
    #[must_use]
    pub fn kept_by(self, keeper: Option<Keeper>, object: &LogObject) -> Self {
        let saves = object.is_remote() || Compression::of(&self.head).is_some();
        match keeper.filter(|_| saves) {
            Some(keeper) => Self { memory: Memory::Keeps(keeper), ..self },
            None => self,
        }
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

/// Counts the bytes that come.
struct Counted {
    rest: Box<dyn Read + Send>,
    count: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.rest.read(buffer)?;
        self.count.fetch_add(count as u64, Relaxed);
        Ok(count)
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
        input.read_ahead(FIRST)?;
        Ok(input)
    }

    /// Looks at the start of a location's content, as far as `look` reads it. Standard input and pipes can still be opened
    /// afterwards.
    pub(super) fn look_at<T>(&self, location: &Location, look: impl FnOnce(Box<dyn Read + '_>) -> T) -> io::Result<T> {
        let mut input = self.open(location)?;
        let found = look(Box::new(Replay { head: &mut input.head, rest: &mut *input.rest, at: 0 }));
        if location.is_stream() {
            self.streams().insert(location.to_string(), Stream::LookedAt(input));
        }
        Ok(found)
    }

    fn take(&self, location: &Location) -> io::Result<Input> {
        match self.streams().insert(location.to_string(), Stream::Read) {
            None => Input::begin(location).map(|input| self.counted(input)),
            Some(Stream::LookedAt(input)) => Ok(input),
            Some(Stream::Read) => Err(unread(io::Error::other("it can be read only once"))),
        }
    }

    /// Bytes that came from standard input and pipes so far.
    pub fn streamed(&self) -> u64 {
        self.streamed.load(Relaxed)
    }

    /// Counts what is read of it from here on.
    fn counted(&self, input: Input) -> Input {
        let Input { head, rest, memory } = input;
        let rest = Box::new(Counted { rest, count: Arc::clone(&self.streamed) });
        Input { head, rest, memory }
    }

    fn streams(&self) -> MutexGuard<'_, BTreeMap<String, Stream>> {
        // An entry is replaced whole, so a panic elsewhere cannot leave it half-made.
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
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
            let first_two = |mut content: Box<dyn Read + '_>| {
                let mut bytes = [0; 2];
                content.read_exact(&mut bytes).map(|()| bytes)
            };
            assert_eq!(openings.look_at(&location, first_two).unwrap().unwrap(), lines.as_bytes()[..2]);
            assert_eq!(text(openings.open(&location).unwrap()), lines);
            writer.join().unwrap();
            let again = openings.open(&location).err().unwrap();
            assert_eq!(again.to_string(), "it can be read only once");
        }
    }
}
