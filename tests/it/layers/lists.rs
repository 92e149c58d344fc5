//! What is asked of a bucket: hours that are settled are not listed, and nothing that is kept is downloaded.

use super::{DAYS, files, logs};
use crate::s3::{Effect, Operation, Rule, S3Server};
use crate::support::{Answer, Workspace};

const COUNT: &str = "SELECT count(*) FROM requests";

/// The logs in a bucket, where AWS puts them, and their export in another.
fn bucket(folder: &Workspace, exported: &[&str]) -> S3Server {
    let server = S3Server::start();
    for name in files(&folder.path("logs")) {
        let Some(key) = alblog::LogKey::parse(&name) else { continue };
        server.put("logs", &format!("{}/{key}", key.folder()), std::fs::read(folder.path("logs").join(&name)).unwrap());
    }
    server.create("lake");
    let args = ["export", "--from", "s3://logs", "--to", "s3://lake/v1", "--settle", "0s"];
    server.run(folder, args.iter().chain(exported)).done();
    server.forget_requests();
    server
}

fn ask(server: &S3Server, folder: &Workspace, more: &[&str], sql: &str) -> Answer {
    let args = ["query", "--format", "csv", "--from", "s3://logs", "--from", "s3://lake/v1"];
    server.run(folder, args.iter().chain(&DAYS).chain(more).chain(&[sql]))
}

/// Prefixes below a day's folder of the logs that were listed.
fn listed_days(server: &S3Server) -> Vec<String> {
    let lists = server.requests().into_iter().filter(|it| it.operation == Operation::List && it.bucket == "logs");
    let prefixes = lists.map(|it| it.parameter("prefix").unwrap_or_default().to_owned());
    let mut days: Vec<String> = prefixes.filter(|prefix| prefix.contains("/2024/05/1")).collect();
    days.sort();
    days
}

#[test]
fn settled_hours_are_not_listed() {
    let folder = logs();
    let server = bucket(&folder, &DAYS);
    let raw =
        server.run(&folder, ["query", "--format", "csv", "--from", "s3://logs"].iter().chain(&DAYS).chain(&[COUNT]));
    let all = raw.done().value();
    server.forget_requests();
    // All of a window that every kind has records of.
    let window = ["--since", "2024-05-14T22", "--until", "2024-05-15T00", "--margin", "1h"];
    let args = ["query", "--format", "csv", "--from", "s3://logs", "--from", "s3://lake/v1"];
    let answer = server.run(&folder, args.iter().chain(&window).chain(&[COUNT])).done();
    assert_ne!(answer.value(), "0");
    assert_eq!(listed_days(&server), [""; 0]);
    assert!(server.got().iter().all(|key| !key.contains("AWSLogs")), "{:?}", server.got());
    // Hours without any logs have no records: they are looked for.
    server.forget_requests();
    assert_eq!(ask(&server, &folder, &[], COUNT).done().value(), all);
    assert!(!listed_days(&server).is_empty());
    // Those of last night are listed whatever the export has.
    server.forget_requests();
    assert_eq!(ask(&server, &folder, &["--fresh", "36500d"], COUNT).done().value(), all);
    assert!(!listed_days(&server).is_empty());
    assert!(server.got().iter().all(|key| !key.contains("AWSLogs")), "{:?}", server.got());
}

#[test]
fn only_kinds_that_are_not_settled_are_listed() {
    let folder = logs();
    let server = bucket(&folder, &DAYS);
    for key in server.keys("lake").iter().filter(|key| key.contains("connection-2024-05-14T23")) {
        server.remove("lake", key);
    }
    let window = ["--since", "2024-05-14T22", "--until", "2024-05-15T00", "--margin", "1h"];
    let args = ["query", "--format", "csv", "--from", "s3://logs", "--from", "s3://lake/v1"];
    let count = "SELECT count(*) FROM connections";
    let raw =
        server.run(&folder, ["query", "--format", "csv", "--from", "s3://logs"].iter().chain(&window).chain(&[count]));
    server.forget_requests();
    let answer = server.run(&folder, args.iter().chain(&window).chain(&[count])).done();
    assert_eq!(answer.value(), raw.done().value());
    let days = listed_days(&server);
    assert!(!days.is_empty() && days.iter().all(|prefix| prefix.contains("/conn_log_")), "{days:?}");
}

#[test]
fn objects_that_were_replaced_or_are_gone_count_once() {
    let folder = logs();
    let server = bucket(&folder, &DAYS);
    let of = |sql: &str| ask(&server, &folder, &["--fresh", "36500d"], sql).done();
    let before: u64 = of(COUNT).value().parse().unwrap();
    let keys: Vec<String> = server.keys("logs").into_iter().filter(|key| key.contains("2024/05/14/123456")).collect();
    assert!(keys.len() > 2, "{keys:?}");
    // Gone from the bucket, it is kept.
    server.remove("logs", &keys[0]);
    assert_eq!(of(COUNT).value(), before.to_string());
    // Written anew, it is read itself.
    let rows = format!("SELECT count(*) FROM requests WHERE log_object = 's3://logs/{}'", keys[1]);
    let was: u64 = of(&rows).value().parse().unwrap();
    server.put("logs", &keys[1], crate::logs::gzip(crate::logs::access("2024-05-14T22:33:00.000000Z", 200)));
    assert_eq!((of(&rows).value(), of(COUNT).value()), ("1".to_owned(), (before - was + 1).to_string()));
    let objects = format!("SELECT read_from, rows FROM log_objects WHERE log_object = 's3://logs/{}'", keys[1]);
    assert_eq!(of(&objects).rows(), ["raw,1"]);
    // A copy below another prefix is named, and not read.
    let copy = format!("copy/{}", keys[2]);
    server.put("logs", &copy, server.read("logs", &keys[2]));
    let answer = of(COUNT)
        .says("1 object is there twice")
        .says(&format!("read once: s3://logs/{}, not s3://logs/{copy}", keys[2]));
    assert_eq!(answer.value(), (before - was + 1).to_string());
    let twice = ask(&server, &folder, &["--fresh", "36500d", "--allow-duplicates"], COUNT).done().value();
    assert!(twice.parse::<u64>().unwrap() > before - was + 1);
}

#[test]
fn logs_that_have_expired_leave_their_export() {
    let folder = logs();
    let server = bucket(&folder, &DAYS);
    let all = ask(&server, &folder, &[], COUNT).done().value();
    for key in server.keys("logs") {
        server.remove("logs", &key);
    }
    assert_eq!(ask(&server, &folder, &[], COUNT).done().value(), all);
    assert_eq!(ask(&server, &folder, &["--fresh", "36500d"], COUNT).done().value(), all);
}

#[test]
fn a_listing_that_fails_is_not_nothing() {
    let folder = logs();
    let server = bucket(&folder, &DAYS);
    server.when(Rule::on(Operation::List).about("/2024/05/15/"), Effect::access_denied());
    ask(&server, &folder, &["--fresh", "36500d"], COUNT).exits(3).says("access denied");
}

#[test]
fn files_of_a_run_that_was_killed_are_no_loss() {
    let folder = logs();
    let server = bucket(&folder, &DAYS);
    let all = ask(&server, &folder, &[], COUNT).done().value();
    let records = server.keys("lake");
    let record = records.iter().find(|key| key.ends_with("access-2024-05-14T23.parquet")).unwrap();
    let content = server.read("lake", record);
    server.remove("lake", record);
    // Of the export alone, the rows are missing; beside the logs they are read there.
    let alone = server.run(&folder, ["query", "--format", "csv", "--from", "s3://lake/v1", COUNT]).exits(3);
    assert_ne!(alone.value(), all);
    assert_eq!(ask(&server, &folder, &[], COUNT).done().value(), all);
    // So they are if the record is no record.
    server.put("lake", record, &content[..content.len() / 2]);
    let answer = ask(&server, &folder, &["--fresh", "36500d"], COUNT).exits(3);
    assert_eq!(answer.says("its slot is read from the logs instead").value(), all);
}
