//! One file of the cache: the object's bytes, which object it is, and a checksum of both.

use std::fs::{File, OpenOptions};
use std::hash::Hasher;
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::path::Path;

use tempfile::NamedTempFile;
use twox_hash::XxHash64;

use super::ObjectId;
use crate::base::whole_file::UNFINISHED;

/// How a file ends. Its last digit is the version of the format.
const END: &[u8; 8] = b"albobj-1";
/// What is read at once.
const PIECE: usize = 256 << 10;

/// A file as it should be.
pub(super) struct Entry {
    /// Its name: two hashes of the object, for the object's key may be any text.
    pub(super) name: String,
    /// Which object it is.
    label: Vec<u8>,
    size: u64,
}

impl Entry {
    pub(super) fn of(id: &ObjectId) -> Self {
        let ObjectId { endpoint, bucket, key, etag, size } = id;
        let label =
            [endpoint, bucket, key, etag].map(|part| format!("{}:{part}", part.len())).concat() + &size.to_string();
        let label = label.into_bytes();
        let hash = |seed| hash_of(seed, &label);
        Self { name: format!("{:016x}{:016x}", hash(0), hash(1)), label, size: *size }
    }

    /// Bytes of the whole file.
    pub(super) fn length(&self) -> u64 {
        self.size + self.label.len() as u64 + 8 + END.len() as u64
    }

    /// Opens the file and looks through it; nothing if there is none, an error if it is not what it should be.
    pub(super) fn open(&self, path: &Path) -> Option<io::Result<File>> {
        match open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            opened => Some(opened.and_then(|file| self.checked(file))),
        }
    }

    fn checked(&self, mut file: File) -> io::Result<File> {
        let metadata = file.metadata()?;
        if !metadata.is_file() || metadata.len() != self.length() {
            return Err(ErrorKind::InvalidData.into());
        }
        let mut checksum = XxHash64::with_seed(0);
        let mut piece = vec![0; PIECE];
        let mut left = self.size;
        while left > 0 {
            let wanted = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            file.read_exact(&mut piece[..wanted])?;
            checksum.write(&piece[..wanted]);
            left -= wanted as u64;
        }
        let mut end = Vec::new();
        file.read_to_end(&mut end)?;
        if end != self.end(checksum) {
            return Err(ErrorKind::InvalidData.into());
        }
        file.rewind()?;
        Ok(file)
    }

    /// What follows the object's bytes, of which this is the checksum so far.
    fn end(&self, mut checksum: XxHash64) -> Vec<u8> {
        checksum.write(&self.label);
        [&self.label[..], &checksum.finish().to_le_bytes(), END].concat()
    }
}

fn hash_of(seed: u64, bytes: &[u8]) -> u64 {
    let mut hash = XxHash64::with_seed(seed);
    hash.write(bytes);
    hash.finish()
}

/// Opens a file, and nothing that a link leads to; a pipe is not waited for.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    }
    options.open(path)
}

/// A file that is being written, under another name and readable by nobody else.
pub(super) struct Writer {
    entry: Entry,
    file: NamedTempFile,
    checksum: XxHash64,
    left: u64,
}

impl Writer {
    pub(super) fn begin(entry: Entry, folder: &Path) -> io::Result<Self> {
        let file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
        let left = entry.size;
        Ok(Self { entry, file, checksum: XxHash64::with_seed(0), left })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or(ErrorKind::InvalidData)?;
        self.checksum.write(bytes);
        self.file.write_all(bytes)
    }

    /// Its name, and the file, whole.
    pub(super) fn finish(mut self) -> io::Result<(String, NamedTempFile)> {
        if self.left > 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let end = self.entry.end(self.checksum);
        self.file.write_all(&end)?;
        Ok((self.entry.name, self.file))
    }
}
