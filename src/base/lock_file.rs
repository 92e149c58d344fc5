//! Files that hold nothing and are locked, in folders where somebody else may have put something of that name.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

/// Opens a lock file; makes it if there is none. What is there is not emptied.
///
/// # Errors
/// When it cannot be opened, or is a link, a pipe, or anything else but a file: what a link points to is somebody's, and
/// a pipe would be waited for.
pub fn open(path: &Path) -> io::Result<File> {
    let refused =
        |what: &str| Err(io::Error::new(ErrorKind::InvalidInput, format!("{what} is there, not a plain file")));
    if path.is_symlink() {
        return refused("a link");
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // Of a link that was put there since, and of a pipe that nobody reads.
        options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    }
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return refused("something else");
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_lock_file_is_made_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        open(&path).unwrap().lock().unwrap();
        fs::write(&path, "kept").unwrap();
        open(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "kept");
        assert!(open(folder.path()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed_and_pipes_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let (victim, link) = (folder.path().join("victim"), folder.path().join("link"));
        fs::write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, &link).unwrap();
        assert_eq!(open(&link).unwrap_err().to_string(), "a link is there, not a plain file");
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        let nowhere = folder.path().join("nowhere");
        std::os::unix::fs::symlink(folder.path().join("new"), &nowhere).unwrap();
        assert!(open(&nowhere).is_err() && !folder.path().join("new").exists());
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(open(&pipe).unwrap_err().to_string(), "something else is there, not a plain file");
    }
}
