//! The folder of a cache: private, and never larger than it may be, whoever writes to it at the same time.
//!
//! A file `lock` is held for a moment by whoever adds or removes, and a file `size` says how much lies there, so that nobody has to
//! list thousands of files for one more. What it says may be too much, after a run was killed, and never too little; it is counted
//! anew when room is made.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

use crate::base::lock_file;
use crate::base::whole_file::UNFINISHED;

/// Once it is full, room is made for more than the next object: a tenth of the whole.
const ROOM: u64 = 10;
/// Unfinished files that are older are those of runs that were killed.
const ABANDONED: Duration = Duration::from_hours(24);

/// What lies in a cache.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    pub objects: u64,
    /// Bytes of their files.
    pub bytes: u64,
    /// When the one was used that was not used for longest.
    pub oldest: Option<SystemTime>,
}

#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    most: u64,
}

/// An object's file.
struct Held {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

impl Folder {
    /// Makes it if it is not there.
    pub(super) fn open(root: &Path, most: u64) -> io::Result<Self> {
        let folder = Self { root: root.to_owned(), most };
        make_private(root)?;
        refuse_foreign(root)?;
        Ok(folder)
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Bytes at most.
    pub(super) fn most(&self) -> u64 {
        self.most
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Puts a file there, and removes what was used longest ago if there is no room.
    pub(super) fn put(&self, name: &str, file: NamedTempFile, length: u64) -> io::Result<()> {
        let _lock = lock(&self.root)?;
        let path = self.path(name);
        if path.symlink_metadata().is_ok_and(|there| there.is_file() && there.len() == length) {
            // Another run was faster.
            return Ok(());
        }
        let before = match read_size(&self.root) {
            Some(size) if size.saturating_add(length) <= self.most => size,
            _ => self.make_room(length)?,
        };
        // Whoever is killed now leaves a size that is too large: the next one who makes room counts.
        write_size(&self.root, before + length)?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    }

    /// Removes files until one of this length fits. How many bytes are left.
    fn make_room(&self, length: u64) -> io::Result<u64> {
        let mut held = held(&self.root)?;
        held.sort_by_key(|file| file.used);
        let mut bytes: u64 = held.iter().map(|file| file.bytes).sum();
        let fits = |bytes: u64| bytes.saturating_add(length) <= self.most;
        let aim = (self.most - self.most / ROOM).min(self.most - length);
        if fits(bytes) {
            return Ok(bytes);
        }
        for file in held {
            if bytes <= aim {
                break;
            }
            match fs::remove_file(&file.path) {
                Ok(()) => bytes -= file.bytes,
                Err(error) if error.kind() == ErrorKind::NotFound => bytes -= file.bytes,
                Err(_) => {}
            }
        }
        if fits(bytes) { Ok(bytes) } else { Err(ErrorKind::StorageFull.into()) }
    }
}

/// Makes a folder that nobody else can look into, and the folders above it.
fn make_private(root: &Path) -> io::Result<()> {
    if let Some(above) = root.parent() {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        private(&mut builder);
        builder.create(above)?;
    }
    let mut builder = fs::DirBuilder::new();
    private(&mut builder);
    match builder.create(root) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn private(builder: &mut fs::DirBuilder) {
    use std::os::unix::fs::DirBuilderExt;
    builder.mode(0o700);
}

#[cfg(not(unix))]
fn private(_builder: &mut fs::DirBuilder) {}

/// Refuses a link, another user's folder, and one that others can look into.
fn refuse_foreign(root: &Path) -> io::Result<()> {
    let there = root.symlink_metadata()?;
    let refused = |what: &str| Err(io::Error::new(ErrorKind::PermissionDenied, what.to_owned()));
    if !there.is_dir() {
        return refused("it is no folder");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        // Who runs the program is the owner of what it makes.
        if tempfile::tempfile()?.metadata()?.uid() != there.uid() {
            return refused("it belongs to another user");
        }
        if there.mode() & 0o077 != 0 {
            return refused("other users may look into it (chmod 700)");
        }
    }
    Ok(())
}

/// Held until it is dropped. Blocks while somebody else holds it.
fn lock(root: &Path) -> io::Result<File> {
    let lock = lock_file::open(&root.join("lock"))?;
    lock.lock()?;
    Ok(lock)
}

fn read_size(root: &Path) -> Option<u64> {
    fs::read_to_string(root.join("size")).ok()?.trim().parse().ok()
}

/// Whole or not at all, and never through a link.
fn write_size(root: &Path, size: u64) -> io::Result<()> {
    let file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(root)?;
    fs::write(file.path(), size.to_string())?;
    file.persist(root.join("size")).map_err(|error| error.error)?;
    Ok(())
}

/// The files of objects; removes those that runs left which were killed.
fn held(root: &Path) -> io::Result<Vec<Held>> {
    let mut held = Vec::new();
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // It may have gone meanwhile.
        let Ok(metadata) = entry.path().symlink_metadata() else { continue };
        if is_object(&name) && metadata.is_file() {
            held.push(Held { path: entry.path(), bytes: metadata.len(), used: used(&metadata) });
        } else if name.starts_with(UNFINISHED) && used(&metadata).elapsed().is_ok_and(|age| age > ABANDONED) {
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(held)
}

fn is_object(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn used(metadata: &Metadata) -> SystemTime {
    metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH)
}

fn counted(held: &[Held]) -> Usage {
    Usage {
        objects: held.len() as u64,
        bytes: held.iter().map(|file| file.bytes).sum(),
        oldest: held.iter().map(|file| file.used).min(),
    }
}

pub(super) fn usage(root: &Path) -> io::Result<Usage> {
    if !root.try_exists()? {
        return Ok(Usage::default());
    }
    Ok(counted(&held(root)?))
}

pub(super) fn clear(root: &Path) -> io::Result<Usage> {
    if !root.try_exists()? {
        return Ok(Usage::default());
    }
    refuse_foreign(root)?;
    let _lock = lock(root)?;
    let held = held(root)?;
    for file in &held {
        match fs::remove_file(&file.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    write_size(root, 0)?;
    Ok(counted(&held))
}
