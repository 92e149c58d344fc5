//! Files that are replaced whole or not at all.

use std::io::{self, Write};
use std::path::Path;

/// How the names of files begin that this program is writing, or was when it was killed: half of a log must not count.
pub const UNFINISHED: &str = ".albstats-";

/// Puts a file with this content in place. It is on disk when this returns; its folder has to be there.
///
/// # Errors
/// When it cannot be written; what was there before still is.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let made = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder(path));
    let mut file = made.map_err(nameless)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Without the name of the unfinished file, which is another one each time and means nothing to anybody.
fn nameless(error: io::Error) -> io::Error {
    match error.to_string().split_once(" at path ") {
        Some((why, _)) => io::Error::new(error.kind(), why),
        None => error,
    }
}

/// The folder that a file lies in.
pub fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_replaced_or_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
        let missing = folder.path().join("missing/file");
        let failure = || replace(&missing, b"three").unwrap_err().to_string();
        assert!(failure() == failure() && !failure().contains(UNFINISHED), "{}", failure());
        assert!(replace(&path.join("below"), b"three").is_err());
        assert_eq!(super::folder(Path::new("plain")), Path::new("."));
    }
}
