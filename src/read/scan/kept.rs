//! Texts of objects that were read, kept within a bound, so that the next question about them fetches and inflates nothing.
//!
//! What came first stays: questions read the same objects in the same order, and of a ring that does not fit, throwing the
//! oldest out keeps nothing at all. What is kept is the text behind all compressions, whole and free of errors; it is
//! taken for an object only as long as the file, or what was listed of a bucket, is the same.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;

use crate::read::storage::{Location, LogObject};

/// What an entry takes beside text and name, bytes.
const ENTRY: usize = 512;
/// What a text of unknown length takes at first, bytes.
const FIRST: usize = 256 << 10;

/// The texts that are kept.
pub struct KeptTexts {
    most: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Bytes that are kept, and those of texts that are on their way.
    used: usize,
    texts: HashMap<Key, Entry>,
}

struct Entry {
    text: Bytes,
    cost: usize,
}

/// Which object, and which content of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    location: String,
    size: u64,
    version: Version,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Version {
    File(SystemTime),
    InBucket { modified: Option<i64>, etag: Option<String> },
}

impl Key {
    /// None for what can be read only once, and for what is not there.
    fn of(object: &LogObject) -> Option<Self> {
        let (size, version) = match &object.location {
            Location::Path(path) => {
                let metadata = fs::metadata(path).ok()?;
                (metadata.len(), Version::File(metadata.modified().ok()?))
            }
            Location::S3 { .. } => {
                (object.size, Version::InBucket { modified: object.modified, etag: object.etag.clone() })
            }
            Location::Pipe(_) | Location::Stdin => return None,
        };
        Some(Self { location: object.location.to_string(), size, version })
    }

    fn cost(&self) -> usize {
        self.location.len() + ENTRY
    }
}

impl KeptTexts {
    /// Keeps at most so many bytes.
    pub fn new(most: usize) -> Self {
        Self { most, state: Mutex::default() }
    }

    /// Bytes that are taken, at most what [`Self::new`] was told.
    pub fn used(&self) -> usize {
        self.state().used
    }

    /// Whether the object's text is there.
    pub fn holds(&self, object: &LogObject) -> bool {
        Key::of(object).is_some_and(|key| self.state().texts.contains_key(&key))
    }

    /// The object's text, if it is there.
    pub fn text(&self, object: &LogObject) -> Option<Bytes> {
        let key = Key::of(object)?;
        self.state().texts.get(&key).map(|entry| entry.text.clone())
    }

    /// Forgets what is not of these objects.
    pub fn retain(&self, objects: &[LogObject]) {
        let wanted: std::collections::HashSet<Key> = objects.iter().filter_map(Key::of).collect();
        let mut state = self.state();
        let mut freed = 0;
        state.texts.retain(|key, entry| {
            let stays = wanted.contains(key);
            freed += if stays { 0 } else { entry.cost };
            stays
        });
        state.used -= freed;
    }

    /// Takes a text down as it is read. None where there is no room, or the object can be read only once.
    pub fn keeper(self: &Arc<Self>, object: &LogObject) -> Option<Keeper> {
        let key = Key::of(object)?;
        let cost = key.cost();
        self.reserve(cost).then(|| Keeper { kept: Arc::clone(self), key, text: Vec::new(), reserved: cost })
    }

    fn reserve(&self, bytes: usize) -> bool {
        let mut state = self.state();
        match state.used.checked_add(bytes).filter(|used| *used <= self.most) {
            Some(used) => {
                state.used = used;
                true
            }
            None => false,
        }
    }

    fn release(&self, bytes: usize) {
        self.state().used -= bytes;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Counts and entries change together, without anything between that could panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for KeptTexts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeptTexts({} of {} bytes)", self.used(), self.most)
    }
}

/// Takes down the text of one object. One that does not get to the end of it leaves nothing behind.
pub struct Keeper {
    kept: Arc<KeptTexts>,
    key: Key,
    text: Vec<u8>,
    /// What it has of the bound: for the text's memory, the name and the entry.
    reserved: usize,
}

impl Keeper {
    /// Takes down a piece; false if it does not fit, and then nothing more is to come.
    fn add(&mut self, piece: &[u8]) -> bool {
        let length = self.text.len() + piece.len();
        if length > self.text.capacity() && !self.grow(length.max(2 * self.text.capacity()).max(FIRST), length) {
            return false;
        }
        self.text.extend_from_slice(piece);
        true
    }

    /// Makes room for as much as is wanted, else for what is needed. Both copies count while there are two.
    fn grow(&mut self, wanted: usize, needed: usize) -> bool {
        let Some(capacity) = [wanted, needed].into_iter().find(|&capacity| self.kept.reserve(capacity)) else {
            return false;
        };
        let mut larger = Vec::with_capacity(capacity);
        larger.extend_from_slice(&self.text);
        let before = std::mem::replace(&mut self.text, larger).capacity();
        self.reserved += capacity;
        self.release(before);
        true
    }

    fn release(&mut self, bytes: usize) {
        self.reserved -= bytes;
        self.kept.release(bytes);
    }

    /// The text is whole.
    fn done(mut self) {
        let before = self.text.capacity();
        self.text.shrink_to_fit();
        self.release(before.saturating_sub(self.text.capacity()));
        let entry = Entry { text: Bytes::from(std::mem::take(&mut self.text)), cost: self.reserved };
        self.reserved = 0;
        let mut state = self.kept.state();
        // Two tables of one statement may have read it at the same time.
        if let Some(other) = state.texts.insert(self.key.clone(), entry) {
            state.used -= other.cost;
        }
    }

    /// Keeps a text that is whole already, if it fits.
    pub(super) fn keep(mut self, text: &[u8]) {
        if self.grow(text.len(), text.len()) {
            self.text.extend_from_slice(text);
            self.done();
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.kept.release(self.reserved);
    }
}

/// Hands a text on, and takes it down.
pub(super) struct Keeping<R> {
    pub(super) text: R,
    pub(super) keeper: Option<Keeper>,
}

impl<R: Read> Read for Keeping<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.text.read(buffer);
        match (&read, self.keeper.take()) {
            (Ok(0), Some(keeper)) if !buffer.is_empty() => keeper.done(),
            (Ok(count), Some(mut keeper)) => self.keeper = keeper.add(&buffer[..*count]).then_some(keeper),
            (Err(error), keeper) if error.kind() == io::ErrorKind::Interrupted => self.keeper = keeper,
            // What ends with an error is read again: it is to be told again.
            _ => {}
        }
        read
    }
}

#[cfg(test)]
mod tests;
