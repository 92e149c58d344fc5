//! An empty folder and a clean environment for each test, and a way to run the program in them.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, thread};

use tempfile::TempDir;

/// A temporary folder, the current one of every run in it.
pub(crate) struct Workspace {
    folder: TempDir,
}

/// What one run gave.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Exit code; -1 for a run that was killed.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The program that is tested: the one that was built for these tests, or `ALBSTATS_PROGRAM`, as a faster build of it.
fn program() -> OsString {
    std::env::var_os("ALBSTATS_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_albstats").into())
}

impl Workspace {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and the folders it lies in.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Names of everything in a folder, sorted.
    pub(crate) fn names_in(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The program, to be run in this folder with nothing in its environment that could change what it does.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(program());
        command.args(args).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env_clear().env("HOME", self.folder.path()).env("NO_COLOR", "1").env("LANG", "C.UTF-8");
        // Where Windows and macOS keep temporary files is in the environment too.
        for kept in ["PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP"] {
            if let Some(value) = env::var_os(kept) {
                command.env(kept, value);
            }
        }
        command
    }

    /// Runs the program.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Answer {
        finish(self.command(args), b"")
    }

    /// Runs the program with this on its standard input.
    pub(crate) fn run_with<A: AsRef<OsStr>>(&self, stdin: &[u8], args: impl IntoIterator<Item = A>) -> Answer {
        let mut command = self.command(args);
        command.stdin(Stdio::piped());
        finish(command, stdin)
    }

    /// `albstats query --format csv --from FROM SQL`
    pub(crate) fn csv(&self, from: &str, sql: &str) -> Answer {
        self.run(["query", "--format", "csv", "--from", from, sql])
    }

    /// The single value a query over `from` answers with.
    pub(crate) fn value(&self, from: &str, sql: &str) -> String {
        self.csv(from, sql).done().value()
    }
}

impl Answer {
    /// The run ended well.
    #[track_caller]
    pub(crate) fn done(self) -> Self {
        self.exits(0)
    }

    /// The run ended with this exit code; and however it ended, it did not panic.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard error has this in it.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "not said: {text}\nstderr:\n{}", self.stderr);
        self
    }

    /// Lines of standard output after the header.
    pub(crate) fn rows(&self) -> Vec<&str> {
        self.stdout.lines().skip(1).collect()
    }

    /// The only value of an answer in CSV.
    #[track_caller]
    pub(crate) fn value(&self) -> String {
        match self.rows()[..] {
            [row] => row.to_owned(),
            _ => panic!("not one row:\n{}", self.stdout),
        }
    }
}

/// Starts the command, feeds it and waits for its end.
pub(crate) fn finish(mut command: Command, stdin: &[u8]) -> Answer {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let pipe = child.stdin.take();
    let output = thread::scope(|scope| {
        if let Some(mut pipe) = pipe {
            // The program may end before it has read everything.
            scope.spawn(move || pipe.write_all(stdin).ok());
        }
        child.wait_with_output().unwrap()
    });
    Answer {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A file or folder of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A file of real lines.
pub(crate) fn corpus(name: &str) -> Vec<u8> {
    fs::read(repository("crates/alblog/tests/corpus").join(name)).unwrap()
}
