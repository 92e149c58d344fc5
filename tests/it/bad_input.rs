//! What is named cannot be read, or is not what it should be: a clear message, and the right exit code.

use super::logs::{CONNECTION, access_lines, gzip, object_name};
use super::support::{Workspace, corpus};

const COUNT: &str = "SELECT count(*) FROM requests";

#[test]
fn an_empty_object_has_no_rows() {
    let folder = Workspace::new();
    folder.write(&object_name("20261120T1005Z"), "").write(&object_name("20261120T1010Z"), gzip(""));
    assert_eq!(folder.csv(".", COUNT).done().says("2 objects, 0 rows, 0 rejected").value(), "0");
}

#[test]
fn an_empty_file_of_any_name_is_no_log() {
    let folder = Workspace::new();
    folder.write("empty.log", "");
    folder
        .csv("empty.log", COUNT)
        .exits(2)
        .says("error: no Application Load Balancer logs in empty.log")
        .says("1 empty");
}

#[test]
fn a_folder_without_logs_is_said_to_have_none() {
    let folder = Workspace::new();
    folder.write("photos/a.jpg", [0xff, 0xd8, 0xff, 0xe0, 0, 1]).write("photos/notes/b.txt", "milk\n");
    let answer = folder.csv("photos", COUNT).exits(2);
    answer.says("error: no Application Load Balancer logs in photos; skipped 2 objects (1 JPEG image, 1 other text)\n");
    std::fs::create_dir(folder.path("nothing")).unwrap();
    folder.csv("nothing", COUNT).exits(2).says("error: no Application Load Balancer logs in nothing\n");
}

#[test]
fn a_binary_file_that_nobody_knows_is_named() {
    let folder = Workspace::new();
    let binary: Vec<u8> = (0..40_000_u32).map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect();
    folder.write("logs/real.log", access_lines(2)).write("logs/program", &binary).write("logs/x.tar.gz", gzip(&binary));
    let answer = folder.csv("logs", COUNT).exits(3).says("logs/program: no text").says("logs/x.tar.gz: no text");
    assert_eq!(answer.value(), "2");
    // A name that AWS gives is believed; then no line of it is a row.
    folder.write(&object_name("20261120T1005Z"), &binary);
    let answer =
        folder.csv(&object_name("20261120T1005Z"), COUNT).exits(3).says("no text, and nothing that is known here; ");
    assert_eq!(answer.value(), "0");
}

#[test]
fn a_file_of_another_kind_of_log_is_not_taken_for_requests() {
    let folder = Workspace::new();
    folder.write("some.log", CONNECTION.repeat(3));
    assert_eq!(folder.value("some.log", COUNT), "0");
    assert_eq!(folder.value("some.log", "SELECT count(*) FROM connections"), "3");
    // Under the name of an access log, every line is rejected, and the reason says what it looks like.
    folder.write(&object_name("20261120T1005Z"), CONNECTION.repeat(3));
    let reason = "SELECT count(*), min(reason) FROM rejected_lines";
    let expected = "3,unreadable time (looks like a line of the connection log)";
    assert_eq!(folder.csv(&object_name("20261120T1005Z"), reason).exits(3).value(), expected);
}

#[test]
fn logs_of_other_load_balancers_are_recognised_by_content() {
    let folder = Workspace::new();
    folder.write("nlb.log", corpus("nlb_tls.log")).write("clb.log", corpus("clb.log"));
    folder.csv(".", COUNT).exits(2).says("skipped 2 objects (1 nlb, 1 classic)");
}

#[test]
fn what_is_not_there_is_said() {
    let folder = Workspace::new();
    folder.write("shop.log", access_lines(1));
    folder.csv("no/such.log", COUNT).exits(2).says("error: no such file, folder or source: no/such.log");
    folder.csv("logs/*.gz", COUNT).exits(2).says("error: no file matches: logs/*.gz");
    folder.csv("logs/[", COUNT).exits(2).says("error: malformed glob: logs/[");
    folder.csv("gs://bucket/logs", COUNT).exits(2).says("gs:// is not supported\nhint: ");
    folder.csv("", COUNT).exits(2).says("hint: the current folder is `.`");
    // What is there is not read when something else is missing: half an answer is none.
    let answer = folder.run(["query", "--from", "shop.log", "--from", "missing.log", COUNT]).exits(2);
    assert_eq!(answer.stdout, "");
    folder.run(["query", "--from", "shop.log", "-f", "missing.sql"]).exits(2).says("cannot read missing.sql");
    folder.run(["query", "--config", "missing.toml", "--from", "shop.log", COUNT]).exits(2).says("missing.toml");
}

#[test]
#[cfg(unix)]
fn what_cannot_be_looked_at_is_named_and_the_rest_is_read() {
    let folder = Workspace::new();
    folder.write("logs/shop.log", access_lines(4));
    std::os::unix::fs::symlink("nowhere", folder.path("logs/dangling.log.gz")).unwrap();
    std::os::unix::fs::symlink(".", folder.path("logs/circle")).unwrap();
    std::fs::create_dir(folder.path("logs/folder.log.gz")).unwrap();
    folder.write("logs/folder.log.gz/deep.log", access_lines(1));
    let answer = folder.csv("logs", COUNT).exits(3);
    assert_eq!(answer.value(), "5");
    answer.says("warning: incomplete: logs/dangling.log.gz: No such file").says("warning: incomplete: logs/circle: ");
    folder.run(["query", "--strict", "--from", "logs", COUNT]).exits(2).says("(--strict)");
}

#[test]
#[cfg(unix)]
fn a_file_that_may_not_be_read_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Workspace::new();
    let secret = format!("logs/{}", object_name("20261120T1005Z"));
    folder.write("logs/shop.log", access_lines(4)).write(&secret, gzip(access_lines(1)));
    std::fs::set_permissions(folder.path(&secret), PermissionsExt::from_mode(0o000)).unwrap();
    if std::fs::File::open(folder.path(&secret)).is_ok() {
        return; // root may read everything
    }
    let answer = folder.csv("logs", COUNT).exits(3).says(&secret).says("Permission denied");
    assert_eq!(answer.value(), "4");
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    let folder = Workspace::new();
    folder.write("shop.log", access_lines(1));
    for (args, said) in [
        (["--since", "tomorrowish"], "expected a time such as 2h"),
        (["--memory", "1XB"], "expected a size such as 128MiB"),
        (["--threads", "0"], "--threads"),
        (["--kind", "nlb"], "unknown kind of log: nlb (known: access, connection, health-check)"),
        (["--margin", "soon"], "expected a length of time"),
        (["--format", "xlsx"], "formats: table, csv, json, ndjson, markdown, html, parquet"),
        (["--fron", "logs"], "a similar argument exists: '--from'"),
    ] {
        let args = ["query", "--from", "shop.log"].into_iter().chain(args).chain([COUNT]);
        folder.run(args).exits(2).says(said);
    }
    let report = |args: &[&str]| folder.run([&["report", "--from", "shop.log"], args].concat()).exits(2);
    let hour = ["--since", "2026-11-20T10:00", "--until", "2026-11-20T11:00"];
    report(&["latency", "--bucket", "0s"]).says("--bucket").says("a length of time of 1s or more, such as 5m");
    report(&[&["latency", "--bucket", "9999h"], &hour[..]].concat())
        .says("--bucket 9999h: a bar would be longer than the time that is shown, 1h")
        .says("hint: --bucket 1m");
    report(&["latency", "--set", "bucket=5m"]).says("--set bucket: a flag of its own").says("hint: --bucket 5m");
    report(&["slow", "--set", "top=3"]).says("hint: --top 20");
    let compare = [&["compare", "--baseline"], &["1d"][..], &hour].concat();
    report(&[&compare[..], &["--window", "5m"]].concat()).says("--window is for --at");
    report(&[&["compare", "--baseline", "80y"], &hour[..]].concat()).says("--baseline");
    report(&[&["compare", "--baseline", "29000d"], &hour[..]].concat()).says("before 1970");
    folder.run(["queri"]).exits(2).says("a similar subcommand exists: 'query'");
    folder.run([""; 0]).exits(2).says("Usage:");
}
