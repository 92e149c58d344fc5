//! `albstats shell` at a terminal: a pseudo terminal is typed at, and what it shows is looked at.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::logs::{access_lines, gzip, object_name};
use super::support::Workspace;

const PATIENCE: Duration = Duration::from_mins(1);

/// A shell at a terminal of 80 columns and 24 lines.
struct Terminal {
    shell: Child,
    keyboard: File,
    shown: Arc<Mutex<Vec<u8>>>,
    /// So much of what was shown has been looked at.
    seen: usize,
}

impl Terminal {
    fn start(folder: &Workspace, args: &[&str], variables: &[(&str, &str)], stdout: Option<Stdio>) -> Self {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let name = ptsname(&keyboard, Vec::new()).unwrap();
        let mut options = File::options();
        let screen = options.read(true).write(true).custom_flags(libc::O_NOCTTY).open(name.to_str().unwrap()).unwrap();
        tcsetwinsize(&keyboard, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        let plain = folder.command(args);
        // Makes it the terminal of a session of its own, so that Ctrl-C is a signal.
        let mut command = Command::new("setsid");
        command.arg("--ctty").arg(plain.get_program()).args(plain.get_args()).current_dir(folder.path("."));
        command.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("TERM", "xterm").env("PAGER", "cat").envs(variables.iter().copied());
        command.stdin(screen.try_clone().unwrap()).stderr(screen.try_clone().unwrap());
        command.stdout(stdout.unwrap_or_else(|| screen.try_clone().unwrap().into()));
        let shell = command.spawn().unwrap();
        drop(screen);
        let keyboard = File::from(keyboard);
        let shown = Arc::new(Mutex::new(Vec::new()));
        let (mut reader, all) = (keyboard.try_clone().unwrap(), Arc::clone(&shown));
        thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(length @ 1..) = reader.read(&mut piece) {
                all.lock().unwrap().extend_from_slice(&piece[..length]);
            }
        });
        Self { shell, keyboard, shown, seen: 0 }
    }

    fn types(&mut self, keys: &str) -> &mut Self {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self
    }

    /// Waits until this is shown behind what has been looked at.
    #[track_caller]
    fn shows(&mut self, text: &str) -> &mut Self {
        let started = Instant::now();
        loop {
            let shown = self.shown.lock().unwrap().clone();
            let rest = String::from_utf8_lossy(&shown[self.seen..]).into_owned();
            if let Some(at) = rest.find(text) {
                self.seen += rest[..at + text.len()].len();
                return self;
            }
            assert!(started.elapsed() < PATIENCE, "not shown: {text}\n{}", rest.escape_debug());
            thread::sleep(Duration::from_millis(10));
        }
    }

    #[track_caller]
    fn ends(mut self) -> String {
        let started = Instant::now();
        while self.shell.try_wait().unwrap().is_none() {
            if started.elapsed() > PATIENCE {
                self.shell.kill().unwrap();
                panic!("it does not end: {}", String::from_utf8_lossy(&self.shown.lock().unwrap()));
            }
            thread::sleep(Duration::from_millis(10));
        }
        let shown = String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned();
        assert!(self.shell.wait().unwrap().success(), "{shown}");
        assert!(!shown.contains("panicked"), "{shown}");
        shown
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Also where a test failed.
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

fn logs(rows: usize) -> Workspace {
    let folder = Workspace::new();
    folder.write("logs/a.log.gz", gzip(access_lines(rows)));
    folder
}

const PROMPT: &str = "albstats> ";
const SHELL: [&str; 3] = ["shell", "--from", "logs"];

#[test]
fn statements_are_completed_over_lines_and_remembered() {
    let folder = logs(3);
    let mut terminal = Terminal::start(&folder, &SHELL, &[], None);
    terminal.shows("reading logs: 1 object").shows(PROMPT);
    terminal.types("SELECT elb_status_code, count(*) AS n FROM req\t").shows("requests");
    // The statement goes on until a semicolon.
    terminal.types("\rGROUP BY 1;\r").shows("200  3").shows("1 object, 3 rows").shows(PROMPT);
    // Values of the answer can be completed.
    terminal.types("SELECT 1 AS one FROM requests WHERE elb_status_code = 2\t").shows("200");
    terminal.types(" LIMIT 1;\r").shows("all from memory").shows(PROMPT);
    terminal.types("\\rep\t late\t\r").shows("Latency per target group").shows(PROMPT);
    terminal.types("nonsense;\r").shows("error: ").shows(PROMPT).types("exit\r");
    terminal.ends();

    let history = folder.path(".local/state/albstats/history");
    assert_eq!(fs::metadata(&history).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(history.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
    // A later shell knows it, as one piece.
    let mut terminal = Terminal::start(&folder, &SHELL, &[], None);
    terminal.shows(PROMPT).types("\x1b[A\x1b[A\x1b[A\x1b[A").shows("LIMIT 1;").types("\x1b[A").shows("GROUP BY 1;");
    terminal.types("\r").shows("200  3").shows(PROMPT).types("\x04");
    terminal.ends();
}

#[test]
fn ctrl_c_ends_the_statement_and_not_the_shell() {
    let folder = logs(3);
    let mut terminal = Terminal::start(&folder, &SHELL, &[], None);
    terminal.shows(PROMPT).types("SELECT half of a statement\x03").shows(PROMPT);
    let endless =
        "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 100000000) SELECT max(n) FROM t;\r";
    for _ in 0..2 {
        terminal.types(endless);
        thread::sleep(Duration::from_millis(700));
        // Impatience changes nothing.
        terminal.types("\x03\x03").shows("error: interrupted").shows(PROMPT);
        terminal.types("SELECT 40 + 2 AS answer;\r").shows("42").shows(PROMPT);
    }
    terminal.types("\x04");
    terminal.ends();
}

#[test]
fn what_does_not_fit_goes_through_the_pager() {
    let folder = logs(3);
    let pager = [("PAGER", "cat > paged.txt; echo paged")];
    let mut terminal = Terminal::start(&folder, &SHELL, &pager, None);
    terminal.shows(PROMPT).types("SELECT 1 AS short;\r").shows("short").shows(PROMPT);
    assert!(!folder.path("paged.txt").exists());
    terminal.types("SELECT unnest(range(0, 5000)) AS long;\r").shows("paged").shows(PROMPT);
    // All of it, though a screen without a pager would show a thousand rows.
    assert_eq!(folder.read("paged.txt").lines().count(), 5002);
    // Too wide is too large, too: nothing is cut or left out.
    terminal.types("SELECT * FROM requests;\r").shows("paged").shows(PROMPT);
    let shown = folder.read("paged.txt");
    assert!(shown.contains("https://shop.example.com:443/cart?id=1") && !shown.contains('…'), "{shown}");
    terminal.types("\\x\rSELECT * FROM requests LIMIT 1;\r").shows("paged").shows(PROMPT);
    assert!(folder.read("paged.txt").starts_with("─ row 1 "));
    // A report, too.
    terminal.types("\\report overview\r").shows("paged").shows(PROMPT);
    assert!(folder.read("paged.txt").starts_with("Overview"));
    // A pager that is left early is no failure; one that is not there is no reason to see nothing.
    terminal.types("\x04");
    terminal.ends();
    let mut terminal = Terminal::start(&folder, &SHELL, &[("PAGER", "true")], None);
    terminal.shows(PROMPT).types("SELECT unnest(range(0, 500000)) AS long;\r").shows(PROMPT).types("\x04");
    assert!(!terminal.ends().contains("error"));
    let mut terminal = Terminal::start(&folder, &SHELL, &[("PAGER", "no-such-pager")], None);
    terminal.shows(PROMPT).types("SELECT unnest(range(0, 50)) AS long;\r").shows("  49").shows(PROMPT).types("\x04");
    terminal.ends();
}

#[test]
fn prompts_do_not_get_into_what_is_piped() {
    let folder = logs(3);
    let pipe = File::create(folder.path("out.csv")).unwrap();
    let mut terminal = Terminal::start(&folder, &[&SHELL[..], &["--format", "csv"]].concat(), &[], Some(pipe.into()));
    terminal
        .shows(PROMPT)
        .types("SELECT 1 AS a;\r")
        .shows("0 objects")
        .shows(PROMPT)
        .types("\\timing\rSELECT 2 AS b;\r");
    terminal.shows("time: ").shows(PROMPT).types("\x04");
    terminal.ends();
    assert_eq!(folder.read("out.csv"), "a\n1\nb\n2\n");
}

#[test]
fn a_window_of_another_size_goes_on() {
    let folder = logs(3);
    let mut terminal = Terminal::start(&folder, &SHELL, &[], None);
    terminal.shows(PROMPT).types("SELECT 40");
    thread::sleep(Duration::from_millis(300));
    tcsetwinsize(&terminal.keyboard, Winsize { ws_row: 10, ws_col: 40, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    thread::sleep(Duration::from_millis(300));
    terminal.types(" + 2 AS answer;\r").shows("42").shows(PROMPT).types("\x04");
    terminal.ends();
}

#[test]
fn a_query_without_a_statement_is_a_shell() {
    let folder = logs(3);
    let mut terminal = Terminal::start(&folder, &["query", "--from", "logs"], &[], None);
    terminal.shows(PROMPT).types("SELECT 40 + 2 AS answer;\r").shows("42").shows(PROMPT).types("\\q\r");
    terminal.ends();
}

#[test]
fn a_shell_begins_where_there_is_nothing_yet() {
    let folder = Workspace::new();
    folder.write(&format!("logs/{}", object_name("20261120T1005Z")), gzip(access_lines(3)));
    let mut terminal = Terminal::start(&folder, &[&SHELL[..], &["--since", "2h"]].concat(), &[], None);
    terminal.shows("error: ").shows("of this time").shows(PROMPT);
    terminal.types("SELECT count(*) AS n FROM requests;\r").shows("of this time").shows(PROMPT);
    terminal.types("\\since\r").shows("reading logs: 1 object").shows(PROMPT);
    terminal.types("SELECT count(*) + 39 AS n FROM requests;\r").shows("42").shows(PROMPT).types("\x04");
    terminal.ends();
}

#[test]
fn a_home_that_cannot_be_written_is_said_once() {
    let folder = logs(3);
    folder.write("state", "a file, not a folder");
    let state = folder.path("state").to_str().unwrap().to_owned();
    let mut terminal = Terminal::start(&folder, &SHELL, &[("XDG_STATE_HOME", &state)], None);
    terminal.shows("warning: what is typed is not remembered: ").shows(PROMPT);
    terminal.types("SELECT 40 + 2 AS answer;\r").shows("42").shows(PROMPT).types("\x04");
    assert_eq!(terminal.ends().matches("not remembered").count(), 1);
}

#[test]
fn a_report_that_is_watched_is_drawn_again() {
    let folder = logs(3);
    let watch = ["report", "errors", "--from", "logs", "--watch", "200ms"];
    let mut terminal = Terminal::start(&folder, &watch, &[], None);
    let clear = "\x1b[H\x1b[2J\x1b[3J";
    terminal.shows(clear).shows("1 object, 3 rows");
    folder.write("logs/b.log.gz", gzip(access_lines(5)));
    terminal.shows(clear).shows("2 objects, 8 rows").shows(clear).types("\x03").shows("error: interrupted");
}
