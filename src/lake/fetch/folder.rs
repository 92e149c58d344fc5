//! The folder that copies are written into: folders are made as they are needed, and links out of it are not followed.

use std::collections::HashSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::base::shown::Shown;
use crate::base::whole_file::UNFINISHED;

/// What a killed run left is removed after this long; before, it may be another run's that is still at it.
const ABANDONED: Duration = Duration::from_hours(1);

/// A folder that is written into.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// Folders below it that are known to be there, and to be folders.
    known: HashSet<PathBuf>,
}

impl Folder {
    /// The folder, made if it is missing.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        Ok(Self { root: path.canonicalize()?, known: HashSet::new() })
    }

    /// Where the file at this path below the folder is. The folders it needs are made.
    pub(super) fn place(&mut self, target: &Path) -> io::Result<PathBuf> {
        let place = self.root.join(target);
        let parent = target.parent().unwrap_or(Path::new(""));
        if self.known.contains(parent) {
            return Ok(place);
        }
        let mut folder = self.root.clone();
        for part in parent {
            folder.push(part);
            make(&folder)?;
        }
        remove_abandoned(&folder);
        self.known.insert(parent.to_owned());
        Ok(place)
    }
}

/// A file beside `place` that is to be renamed; removed when it is dropped before.
pub(super) fn unfinished(place: &Path) -> io::Result<NamedTempFile> {
    let prefix = format!("{UNFINISHED}fetch-");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // the umask applies
    builder.tempfile_in(place.parent().unwrap_or(Path::new(".")))
}

/// Makes a folder unless it is there. A link could lead anywhere.
fn make(folder: &Path) -> io::Result<()> {
    match folder.symlink_metadata() {
        Ok(there) if there.is_dir() => Ok(()),
        Ok(there) => {
            let what = if there.is_symlink() { "a link, which is not followed" } else { "a file" };
            Err(io::Error::new(ErrorKind::NotADirectory, format!("{} is {what}", Shown(folder.display()))))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => match fs::create_dir(folder) {
            // Somebody else was faster.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            made => made,
        },
        Err(error) => Err(error),
    }
}

/// Removes what runs left that were killed. What cannot be removed stays: it is in nobody's way.
fn remove_abandoned(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let is_old = || {
            let age = entry.metadata().and_then(|metadata| metadata.modified()).map(|time| time.elapsed());
            matches!(age, Ok(Ok(age)) if age > ABANDONED)
        };
        if name.strip_prefix(UNFINISHED).is_some_and(|rest| rest.starts_with("fetch-")) && is_old() {
            let _ = fs::remove_file(entry.path());
        }
    }
}
