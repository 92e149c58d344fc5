//! Opening a location, with the start of its content at hand.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Mutex;

use crate::storage::Location;

/// The first two bytes of every gzip member (RFC 1952, section 2.3.1).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// An opened object and the bytes read from it so far.
pub(super) struct Input {
    head: Vec<u8>,
    rest: Box<dyn Read + Send>,
}

/// Standard input between two openings: looked at by the first, read by the second.
static STDIN: Mutex<Stdin> = Mutex::new(Stdin::Unopened);

enum Stdin {
    Unopened,
    LookedAt(Input),
    Read,
}

impl Input {
    /// Opens the location.
    pub(super) fn open(location: &Location) -> io::Result<Self> {
        let mut input = match location {
            Location::Path(path) => Self { head: Vec::new(), rest: Box::new(File::open(path)?) },
            Location::Stdin => take_stdin()?,
        };
        input.read_ahead(GZIP_MAGIC.len())?;
        Ok(input)
    }

    /// Looks at the start of a location's content: about `length` bytes, fewer if there are no more at the moment and a
    /// line is complete. Standard input can still be opened afterwards.
    pub(super) fn look_at(location: &Location, length: usize) -> io::Result<Vec<u8>> {
        let mut input = Self::open(location)?;
        while input.head.len() < length && (input.is_gzip() || !input.head.contains(&b'\n')) {
            if input.read_ahead(input.head.len() + 1)? == 0 {
                break;
            }
        }
        let head = input.head.clone();
        if *location == Location::Stdin {
            *lock_stdin() = Stdin::LookedAt(input);
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

fn take_stdin() -> io::Result<Input> {
    match std::mem::replace(&mut *lock_stdin(), Stdin::Read) {
        Stdin::Unopened => Ok(Input { head: Vec::new(), rest: Box::new(io::stdin()) }),
        Stdin::LookedAt(input) => Ok(input),
        Stdin::Read => {
            Err(io::Error::other("it can be read only once, and this query reads it twice; save it to a file"))
        }
    }
}

fn lock_stdin() -> std::sync::MutexGuard<'static, Stdin> {
    // The state is replaced whole, so a panic elsewhere cannot leave it half-made.
    STDIN.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
