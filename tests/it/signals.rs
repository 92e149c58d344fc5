//! Ctrl-C and SIGTERM: the program dies of them, so that a loop of a shell ends, and leaves nothing behind.

use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::logs::access_lines;
use super::support::Workspace;

#[test]
fn a_run_that_is_interrupted_dies_of_the_signal() {
    let folder = Workspace::new();
    let query = ["query", "--from", "-", "-o", "out.csv", "SELECT * FROM requests"];
    let report = ["report", "errors", "--from", "-", "-o", "out.csv"];
    for (args, signal) in [(&query[..], 2), (&query, 15), (&report, 2)] {
        let mut command = folder.command(args);
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Lines, and no end of them.
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(access_lines(2000).as_bytes()).unwrap();
        // Until it reads them, the signal would end it, too, but not show that anything is cleaned up.
        let begun = || folder.names_in(".").iter().any(|name| name.starts_with(".albstats-"));
        for _ in 0..100 {
            if begun() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        std::thread::sleep(Duration::from_secs(1));
        let killed = Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.signal(), Some(signal), "{args:?}: {stderr}");
        assert!(stderr.contains("error: interrupted"), "{args:?}: {stderr}");
        assert!(folder.names_in(".").is_empty(), "{args:?}: {:?}", folder.names_in("."));
    }
}

/// The engine works constants out before a run, and asks nobody meanwhile.
#[test]
fn constants_that_take_long_do_not_keep_the_signal_off() {
    let folder = Workspace::new();
    folder.write("a.log", access_lines(1));
    let long = "SELECT levenshtein_distance(repeat('a', 300000), repeat('b', 300000)) FROM requests";
    let mut child = folder.command(["query", "--from", "a.log", long]).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(2));
    assert!(child.try_wait().unwrap().is_none(), "it is under way");
    let begin = Instant::now();
    assert!(Command::new("kill").args(["-2", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.signal(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
}
