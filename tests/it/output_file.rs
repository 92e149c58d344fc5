//! `-o FILE`: it appears when it is complete, or not at all; and what happens when nothing can be written.

use super::logs::access_lines;
use super::support::Workspace;

const SQL: &str = "SELECT time, elb_status_code FROM requests";

fn shop() -> Workspace {
    let folder = Workspace::new();
    folder.write("shop.log", access_lines(2000));
    folder
}

#[test]
fn the_extension_says_the_format() {
    let folder = shop();
    for (name, start) in [
        ("out.csv", "time,elb_status_code\n"),
        ("out.json", "[\n{\"time\":"),
        ("out.ndjson", "{\"time\":"),
        ("out.jsonl", "{\"time\":"),
        ("out.md", "| time |"),
        ("out.txt", "time  "),
        ("out.CSV", "time,"),
        ("plain", "time  "),
    ] {
        let answer = folder.run(["query", "--from", "shop.log", "-o", name, SQL]).done();
        assert_eq!(answer.stdout, "");
        assert!(folder.read(name).starts_with(start), "{name}");
    }
    folder.run(["query", "--from", "shop.log", "-o", "out.parquet", SQL]).done();
    assert!(std::fs::read(folder.path("out.parquet")).unwrap().starts_with(b"PAR1"));
    // A flag has the last word; another extension says nothing.
    folder.run(["query", "--from", "shop.log", "-o", "out.csv", "--format", "json", SQL]).done();
    assert!(folder.read("out.csv").starts_with("[\n"));
    let refused = folder.run(["query", "--from", "shop.log", "-o", "out.xlsx", SQL]).exits(2);
    refused.says("cannot tell the format from the name: out.xlsx\nhint: name it with --format ");
    assert!(!folder.path("out.xlsx").exists());
}

#[test]
fn a_query_that_fails_leaves_the_old_file_and_nothing_else() {
    let folder = shop();
    folder.write("out/keep.csv", "precious\n");
    let failing = [
        "SELECT nope FROM requests",
        "SELECT 1 / (elb_status_code - 200) FROM requests",
        "SELECT time, 1 / (CAST(extract(second FROM time) AS int) - 59) FROM requests",
    ];
    for sql in failing {
        folder.run(["query", "--from", "shop.log", "-o", "out/keep.csv", sql]).exits(2);
        folder.run(["query", "--from", "shop.log", "-o", "out/new.csv", sql]).exits(2);
        assert_eq!(folder.names_in("out"), ["keep.csv"], "{sql}");
        assert_eq!(folder.read("out/keep.csv"), "precious\n");
    }
    folder.run(["query", "--from", "shop.log", "-o", "out/keep.csv", SQL]).done();
    assert_eq!(folder.read("out/keep.csv").lines().count(), 2001);
    assert_eq!(folder.names_in("out"), ["keep.csv"]);
}

#[test]
fn a_file_that_cannot_be_written_is_refused_before_anything_is_read() {
    let folder = shop();
    let run = |path: &str| folder.run(["query", "--from", "shop.log", "--format", "csv", "-o", path, SQL]).exits(2);
    run("missing/out.csv").says("error: cannot write missing/out.csv: there is no folder missing");
    run("shop.log/out.csv").says("error: cannot write shop.log/out.csv");
    run(".").says("it is a folder");
    assert_eq!(folder.names_in("."), ["shop.log"]);
}

#[test]
fn a_dash_is_standard_output() {
    let folder = shop();
    let answer = folder.run(["query", "--from", "shop.log", "--format", "csv", "-o", "-", SQL]).done();
    assert_eq!(answer.rows().len(), 2000);
    assert_eq!(folder.names_in("."), ["shop.log"]);
}

#[test]
#[cfg(target_os = "linux")]
fn what_is_open_already_is_written_to_and_not_replaced() {
    use std::io::Write;

    let folder = shop();
    for (path, is_stderr) in [
        ("/dev/stdout", false),
        ("/dev/fd/1", false),
        ("/proc/self/fd/1", false),
        ("link", false),
        ("/dev/stderr", true),
    ] {
        if path == "link" {
            std::os::unix::fs::symlink("/dev/stdout", folder.path("link")).unwrap();
        }
        let mut file = std::fs::File::create(folder.path("all.csv")).unwrap();
        writeln!(file, "first").unwrap();
        let mut command = folder.command(["query", "-q", "--from", "shop.log", "--format", "csv", "-o", path, SQL]);
        let end = file.try_clone().unwrap();
        if is_stderr {
            command.stderr(end)
        } else {
            command.stdout(end)
        };
        assert!(command.status().unwrap().success(), "{path}");
        writeln!(file, "last").unwrap();
        let lines = folder.read("all.csv");
        let lines: Vec<&str> = lines.lines().collect();
        // What was written before stays, and who goes on writing still has the file that has this name.
        assert_eq!((lines.len(), lines[0], lines[lines.len() - 1]), (2003, "first", "last"), "{path}");
    }
    folder.run(["query", "--from", "shop.log", "--format", "csv", "-o", "/dev/null", SQL]).done();
}

#[test]
#[cfg(unix)]
fn a_pipe_with_a_name_is_written_to() {
    use std::os::unix::fs::FileTypeExt;

    let folder = shop();
    assert!(std::process::Command::new("mkfifo").arg(folder.path("pipe")).status().unwrap().success());
    let path = folder.path("pipe");
    let reader = std::thread::spawn(move || std::fs::read_to_string(path).unwrap());
    folder.run(["query", "--from", "shop.log", "--format", "csv", "-o", "pipe", SQL]).done();
    assert_eq!(reader.join().unwrap().lines().count(), 2001);
    assert!(std::fs::metadata(folder.path("pipe")).unwrap().file_type().is_fifo());
}

#[test]
fn characters_are_those_of_the_locale() {
    let folder = shop();
    for (locale, ascii) in [("C", true), ("C.UTF-8", false)] {
        let mut command =
            folder.command(["query", "--from", "shop.log", "SELECT elb, count(*) FROM requests GROUP BY elb"]);
        command.env("LC_ALL", locale);
        let answer = super::support::finish(command, b"").done();
        assert_eq!(answer.stdout.is_ascii(), ascii, "{}", answer.stdout);
    }
}

#[test]
fn logs_are_not_replaced_by_their_own_answer() {
    let folder = shop();
    let before = folder.read("shop.log");
    let answer = folder.run(["query", "--from", "shop.log", "--format", "csv", "-o", "shop.log", SQL]);
    answer.exits(2).says("shop.log is read for the answer, which would replace it");
    assert_eq!(folder.read("shop.log"), before);
}

#[test]
fn nor_by_what_other_commands_say_of_them() {
    let folder = Workspace::new();
    let log = format!("logs/{}", super::logs::object_name("20261120T1005Z"));
    folder.write(&log, super::logs::gzip(access_lines(5)));
    folder.write("logs/renamed.txt", access_lines(7));
    let before = std::fs::read(folder.path(&log)).unwrap();
    let refused = "is read for the answer, which would replace it\nhint: -o with another file";
    folder.run(["objects", "--from", "logs", "--format", "csv", "-o", &log]).exits(2).says(refused);
    let export = ["export", "--from", "logs", "--to", "lake", "--since", "2026-11-20", "--format", "json", "-o"];
    for file in [log.as_str(), "logs/renamed.txt"] {
        folder.run(export.iter().chain(&[file])).exits(2).says(refused);
    }
    assert!(!folder.path("lake").exists());
    let script = format!("\\o logs/renamed.txt\n{SQL};\n");
    folder.run_with(script.as_bytes(), ["shell", "--from", "logs"]).exits(2).says(refused);
    let script = format!("\\report errors --format csv -o {log}\n");
    folder.run_with(script.as_bytes(), ["shell", "--from", "logs"]).exits(2).says(refused);
    assert_eq!(std::fs::read(folder.path(&log)).unwrap(), before);
    assert_eq!(folder.read("logs/renamed.txt"), access_lines(7));
    // A file of their own there is replaced, as often as they run.
    for _ in 0..2 {
        folder.run(export.iter().chain(&["logs/said.json"])).done();
    }
    let parts = std::fs::read_dir(folder.path("lake/requests/account=123456789012")).unwrap();
    assert_eq!(parts.count(), 1);
    let own = folder.run(export.iter().chain(&["lake/_albstats.json"])).exits(2);
    own.says("lies in the folder that is written to");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_a_failure_in_every_format() {
    let folder = shop();
    for format in ["table", "csv", "json", "ndjson", "markdown", "html", "parquet"] {
        let args = ["query", "--from", "shop.log", "--format", format];
        let answer = folder.run(args.into_iter().chain(["-o", "/dev/full", SQL])).exits(2);
        answer.says("cannot write /dev/full: No space left on device");
        let mut command = folder.command(args.into_iter().chain([SQL]));
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        command.stdout(full).stderr(std::process::Stdio::piped());
        let output = command.spawn().unwrap().wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{format}: {stderr}");
        assert!(stderr.contains("cannot write standard output: No space left on device"), "{format}: {stderr}");
    }
}
