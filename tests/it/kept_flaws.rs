//! What is wrong with logs is said of their export, too: objects that are damaged, refused, left out, emptied since or compressed
//! since, rejected lines, and files of the export itself.

use std::fs;

use super::lake::{Lake, WINDOW, export, key, lines, report, written};
use super::logs::{CONNECTION, access, gzip};
use super::s3::{Effect, Operation, Rule, S3Server};
use super::support::{Answer, Workspace};

const COUNT: &str = "SELECT count(*) FROM requests";
/// Where the files of an export lie.
const DAY: &str = "account=123456789012/region=eu-west-1/day=2024-05-14";

fn other(end: &str, name: &str) -> String {
    key(end).replace("2ab3c4d5", name)
}

/// So many rows from 10:01 on.
fn rows(count: u32) -> String {
    (0..count).map(|row| access(&format!("2024-05-14T10:01:{row:02}.000000Z"), 200)).collect()
}

/// An hour with an object that is cut short, one that is none, and one with lines that are none; an hour of which nothing is to be
/// said; and their export.
fn flawed() -> Workspace {
    let folder = Workspace::new();
    // What does not compress, so that half of it has rows.
    let noise: String = (0..2_000_u64)
        .map(|row| {
            let agent = format!("{:x}", row.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            access("2024-05-14T10:01:00.000000Z", 200).replace("curl/8.5", &agent)
        })
        .collect();
    let whole = gzip(noise);
    folder.write(&format!("logs/{}", key("20240514T1005Z")), &whole[..whole.len() / 2]);
    folder.write(&format!("logs/{}", other("20240514T1005Z", "page")), "<html>What?</html>");
    folder.write(&format!("logs/{}", other("20240514T1010Z", "odd")), gzip(rows(30) + "what?\nis\nthis?\n"));
    folder.write(&format!("logs/{}", key("20240514T1205Z")), gzip(access("2024-05-14T12:01:00.000000Z", 200)));
    let connections = CONNECTION.replace("2026-11-20", "2024-05-14");
    let connection = key("20240514T1005Z").replace("/1234", "/conn_log_1234");
    folder.write(&format!("logs/{connection}"), gzip(connections));
    export(&folder, &[]).exits(3);
    folder
}

/// The logs as their export knows them.
fn logs_of(folder: &Workspace) -> String {
    folder.path("logs").canonicalize().unwrap().to_string_lossy().into_owned()
}

fn ask(folder: &Workspace, from: &[&str], more: &[&str], sql: &str) -> Answer {
    folder.run(query(from, more, sql))
}

/// A query of the window of every export here, unless there is another one.
fn query<'a>(from: &[&'a str], more: &[&'a str], sql: &'a str) -> Vec<&'a str> {
    let from: Vec<&str> = from.iter().flat_map(|from| ["--from", *from]).collect();
    let window = if more.contains(&"--since") { &[][..] } else { &WINDOW };
    [&["query", "--format", "csv"], &from[..], window, more, &[sql]].concat()
}

/// What is said of objects, without where that was read.
fn warnings(answer: &Answer) -> Vec<String> {
    let lines = answer.stderr.lines().filter(|line| line.starts_with("warning: "));
    let mut lines: Vec<String> =
        lines.map(|line| line.split(", the first in line").next().unwrap().to_owned()).collect();
    lines.sort();
    lines
}

fn rejected(answer: &Answer) -> String {
    answer.stderr.split(" rejected, ").next().unwrap().rsplit(' ').next().unwrap().to_owned()
}

#[test]
fn what_is_said_of_logs_is_said_of_their_export() {
    let folder = flawed();
    let logs = logs_of(&folder);
    let questions = [
        (&[][..], COUNT, 3),
        (&["--since", "2024-05-14T10:00", "--until", "2024-05-14T11:00"], COUNT, 3),
        (&["--elb", "shop"], COUNT, 3),
        (&[], "SELECT count(*) FROM requests WHERE time < '2024-05-14T10:30'", 3),
        (&[], "SELECT count(*) FROM rejected_lines", 3),
        (&[], "SELECT log_object, rows, rejected_lines FROM log_objects ORDER BY 1", 3),
        // Nothing of it is read for these.
        (&["--since", "2024-05-14T12:00", "--until", "2024-05-14T13:00"], COUNT, 0),
        (&[], "SELECT count(*) FROM requests WHERE time > '2024-05-14T12:00'", 0),
        (&[], "SELECT count(*) FROM requests WHERE day = '2024-05-15'", 0),
        (&[], "SELECT count(*) FROM connections", 0),
        (&[], "SELECT log_object FROM log_objects ORDER BY 1", 0),
    ];
    for (more, sql, code) in questions {
        let raw = ask(&folder, &[&logs], more, sql).exits(code);
        for from in [&["lake"][..], &["lake", &logs]] {
            let kept = ask(&folder, from, more, sql).exits(code);
            assert_eq!((&kept.stdout, warnings(&kept)), (&raw.stdout, warnings(&raw)), "{from:?} {more:?} {sql}");
            if code == 3 {
                assert_eq!(rejected(&kept), rejected(&raw), "{from:?} {sql}: {}", kept.stderr);
            }
            let strict = ask(&folder, from, &[more, &["--strict"]].concat(), sql);
            assert_eq!(strict.code, if code == 3 { 2 } else { 0 }, "{from:?} {sql}: {}", strict.stderr);
        }
    }
    // One question reads its hours once, however many tables it has.
    let both = "SELECT (SELECT count(*) FROM requests) + (SELECT count(*) FROM rejected_lines)";
    let answers = [ask(&folder, &[&logs], &[], both), ask(&folder, &["lake"], &[], both)].map(|it| it.exits(3));
    assert_eq!((&answers[0].stdout, rejected(&answers[0])), (&answers[1].stdout, rejected(&answers[1])));
}

#[test]
fn a_report_of_an_export_is_as_incomplete_as_one_of_its_logs() {
    let folder = flawed();
    let logs = logs_of(&folder);
    let head = |from: &[&str]| {
        let from = from.iter().flat_map(|from| ["--from", *from]);
        let answer = folder.run(["report", "overview"].into_iter().chain(from).chain(WINDOW)).exits(3);
        answer.stdout.lines().nth(1).unwrap().to_owned()
    };
    let raw = head(&[&logs]);
    assert!(raw.contains("logs not complete: 2 objects not read"), "{raw}");
    assert_eq!((head(&["lake"]), head(&["lake", &logs])), (raw.clone(), raw));
}

#[test]
fn each_run_and_the_status_tell_what_is_damaged() {
    let folder = flawed();
    for _ in 0..2 {
        let answer = export(&folder, &["--format", "json"]).exits(3).says("cut short").says("4 rejected lines");
        assert_eq!((written(&answer).len(), report(&answer)["damaged"].as_array().unwrap().len()), (0, 2));
    }
    let status = ["export", "status", "--to", "lake", "--since", "2024-05-14"];
    let answer = folder.run(status).exits(3).says("cut short");
    assert!(answer.stdout.contains("damaged  2 objects of which rows are missing\n"), "{}", answer.stdout);
    folder.run(status.iter().chain(&["-o", "a.prom"])).exits(3);
    assert!(folder.read("a.prom").contains("\nalbstats_export_damaged_objects 2\n"));
    // Outside the window nothing is said of it.
    folder.run(["export", "--from", "logs", "--to", "lake", "--since", "2024-05-15", "--until", "2024-05-16"]).done();
    // An export of before has no notes: the next run puts them there.
    let note = folder.path(&format!("lake/log_objects/{DAY}/_noted-access-2024-05-14T10"));
    let before = Lake::in_folder(&folder.path("lake"));
    fs::remove_file(&note).unwrap();
    ask(&folder, &["lake"], &[], COUNT).done();
    export(&folder, &["--dry-run"]).exits(3);
    assert!(!note.exists());
    export(&folder, &[]).exits(3);
    assert_eq!(Lake::in_folder(&folder.path("lake")), before);
    ask(&folder, &["lake"], &[], COUNT).exits(3);
    // Whole again, it is as any other.
    folder.write(&format!("logs/{}", key("20240514T1005Z")), gzip(rows(50).repeat(50)));
    folder.write(&format!("logs/{}", other("20240514T1005Z", "page")), gzip(rows(1)));
    export(&folder, &[]).done();
    export(&folder, &[]).done();
    assert_eq!(ask(&folder, &["lake"], &[], COUNT).done().value(), (2_500 + 1 + 30 + 1).to_string());
    folder.run(status).done();
}

#[test]
fn an_hour_without_one_of_its_objects_is_not_settled() {
    let effects = [Effect::access_denied(), Effect::kms_disabled()];
    for (effect, length) in effects.into_iter().zip(["hour", "day"]) {
        let (server, folder) = (S3Server::start(), Workspace::new());
        server.create("lake");
        for minute in ["05", "10", "15"] {
            server.put("logs", &key(&format!("20240514T10{minute}Z")), gzip(rows(50)));
        }
        server.put("logs", &key("20240514T1205Z"), gzip(access("2024-05-14T12:01:00.000000Z", 200)));
        server.when(Rule::on(Operation::Get).about("T1010Z"), effect);
        let run = || {
            let args = ["export", "--from", "s3://logs", "--to", "s3://lake/v1", "--slot", length];
            server.run(&folder, args.iter().chain(&WINDOW))
        };
        run().exits(3);
        server.heal();
        let ask = |from: &[&str], more: &[&str]| server.run(&folder, query(from, more, COUNT));
        let both = ["s3://lake/v1", "s3://logs"];
        server.forget_requests();
        assert_eq!(ask(&both, &[]).done().value(), "151", "{length}");
        let got: Vec<String> = server.got().into_iter().filter(|key| key.starts_with("AWSLogs")).collect();
        assert!(got.iter().all(|key| key.contains("T1010Z")) && !got.is_empty(), "{got:?}");
        assert_eq!(ask(&both, &["--strict"]).done().value(), "151", "{length}");
        let alone =
            ask(&both[..1], &[]).exits(3).says("warning: incomplete: 1 object of these hours not in the export: s3");
        assert_eq!(alone.value(), "101", "{length}");
        ask(&both[..1], &["--strict"]).exits(2).says("T1010Z");
        ask(&both[..1], &["--since", "2024-05-14T12:00", "--until", "2024-05-14T13:00"]).done();
        let args = ["report", "overview", "--from", "s3://lake/v1"];
        let head = server.run(&folder, args.iter().chain(&WINDOW)).exits(3).stdout;
        assert!(head.contains("logs not complete: 1 object not read"), "{head}");
        // Gone from the bucket, nothing has it.
        let content = server.read("logs", &key("20240514T1010Z"));
        server.remove("logs", &key("20240514T1010Z"));
        assert_eq!(ask(&both, &[]).exits(3).says("T1010Z").value(), "101", "{length}");
        server.put("logs", &key("20240514T1010Z"), content);
        run().done();
        assert_eq!(ask(&both[..1], &[]).done().value(), "151", "{length}");
    }
}

#[test]
fn what_is_lost_of_the_logs_stays_in_the_export() {
    let whole = gzip(rows(50).replace("10:01", "10:02"));
    let cut = [&gzip(rows(49))[..], &whole[..whole.len() / 2]].concat();
    let less: [(&str, Vec<u8>); 4] =
        [("emptied", Vec::new()), ("a page", b"<html>x</html>".to_vec()), ("cut", cut), ("less", gzip(rows(49)))];
    for (name, content) in less {
        let folder = Workspace::new();
        folder.write(&format!("logs/{}", key("20240514T1005Z")), gzip(rows(50)));
        folder.write(&format!("logs/{}", key("20240514T1010Z")), gzip(rows(20)));
        export(&folder, &[]).done();
        let lake = Lake::in_folder(&folder.path("lake"));
        folder.write(&format!("logs/{}", key("20240514T1005Z")), content);
        for more in [&[][..], &[], &["--rewrite"]] {
            let answer = export(&folder, more).exits(3).says("50 rows of it were exported before that");
            let answer = answer.says("the slot is kept as it is").says("hint: --allow-shrink");
            assert!(answer.stdout.contains("1 not written"), "{name}: {}", answer.stdout);
            assert_eq!(Lake::in_folder(&folder.path("lake")), lake, "{name}");
        }
        assert_eq!(folder.value("lake", COUNT), "70", "{name}");
        export(&folder, &["--allow-shrink"]);
        assert_ne!(Lake::in_folder(&folder.path("lake")), lake, "{name}");
    }
}

#[test]
fn a_file_of_which_nothing_is_left_is_missed() {
    let folder = Workspace::new();
    for hour in 10..13 {
        let row = access(&format!("2024-05-14T{hour}:01:00.000000Z"), 200);
        folder.write(&format!("logs/{}", key(&format!("20240514T{hour}05Z"))), gzip(row));
    }
    export(&folder, &[]).done();
    let file = format!("lake/requests/{DAY}/2024-05-14T11.parquet");
    folder.write(&file, "");
    let logs = logs_of(&folder);
    let answer = ask(&folder, &["lake"], &[], COUNT).exits(3).says("T11.parquet: it is empty");
    assert_eq!(answer.value(), "2");
    ask(&folder, &["lake", &logs], &[], COUNT).exits(3).says("T11.parquet: it is empty");
    let head = folder.run(["report", "overview", "--from", "lake"].iter().chain(&WINDOW)).exits(3).stdout;
    assert!(head.contains("logs not complete: "), "{head}");
    // An hour that is looked at more closely is read from the logs.
    assert_eq!(ask(&folder, &["lake", &logs], &["--fresh", "36500d"], COUNT).done().value(), "3");
    folder.run(["export", "status", "--to", "lake", "--since", "2024-05-14"]).exits(1);
    export(&folder, &[]).done();
    assert_eq!(ask(&folder, &["lake"], &[], COUNT).done().value(), "3");
}

#[test]
fn an_export_of_logs_that_have_expired_is_looked_at() {
    let folder = Workspace::new();
    folder.write(&format!("logs/{}", key("20240514T1005Z")), gzip(rows(2)));
    export(&folder, &[]).done();
    fs::remove_dir_all(folder.path("logs/AWSLogs")).unwrap();
    let status = || folder.run(["export", "status", "--to", "lake", "--since", "2024-05-14"]);
    let answer = status().done();
    let day = format!("\n  2024-05-14  {}█{}         1        –\n", "·".repeat(10), "·".repeat(13));
    assert!(answer.stdout.contains(&day), "{}", answer.stdout);
    fs::remove_file(folder.path(&format!("lake/requests/{DAY}/2024-05-14T10.parquet"))).unwrap();
    status().exits(3).says("its files are not all there");
    export(&folder, &[]).exits(3).says("its files are not all there");
}

#[test]
fn an_export_without_any_hour_is_no_answer() {
    let folder = Workspace::new();
    folder.write(&format!("logs/{}", key("20240514T1005Z")), gzip(rows(2)));
    folder.run(["export", "--from", "logs", "--to", "lake"]).done();
    let logs = logs_of(&folder);
    ask(&folder, &["lake"], &[], COUNT).exits(2).says("error: ").says("lake holds nothing yet: no hour is exported");
    assert_eq!(ask(&folder, &["lake", &logs], &[], COUNT).done().value(), "2");
    export(&folder, &[]).done();
    assert_eq!(ask(&folder, &["lake"], &[], "SELECT count(*) FROM connections").done().value(), "0");
    assert_eq!(ask(&folder, &["lake"], &["--since", "2024-05-16", "--until", "2024-05-17"], COUNT).done().value(), "0");
}

#[test]
fn logs_that_are_compressed_or_moved_are_the_same_objects() {
    let plain = |folder: &str| format!("{folder}/{}", key("20240514T1005Z").replace(".log.gz", ".log"));
    let folder = Workspace::new();
    folder.write(&plain("logs"), rows(50));
    export(&folder, &[]).done();
    // With its original beside it, and without.
    for keeps in [true, false] {
        folder.write(&format!("logs/{}", key("20240514T1005Z")), gzip(rows(50)));
        if !keeps {
            fs::remove_file(folder.path(&plain("logs"))).unwrap();
        }
        export(&folder, &[]).done();
        assert_eq!(written(&export(&folder, &["--format", "json"]).done()), [""; 0], "{keeps}");
        assert_eq!(folder.value("lake", COUNT), "50", "{keeps}");
    }
    // Moved, with one that comes late.
    fs::create_dir(folder.path("logs/old")).unwrap();
    fs::rename(folder.path("logs/AWSLogs"), folder.path("logs/old/AWSLogs")).unwrap();
    export(&folder, &[]).done();
    folder.write(&format!("logs/{}", key("20240514T1010Z")), gzip(rows(20)));
    let answer = export(&folder, &["--format", "json"]).done();
    assert_eq!(written(&answer), ["access 123456789012 eu-west-1 2024-05-14T10: 1 late object"]);
    assert_eq!(folder.value("lake", COUNT), "70");
}

#[test]
fn no_answer_takes_the_place_of_what_it_is_read_from() {
    let folder = Workspace::new();
    let log = format!("logs/{}", key("20240514T1005Z"));
    folder.write(&log, lines(&[("2024-05-14T10:03:00Z", "/a")]));
    export(&folder, &[]).done();
    let before = fs::read(folder.path(&log)).unwrap();
    let file = format!("lake/requests/{DAY}/2024-05-14T10.parquet");
    let over = |from: &str, output: &str| {
        let args = ["query", "--from", from, "--format", "csv", "-o", output, COUNT];
        folder
            .run(args)
            .exits(2)
            .says("is read for the answer, which would replace it")
            .says("hint: -o with another file");
    };
    over("logs", &log);
    over("logs", &format!("lake/../{log}"));
    over("lake", &file);
    let args = ["report", "overview", "--format", "csv", "-o", &log, "--from", "logs"];
    folder.run(args.iter().chain(&WINDOW)).exits(2).says("is read for the answer");
    assert_eq!(fs::read(folder.path(&log)).unwrap(), before);
    folder.run(["query", "--from", "logs", "--format", "csv", "-o", "answer.csv", COUNT]).done();
}
