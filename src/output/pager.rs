//! What does not fit a terminal goes through a pager: `PAGER`, or `less` where nothing is said.
//!
//! Output is held until it is longer or wider than the screen; only then the pager is started, and takes all that
//! follows. It is waited for before anything else is said.

use std::io::{self, Write};
use std::process::{Child, Command, Stdio};

use super::text::width;
use crate::base::shell::words;

/// Lines that stay free for what is said at the end, and for the next prompt.
const SPARE: usize = 3;
/// What a word of a command must not hold, if no shell is to read it.
const FOR_A_SHELL: [char; 10] = ['|', ';', '&', '<', '>', '$', '`', '(', '*', '~'];

/// A pager as it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagerChoice {
    program: Vec<String>,
    /// Whether it shows colours as colours.
    colours: bool,
}

impl PagerChoice {
    /// What `PAGER` says (`variable` reads the environment); none where it is empty or `cat`.
    pub(super) fn of(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let Some(pager) = variable("PAGER") else {
            let program = ["less", "-S", "-R"].map(ToOwned::to_owned).to_vec();
            return cfg!(unix).then_some(Self { program, colours: true });
        };
        let program = if pager.contains(FOR_A_SHELL) {
            vec!["sh".to_owned(), "-c".to_owned(), pager.clone()]
        } else {
            words(&pager)
        };
        let shows_raw = |options: &str| options.split_whitespace().any(|it| it.starts_with('-') && it.contains('R'));
        let colours = shows_raw(&pager) || variable("LESS").is_some_and(|less| less.contains('R'));
        (!matches!(program.first().map(String::as_str), None | Some("cat"))).then_some(Self { program, colours })
    }
}

/// What is done before a pager takes the screen.
pub type BeforePaging = Box<dyn FnOnce() + Send>;

/// Output for a screen of this size.
pub(super) struct Paged {
    state: State,
    choice: PagerChoice,
    size: (usize, usize),
    pub(super) before: Option<BeforePaging>,
}

enum State {
    Held {
        bytes: Vec<u8>,
        lines: usize,
        measured: usize,
    },
    Pager(Child),
    /// It fits, or there is no pager.
    Plain,
}

impl Paged {
    /// For a screen of so many columns and lines.
    pub(super) fn new(choice: PagerChoice, size: (usize, usize)) -> Self {
        Self { state: State::Held { bytes: Vec::new(), lines: 0, measured: 0 }, choice, size, before: None }
    }

    /// Whether colours are seen as colours, should it come to a pager.
    pub(super) fn shows_colours(&self) -> bool {
        self.choice.colours
    }

    fn start(&mut self, held: &[u8]) -> io::Result<()> {
        if let Some(before) = self.before.take() {
            before();
        }
        let Some((program, args)) = self.choice.program.split_first() else { return self.plain(held) };
        let Ok(mut child) = Command::new(program).args(args).stdin(Stdio::piped()).spawn() else {
            return self.plain(held);
        };
        let written = child.stdin.as_mut().map_or(Ok(()), |stdin| stdin.write_all(held));
        self.state = State::Pager(child);
        written
    }

    fn plain(&mut self, held: &[u8]) -> io::Result<()> {
        self.state = State::Plain;
        let mut stdout = io::stdout();
        stdout.write_all(held)?;
        stdout.flush()
    }

    /// Shows what was held because it fits, or waits until nobody looks at the pager any more.
    pub(super) fn end(&mut self) -> io::Result<()> {
        match &mut self.state {
            State::Held { bytes, .. } => {
                let bytes = std::mem::take(bytes);
                self.plain(&bytes)
            }
            State::Pager(child) => {
                drop(child.stdin.take());
                let ended = child.wait().map(drop);
                self.state = State::Plain;
                ended
            }
            State::Plain => Ok(()),
        }
    }
}

impl Write for Paged {
    fn write(&mut self, new: &[u8]) -> io::Result<usize> {
        match &mut self.state {
            State::Held { bytes, lines, measured } => {
                bytes.extend_from_slice(new);
                let mut fits = true;
                while let Some(length) = bytes[*measured..].iter().position(|&byte| byte == b'\n') {
                    let line = &bytes[*measured..*measured + length];
                    *lines += 1;
                    *measured += length + 1;
                    fits &= *lines + SPARE <= self.size.1 && columns(line) <= self.size.0;
                }
                if !fits {
                    let held = std::mem::take(bytes);
                    self.start(&held)?;
                }
            }
            State::Pager(child) => {
                if let Some(stdin) = &mut child.stdin {
                    stdin.write_all(new)?;
                }
            }
            State::Plain => io::stdout().write_all(new)?,
        }
        Ok(new.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.state {
            State::Held { .. } => Ok(()),
            State::Pager(child) => child.stdin.as_mut().map_or(Ok(()), Write::flush),
            State::Plain => io::stdout().flush(),
        }
    }
}

impl Drop for Paged {
    fn drop(&mut self) {
        // Whatever ended the output: the screen is the pager's until somebody leaves it.
        let _ = self.end();
    }
}

impl std::fmt::Debug for Paged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Paged({:?}, {:?})", self.choice, self.size)
    }
}

/// The columns that a line takes, without what only colours it.
fn columns(line: &[u8]) -> usize {
    let line = String::from_utf8_lossy(line);
    let mut pieces = line.split('\x1b');
    let first = pieces.next().map_or(0, width);
    // `\x1b[2m`
    first + pieces.map(|piece| piece.split_once('m').map_or(0, |(_, rest)| width(rest))).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(pager: Option<&str>, less: Option<&str>) -> Option<PagerChoice> {
        PagerChoice::of(|name| if name == "PAGER" { pager } else { less }.map(ToOwned::to_owned))
    }

    #[test]
    fn a_pager_is_what_the_environment_says() {
        let program = |pager| choice(pager, None).map(|choice| choice.program.join(" "));
        assert_eq!(program(Some("most -s")).as_deref(), Some("most -s"));
        assert_eq!(program(Some("col -b | less")).as_deref(), Some("sh -c col -b | less"));
        for none in ["", " ", "cat"] {
            assert_eq!(program(Some(none)), None, "{none:?}");
        }
        if cfg!(unix) {
            assert_eq!(program(None).as_deref(), Some("less -S -R"));
        }
    }

    #[test]
    fn colours_are_for_pagers_that_show_them() {
        for (pager, less, colours) in [
            (Some("less"), None, false),
            (Some("less -R"), None, true),
            (Some("less -SR"), None, true),
            (Some("less"), Some("FRX"), true),
            (Some("most"), None, false),
        ] {
            assert_eq!(choice(pager, less).map(|it| it.colours), Some(colours), "{pager:?} {less:?}");
        }
    }

    #[test]
    fn lines_are_measured_without_their_colours() {
        assert_eq!(columns(b"\x1b[2mNULL\x1b[0m  200"), 9);
        assert_eq!(columns("日本 a".as_bytes()), 6);
        assert_eq!(columns(b""), 0);
    }

    #[cfg(unix)]
    #[test]
    fn the_pager_takes_what_does_not_fit_and_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("paged");
        let pager = format!("sleep 0.2; cat > '{}'", file.display());
        for (lines, line, is_paged) in
            [(20, "short", false), (22, "short", true), (1, "a line of more than twenty", true)]
        {
            let _ = std::fs::remove_file(&file);
            let mut output = Paged::new(choice(Some(&pager), None).unwrap(), (20, 24));
            let started = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
            let told = std::sync::Arc::clone(&started);
            output.before = Some(Box::new(move || told.store(true, std::sync::atomic::Ordering::SeqCst)));
            let text = format!("{line}\n").repeat(lines);
            // Piece by piece: where a line ends does not matter.
            for piece in text.as_bytes().chunks(7) {
                output.write_all(piece).unwrap();
            }
            if is_paged {
                output.end().unwrap();
                assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
            } else {
                // Nobody wants to see it among the tests.
                output.state = State::Plain;
            }
            assert_eq!(started.load(std::sync::atomic::Ordering::SeqCst), is_paged, "{lines} {line}");
        }
    }
}
