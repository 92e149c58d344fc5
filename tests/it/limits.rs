//! Statements and inputs that ask for too much: every run ends, in bounded time, with an answer or one line that says why
//! not.

use std::fmt::Write;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::logs::{access, access_lines, gzip};
use super::support::{Answer, Workspace};

/// Two objects of requests, each for another host.
fn many_hosts(count: usize) -> Workspace {
    let folder = Workspace::new();
    for part in 0..2 {
        let mut lines = String::new();
        for number in 0..count / 2 {
            let line = access("2026-11-20T11:00:00.000000Z", 200);
            let host = format!("://h{part}x{number:09}.example.com:");
            let (before, after) = line.split_once("://").unwrap();
            let (_, after) = after.split_once(':').unwrap();
            writeln!(lines, "{before}{host}{}", after.trim_end()).unwrap();
        }
        folder.write(&format!("logs/part{part}.log.gz"), gzip(lines));
    }
    folder
}

/// Waits for a run; `false` when it had to be ended.
fn ends(mut run: Child, within: Duration) -> bool {
    let started = Instant::now();
    while started.elapsed() < within {
        if run.try_wait().unwrap().is_some() {
            return true;
        }
        sleep(Duration::from_millis(20));
    }
    run.kill().unwrap();
    run.wait().unwrap();
    false
}

/// Spilling while rows are spread over partitions: about half of such runs used to stand still for ever.
#[test]
fn no_run_stands_still_when_memory_is_short() {
    let folder = many_hosts(40_000);
    let sql = "SELECT h, p, count(*) AS n FROM (SELECT url_extract_host(request_url) AS h, user_agent AS p FROM requests) \
               AS t GROUP BY GROUPING SETS ((h), (h, p), (p), ()) ORDER BY n DESC LIMIT 5";
    for run in 0..3 {
        let mut command =
            folder.command(["query", "--threads", "2", "--memory", "2MiB", "--from", "logs", "--format", "csv", sql]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        assert!(ends(child, Duration::from_secs(90)), "run {run} stands still");
    }
}

/// What makes the above hold, whatever the statement: nothing that spreads rows has several inputs.
#[test]
fn whatever_spreads_rows_has_one_input() {
    let folder = many_hosts(20);
    for sql in [
        "SELECT request_url, count(*) FROM requests GROUP BY 1",
        "SELECT count(DISTINCT request_url) FROM requests",
        "SELECT elb, sum(sent_bytes) OVER (PARTITION BY request_url) FROM requests",
        "SELECT a.elb FROM requests a JOIN requests b ON a.request_url = b.request_url AND a.time < b.time",
        "SELECT request_url, count(*) FROM (SELECT * FROM requests UNION ALL SELECT * FROM requests) GROUP BY 1",
        "SELECT elb, request_url, count(*) FROM requests GROUP BY GROUPING SETS ((elb), (request_url), ())",
    ] {
        let sql = format!("EXPLAIN FORMAT INDENT {sql}");
        let answer = folder.run(["query", "--threads", "2", "--from", "logs", "--format", "csv", &sql]).done();
        assert!(answer.stdout.contains("RepartitionExec"), "{}", answer.stdout);
        assert!(!answer.stdout.contains("input_partitions=2"), "{}", answer.stdout);
    }
}

fn refused(sql: &str) -> Answer {
    let folder = Workspace::new();
    folder.write("a.log", access_lines(3));
    let answer = folder.run_with(sql.as_bytes(), ["query", "--from", "a.log", "--format", "csv"]).exits(2);
    for foreign in ["panicked", "RUST_BACKTRACE", ".cargo", "src/", "overflowed"] {
        assert!(!answer.stderr.contains(foreign), "{}", answer.stderr);
    }
    assert!(answer.stderr.len() < 500, "{}", answer.stderr);
    answer
}

#[test]
fn statements_that_ask_for_too_much_are_refused() {
    refused("SELECT format_datetime(now(), repeat('y', 100000))").says("y stands 100000 times in a row");
    refused(&format!("SELECT {}", vec!["1"; 1_000_000].join("+"))).says("999999 operators, more than the 2000");
    refused("SELECT repeat('x', 2000000000) || repeat('y', 2000000000)").says("more than 64 MiB");
    refused("SELECT length(repeat(request_url, 100000000)) FROM requests").says("more than 64 MiB");
    refused("SELECT cardinality(range(0, 200000000))").says("more than 64 MiB");
}

#[test]
fn a_value_that_cannot_be_cast_is_cut() {
    let folder = Workspace::new();
    let line =
        access("2026-11-20T11:00:00.000000Z", 200).replace("GET http", &format!("GET {}http", "secret".repeat(2000)));
    folder.write("a.log", line);
    let answer = folder.csv("a.log", "SELECT CAST(request_url AS int) FROM requests").exits(2);
    let answer = answer.says("error: the text 'secretsecret").says("…' of request_url cannot be cast to an int");
    assert!(answer.stderr.len() < 300 && !answer.stderr.contains("Int32"), "{}", answer.stderr);
}

#[test]
fn more_threads_than_anybody_has_are_refused() {
    let folder = Workspace::new();
    folder.write("a.log", access_lines(3));
    let run = |threads: &str| folder.run(["query", "--from", "a.log", "--threads", threads, "SELECT 1"]);
    run("64").done();
    for threads in ["0", "1025", "100000"] {
        run(threads).exits(2).says("a whole number from 1 to 1024");
    }
    folder.write("albstats.toml", "limits.threads = 100000\n");
    folder.run(["query", "--from", "a.log", "SELECT 1"]).exits(2).says("a whole number from 1 to 1024");
}

#[test]
fn a_heap_of_marks_does_not_hold_a_table_up() {
    let folder = Workspace::new();
    let line = access("2026-11-20T11:00:00.000000Z", 200);
    let (before, after) = line.split_once(" HTTP/").unwrap();
    folder.write("a.log", format!("{before}e{} HTTP/{after}", "\u{301}".repeat(30_000)));
    let started = Instant::now();
    folder.run(["query", "--from", "a.log", "SELECT request_url FROM requests"]).done();
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

/// A join keeps one side whole: a statement with one may use more than others, unless somebody said how much there is.
#[test]
fn a_join_of_more_than_the_usual_memory_answers() {
    let folder = Workspace::new();
    folder.run(["generate", "--rps", "30", "--duration", "1h", "logs"]).done();
    let sql = "SELECT t.* FROM requests t WHERE t.elb_status_code IN \
               (SELECT elb_status_code FROM requests GROUP BY 1 HAVING count(*) < 0)";
    assert!(folder.csv("logs", sql).done().stdout.starts_with("type,time,"));
    let args = ["query", "--from", "logs", "--memory", "16MiB", sql];
    folder.run(args).exits(2).says("hint: a larger --memory allows more");
}
