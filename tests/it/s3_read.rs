//! Reading from a bucket: what is listed, what is fetched, and what happens when S3 does not do as it should.

use crate::logs::{access, gzip, object_name};
use crate::s3::{Effect, Operation, Rule, S3Server};
use crate::support::{Answer, Workspace, finish};

const COUNT: &str = "SELECT count(*) FROM requests";
const FOLDER: &str = "AWSLogs/123456789012/elasticloadbalancing/eu-west-1/2026/11/20/";
const HOUR: [&str; 4] = ["--since", "2026-11-20T10:00", "--until", "2026-11-20T11:00"];

/// A bucket with three objects of 100 rows within an hour.
fn bucket() -> S3Server {
    let server = S3Server::start();
    for minute in [5, 10, 15] {
        server.put("logs", &key(minute), object(minute));
    }
    server
}

fn key(minute: u32) -> String {
    format!("{FOLDER}{}", object_name(&format!("20261120T10{minute:02}Z")))
}

fn object(minute: u32) -> Vec<u8> {
    let line =
        |second: u32| access(&format!("2026-11-20T10:{:02}:{:02}.000000Z", minute - 4 + second / 60, second % 60), 200);
    gzip((0..100).map(line).collect::<String>())
}

fn ask(server: &S3Server, from: &str, sql: &str) -> Answer {
    ask_with(server, &["--from", from], sql)
}

fn ask_with(server: &S3Server, flags: &[&str], sql: &str) -> Answer {
    let args = [&["query", "--format", "csv"], flags, &HOUR, &[sql]].concat();
    server.run(&Workspace::new(), args)
}

#[test]
fn a_bucket_answers_as_its_copy_does() {
    let workspace = Workspace::new();
    workspace.run(["generate", "copy", "--rps", "20", "--duration", "1h", "--start", "2026-11-20T10:00:00Z"]).done();
    let server = S3Server::start();
    server.put_folder("logs", "eks/prod/", &workspace.path("copy"));
    let sql = "SELECT elb, count(*), sum(sent_bytes), min(time), max(time) FROM requests GROUP BY elb ORDER BY elb";
    let local = workspace.run([&["query", "--format", "csv", "--from", "copy"], &HOUR[..], &[sql]].concat()).done();
    assert!(local.rows().len() > 1);
    for prefix in [
        "",
        "/",
        "/eks",
        "/eks/prod/AWSLogs/",
        "/eks/prod/AWSLogs/123456789012",
        "/eks/prod/AWSLogs/123456789012/elasticloadbalancing/eu-west-1",
    ] {
        let remote = ask(&server, &format!("s3://logs{prefix}"), sql).done();
        assert_eq!(remote.stdout, local.stdout, "{prefix}");
    }
}

#[test]
fn only_the_window_is_listed_and_fetched() {
    let server = S3Server::start();
    let (end, names) = ("0Z_203.0.113.4_2ab3c4d5.log.gz", 20);
    for day in 1..=30 {
        for (hour, ten) in (0..24).flat_map(|hour| [(hour, 0), (hour, 3)]) {
            for elb in 0..names {
                let (date, stem) = (format!("2026/11/{day:02}"), "123456789012_elasticloadbalancing_eu-west-1_app.lb");
                let folder = format!("AWSLogs/123456789012/elasticloadbalancing/eu-west-1/{date}");
                server.put("logs", &format!("{folder}/{stem}{elb}.a1_202611{day:02}T{hour:02}{ten}{end}"), "");
            }
        }
    }
    server.put("logs", "AWSLogs/123456789012/CloudTrail/eu-west-1/2026/11/20/trail.json.gz", "x");
    server.put("logs", "AWSLogs/o-abc/CloudTrail/x.json.gz", "x");
    ask(&server, "s3://logs", "SELECT count(*), sum(rows) FROM log_objects").done().says("0 rows");
    let lists =
        || server.requests().into_iter().filter(|request| request.operation == Operation::List).collect::<Vec<_>>();
    // The root, AWSLogs/, the organisation, the account, its service, the region, its year and month, since anything may
    // lie in them; and the one day: 960 names are one page.
    assert_eq!(lists().len(), 9, "{:#?}", lists());
    assert!(lists().iter().all(|request| !request.about().contains("CloudTrail")));
    // 10:30, 11:00, 11:30 and 12:00 end in the hour or its margin of 65 minutes.
    assert_eq!(server.count(Operation::Get), 4 * names);
    // Two days more are two lists more.
    server.forget_requests();
    let days = ["objects", "--from", "s3://logs", "--since", "2026-11-18T10:00", "--until", "2026-11-20T11:00"];
    server.run(&Workspace::new(), days).done();
    assert_eq!(lists().len(), 11, "{:#?}", lists());
    server.forget_requests();
    ask_with(&server, &["--from", "s3://logs", "--elb", "lb1"], "SELECT sum(rows) FROM log_objects").done();
    assert_eq!(server.count(Operation::Get), 4);
    assert!(lists().iter().any(|request| request.about().ends_with("_app.lb1.")));
}

#[test]
fn what_passes_is_tried_again() {
    for (name, operation, effect, times) in [
        ("errors", Operation::Get, Effect::internal_error(), 3),
        ("throttling", Operation::Get, Effect::slow_down(), 3),
        ("resets", Operation::Get, Effect::Reset, 2),
        ("cuts", Operation::Get, Effect::CutAfter(200), 3),
        ("listing throttled", Operation::List, Effect::slow_down(), 2),
        ("late", Operation::Get, Effect::Delay(std::time::Duration::from_millis(300)), 3),
    ] {
        let server = bucket();
        server.when(Rule::on(operation).times(times), effect);
        assert_eq!(ask(&server, "s3://logs", COUNT).done().value(), "300", "{name}");
    }
}

#[test]
fn a_stalled_download_goes_on_from_where_it_was() {
    let server = bucket();
    server.when(Rule::on(Operation::Get).once(), Effect::StallAfter(150));
    assert_eq!(ask(&server, "s3://logs", COUNT).done().value(), "300");
    assert!(server.requests().iter().any(|request| request.range.is_some()));
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_counts() {
    for (effect, message) in [
        (Effect::access_denied(), "access denied: s3:GetObject is missing"),
        (Effect::glacier(), "it lies in Glacier and cannot be read there"),
        (Effect::kms_disabled(), "its key in AWS KMS cannot be used (KMS.DisabledException)"),
        (Effect::precondition_failed(), "it was replaced after it was listed"),
        (Effect::Refuse { status: 404, code: "NoSuchKey", message: "" }, "it is gone: it was there when it was listed"),
    ] {
        let server = bucket();
        server.when(Rule::on(Operation::Get).about("T1010Z"), effect);
        let answer = ask(&server, "s3://logs", COUNT).exits(3).says(message).says("T1010Z").says("s3://logs/AWSLogs");
        assert_eq!(answer.value(), "200");
    }
}

#[test]
fn an_object_replaced_between_list_and_get_is_named() {
    let server = bucket();
    let replaced = key(10);
    server.when(
        Rule::on(Operation::List).about("2026/11/20").once(),
        Effect::meanwhile(move |buckets| buckets.put("logs", &replaced, bytes::Bytes::from(object(10)))),
    );
    // The same content has the same mark.
    assert_eq!(ask(&server, "s3://logs", COUNT).done().value(), "300");
    let replaced = key(10);
    server.when(
        Rule::on(Operation::List).about("2026/11/20").once(),
        Effect::meanwhile(move |buckets| buckets.put("logs", &replaced, bytes::Bytes::from(gzip("x\n")))),
    );
    let answer = ask(&server, "s3://logs", COUNT).exits(3).says("it was replaced after it was listed");
    assert_eq!(answer.value(), "200");
}

/// The first list is of the prefix itself.
#[test]
fn what_aws_delivers_is_read_where_the_prefix_may_not_be_listed() {
    let server = bucket();
    server.when(Rule::on(Operation::List).once(), Effect::access_denied());
    let answer = ask(&server, "s3://logs", COUNT).exits(3);
    let answer = answer.says("access denied: s3:ListBucket is missing for s3://logs/").says("albstats iam policy read");
    assert_eq!(answer.says("--from s3://logs/AWSLogs/ for what AWS delivers there, alone").value(), "300");
    assert_eq!(ask(&server, "s3://logs/AWSLogs/", COUNT).done().value(), "300");
    // Nothing is promised of what is not there.
    server.heal().when(Rule::on(Operation::List).once(), Effect::access_denied());
    let answer = ask(&server, "s3://logs/other", COUNT).exits(2).says("s3:ListBucket is missing for s3://logs/other/");
    assert!(!answer.stderr.contains("AWSLogs"), "{}", answer.stderr);
}

/// Whether a pattern of a policy, with `*` for anything, fits all of a text.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => {
            let behind = text.strip_prefix(start);
            behind.is_some_and(|text| (0..=text.len()).any(|at| text.is_char_boundary(at) && fits(rest, &text[at..])))
        }
    }
}

#[test]
fn the_printed_policy_allows_what_is_asked() {
    let workspace = Workspace::new();
    workspace.run(["generate", "copy", "--rps", "5", "--duration", "1h", "--start", "2026-11-20T10:00:00Z"]).done();
    for prefix in ["", "eks", "eks/prod"] {
        let server = S3Server::start();
        server.put_folder(
            "logs",
            &if prefix.is_empty() { String::new() } else { format!("{prefix}/") },
            &workspace.path("copy"),
        );
        let printed = workspace.run(["iam", "policy", "read", "--bucket", "logs", "--prefix", prefix]).stdout;
        let policy: serde_json::Value = serde_json::from_str(&printed).unwrap();
        let texts = |value: &serde_json::Value| -> Vec<String> {
            value.as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect()
        };
        let [list, get] = [0, 1].map(|at| &policy["Statement"][at]);
        assert_eq!(
            (texts(&list["Action"]), texts(&get["Action"])),
            (vec!["s3:ListBucket".to_owned()], vec!["s3:GetObject".to_owned()])
        );
        let lists = list.get("Condition").map(|condition| texts(&condition["StringLike"]["s3:prefix"]));
        let from = format!("s3://logs/{prefix}");
        let spool = Workspace::new();
        for command in [
            vec!["query", "--from", &from, COUNT],
            vec!["report", "overview", "--from", &from],
            vec!["objects", "--from", &from],
            vec!["export", "--from", &from, "--to", "lake"],
        ] {
            server.run(&spool, [&command, &HOUR[..]].concat()).done();
        }
        server.run(&spool, ["ingest", "--from", &from, "--to", "live", "--once"]).done();
        assert!(server.requests().len() > 20);
        for request in server.requests() {
            match request.operation {
                Operation::List => {
                    let asked = request.query.iter().find(|(name, _)| name == "prefix").map_or("", |(_, value)| value);
                    let allowed = lists.as_ref().is_none_or(|lists| lists.iter().any(|list| fits(list, asked)));
                    assert!(allowed, "{prefix}: {asked:?} of {lists:?}");
                }
                Operation::Get | Operation::Head => {
                    let arn = format!("arn:aws:s3:::logs/{}", request.key);
                    assert!(texts(&get["Resource"]).iter().any(|pattern| fits(pattern, &arn)), "{prefix}: {arn}");
                }
                // Nobody signs it: it is about the bucket's region.
                Operation::HeadBucket if request.region.is_none() => {}
                _ => panic!("{request:?}"),
            }
        }
    }
}

#[test]
fn refusals_say_what_to_type() {
    let server = bucket();
    let says = |effect: Effect, text: &str| {
        server.heal().when(Rule::on(Operation::List), effect);
        ask(&server, "s3://logs", COUNT).exits(2).says(text);
    };
    says(Effect::access_denied(), "access denied: s3:ListBucket is missing for s3://logs/");
    says(Effect::expired_token(), "the AWS credentials have expired\nhint: aws sso login");
    server.heal();
    ask(&server, "s3://nowhere", COUNT).exits(2).says("no such bucket: ");
    ask(&server, "s3://logs/other", COUNT).exits(2).says("no load balancer logs below s3://logs/other/");
    ask(&server, "s3://logs/AWSLogs/123456789012/CloudTrail", COUNT)
        .exits(2)
        .says("they are below elasticloadbalancing/");
    let workspace = Workspace::new();
    let mut command = server.command(&workspace, ["query", "--from", "s3://logs", COUNT]);
    command.env_remove("AWS_ACCESS_KEY_ID");
    crate::support::finish(command, b"").exits(2).says("error: no AWS credentials\nhint: aws configure sso");
}

#[test]
fn a_bucket_in_another_region_is_found() {
    let server = bucket();
    server.move_to("logs", "ap-southeast-2");
    assert_eq!(ask(&server, "s3://logs", COUNT).done().value(), "300");
    assert!(
        server.requests().iter().filter_map(|request| request.region.clone()).any(|region| region == "ap-southeast-2")
    );
}

#[test]
fn too_much_is_refused_with_the_flag_that_allows_it() {
    let server = bucket();
    let little = ["--from", "s3://logs", "--max-bytes", "1KB"];
    ask_with(&server, &little, COUNT).exits(2).says("from S3, more than the").says("--max-bytes 1GB");
    assert_eq!(server.count(Operation::Get), 0);
    // Names alone cost nothing, and neither does a plan.
    ask_with(&server, &little, "SELECT count(*) FROM log_objects").done();
    ask_with(&server, &little, "EXPLAIN SELECT * FROM requests").done();
}

#[test]
fn without_a_window_the_last_hour_is_read() {
    let server = bucket();
    let answer = server.run(&Workspace::new(), ["query", "--from", "s3://logs", COUNT]);
    answer.exits(2).says("notice: reading the last hour (--since 1h)").says("hint: an earlier --since");
}

#[test]
fn an_object_named_twice_counts_once() {
    let server = bucket();
    let object = format!("s3://logs/{}", key(10));
    for [first, second] in [["s3://logs", object.as_str()], [object.as_str(), "s3://logs"]] {
        assert_eq!(ask_with(&server, &["--from", first, "--from", second], COUNT).done().value(), "300", "{first}");
    }
}

#[test]
fn a_limit_ends_the_downloads() {
    let server = S3Server::start();
    for ten in 0..600 {
        let end = format!("20261120T10{:02}Z", ten % 60);
        server.put(
            "logs",
            &format!("{FOLDER}{}", object_name(&end).replace("2ab3c4d5", &format!("{ten:08}"))),
            object(5),
        );
    }
    ask(&server, "s3://logs", "SELECT * FROM requests LIMIT 1").done();
    assert!(server.count(Operation::Get) < 100, "{}", server.count(Operation::Get));
}

#[test]
fn a_shell_lists_and_gets_once() {
    let server = bucket();
    let workspace = Workspace::new();
    let shell = |script: &str, more: &[&str]| {
        server.forget_requests();
        let args = [&["shell", "--format", "csv", "--from", "s3://logs"], &HOUR[..], more].concat();
        let mut command = server.command(&workspace, args);
        command.stdin(std::process::Stdio::piped());
        finish(command, script.as_bytes())
    };
    let gets_of = |server: &S3Server| server.got().iter().filter(|key| key.ends_with(".log.gz")).count();
    let script = format!("{COUNT};\nSELECT max(sent_bytes) AS m, count(*) AS n FROM requests;\n{COUNT};\n");
    shell(&format!("{COUNT};\n"), &[]).done();
    let (lists, gets) = (server.count(Operation::List), gets_of(&server));
    assert_eq!(gets, 3);
    let answer = shell(&script, &[]).done();
    assert_eq!(answer.stdout, "count(*)\n300\nm,n\n200,300\ncount(*)\n300\n");
    assert_eq!((server.count(Operation::List), gets_of(&server)), (lists, gets));
    assert_eq!(answer.stderr.matches("; all from memory").count(), 2, "{}", answer.stderr);
    // What is in memory is not downloaded, and counts for no limit.
    assert_eq!(shell(&script, &["--text-memory", "0"]).done().stdout, answer.stdout);
    assert_eq!(gets_of(&server), 3 * gets);
    // Listed anew, all is there still, and a report finds it there, too.
    shell(&format!("{COUNT};\n\\refresh\n{COUNT};\n\\report status-codes\n"), &[]).done();
    assert_eq!((server.count(Operation::List), gets_of(&server)), (2 * lists, gets));
    // Part of the window is there, as well.
    let answer = shell(&format!("{COUNT};\n\\until 2026-11-20T10:04\n{COUNT};\n"), &[]).done();
    assert_eq!(answer.stdout, "count(*)\n300\ncount(*)\n100\n");
    assert_eq!(gets_of(&server), gets);
}

#[test]
fn an_answer_that_is_no_listing_is_no_empty_bucket() {
    let half = "<ListBucketResult><Name>logs</Name><IsTruncated>true</IsTruncated></ListBucketResult>";
    for (answer, said) in [
        ("<!DOCTYPE html><html><body>Log in</body></html>", "its answer to a listing is none"),
        ("<x/>", "its answer to a listing is none"),
        (half, "does not say how to go on"),
    ] {
        let server = bucket();
        server.when(Rule::on(Operation::List).about("2026/11/20"), Effect::Answer(answer));
        ask(&server, "s3://logs", COUNT).exits(2).says(said);
        server.heal();
        assert_eq!(ask(&server, "s3://logs", COUNT).done().value(), "300");
    }
    // An error that comes with `200 OK` passes, as one of another status does.
    let server = bucket();
    let error = "<?xml version=\"1.0\"?><Error><Code>InternalError</Code><Message>Again.</Message></Error>";
    server.when(Rule::on(Operation::List).times(2), Effect::Answer(error));
    assert_eq!(ask(&server, "s3://logs", COUNT).done().value(), "300");
}

#[test]
fn an_object_that_was_named_itself_is_read_alone() {
    let server = S3Server::start();
    for name in ["x/a.gz", "x/a.gz.bak", "x/a.gz2", "x/a.gz-old/b.log"] {
        server.put("logs", name, object(5));
    }
    assert_eq!(ask(&server, "s3://logs/x/a.gz", COUNT).done().value(), "100");
}

/// To S3, `part-10` begins with `part-1`, and `10/` with `1`: to people they are others.
#[test]
fn what_begins_alike_is_something_else() {
    let server = S3Server::start();
    let count = |from: &[&str]| {
        let from: Vec<&str> = from.iter().flat_map(|from| ["--from", *from]).collect();
        ask_with(&server, &from, COUNT).done().value()
    };
    // The same content under other names would be read once.
    let put = |names: &[&str]| {
        for (minute, name) in (5..).step_by(5).zip(names) {
            server.put("logs", name, object(minute));
        }
    };
    put(&["s/part-1", "s/part-10", "s/part-100"]);
    let mut parts = ["s3://logs/s/part-1", "s3://logs/s/part-10", "s3://logs/s/part-100"];
    for _ in 0..3 {
        assert_eq!(count(&parts), "300", "{parts:?}");
        parts.rotate_left(1);
    }
    for name in ["1/a", "10/b", "1-old/c"] {
        server.put("logs", &format!("{FOLDER}{name}/{}", object_name("20261120T1005Z")), object(5));
    }
    for end in ["", "/"] {
        assert_eq!(count(&[&format!("s3://logs/{FOLDER}1{end}")]), "100", "{end}");
    }
    put(&["app.log/a.gz", "app.log.old/a.gz", "app.log-archive/a.gz", "app.logs/a.gz", "b.log/a.gz", "b.log"]);
    for named in ["app.log/", "app.log", "b.log/", "b.log"] {
        assert_eq!(count(&[&format!("s3://logs/{named}")]), "100", "{named}");
    }
    assert_eq!(count(&["s3://logs/b.log", "s3://logs/b.log/"]), "200");
    put(&["/y/a.log.gz", "y/b.log.gz", "y//c.log.gz"]);
    for (named, rows) in [("/y", "100"), ("/y/", "100"), ("y//", "100"), ("y", "200"), ("/", "100")] {
        assert_eq!(count(&[&format!("s3://logs/{named}")]), rows, "{named}");
    }
}

#[test]
fn logs_of_other_dates_are_there() {
    let server = S3Server::start();
    server.put("logs", &format!("x/dt=2026-11-18/{}", object_name("20261118T1005Z")), object(5));
    let answer = ask(&server, "s3://logs", COUNT).exits(2);
    assert!(!answer.stderr.contains("no load balancer logs below"), "{}", answer.stderr);
}
