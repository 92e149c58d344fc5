//! `albstats objects`: what a window would read, from lists alone.

use super::logs::object_name;
use super::s3::{Effect, Operation, Rule, S3Server};
use super::support::{Answer, Workspace};

const DAY: [&str; 4] = ["--since", "2026-11-20T00:00", "--until", "2026-11-21T00:00"];

fn folder(account: &str, day: u32) -> String {
    format!("AWSLogs/{account}/elasticloadbalancing/eu-west-1/2026/11/{day}")
}

/// A bucket of two accounts: a busy load balancer, one that stops at six, and one with a single object.
fn bucket() -> S3Server {
    let server = S3Server::start();
    let put = |account: &str, elb: &str, prefix: &str, hour: u32, size: usize| {
        let stem = format!("{prefix}{account}_elasticloadbalancing_eu-west-1_app.{elb}.50dc6c495c0c9188");
        let name = format!("{stem}_20261120T{hour:02}30Z_203.0.113.4_2ab3c4d5.log.gz");
        server.put("logs", &format!("{}/{name}", folder(account, 20)), vec![0; size]);
    };
    for hour in 0..24 {
        for prefix in ["", "conn_log_", "health_check_log_"] {
            put("123456789012", "k8s-shop-1f2e3d4c5b", prefix, hour, 10_000);
        }
        if hour < 6 {
            put("123456789012", "k8s-pay-77aa66bb55", "", hour, 5_000);
        }
    }
    put("210987654321", "k8s-ops-0c1d2e3f4a", "", 11, 400);
    server.put("logs", "AWSLogs/123456789012/ELBAccessLogTestFile", "test");
    let nlb = "123456789012_elasticloadbalancing_eu-west-1_net.x.1a2b_20261120T0500Z_1.log.gz";
    server.put("logs", &format!("{}/{nlb}", folder("123456789012", 20)), "x");
    server.put("logs", &format!("{}/notes.txt", folder("123456789012", 20)), "x");
    server
}

fn ask(server: &S3Server, flags: &[&str]) -> Answer {
    server.run(&Workspace::new(), [&["objects", "--from", "s3://logs"], &DAY[..], flags].concat())
}

#[test]
fn a_bucket_is_shown_from_its_lists() {
    let server = bucket();
    let answer = ask(&server, &[]).done();
    insta::assert_snapshot!(answer.stdout, @r"
    Objects: s3://logs
    2 accounts, eu-west-1 · 2026-11-20 00:00 – 2026-11-21 00:00 UTC

      LOAD BALANCER        ACCOUNT       KINDS  OBJECTS    SIZE  NEWEST  BY HOUR
      k8s-shop-1f2e3d4c5b  123456789012  a c h       72  720 kB  23:30   ████████████████████████
      k8s-pay-77aa66bb55   123456789012  a            6   30 kB  05:30   ██████··················
      k8s-ops-0c1d2e3f4a   210987654321  a            1   400 B  11:30   ···········█············
      total                                          79  750 kB

    skipped  1 test · 1 nlb · 1 foreign
    to read  79 GETs, under $0.01 · under 1 s at 100 MB/s · under $0.01 transfer if outside AWS
    next     albstats fetch --from s3://logs --since 2026-11-20T00:00 --until 2026-11-21T00:00 --to ./logs
    ");
    assert_eq!(answer.stderr, "");
    assert_eq!(server.count(Operation::Get), 0);
    // The root and AWSLogs/; for each of two accounts its folder, service, region, year and month, the day and the one its
    // margin reaches into.
    assert_eq!(server.count(Operation::List), 16);
}

#[test]
fn one_load_balancer_is_listed_by_the_start_of_its_names() {
    let server = bucket();
    let answer = ask(&server, &["--elb", "k8s-pay-77aa66bb55", "--format", "csv"]).done();
    assert_eq!(answer.rows().len(), 1);
    assert!(answer.rows()[0].starts_with("app/k8s-pay-77aa66bb55/50dc6c495c0c9188,123456789012,eu-west-1,"));
    assert!(server.requests().iter().any(|request| request.about().ends_with("_app.k8s-pay-77aa66bb55.")));
    assert_eq!(server.count(Operation::Get), 0);
}

#[test]
fn programs_read_rows() {
    let server = bucket();
    let answer = ask(&server, &["--format", "json"]).done().says("3 load balancers, 79 objects, 750 kB; skipped 3");
    let rows: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    let row = |index: usize| &rows[index];
    assert_eq!(rows.as_array().unwrap().len(), 3);
    assert_eq!(row(0)["load_balancer"], "app/k8s-shop-1f2e3d4c5b/50dc6c495c0c9188");
    assert_eq!(row(0)["kinds"], serde_json::json!(["access", "connection", "health-check"]));
    assert_eq!((&row(0)["objects"], &row(0)["bytes"]), (&72.into(), &720_000.into()));
    assert_eq!(row(0)["newest"], "2026-11-20T23:30:00.000000Z");
    assert_eq!(row(0)["by_hour"].as_array().unwrap().len(), 24);
    assert_eq!(row(1)["by_hour"][5], serde_json::json!({"hour": "2026-11-20T05:00:00.000000Z", "objects": 1}));
    assert_eq!((&row(2)["account"], &row(2)["region"]), (&"210987654321".into(), &"eu-west-1".into()));

    let nothing = ask(&server, &["--elb", "none", "--format", "json"]).done();
    assert_eq!(nothing.stdout, "[]\n");
    let lines = ask(&server, &["--format", "ndjson", "-q"]).done();
    assert_eq!((lines.stdout.lines().count(), lines.stderr.as_str()), (3, ""));
}

#[test]
fn what_is_listed_is_what_a_query_of_the_window_reads() {
    let folder = Workspace::new();
    folder.run(["generate", "logs", "--rps", "1", "--duration", "2h"]).done();
    let server = S3Server::start();
    server.put_folder("logs", "", &folder.path("logs"));
    let window = ["--since", "2026-11-20T10:10", "--until", "2026-11-20T10:30", "--margin", "15m"];
    for from in ["logs", "s3://logs"] {
        let rows = |args: &[&str], names: [&str; 3]| {
            let args = [args, &["--from", from, "--format", "json"], &window].concat();
            let answer = server.run(&folder, args).done();
            let rows: Vec<serde_json::Value> = serde_json::from_str(&answer.stdout).unwrap();
            let mut rows: Vec<String> =
                rows.iter().map(|row| names.map(|name| row[name].to_string()).join(" ")).collect();
            rows.sort();
            rows
        };
        let listed = rows(&["objects"], ["load_balancer", "objects", "bytes"]);
        let sql = "SELECT elb, count(*) AS n, sum(size) AS bytes FROM log_objects GROUP BY elb";
        assert_eq!(listed, rows(&["query", sql], ["elb", "n", "bytes"]), "{from}");
        assert!(!listed.is_empty());
    }
}

#[test]
fn a_folder_is_listed_whole() {
    let folder = Workspace::new();
    for (end, size) in [("20261119T2355Z", 10), ("20261120T0000Z", 20), ("20261120T0100Z", 30)] {
        folder.write(&format!("logs/{}", object_name(end)), vec![0; size]);
    }
    folder.write("logs/renamed.log", "x").write("logs/.albstats-fetch-x", "half");
    insta::assert_snapshot!(folder.run(["objects", "--from", "logs"]).done().stdout, @r#"
    Objects: logs
    account 123456789012, eu-west-1 · 2026-11-19 23:00 – 2026-11-20 01:00 UTC

      LOAD BALANCER  KINDS  OBJECTS  SIZE  NEWEST  BY 5 MIN
      shop           a            3  60 B  01:00   ··········██···········█
      (other names)  –            1   1 B  –       ························
      total                       4  61 B

    skipped  1 foreign
    next     albstats query --from logs 'SELECT count(*) FROM requests'
    "#);
    let late = ["objects", "--from", "logs", "--since", "2026-11-19T23:50", "--until", "2026-11-20T00:00"];
    let shop = folder.run([&late[..], &["--elb", "shop"]].concat()).done().stdout;
    assert!(shop.contains("(other names)"), "{shop}");
    std::fs::remove_file(folder.path("logs/renamed.log")).unwrap();
    insta::assert_snapshot!(folder.run(late).done().stdout, @r#"
    Objects: logs
    account 123456789012, eu-west-1 · 2026-11-19 23:50 – 2026-11-20 00:00 UTC

      LOAD BALANCER  KINDS  OBJECTS  SIZE  NEWEST       BY 5 MIN
      shop           a            3  60 B  11-20 01:00  ██
      total                       3  60 B

    skipped  1 foreign
    late     counts 1 object of the 65 min after the window, for rows that come late
    next     albstats query --from logs --since 2026-11-19T23:50 --until 2026-11-20T00:00 'SELECT count(*) FROM requests'
    "#);
}

#[test]
fn the_largest_are_shown_and_the_rest_counted() {
    let folder = Workspace::new();
    for number in 0..14 {
        let name = object_name("20261120T1005Z").replace("app.shop.", &format!("app.shop{number:02}."));
        folder.write(&format!("logs/{name}"), vec![0; 100 + number]);
    }
    let shown = folder.run(["objects", "--from", "logs"]).done().stdout;
    assert!(shown.contains("\n  4 more (--all)  a            4   406 B"), "{shown}");
    assert!(shown.contains("shop13") && !shown.contains("shop03"));
    let all = folder.run(["objects", "--from", "logs", "--all"]).done().stdout;
    assert!(all.contains("shop00") && !all.contains("more"));
    folder.run(["objects", "--from", "logs", "-o", "objects.csv"]).done();
    assert_eq!(folder.read("objects.csv").lines().count(), 15);
}

#[test]
fn what_cannot_be_listed_is_named() {
    let server = bucket();
    server.when(Rule::on(Operation::List).about("AWSLogs/210987654321/"), Effect::access_denied());
    let answer = ask(&server, &[]).exits(3).says("warning: not listed: s3://logs/AWSLogs/210987654321/");
    assert!(answer.stdout.contains("k8s-shop") && !answer.stdout.contains("k8s-ops"));
    server.heal().when(Rule::on(Operation::List), Effect::access_denied());
    ask(&server, &[]).exits(2).says("access denied: s3:ListBucket is missing");
    Workspace::new().run_with(b"x", ["objects", "--from", "-"]).exits(2).says("standard input holds no objects");
}

#[test]
fn a_window_without_objects_is_an_answer() {
    let server = bucket();
    let answer = server.run(&Workspace::new(), ["objects", "--from", "s3://logs"]).done();
    assert!(answer.stdout.contains("no logs of Application Load Balancers"), "{}", answer.stdout);
    answer
        .says("notice: reading the last hour (--since 1h)")
        .says("notice: no Application Load Balancer logs in s3://logs");
    let folder = Workspace::new();
    folder.write(&format!("logs/{}", object_name("20261120T1005Z")), "x");
    let answer = folder.run(["objects", "--from", "logs", "--elb", "none"]).done();
    assert_eq!(answer.stdout, "Objects: logs\n\n  no logs of Application Load Balancers\n");
    answer.says("notice: no load balancer is called none: nearest shop");
    // Where no name says a time, there is none to show.
    folder.write("renamed/x.log", "x");
    let unnamed = folder.run(["objects", "--from", "renamed"]).done().stdout;
    assert!(
        unnamed
            .starts_with("Objects: renamed\n\n  LOAD BALANCER  KINDS  OBJECTS  SIZE\n  (other names)  –            1"),
        "{unnamed}"
    );
}

/// What stands in names must neither rewrite the screen nor hide: everything odd is written as `\xHH`.
#[cfg(unix)]
#[test]
fn hostile_names_are_harmless_on_the_screen() {
    let folder = Workspace::new();
    let hostile = "logs\u{1b}[2J\n\u{202e}gpj.\u{200b}x";
    let name = object_name("20261120T1005Z").replace("app.shop.", "app.sh\u{1b}]0;op\n\u{202e}\u{200b}.");
    folder.write(&format!("{hostile}/{name}"), "x").write(&format!("{hostile}/{}", object_name("20261120T1010Z")), "x");
    folder.write(&format!("{hostile}/\u{1b}[31m\n\u{202e}\u{200b}.log"), "x");
    for format in ["table", "html", "markdown"] {
        let answer = folder.run(["objects", "--from", hostile, "--format", format]).done();
        let is_odd = |char: char| (char.is_control() && char != '\n') || "\u{202e}\u{200b}".contains(char);
        assert!(!answer.stdout.contains(is_odd), "{format}: {:?}", answer.stdout);
        assert!(answer.stdout.contains(r"sh\x1B]0;op\x0A\xE2\x80\xAE") || format != "table", "{:?}", answer.stdout);
    }
    let title = r"Objects: logs\x1B[2J\x0A\xE2\x80\xAEgpj.\xE2\x80\x8Bx";
    assert_eq!(folder.run(["objects", "--from", hostile]).done().stdout.lines().next(), Some(title));
}
