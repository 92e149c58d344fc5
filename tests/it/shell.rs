//! `albstats shell` fed from a pipe: statements and commands, what goes where, how it ends.

use std::fs;

use super::logs::{access, access_lines, gzip, object_name};
use super::support::{Answer, Workspace};

/// Two objects as AWS names them, and one multi-member file of another name.
fn logs() -> Workspace {
    let folder = Workspace::new();
    for (end, first, status) in [("20261120T1005Z", "10:00:01", 200), ("20261120T1010Z", "10:05:01", 502)] {
        let line = access(&format!("2026-11-20T{first}.000000Z"), status);
        folder.write(&format!("logs/{}", object_name(end)), gzip(line.repeat(3)));
    }
    let (a, b) = (gzip(access("2026-11-20T10:07:00.000000Z", 504)), gzip(access("2026-11-20T10:08:00.000000Z", 504)));
    folder.write("logs/two.log.gz", [a, b].concat());
    folder
}

fn shell(folder: &Workspace, script: &str, more: &[&str]) -> Answer {
    let args = ["shell", "--from", "logs", "--format", "csv"];
    folder.run_with(script.as_bytes(), args.iter().chain(more))
}

const COUNT: &str = "SELECT elb_status_code, count(*) AS n FROM requests GROUP BY 1 ORDER BY 1;\n";

#[test]
fn statements_run_one_after_another_and_nothing_else_is_on_standard_output() {
    let folder = logs();
    let script = format!("-- three\n{COUNT}\\timing on\nSELECT 1 AS one; SELECT\n 2 AS two;\\x\n\nSELECT 3 AS three");
    let answer = shell(&folder, &script, &[]).done();
    assert_eq!(answer.stdout, "elb_status_code,n\n200,3\n502,3\n504,2\none\n1\ntwo\n2\nthree\n3\n");
    assert_eq!(answer.stderr.matches("time: ").count(), 3, "{}", answer.stderr);
    assert_eq!(answer.stderr.lines().filter(|line| line.contains(" objects, ")).count(), 4, "{}", answer.stderr);
    let quiet = shell(&folder, COUNT, &["--quiet"]).done();
    assert_eq!(quiet.stderr, "");
    for empty in ["", "\n", "-- nothing\n;;", "\\q\nSELECT nonsense;"] {
        assert_eq!(shell(&folder, empty, &[]).done().stdout, "", "{empty}");
    }
}

#[test]
fn tables_stand_apart_and_formats_can_be_chosen() {
    let folder = logs();
    let script = "\\format table\nSELECT 1 AS a; SELECT 2 AS b;\n\\x on\nSELECT 3 AS c, 4 AS d;\n\\format ndjson\nSELECT 5 AS e;";
    let stdout = shell(&folder, script, &[]).done().stdout;
    let rule = "─".repeat(33);
    assert_eq!(
        stdout,
        format!("a\n─\n1\n\nb\n─\n2\n\n─ row 1 {rule}\nc  3\nd  4\n{{\"e\":5}}\n")
            .replace(&format!("{rule}\n"), &format!("{}\n", "─".repeat(32)))
    );
    shell(&folder, "\\format parquet\nSELECT 1;", &[]).exits(2).says("parquet is for a file\nhint: \\o FILE.parquet");
}

#[test]
fn the_second_question_reads_memory_and_answers_the_same() {
    let folder = logs();
    let three = COUNT.repeat(2) + "SELECT max(time) AS m, count(*) AS c FROM requests;\n";
    let answer = shell(&folder, &three, &[]).done();
    let lines: Vec<&str> = answer.stderr.lines().filter(|line| line.contains(" objects, ")).collect();
    assert_eq!(lines.len(), 3);
    assert!(!lines[0].contains("memory"), "{lines:?}");
    assert!(lines[1..].iter().all(|line| line.contains("0 B in") && line.contains("; all from memory")), "{lines:?}");
    let uncached = shell(&folder, &three, &["--text-memory", "0"]).done();
    assert!(!uncached.stderr.contains("memory"));
    assert_eq!(answer.stdout, uncached.stdout);
    // Of three objects, one fits: the others are read again, and nothing is lost.
    let some = shell(&folder, &three, &["--text-memory", "3000"]).done();
    assert_eq!(some.stdout, uncached.stdout);
    assert!(some.stderr.contains(" from memory") && !some.stderr.contains("all from memory"), "{}", some.stderr);
}

#[test]
fn what_cannot_be_read_is_said_each_time() {
    let folder = logs();
    let whole = gzip(access_lines(50));
    folder.write("logs/cut.log.gz", &whole[..whole.len() / 2]);
    let answer = shell(&folder, &COUNT.repeat(2), &[]).exits(3);
    assert_eq!(answer.stderr.matches("warning: incomplete: logs/cut.log.gz: ").count(), 2, "{}", answer.stderr);
    let (first, second) = answer.stdout.split_at(answer.stdout.len() / 2);
    assert_eq!(first, second);
}

#[test]
fn a_file_that_changes_is_read_again() {
    let folder = logs();
    let path = folder.path("logs/two.log.gz");
    let mut command = folder.command(["shell", "--from", "logs/two.log.gz", "--format", "csv"]);
    command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null());
    let mut child = command.spawn().unwrap();
    let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(stdout));
    let mut ask = |lines: &mut dyn Iterator<Item = std::io::Result<String>>| {
        std::io::Write::write_all(&mut stdin, b"SELECT count(*) AS n FROM requests;\n").unwrap();
        lines.nth(1).unwrap().unwrap()
    };
    // Each answer comes before the next statement is written.
    assert_eq!(ask(&mut lines), "2");
    assert_eq!(ask(&mut lines), "2");
    fs::write(&path, gzip(access_lines(7))).unwrap();
    assert_eq!(ask(&mut lines), "7");
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn an_error_names_statement_and_line_and_ends_the_run() {
    let folder = logs();
    let script = "SELECT 1 AS a;\n\nSELECT elb_status FROM requests;\nSELECT 2 AS b;";
    let answer = shell(&folder, script, &[]).exits(2);
    assert_eq!(answer.stdout, "a\n1\n");
    answer.says("error: statement 2 (line 3): ");
    // The words are those of `query`, place and hint, too.
    let alone = folder.csv("logs", "SELECT elb_status FROM requests").exits(2).stderr;
    let words = |text: &str| text.split("error: ").nth(1).unwrap().to_owned();
    let script = shell(&folder, script, &[]).exits(2).stderr;
    assert_eq!(words(&script).trim_start_matches("statement 2 (line 3): "), words(&alone));

    let script = "SELECT 1 AS a;\n\\foo\nSELECT elb_status FROM requests;\nSELECT 2 AS b;";
    let answer = shell(&folder, script, &["--keep-going"]).exits(2);
    assert_eq!(answer.stdout, "a\n1\nb\n2\n");
    let answer = answer.says("error: statement 2 (line 2): unknown command: \\foo\nhint: did you mean \\");
    answer.says("error: statement 3 (line 3): ").says("error: 2 of 4 statements failed");
}

#[test]
fn the_worst_of_them_is_the_exit_code() {
    let folder = logs();
    let holds = "\\report latency --fail-if 'requests > 1'\nSELECT 1;";
    shell(&folder, holds, &[]).exits(1);
    shell(&folder, "\\report latency --fail-if 'requests > 1000'\n", &[]).done();
}

#[test]
fn reports_are_of_what_the_shell_reads() {
    let folder = logs();
    let report = |args: &[&str]| {
        folder.run(["report", "status-codes", "--from", "logs", "--format", "csv"].iter().chain(args)).stdout
    };
    let of_shell = |script: &str| shell(&folder, script, &[]).stdout;
    let all = report(&[]);
    assert!(all.lines().count() > 2, "{all}");
    // Format and logs are the shell's.
    assert_eq!(of_shell("\\report status-codes\n"), all);
    let late = report(&["--since", "2026-11-20T10:06"]);
    assert_ne!(late, all);
    assert_eq!(of_shell("\\since 2026-11-20T10:06\n\\report status-codes\n"), late);
    assert_eq!(of_shell("\\report status-codes --since 2026-11-20T10:06\n"), late);
    // What is typed for one report holds for that one only.
    assert_eq!(
        of_shell("\\report status-codes --since 2026-11-20T10:06\n\\report status-codes\n"),
        [late, all].concat()
    );
    // What the report reads is remembered, too.
    let answer = shell(&folder, &format!("{COUNT}\\report status-codes\n"), &[]).done();
    answer.says("; all from memory");
    let answer = shell(&folder, "\\report latncy\n", &[]).exits(2);
    answer.says("error: statement 1 (line 1): ").says("latency");
    shell(&folder, "\\report latency --sinc 1h\n", &[])
        .exits(2)
        .says("unexpected argument '--sinc' found")
        .says("--since");
    shell(&folder, "\\report latency --engine athena\n", &[]).exits(2).says("a shell asks this program only");
    assert!(shell(&folder, "\\report\n", &[]).done().stdout.contains("Reports, by the question"));
    assert!(shell(&folder, "\\report latency --help\n", &[]).done().stdout.contains("--fail-if"));
}

#[test]
fn time_and_load_balancers_can_be_chosen() {
    let folder = logs();
    let other = object_name("20261120T1005Z").replace("app.shop.", "app.pay.");
    folder.write(
        &format!("logs/{other}"),
        gzip(access("2026-11-20T10:00:05.000000Z", 503).replace("app/shop/", "app/pay/")),
    );
    let script = "\\elb pay\nSELECT count(*) AS n FROM requests;\n\\elb\n\\until 2026-11-20T10:05\nSELECT count(*) AS n FROM requests;\n\
                  \\until\n\\since 2026-11-20 10:05\nSELECT count(*) AS n FROM requests;";
    let answer = shell(&folder, script, &["--from", "logs"]).stdout;
    assert_eq!(answer, "n\n1\nn\n4\nn\n5\n");
    // What holds nothing is said, and what was read before stays.
    let script =
        "\\elb pya\nSELECT count(*) AS n FROM requests;\n\\since 2099-01-01\nSELECT count(*) AS n FROM requests;";
    fs::remove_file(folder.path("logs/two.log.gz")).unwrap();
    let answer = shell(&folder, script, &["--keep-going"]).exits(2);
    assert_eq!(answer.stdout, "n\n7\nn\n7\n");
    answer.says("no load balancer is called pya: nearest pay").says("none of the logs is of this time");
}

#[test]
fn listing_is_kept_until_it_is_refreshed() {
    let folder = logs();
    let script = folder.path("more.log.gz");
    fs::write(&script, gzip(access("2026-11-20T10:09:00.000000Z", 200))).unwrap();
    let mut command = folder.command(["shell", "--from", "logs", "--format", "csv", "--quiet"]);
    command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(stdout));
    let mut ask = |before: &str| {
        std::io::Write::write_all(&mut stdin, format!("{before}SELECT count(*) AS n FROM requests;\n").as_bytes())
            .unwrap();
        lines.nth(1).unwrap().unwrap()
    };
    assert_eq!(ask(""), "8");
    fs::rename(&script, folder.path("logs/more.log.gz")).unwrap();
    assert_eq!(ask(""), "8");
    assert_eq!(ask("\\refresh\n"), "9");
    drop(stdin);
    child.wait().unwrap();
}

#[test]
fn answers_go_to_files_one_or_several() {
    let folder = logs();
    let script = "\\o a.csv\nSELECT 1 AS a;\n\\o\nSELECT 2 AS b;\n\\o t.txt\nSELECT 3 AS c;\nSELECT 4 AS d;\n\\o n.ndjson\nSELECT 5 AS e;SELECT 6 AS e;";
    let answer = shell(&folder, script, &[]).done();
    assert_eq!(answer.stdout, "b\n2\n");
    assert_eq!(folder.read("a.csv"), "a\n1\n");
    assert_eq!(folder.read("t.txt"), "c\n─\n3\n\nd\n─\n4\n");
    assert_eq!(folder.read("n.ndjson"), "{\"e\":5}\n{\"e\":6}\n");
    answer.says("notice: answers go to a.csv").says("notice: answers go to the screen");

    // A second answer does not take the place of the first.
    let answer = shell(&folder, "\\o a.csv\nSELECT 7 AS a;\nSELECT 8 AS a;", &[]).exits(2);
    answer.says("a.csv holds an answer already, and csv can hold only one\nhint: \\o ANOTHER");
    assert_eq!(folder.read("a.csv"), "a\n7\n");
    // A failure leaves what was there.
    shell(&folder, "\\o a.csv\nSELECT nonsense;", &[]).exits(2);
    assert_eq!(folder.read("a.csv"), "a\n7\n");
    shell(&folder, "\\o no/where.csv\n", &[]).exits(2).says("cannot write no/where.csv: there is no folder no");
    shell(&folder, "\\o a.xlsx\n", &[]).exits(2).says("cannot tell the format from the name: a.xlsx");
    shell(&folder, "\\o r.html\n\\report latency\n", &[]).done();
    assert!(folder.read("r.html").starts_with("<!DOCTYPE html>"));
}

#[test]
fn statements_are_kept_by_name() {
    let folder = logs();
    let answer = shell(&folder, "SELECT 1 AS one;\n\\save one\n\\run one\n\\queries\n", &[]).done();
    assert_eq!(answer.stdout, "one\n1\none\n1\none  SELECT 1 AS one;\n");
    assert_eq!(folder.read(".config/albstats/queries/one.sql"), "SELECT 1 AS one;\n");
    // In a later shell, too; a last line needs no line end.
    assert_eq!(shell(&folder, "\\run one", &[]).done().stdout, "one\n1\n");
    shell(&folder, "\\run onne\n", &[]).exits(2).says("no query is called onne\nhint: did you mean one?");
    shell(&folder, "\\save x\n", &[]).exits(2).says("there is no statement to keep yet");
    shell(&folder, "SELECT 1;\\save ../x\n", &[]).exits(2).says("not a name for a query: ../x");
    // What a file holds may be anybody's: statements only.
    folder.write(".config/albstats/queries/evil.sql", "\\o x.csv\nSELECT 1;\n");
    shell(&folder, "\\run evil\n", &[]).exits(2).says("holds statements only, not \\o x.csv");
    assert!(!folder.path("x.csv").exists());
}

#[test]
fn tables_and_columns_are_described() {
    let folder = logs();
    let tables = shell(&folder, "\\d\n", &[]).done().stdout;
    assert!(tables.starts_with("requests             one row is a request"), "{tables}");
    let columns = shell(&folder, "\\d requests\n", &[]).done().stdout;
    assert_eq!(columns, folder.run(["schema", "requests"]).done().stdout);
    shell(&folder, "\\d request\n", &[]).exits(2).says("no table named request\nhint: did you mean requests?");
    assert!(shell(&folder, "\\?\n", &[]).done().stdout.contains("\\report [NAME [FLAGS]]"));
}

#[test]
fn what_can_be_read_only_once_is_refused() {
    let folder = logs();
    folder.run_with(b"SELECT 1;", ["shell", "--from", "-"]).exits(2).says("standard input is for statements");
    #[cfg(unix)]
    {
        let pipe = folder.path("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let writer = std::thread::spawn(move || fs::write(pipe, access_lines(2)));
        let answer = folder.run_with(b"SELECT 1;", ["shell", "--from", "pipe"]).exits(2);
        answer.says("a shell reads again and again, and pipe can be read only once\nhint: save it to a file");
        let _ = writer.join();
    }
}

#[test]
fn hostile_statements_stay_harmless() {
    let folder = logs();
    let answer = shell(
        &folder,
        "SELECT '\x1b[2J' FROM requests LIMIT 1;\n\\\x1b]0;x\x07\n",
        &["--format", "table", "--keep-going"],
    );
    let answer = folder
        .run_with(
            b"\\format table\nSELECT '\x1b[2J' AS a FROM requests LIMIT 1;\n\\\x1b]0;x\x07\n",
            ["shell", "--from", "logs", "--keep-going"],
        )
        .exits(2)
        .says("unknown command: \\\\x1B]0;x\\x07")
        .stdout
        + &answer.stderr;
    assert!(!answer.contains('\x1b'), "{answer}");
    folder.run_with(b"SELECT \xff;\n", ["shell", "--from", "logs"]).exits(2).says("statements must be UTF-8");
}

#[test]
fn nobody_reading_on_ends_a_shell_well() {
    let folder = logs();
    let mut command = folder.command(["shell", "--from", "logs", "--format", "csv"]);
    let script = "SELECT t.value FROM unnest(range(0, 1000000)) AS t(value);\n".repeat(5);
    command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, script.as_bytes()).unwrap();
    drop(stdin);
    let mut first = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut first).unwrap();
    assert_eq!(first, "value\n");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn expanded_is_for_query_too() {
    let folder = logs();
    let run = |args: &[&str]| {
        folder.run(
            ["query", "--from", "logs", "--expanded", "SELECT elb, 502 AS code FROM requests LIMIT 1"]
                .iter()
                .chain(args),
        )
    };
    let answer = run(&[]).done().stdout;
    assert_eq!(answer, "─ row 1 ────────────────────────────────\nelb   app/shop/50dc6c495c0c9188\ncode  502\n");
    run(&["--format", "csv"]).exits(2).says("--expanded is a form of tables, not of csv");
}

#[test]
fn times_are_told_in_the_zone_that_was_asked_for() {
    let folder = Workspace::new();
    // An hour before and after clocks go back in New York, and the hour that comes twice.
    let times = ["2026-11-01T04:59:59.000001Z", "2026-11-01T05:30:00.000000Z", "2026-11-01T06:30:00.000000Z"];
    folder.write("a.log", times.map(|time| access(time, 200)).concat());
    let run = |format: &str, sql: &str| {
        folder.run(["query", "--from", "a.log", "--tz", "America/New_York", "--format", format, sql]).done().stdout
    };
    let sql = "SELECT time AS t FROM requests ORDER BY time";
    let expected =
        "t\n2026-11-01T00:59:59.000001-04:00\n2026-11-01T01:30:00.000000-04:00\n2026-11-01T01:30:00.000000-05:00\n";
    assert_eq!(run("csv", sql), expected);
    assert!(run("table", sql).ends_with("2026-11-01T01:30:00.000000-05:00\n"));
    assert_eq!(run("ndjson", sql).lines().next_back(), Some("{\"t\":\"2026-11-01T01:30:00.000000-05:00\"}"));
    assert!(run("json", sql).contains("\"2026-11-01T00:59:59.000001-04:00\""));
    // Clocks go forward: two in the morning is never shown.
    folder.write(
        "b.log",
        ["2026-03-08T06:59:59.000000Z", "2026-03-08T07:00:00.000000Z"].map(|time| access(time, 200)).concat(),
    );
    let answer = folder.run(["query", "--from", "b.log", "--tz", "america/new_york", "--format", "csv", sql]).done();
    assert_eq!(answer.rows(), ["2026-03-08T01:59:59.000000-05:00", "2026-03-08T03:00:00.000000-04:00"]);
    // What the statement itself put into a zone stays there, and UTC stays UTC.
    assert_eq!(
        run("csv", "SELECT max(time) AT TIME ZONE 'Asia/Tokyo' AS t FROM requests"),
        "t\n2026-11-01T15:30:00.000000+09:00\n"
    );
    let utc = folder.run(["query", "--from", "a.log", "--tz", "UTC", "--format", "csv", sql]).done().stdout;
    assert_eq!(utc, folder.csv("a.log", sql).done().stdout);
    // A shell tells them so, too.
    let answer =
        folder.run_with(sql.as_bytes(), ["shell", "--from", "a.log", "--tz", "America/New_York", "--format", "csv"]);
    assert_eq!(answer.done().stdout, expected);
    folder
        .run(["query", "--from", "a.log", "--tz", "Mars/Phobos", sql])
        .exits(2)
        .says("no time zone named Mars/Phobos");
}
