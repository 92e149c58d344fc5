//! Logs and statements over which people stumbled with other programs, kept as they were reported (`tests/reported/`): each has its
//! right answer, or a refusal that says what it met.

use super::s3::S3Server;
use super::support::{Answer, Workspace, repository};

const COUNT: &str = "SELECT count(*) FROM requests";
const AN_HOUR: [&str; 4] = ["--since", "2026-11-20T10:00", "--until", "2026-11-20T11:00"];

fn ask(folder: &str, flags: &[&str], sql: &str) -> Answer {
    let from = repository("tests/reported").join(folder);
    let from = from.to_str().unwrap();
    Workspace::new().run([&["query", "--format", "csv", "--from", from], flags, &[sql]].concat())
}

/// The same tree in a bucket.
fn bucket(folder: &str) -> S3Server {
    let server = S3Server::start();
    server.put_folder("logs", "", &repository("tests/reported").join(folder));
    server
}

fn ask_bucket(server: &S3Server, from: &str, flags: &[&str], sql: &str) -> Answer {
    server.run(&Workspace::new(), [&["query", "--format", "csv", "--from", from], flags, &[sql]].concat())
}

#[test]
fn whatever_holds_the_lines_they_are_counted() {
    for (folder, rows, said) in [
        ("gzip-twice/logs", "100", ""),
        ("gzip-twice/daily", "50", ""),
        ("recompressed/logs", "200", ""),
        ("recompressed/only", "50", ""),
        ("recompressed/kept-name", "50", ""),
        ("cloudwatch-export/export", "50", "notice: 1 object holds ALB lines behind a time (CloudWatch Logs export)"),
        ("cloudwatch-export/tail.txt", "50", "notice: 1 object holds ALB lines behind a time"),
        ("firehose/2026", "50", "notice: 1 object holds ALB lines inside JSON (CloudWatch subscription)"),
        ("copies/gunzip-keep", "50", "notice: 1 object is there twice, by the names AWS gives; read once: "),
        ("copies/download-twice", "50", "notice: 1 object is there twice"),
        ("copies/keep-original", "50", "notice: 1 object is there twice"),
        ("moved-by-hour", "140", ""),
    ] {
        assert_eq!(ask(folder, &[], COUNT).done().says(said).value(), rows, "{folder}");
    }
}

#[test]
fn what_is_no_lines_of_a_log_is_refused_by_what_it_is() {
    for (folder, code, said) in [
        ("firehose/raw", 2, "lines without line ends between them, as Firehose writes them"),
        ("vended/json", 2, "(a vended log), not ALB log lines: choose plain text as its format"),
        ("vended/tab", 2, "ALB fields with tabs between them instead of spaces: choose a space as the delimiter"),
        ("wrapped-example/example.log", 2, "lines cut short: the first has 3 fields, the shortest access line has 12"),
        ("wrapped-example/named", 3, "lines cut short: the first has 3 fields"),
    ] {
        let answer = ask(folder, &[], COUNT).exits(code).says(said);
        assert!(!answer.stderr.contains("--kind access reads files"), "{folder}: {}", answer.stderr);
    }
}

#[test]
fn hours_moved_into_partitions_are_found_in_a_bucket() {
    let server = bucket("moved-by-hour");
    let by_hour = "SELECT hour(time), count(*) FROM requests GROUP BY 1 ORDER BY 1";
    let window = ["--since", "2026-11-20T07:00", "--until", "2026-11-20T11:00"];
    for from in ["s3://logs/AWSLogs-Partitioned", "s3://logs"] {
        assert_eq!(ask_bucket(&server, from, &window, by_hour).done().rows(), ["8,40", "9,40", "10,40"], "{from}");
    }
    let both = ["--since", "2026-11-19T00:00", "--until", "2026-11-21T00:00"];
    assert_eq!(ask_bucket(&server, "s3://logs", &both, COUNT).done().value(), "140");
    let folder = Workspace::new();
    let fetch = [&["fetch", "--from", "s3://logs/AWSLogs-Partitioned", "--to", "copy"], &both[..]].concat();
    server.run(&folder, fetch).done().says("fetched 7 objects");
    assert_eq!(folder.value("copy", COUNT), "140");
}

#[test]
fn load_balancers_with_prefixes_of_their_own_are_in_one_bucket() {
    let server = bucket("prefixes");
    let by_elb = "SELECT split_part(elb, '/', 2), count(*) FROM requests GROUP BY 1 ORDER BY 1";
    let rows = ["k8s-pay,40", "k8s-shop,30", "legacy,20"];
    assert_eq!(ask_bucket(&server, "s3://logs", &AN_HOUR, by_elb).done().rows(), rows);
    assert_eq!(ask("prefixes", &[], by_elb).done().rows(), rows);
    let folder = Workspace::new();
    let objects = [&["objects", "--from", "s3://logs"], &AN_HOUR[..]].concat();
    let objects = server.run(&folder, objects).done().stdout;
    assert!(["legacy", "k8s-pay", "k8s-shop"].iter().all(|elb| objects.contains(elb)), "{objects}");
    let export = ["export", "--from", "s3://logs", "--to", "lake", "--since", "2026-11-20", "--until", "2026-11-21"];
    server.run(&folder, export).done();
    assert_eq!(folder.csv("lake", by_elb).done().rows(), rows);
}

#[test]
fn a_key_with_two_slashes_takes_no_other_with_it() {
    let days = "AWSLogs/123456789012/elasticloadbalancing/eu-west-1/2026/11/20/";
    let name = "123456789012_elasticloadbalancing_eu-west-1_app.legacy.0123456789abcdef_20261120T1005Z_198.51.100.9_abcd1234.log.gz";
    let good = format!("{days}{name}");
    let content = std::fs::read(repository("tests/reported/prefixes").join(&good)).unwrap();
    let lines = |from: &str, stray: &str| {
        let server = S3Server::start();
        server.create("logs").put("logs", &good, &content).put("logs", stray, "some notes");
        let server_with_folder = Workspace::new();
        server_with_folder.write(&format!("logs/{good}"), &content).write(&format!("logs/{stray}"), "some notes");
        assert_eq!(server_with_folder.value("logs", COUNT), "20", "a folder with {stray}");
        ask_bucket(&server, from, &AN_HOUR, COUNT).done().value()
    };
    assert_eq!(lines("s3://logs", "AWSLogs//notes.txt"), "20");
    assert_eq!(lines("s3://logs", &format!("{days}/copy-of-notes.txt")), "20");
    assert_eq!(lines("s3://logs", "backup//old/notes.txt"), "20");
    let server = S3Server::start();
    server.create("logs").put("logs", &format!("logs//{good}"), &content);
    for from in ["s3://logs/logs", "s3://logs", "s3://logs/logs/"] {
        assert_eq!(ask_bucket(&server, from, &AN_HOUR, COUNT).done().value(), "20", "{from}");
    }
}

#[test]
fn a_vended_log_in_a_bucket_is_named() {
    let server = bucket("vended/bucket");
    let answer = ask_bucket(&server, "s3://logs", &AN_HOUR, COUNT).exits(2);
    assert!(!answer.stderr.contains("a longer window"), "{}", answer.stderr);
    let answer = answer.says("error: no Application Load Balancer logs in s3://logs");
    answer.says("(a vended log), not ALB log lines: choose plain text as its format");
}

#[test]
fn statements_of_other_tables_are_answered_or_told_what_to_write() {
    let request = "SELECT actions_executed, elb_status_code, *, from_iso8601_timestamp(time) AS timestmp FROM requests";
    let hour = "SELECT substr(time,1,13) AS h, count(*) AS n FROM requests WHERE time >= '2026-11-20T10' AND time < \
                '2026-11-20T12' GROUP BY substr(time,1,13) ORDER BY h";
    let text = "hint: it takes text: date_trunc('hour', time) cuts a time, and CAST(time AS varchar) is its text";
    let twice =
        ask("sql/logs", &[], &format!("{request} WHERE elb_status_code > 499 ORDER BY timestmp LIMIT 2")).done();
    let header = twice.stdout.lines().next().unwrap().to_owned();
    assert_eq!((header.matches("elb_status_code").count(), twice.stdout.lines().count()), (2, 3), "{header}");
    for (sql, said) in [
        (hour, text),
        ("SELECT concat(substr(time,1,15),'0') AS ten, count(*) FROM requests GROUP BY 1", text),
        (
            "SELECT count(*) FROM requests WHERE time LIKE '2026-11-20T10:%'",
            "hint: CAST(… AS varchar) is the text of a time",
        ),
        (
            r"SELECT regexp_extract(request, '^(\w+)\s+([^\s]+)', 2) FROM requests LIMIT 1",
            "hint: here that is request_verb, request_url and request_proto",
        ),
        ("SELECT timestamp FROM requests LIMIT 1", "hint: here that is time"),
        ("SELECT client_ip_port FROM requests LIMIT 1", "hint: here that is client_ip and client_port"),
        ("SELECT lambda_error_reason FROM requests LIMIT 1", "hint: here that is error_reason"),
        (
            "SELECT count(*) FROM requests WHERE year = '2026' AND month = '11' AND day = '20'",
            "hint: here that is in day, text such as '2026-11-20'",
        ),
        ("SELECT count(*) FROM requests WHERE day = '20'", "error: day is text such as '2026-11-20', and '20' is not"),
        ("SELECT histogram(elb_status_code) FROM requests", "hint: SELECT x, count(*) FROM … GROUP BY x"),
    ] {
        ask("sql/logs", &[], sql).exits(2).says(said);
    }
    for (sql, rows) in [
        ("SELECT count(*) FROM requests WHERE day = '2026/11/20'", &["60"][..]),
        (
            "SELECT a.action, count(*) FROM requests CROSS JOIN UNNEST(split(actions_executed, ',')) AS a(action) GROUP BY 1",
            &["forward,120"],
        ),
        (
            "SELECT count(*) FROM requests WHERE day BETWEEN date_format(timestamp '2026-11-19 00:00:00', '%Y/%m/%d') \
             AND date_format(timestamp '2026-11-20 00:00:00', '%Y/%m/%d')",
            &["120"],
        ),
        ("SELECT count(*) FROM requests WHERE day >= '2026/11/19'", &["120"]),
        ("SELECT count(*) FROM requests WHERE day <= '2026/11/19'", &["60"]),
        (
            "SELECT substr(CAST(time AS varchar), 1, 13), count(*) FROM requests WHERE time >= '2026-11-20T10:00' AND \
             time < '2026-11-20T12:00' GROUP BY 1 ORDER BY 1",
            &["2026-11-20T10,30", "2026-11-20T11,30"],
        ),
        ("SELECT date(time) AS d, count(*) FROM requests GROUP BY 1 ORDER BY 1", &["2026-11-19,60", "2026-11-20,60"]),
        ("SELECT day(time) AS d, count(*) FROM requests GROUP BY 1 ORDER BY 1", &["19,60", "20,60"]),
        (
            "SELECT action, count(*) FROM (SELECT unnest(split(actions_executed, ',')) AS action FROM requests) AS a GROUP BY 1",
            &["forward,120"],
        ),
        ("SELECT url_decode(url_extract_query(request_url)) AS q, count(*) FROM requests GROUP BY 1", &["id=7,120"]),
        (
            "SELECT from_iso8601_timestamp(time) AT TIME ZONE 'Europe/Bucharest' AS time, client_ip FROM requests WHERE \
             from_iso8601_timestamp(time) > date_add('minute', -10, from_iso8601_timestamp('2026-11-20T11:32:00Z')) AND \
             elb_status_code = '200' ORDER BY time DESC LIMIT 2",
            &["2026-11-20T13:29:07.123456+02:00,192.0.2.10", "2026-11-20T13:28:07.123456+02:00,192.0.2.10"],
        ),
    ] {
        assert_eq!(ask("sql/logs", &[], sql).done().rows(), rows, "{sql}");
    }
}

#[test]
fn clocks_that_go_back_count_every_hour() {
    let new_york = "SELECT date_trunc('hour', time AT TIME ZONE 'America/New_York') AS h, count(*) FROM requests WHERE \
                    day = '2026-11-01' GROUP BY 1 ORDER BY 1";
    let hours =
        ["00:00:00.000000-04", "01:00:00.000000-04", "01:00:00.000000-05", "02:00:00.000000-05", "03:00:00.000000-05"];
    let hours = hours.map(|hour| format!("2026-11-01T{hour}:00,2"));
    assert_eq!(ask("sql/dst", &[], new_york).done().rows(), hours);
    let seoul = "SELECT date_format(from_iso8601_timestamp(time) AT TIME ZONE 'Asia/Seoul', '%Y-%m-%d %H:%i:00') AS k, count(*) \
                 FROM requests WHERE day = '2026-11-01' GROUP BY 1 ORDER BY 1 LIMIT 3";
    let hours = ["2026-11-01 13:00:00,1", "2026-11-01 13:30:00,1", "2026-11-01 14:00:00,1"];
    assert_eq!(ask("sql/dst", &[], seoul).done().rows(), hours);
    let day = "SELECT date_trunc('day', time AT TIME ZONE 'America/New_York') AS h, count(*) FROM requests WHERE day = \
               '2026-03-08' GROUP BY 1 ORDER BY 1";
    assert_eq!(ask("sql/dst", &[], day).done().rows(), ["2026-03-08T00:00:00.000000-05:00,10"]);
    for (since, first) in [
        ("2026-11-01T01:30[America/New_York]", "2026-11-01T05:30:00.000000Z"),
        ("2026-11-01T14:00+09:00", "2026-11-01T05:00:00.000000Z"),
        ("2026-11-01T06:00", "2026-11-01T06:00:00.000000Z"),
    ] {
        let flags = ["--since", since, "--until", "2026-11-01T09:00Z"];
        let answer = ask("sql/dst", &flags, "SELECT min(time) FROM requests");
        // A zone may be refused, but a clock of it is never read as UTC's.
        if answer.code != 2 || !since.contains('[') {
            assert_eq!(answer.done().value(), first, "{since}");
        }
    }
}
