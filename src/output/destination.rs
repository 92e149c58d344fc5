//! Where output goes: standard output, or a file that appears only when it is complete.
//!
//! The only code that writes standard output. Opened before the work starts, so that a path that cannot be written
//! fails now and not after an hour.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use tempfile::NamedTempFile;

use super::pager::{BeforePaging, Paged, PagerChoice};
use super::screen::{Look, is_ascii};
use super::visible::Visible;
use super::{Format, TableLayout};
use crate::base::message::Message;
use crate::base::shown::Shown;

const BUFFER_BYTES: usize = 64 << 10;

/// Files that are being written, under the names that they have until they are complete.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Removes what is not complete, for a program that ends without unwinding.
pub fn remove_unfinished() {
    for path in std::mem::take(&mut *UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)) {
        // It may be complete, or gone, by now.
        let _ = fs::remove_file(path);
    }
}

/// A place for output. What was written is there for certain only after [`Destination::commit`].
#[must_use = "a file that is not committed disappears"]
#[derive(Debug)]
pub struct Destination {
    writer: BufWriter<Target>,
    /// What is done to a text on its way to a terminal.
    visible: Option<Visible>,
}

#[derive(Debug)]
enum Target {
    Stdout(io::Stdout),
    /// Standard output, through a pager where it does not fit.
    Paged(Paged),
    Stderr(io::Stderr),
    /// A device, a pipe or what is open already, none of which can be replaced.
    Direct(File, PathBuf),
    /// Written beside `PathBuf` under another name, and renamed when complete.
    Replace(NamedTempFile, PathBuf),
}

impl Destination {
    /// Opens standard output (no path, or `-`) or a file, for output in `format`.
    ///
    /// A file gets the permissions of the one it replaces, or else the usual ones (by the umask).
    pub fn open(path: Option<&Path>, format: Format) -> Result<Self> {
        let target = match path.filter(|path| *path != Path::new("-")) {
            Some(path) => Target::file(path).with_context(|| format!("cannot write {}", Shown(path.display())))?,
            None if format.is_binary() && io::stdout().is_terminal() => {
                let message = Message::new(format_args!("{format} is not for a terminal"));
                bail!(message.hint("-o FILE"))
            }
            None => Target::Stdout(io::stdout()),
        };
        let destination = Self { writer: BufWriter::with_capacity(BUFFER_BYTES, target), visible: None };
        let visible = if destination.is_terminal() { Visible::of(format) } else { None };
        Ok(Self { visible, ..destination })
    }

    /// Standard output, if it is a terminal through the pager that the environment names.
    ///
    /// # Errors
    /// As [`Self::open`] without a path.
    pub fn screen(format: Format) -> Result<Self> {
        let plain = Self::open(None, format)?;
        match (plain.is_terminal(), PagerChoice::of(variable), terminal_size::terminal_size()) {
            (true, Some(choice), Some((width, height))) => {
                let target = Target::Paged(Paged::new(choice, (width.0.into(), height.0.into())));
                Ok(Self { writer: BufWriter::with_capacity(BUFFER_BYTES, target), ..plain })
            }
            _ => Ok(plain),
        }
    }

    /// A file that keeps what it holds, and gets more behind it. It changes when all of that is there.
    ///
    /// # Errors
    /// When it cannot be read, or written.
    pub fn after(path: &Path, format: Format) -> Result<Self> {
        let mut destination = Self::open(Some(path), format)?;
        if matches!(destination.writer.get_ref(), Target::Replace(..)) && path.exists() {
            let copied = File::open(path).and_then(|mut file| io::copy(&mut file, &mut destination.writer));
            copied.with_context(|| format!("cannot add to {}", Shown(path.display())))?;
        }
        Ok(destination)
    }

    /// What is to be done before a pager takes the screen, if one does.
    pub fn before_paging(&mut self, before: BeforePaging) {
        if let Target::Paged(paged) = self.writer.get_mut() {
            paged.before = Some(before);
        }
    }

    /// The same, where a terminal is cleared before what is written appears.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn cleared(mut self) -> Result<Self> {
        if self.is_terminal() {
            self.writer.write_all(b"\x1b[H\x1b[2J\x1b[3J")?;
        }
        Ok(self)
    }

    /// The file that is replaced when everything is written, if one is.
    pub fn replaces(&self) -> Option<&Path> {
        match self.writer.get_ref() {
            Target::Replace(_, path) => Some(path),
            _ => None,
        }
    }

    /// Whether people read this as it is written.
    pub fn is_terminal(&self) -> bool {
        match &self.writer.get_ref() {
            Target::Stdout(stdout) => stdout.is_terminal(),
            Target::Paged(_) => true,
            _ => false,
        }
    }

    /// What a table written here may take up.
    pub fn table_layout(&self) -> TableLayout {
        let layout = if self.is_terminal() {
            TableLayout::terminal(terminal_size::terminal_size().map_or(80, |(width, _)| width.0.into()))
        } else {
            TableLayout::plain()
        };
        let layout = TableLayout { ascii: is_ascii(variable), ..layout };
        match self.writer.get_ref() {
            Target::Paged(paged) => {
                TableLayout { scroll: true, colour: layout.colour && paged.shows_colours(), ..layout }
            }
            _ => layout,
        }
    }

    /// How a report written here looks.
    pub fn look(&self) -> Look {
        Look::new(self.table_layout(), variable)
    }

    /// Writes what is still buffered, and puts a file in its place.
    pub fn commit(mut self) -> Result<()> {
        self.writer.flush()?;
        let (target, _) = self.writer.into_parts();
        match target {
            Target::Replace(file, path) => {
                file.persist(&path).with_context(|| format!("cannot write {}", Shown(path.display())))?;
            }
            Target::Paged(mut paged) => paged.end()?,
            Target::Stdout(_) | Target::Stderr(_) | Target::Direct(..) => {}
        }
        Ok(())
    }
}

/// The process's environment.
fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.visible {
            Some(visible) => self.writer.write_all(visible.pass(bytes).as_bytes()).map(|()| bytes.len()),
            None => self.writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Target {
    fn file(path: &Path) -> Result<Self> {
        match descriptor(path) {
            Some(1) => return Ok(Self::Stdout(io::stdout())),
            Some(2) => return Ok(Self::Stderr(io::stderr())),
            // Others may have written before, and go on writing: nothing of theirs is replaced.
            Some(_) => return Ok(Self::Direct(File::options().append(true).open(path)?, path.to_owned())),
            None => {}
        }
        // What a link points to is replaced, not the link.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let existing = fs::metadata(&path).ok();
        match &existing {
            Some(metadata) if metadata.is_dir() => bail!("it is a folder"),
            Some(metadata) if !metadata.is_file() => {
                return Ok(Self::Direct(File::options().write(true).open(&path)?, path));
            }
            _ => {}
        }
        let folder = match path.parent() {
            Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
            Some(folder) => folder,
            None => bail!("it names no file"),
        };
        if !folder.is_dir() {
            bail!("there is no folder {}", Shown(folder.display()));
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".albstats-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // the umask applies
        // Made and noted at once: an interruption comes before both, or after.
        let mut unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
        let file = builder.tempfile_in(folder)?;
        unfinished.insert(file.path().to_owned());
        drop(unfinished);
        if let Some(metadata) = existing {
            file.as_file().set_permissions(metadata.permissions())?;
        }
        Ok(Self::Replace(file, path))
    }

    fn write_bytes(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(stdout) => stdout.write(bytes),
            Self::Paged(paged) => paged.write(bytes),
            Self::Stderr(stderr) => stderr.write(bytes),
            Self::Direct(file, _) => file.write(bytes),
            Self::Replace(file, _) => file.write(bytes),
        }
    }

    /// The same kind of error, which also says what could not be written.
    fn name(&self, error: &io::Error) -> io::Error {
        let message = match self {
            Self::Stdout(_) | Self::Paged(_) => format!("cannot write standard output: {error}"),
            Self::Stderr(_) => format!("cannot write standard error: {error}"),
            Self::Direct(_, path) | Self::Replace(_, path) => {
                format!("cannot write {}: {error}", Shown(path.display()))
            }
        };
        io::Error::new(error.kind(), message)
    }
}

/// The number of the open file that the path is another name for: `/dev/stdout`, `/dev/fd/3`, or a link to one.
fn descriptor(path: &Path) -> Option<u32> {
    let mut path = std::path::absolute(path).ok()?;
    // As many links as Linux follows.
    for _ in 0..40 {
        let text = path.to_str()?;
        let own = format!("/proc/{}/fd/", std::process::id());
        let number = ["/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/", &own]
            .iter()
            .find_map(|folder| text.strip_prefix(folder));
        if let Some(number) = number {
            return number.parse().ok();
        }
        match text {
            "/dev/stdout" => return Some(1),
            "/dev/stderr" => return Some(2),
            _ => {}
        }
        path = path.parent()?.join(fs::read_link(&path).ok()?);
    }
    None
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // An interrupted write is tried again by the caller, who looks at the kind only.
        self.write_bytes(bytes).map_err(|error| self.name(&error))
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = match self {
            Self::Stdout(stdout) => stdout.flush(),
            Self::Paged(paged) => paged.flush(),
            Self::Stderr(stderr) => stderr.flush(),
            Self::Direct(..) | Self::Replace(..) => Ok(()), // files have no buffer
        };
        flushed.map_err(|error| self.name(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &Path) -> Result<Destination> {
        Destination::open(Some(path), Format::Csv)
    }

    fn names_in(folder: &Path) -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_appears_when_it_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        fs::write(&path, "old").unwrap();
        let mut destination = open(&path).unwrap();
        destination.write_all(b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        destination.commit().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(names_in(folder.path()), ["out.csv"]);
    }

    #[test]
    fn a_failed_run_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut destination = open(&folder.path().join("out.csv")).unwrap();
        destination.write_all(b"half").unwrap();
        drop(destination);
        assert!(names_in(folder.path()).is_empty());
    }

    #[test]
    fn a_path_that_cannot_be_written_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let message =
            |path: &Path| format!("{:#}", open(path).unwrap_err()).replace(&folder.path().display().to_string(), "TMP");
        assert_eq!(message(folder.path()), "cannot write TMP: it is a folder");
        assert_eq!(
            message(&folder.path().join("no/out.csv")),
            "cannot write TMP/no/out.csv: there is no folder TMP/no"
        );
        assert_eq!(message(Path::new("/")), "cannot write /: it is a folder");
        assert_eq!(message(Path::new("")), "cannot write : it names no file");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_keeps_its_permissions_and_links_stay_links() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let usual = folder.path().join("usual");
        fs::write(&usual, "").unwrap();

        let path = folder.path().join("out.csv");
        open(&path).unwrap().commit().unwrap();
        assert_eq!(mode(&path), mode(&usual));

        fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        let link = folder.path().join("link.csv");
        symlink(&path, &link).unwrap();
        let mut destination = open(&link).unwrap();
        destination.write_all(b"new").unwrap();
        destination.commit().unwrap();
        assert!(link.is_symlink());
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), mode(&path)), ("new", 0o640));
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_not_replaced() {
        let mut destination = open(Path::new("/dev/null")).unwrap();
        destination.write_all(b"gone").unwrap();
        destination.commit().unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_error_names_the_file_and_keeps_its_kind() {
        let mut destination = open(Path::new("/dev/full")).unwrap();
        destination.write_all(b"too much").unwrap();
        let error = destination.commit().unwrap_err();
        assert_eq!(error.to_string(), "cannot write /dev/full: No space left on device (os error 28)");
        assert_eq!(error.downcast::<io::Error>().unwrap().kind(), io::ErrorKind::StorageFull);
    }
}
