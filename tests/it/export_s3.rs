//! Exporting a bucket to a bucket: what is asked of S3, and what happens when it does not do as it should.

use std::sync::Mutex;

use bytes::Bytes;

use super::lake::{Lake, WINDOW, key, lines, written};
use super::logs::{access, gzip};
use super::s3::{Effect, Operation, Rule, S3Server};
use super::support::{Answer, Workspace};

const RECORD: &str = "v1/log_objects/account=123456789012/region=eu-west-1/day=2024-05-14/access-2024-05-14T10.parquet";
const DATA: &str = "v1/requests/account=123456789012/region=eu-west-1/day=2024-05-14/2024-05-14T10.parquet";

/// A bucket with logs of two hours, and one for the export.
fn server() -> S3Server {
    let server = S3Server::start();
    server.create("lake");
    let rows = [("2024-05-14T10:03:00.5Z", "/a"), ("2024-05-13T23:59:59.9Z", "/late")];
    server.put("logs", &key("20240514T1005Z"), lines(&rows));
    server.put("logs", &key("20240514T1010Z"), lines(&[("2024-05-14T10:08:00Z", "/b")]));
    server.put("logs", &key("20240515T0000Z"), lines(&[("2024-05-14T23:59:00Z", "/c")]));
    server
}

fn export(server: &S3Server, more: &[&str]) -> Answer {
    let args = [&["export", "--from", "s3://logs", "--to", "s3://lake/v1"], &WINDOW[..], more].concat();
    server.run(&Workspace::new(), args)
}

fn lake(server: &S3Server) -> Lake {
    Lake::in_bucket(server, "lake", "v1/")
}

/// The next run finds nothing to do.
#[track_caller]
fn is_whole(server: &S3Server, urls: &[&str]) {
    assert_eq!(written(&export(server, &["--format", "json"]).done()), [""; 0]);
    assert_eq!(lake(server).urls(), urls);
    lake(server).days_are_right();
    assert_eq!(server.open_uploads(), 0);
}

#[test]
fn a_bucket_becomes_what_a_folder_becomes() {
    let workspace = Workspace::new();
    let small = ["--rps", "1", "--load-balancers", "1", "--duration", "90m", "--start", "2024-05-14T23:10:00Z"];
    workspace.run([&["generate", "logs"], &small[..]].concat()).done();
    super::lake::export(&workspace, &[]).done();
    let server = S3Server::start();
    server.create("lake").put_folder("logs", "eks/", &workspace.path("logs"));
    export(&server, &[]).done();
    let in_folder = Lake::in_folder(&workspace.path("lake"));
    assert_eq!(lake(&server).data().keys().collect::<Vec<_>>(), in_folder.data().keys().collect::<Vec<_>>());
    for (table, column) in [("requests", "trace_id"), ("connections", "conn_trace_id"), ("health_checks", "time")] {
        assert_eq!(lake(&server).texts(table, column), in_folder.texts(table, column), "{table}");
    }
    // From the bucket to a folder, and the other way round.
    let run = |from: &str, to: &str| {
        server.run(&workspace, [&["export", "--from", from, "--to", to], &WINDOW[..]].concat()).done()
    };
    run("s3://logs/eks", "from-s3");
    assert_eq!(Lake::in_folder(&workspace.path("from-s3")).data(), lake(&server).data());
    run("logs", "s3://lake/from-folder");
    assert_eq!(Lake::in_bucket(&server, "lake", "from-folder/").data(), in_folder.data());
}

#[test]
fn a_second_run_asks_little_and_writes_nothing() {
    let server = server();
    export(&server, &[]).done();
    let whole = lake(&server);
    server.forget_requests();
    assert_eq!(written(&export(&server, &["--format", "json"]).done()), [""; 0]);
    let puts: Vec<_> = server.requests().into_iter().filter(|request| request.operation == Operation::Put).collect();
    // Whether anything could be written is asked by a PUT that cannot succeed.
    let [probe] = &puts[..] else { panic!("{puts:#?}") };
    assert_eq!(
        (probe.key.as_str(), probe.if_none_match.as_deref(), probe.status),
        ("v1/_albstats.json", Some("*"), 412)
    );
    assert!(server.got().iter().all(|key| !key.starts_with("AWSLogs/")), "{:?}", server.got());
    assert_eq!(server.count(Operation::Delete) + server.count(Operation::BeginUpload), 0);
    assert_eq!(lake(&server), whole);
    server.forget_requests();
    export(&server, &["--dry-run", "--rewrite"]).done();
    assert_eq!(server.count(Operation::Put), 0);
    // All PUTs are conditional, and so is what is read.
    server.forget_requests();
    export(&server, &["--rewrite"]).done();
    for request in server.requests() {
        match request.operation {
            Operation::Put => assert!(request.if_match.is_some() || request.if_none_match.is_some(), "{request:?}"),
            Operation::Get if request.key.starts_with("AWSLogs") => assert!(request.if_match.is_some(), "{request:?}"),
            _ => {}
        }
    }
    is_whole(&server, &["/a", "/b", "/c", "/late"]);
}

/// An hour of which nothing was delivered has no record: nobody takes it for complete, whenever its objects come.
#[test]
fn an_hour_without_objects_is_not_settled() {
    let server = server();
    export(&server, &[]).done();
    let count = || {
        let from = ["query", "--format", "csv", "--from", "s3://logs", "--from", "s3://lake/v1"];
        let window = ["--since", "2024-05-13", "--until", "2024-05-16", "SELECT count(*) FROM requests"];
        server.run(&Workspace::new(), from.iter().chain(&window)).done().value()
    };
    assert_eq!(count(), "4");
    server.put("logs", &key("20240514T1205Z"), lines(&[("2024-05-14T12:03:00Z", "/later")]));
    assert_eq!(count(), "5");
    let answer = export(&server, &["--format", "json"]).done();
    assert_eq!(written(&answer), ["access 123456789012 eu-west-1 2024-05-14T12: missing (was not exported)"]);
    assert_eq!(count(), "5");
}

/// Partitions by date that somebody made, of which an earlier one appears when later ones have been exported.
#[test]
fn a_partition_that_comes_later_is_taken_in() {
    let server = S3Server::start();
    server.create("lake");
    let put = |day: &str, end: &str, row: (&str, &str)| {
        let name = key(end);
        let name = name.rsplit('/').next().unwrap();
        server.put("logs", &format!("moved/year=2024/month=05/day={day}/{name}"), lines(&[row]));
    };
    put("15", "20240515T1005Z", ("2024-05-15T10:03:00Z", "/b"));
    assert_eq!(written(&export(&server, &["--format", "json"]).done()).len(), 1);
    put("14", "20240514T1005Z", ("2024-05-14T10:03:00Z", "/a"));
    put("15", "20240515T1010Z", ("2024-05-15T10:08:00Z", "/late"));
    // By the day of its delivery.
    put("16", "20240515T2205Z", ("2024-05-15T22:03:00Z", "/c"));
    let answer = export(&server, &["--format", "json"]).done();
    let slot = "access 123456789012 eu-west-1 2024-05";
    assert_eq!(
        written(&answer),
        [
            format!("{slot}-14T10: missing (was not exported)"),
            format!("{slot}-15T10: 1 late object"),
            format!("{slot}-15T22: new"),
        ]
    );
    is_whole(&server, &["/a", "/b", "/c", "/late"]);
}

#[test]
fn late_replaced_and_expired_objects() {
    let server = server();
    export(&server, &[]).done();
    server.put("logs", &key("20240514T1100Z"), lines(&[("2024-05-14T10:59:59Z", "/e")]));
    let other = [("2024-05-14T10:03:00Z", "/other"), ("2024-05-14T10:03:01Z", "/others")];
    server.put("logs", &key("20240514T1005Z"), lines(&other));
    let answer = export(&server, &["--format", "json"]).done();
    assert_eq!(written(&answer), ["access 123456789012 eu-west-1 2024-05-14T10: 1 late object"]);
    is_whole(&server, &["/b", "/c", "/e", "/other", "/others"]);
    server.remove("logs", &key("20240514T1005Z"));
    is_whole(&server, &["/b", "/c", "/e", "/other", "/others"]);
    server.put("logs", &key("20240514T1010Z"), lines(&[("2024-05-14T10:08:00Z", "/new")]));
    export(&server, &[]).exits(3).says("1 objects came or changed, but 1 that were exported are gone");
    export(&server, &["--allow-shrink"]).done();
    is_whole(&server, &["/c", "/e", "/new"]);
}

#[test]
fn what_may_not_be_read_is_tried_again_by_the_next_run() {
    let server = server();
    server.when(Rule::on(Operation::Get).about("T1005Z"), Effect::access_denied());
    for _ in 0..2 {
        export(&server, &[]).exits(3).says("T1005Z").says("not exported: access denied: s3:GetObject is missing");
        assert_eq!(lake(&server).urls(), ["/b", "/c"]);
        assert_eq!(lake(&server).rows("log_objects").len(), 2);
    }
    server.heal();
    export(&server, &[]).done();
    is_whole(&server, &["/a", "/b", "/c", "/late"]);
    // What was exported stays when its object cannot be read again.
    server.when(Rule::on(Operation::Get).about("T1005Z"), Effect::kms_disabled());
    server.put("logs", &key("20240514T1100Z"), lines(&[("2024-05-14T10:59:59Z", "/e")]));
    let kept = lake(&server);
    export(&server, &[]).exits(3).says("it was exported before: the slot is kept as it is");
    assert_eq!(lake(&server), kept);
    server.heal();
    export(&server, &[]).done();
    is_whole(&server, &["/a", "/b", "/c", "/e", "/late"]);
}

#[test]
fn a_slot_of_which_nothing_can_be_read_is_left_for_the_next_run() {
    let server = server();
    server.when(Rule::on(Operation::Get).about("20240514T10"), Effect::access_denied());
    let answer = export(&server, &[]).exits(3).says("none of its 2 objects could be read");
    assert!(answer.stdout.contains("1 not written"), "{}", answer.stdout);
    assert_eq!(lake(&server).urls(), ["/c"]);
    assert!(!server.keys("lake").contains(&RECORD.to_owned()));
    server.heal();
    export(&server, &[]).done();
    is_whole(&server, &["/a", "/b", "/c", "/late"]);
}

#[test]
fn an_object_that_changes_while_it_is_exported_is_tried_again() {
    let server = server();
    let changed = key("20240514T1010Z");
    server.when(
        Rule::on(Operation::List).about("2024/05/14").once(),
        Effect::meanwhile(move |buckets| {
            buckets.put("logs", &changed, Bytes::from(lines(&[("2024-05-14T10:08:00Z", "/new")])));
        }),
    );
    export(&server, &[]).exits(3).says("T1010Z").says("not exported: it was replaced after it was listed");
    assert_eq!(lake(&server).urls(), ["/a", "/c", "/late"]);
    export(&server, &[]).done();
    is_whole(&server, &["/a", "/c", "/late", "/new"]);
    // And one that breaks off in the middle, again and again, after rows were encoded: they are in no file.
    let server = S3Server::start();
    server.create("lake");
    let noise = (0..6_000_u64).map(|row| noise(row, 2)).collect::<String>();
    server.put("logs", &key("20240514T1005Z"), gzip(noise));
    server.put("logs", &key("20240514T1010Z"), lines(&[("2024-05-14T10:08:00Z", "/b")]));
    server.when(Rule::on(Operation::Get).about("T1005Z").once(), Effect::CutAfter(300_000));
    server.when(Rule::on(Operation::Get).about("T1005Z"), Effect::access_denied());
    export(&server, &[]).exits(3).says("T1005Z").says("not exported");
    assert_eq!(lake(&server).urls(), ["/b"]);
}

#[test]
fn a_folder_that_cannot_be_listed_leaves_its_slots_alone() {
    let server = server();
    export(&server, &[]).done();
    let whole = lake(&server);
    server.put("logs", &key("20240514T1100Z"), lines(&[("2024-05-14T10:59:59Z", "/e")]));
    server.when(Rule::on(Operation::List).about("2024/05/14"), Effect::access_denied());
    export(&server, &["--allow-shrink"]).exits(3).says("123456789012 eu-west-1 2024-05-14: not listed: access denied");
    assert_eq!(lake(&server), whole);
    // The next day's folder has the object that ends at midnight.
    server.heal().when(Rule::on(Operation::List).about("2024/05/15"), Effect::access_denied());
    server.put("logs", &key("20240515T0000Z").replace("2ab3c4d5", "other"), lines(&[("2024-05-14T23:58:00Z", "/f")]));
    export(&server, &["--allow-shrink"]).exits(3).says("2024-05-15: not listed");
    assert_eq!(lake(&server).urls(), ["/a", "/b", "/c", "/e", "/late"]);
    server.heal();
    export(&server, &[]).done();
    is_whole(&server, &["/a", "/b", "/c", "/e", "/f", "/late"]);
}

#[test]
fn without_the_right_to_write_nothing_is_read() {
    for (rule, effect, says) in [
        (Rule::on(Operation::Put), Effect::access_denied(), "access denied: s3:PutObject is missing for s3://lake/v1"),
        (Rule::on(Operation::List).about("v1/"), Effect::access_denied(), "access denied: s3:ListBucket is missing"),
        (Rule::on(Operation::Get).about("v1/"), Effect::access_denied(), "access denied: s3:GetObject is missing"),
    ] {
        let server = server();
        server.when(rule, effect);
        export(&server, &[]).exits(2).says(says);
        assert!(server.got().iter().all(|key| !key.starts_with("AWSLogs/")), "{:?}", server.got());
        assert_eq!(server.keys("lake"), [""; 0]);
    }
    let server = server();
    export(&server, &["--to", "s3://lake"]).exits(2);
    let nowhere = [&["export", "--from", "s3://logs", "--to", "s3://nowhere"], &WINDOW[..]].concat();
    server.run(&Workspace::new(), nowhere).exits(2).says("no such bucket: s3://nowhere");
}

#[test]
fn what_passes_is_tried_again_and_nothing_is_lost() {
    for (name, effect) in
        [("500", Effect::internal_error()), ("SlowDown", Effect::slow_down()), ("reset", Effect::Reset)]
    {
        let server = server();
        server.when(Rule::on(Operation::Put).about("requests/").times(3), effect.clone());
        server.when(Rule::on(Operation::Put).about("log_objects/").times(2), effect.clone());
        server.when(Rule::on(Operation::Put).about("_albstats").once(), effect.clone());
        let answer = export(&server, &[]);
        assert_eq!(answer.code, 0, "{name}: {answer:?}");
        is_whole(&server, &["/a", "/b", "/c", "/late"]);
    }
}

/// The answer to a PUT that was done may be lost. The client tries again, and finds its own file there.
#[test]
fn an_answer_that_is_lost_loses_nothing() {
    for about in ["requests/", "log_objects/", "_albstats"] {
        let server = server();
        server.when(Rule::on(Operation::Put).about(about).once(), Effect::DoneThenReset);
        let answer = export(&server, &[]);
        assert!(answer.code == 0 || answer.code == 3, "{about}: {answer:?}");
        export(&server, &[]).done();
        is_whole(&server, &["/a", "/b", "/c", "/late"]);
    }
}

/// A line of `agents` times 256 bytes that do not compress.
fn noise(row: u64, agents: u64) -> String {
    let number = |n: u64| {
        (row * agents * 16 + n).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    };
    let agent = (0..agents * 16).fold(String::new(), |agent, n| agent + &format!("{:016x}", number(n)));
    access("2024-05-14T10:01:00Z", 200).replace("curl/8.5", &agent)
}

/// An hour whose file is too large for one request. Hexadecimal digits compress to half.
fn large() -> S3Server {
    let server = S3Server::start();
    server.create("lake");
    for part in 0..4_u64 {
        let lines: String = (0..1_250).map(|row| noise(part * 1_250 + row, 16)).collect();
        server.put("logs", &key(&format!("20240514T10{part}5Z")), gzip(lines));
    }
    server
}

#[test]
fn large_files_go_in_parts() {
    let server = large();
    export(&server, &[]).done();
    assert!(server.read("lake", DATA).len() > 8 << 20);
    assert!(server.count(Operation::PutPart) >= 2);
    assert_eq!((server.count(Operation::CompleteUpload), server.open_uploads()), (1, 0));
    assert_eq!(lake(&server).rows("requests").len(), 5_000);
    // Its mark is another kind, and recorded just so.
    assert_eq!(written(&export(&server, &["--format", "json"]).done()), [""; 0]);
    let before = server.read("lake", DATA);
    export(&server, &["--rewrite"]).done();
    assert_eq!(server.read("lake", DATA), before);
    assert_eq!(server.open_uploads(), 0);
}

#[test]
fn uploads_that_fail_leave_nothing() {
    let server = large();
    for operation in [Operation::BeginUpload, Operation::PutPart, Operation::Head, Operation::CompleteUpload] {
        server.heal().when(Rule::on(operation).about("requests/"), Effect::access_denied());
        export(&server, &[]).exits(3).says("requests/").says("access denied");
        assert_eq!((server.open_uploads(), server.keys("lake").len()), (0, 1), "{operation:?}");
    }
    // The second part of them.
    server.heal().when(Rule::on(Operation::PutPart).after(1), Effect::access_denied());
    export(&server, &[]).exits(3).says("access denied: s3:PutObject is missing");
    assert_eq!((server.open_uploads(), server.keys("lake").len()), (0, 1));
    // An object of which rows were uploaded already turns out to be unreadable: the file is made without it.
    server.heal().when(Rule::on(Operation::Get).about("T1035Z"), Effect::access_denied());
    export(&server, &[]).exits(3).says("T1035Z");
    assert_eq!((server.open_uploads(), lake(&server).rows("requests").len()), (0, 3_750));
    // What passes is tried again.
    server.heal();
    server.when(Rule::on(Operation::PutPart).once(), Effect::Reset);
    server.when(Rule::on(Operation::PutPart).times(2), Effect::slow_down());
    server.when(Rule::on(Operation::CompleteUpload).once(), Effect::internal_error());
    server.when(Rule::on(Operation::BeginUpload).once(), Effect::internal_error());
    export(&server, &[]).done();
    assert_eq!(lake(&server).rows("requests").len(), 5_000);
    assert_eq!(written(&export(&server, &["--format", "json"]).done()), [""; 0]);
    // An upload that is done, and the answer lost, is repaired by the next run.
    server.heal().when(Rule::on(Operation::CompleteUpload).once(), Effect::DoneThenReset);
    let answer = export(&server, &["--rewrite"]);
    assert!([0, 3].contains(&answer.code), "{answer:?}");
    export(&server, &[]).done();
    assert_eq!((server.open_uploads(), lake(&server).rows("requests").len()), (0, 5_000));
    // Somebody else puts the file meanwhile: the parts are thrown away.
    server.when(
        Rule::on(Operation::PutPart).once(),
        Effect::meanwhile(|buckets| buckets.put("lake", DATA, Bytes::from_static(b"theirs"))),
    );
    export(&server, &["--rewrite"]).exits(3).says("another export has written s3://lake/v1/requests");
    assert_eq!((server.open_uploads(), &server.read("lake", DATA)[..]), (0, &b"theirs"[..]));
    export(&server, &[]).done();
    assert_eq!(lake(&server).rows("requests").len(), 5_000);
}

#[test]
fn a_faster_writer_is_noticed() {
    // What somebody else writes who knows of one object less.
    let other = server();
    other.remove("logs", &key("20240514T1010Z"));
    export(&other, &[]).done();
    let theirs: Vec<(String, Bytes)> =
        other.keys("lake").into_iter().map(|key| (key.clone(), other.read("lake", &key))).collect();
    for (nth, path) in [RECORD, DATA].into_iter().enumerate() {
        let server = server();
        let mine = theirs.iter().filter(|(key, _)| key == path || nth == 1 && key.contains("2024-05-14T10")).cloned();
        let put = Mutex::new(mine.collect::<Vec<_>>());
        server.when(
            // The first listing only looks whether there is anything at all.
            Rule::on(Operation::List).about("v1/log_objects/").after(1).once(),
            Effect::meanwhile(move |buckets| {
                put.lock().unwrap().drain(..).for_each(|(key, content)| buckets.put("lake", &key, content));
            }),
        );
        let said = format!("another export has written s3://lake/{path} in the meantime");
        let answer = export(&server, &[]).exits(3).says("warning: slot access 123456789012 eu-west-1 2024-05-14T10: ");
        if nth == 0 {
            answer.says(&said);
        } else {
            answer.says("another export has written s3://lake/v1/requests");
        }
        assert_eq!(server.read("lake", RECORD), other.read("lake", RECORD), "theirs stays");
        export(&server, &[]).done();
        is_whole(&server, &["/a", "/b", "/c", "/late"]);
    }
}

#[test]
fn the_same_bucket_named_twice_counts_once() {
    let server = server();
    let run = |more: &[&str]| export(&server, &[&["--from", "s3://logs/AWSLogs", "--format", "json"], more].concat());
    run(&[]).done();
    assert_eq!(lake(&server).urls(), ["/a", "/b", "/c", "/late"]);
    assert_eq!(written(&run(&[]).done()), [""; 0]);
}
