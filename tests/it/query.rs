//! `albstats query` as a command: where the statement comes from, what is said at the end, how it exits.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use super::logs::access_lines;
use super::support::Workspace;

const COUNT: &str = "SELECT count(*) FROM requests";

fn shop(rows: usize) -> Workspace {
    let folder = Workspace::new();
    folder.write("shop.log", access_lines(rows));
    folder
}

#[test]
fn the_statement_comes_from_an_argument_a_file_or_standard_input() {
    let folder = shop(3);
    folder.write("count.sql", format!("-- how many?\n{COUNT};\n"));
    let base = ["query", "--format", "csv", "--from", "shop.log"];
    let run = |stdin: &str, more: &[&str]| folder.run_with(stdin.as_bytes(), base.iter().chain(more)).done().value();
    assert_eq!(run("", &[COUNT]), "3");
    assert_eq!(run("", &["-f", "count.sql"]), "3");
    assert_eq!(run(COUNT, &[]), "3");
    assert_eq!(run(COUNT, &["-"]), "3");
    assert_eq!(run(COUNT, &["-f", "-"]), "3");
    folder.run(base.iter().chain(&["-f", "count.sql", COUNT])).exits(2).says("cannot be used with");
    folder.run(base).exits(2).says("error: the statement from standard input is empty");
}

#[test]
fn standard_input_cannot_be_statement_and_logs() {
    let folder = shop(3);
    for more in [&["--from", "-"][..], &["--from", "-", "-"], &["--from", "shop.log", "--from", "-", "-f", "-"]] {
        let answer = folder.run_with(COUNT.as_bytes(), ["query"].iter().chain(more)).exits(2);
        answer.says("standard input cannot be both the statement and the logs\nhint: ");
    }
}

#[test]
fn a_quiet_run_says_only_what_went_wrong() {
    let folder = shop(3);
    folder.write("odd.log", access_lines(1) + "nonsense\n");
    for from in ["shop.log", "odd.log"] {
        assert_eq!(folder.run(["query", "--quiet", "--from", from, COUNT]).done().stderr, "");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", folder.path("dangling.log")).unwrap();
        let answer = folder.run(["query", "--quiet", "--from", ".", COUNT]).exits(3);
        assert!(answer.stderr.starts_with("warning: incomplete: ./dangling.log: "), "{}", answer.stderr);
        assert_eq!(answer.stderr.lines().count(), 1);
    }
}

#[test]
fn verbose_runs_never_print_what_clients_sent() {
    let folder = shop(3);
    folder.write("odd.log", access_lines(1) + "secret-token nonsense\n");
    let answer = folder.run(["query", "-vvv", "--from", "odd.log", COUNT]).done();
    assert!(!answer.stderr.contains("secret-token") && !answer.stderr.contains("curl"), "{}", answer.stderr);
}

/// Runs a query whose answer is larger than a pipe holds, and stops reading after the first line.
fn head_of(format: &str) -> (String, Option<i32>, String) {
    let folder = shop(3000);
    let mut command = folder.command(["query", "--from", "shop.log", "--format", format, "SELECT * FROM requests"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = Vec::new();
    BufReader::new(child.stdout.take().unwrap()).read_until(b'\n', &mut first).unwrap();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    (String::from_utf8_lossy(&first).into_owned(), child.wait().unwrap().code(), stderr)
}

#[test]
fn nobody_reading_on_is_no_failure() {
    for format in ["table", "csv", "json", "ndjson", "markdown", "html"] {
        let (first, code, stderr) = head_of(format);
        assert!(!first.is_empty());
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{format}");
    }
}

#[test]
fn rows_come_before_the_input_ends() {
    let folder = Workspace::new();
    let sql = "SELECT elb_status_code FROM requests LIMIT 2";
    let mut command = folder.command(["query", "--from", "-", "--format", "csv", sql]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Standard input stays open: the answer must not wait for its end.
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, access_lines(20_000).as_bytes()).ok();
    let mut stdout = String::new();
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    assert_eq!(stdout, "elb_status_code\n200\n200\n");
    assert!(child.wait().unwrap().success());
    drop(stdin);
}

#[test]
fn counts_add_up_over_threads() {
    let folder = Workspace::new();
    for object in 0..9 {
        folder.write(&format!("logs/{object}.log"), access_lines(100 + object));
    }
    for threads in ["1", "2", "7", "64"] {
        let answer = folder.run(["query", "--format", "csv", "--threads", threads, "--from", "logs", COUNT]).done();
        assert_eq!(answer.value(), "936");
        answer.says("9 objects, 936 rows, 0 rejected");
    }
}

#[test]
fn the_version_is_printed() {
    let answer = Workspace::new().run(["--version"]).done();
    assert_eq!(answer.stdout, format!("albstats {}\n", env!("CARGO_PKG_VERSION")));
}
