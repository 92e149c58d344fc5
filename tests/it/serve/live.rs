//! Sources that are taken in.

use std::io::{BufRead, BufReader, Write};

use serde_json::{Value, json};

use super::server::Server;
use crate::ingest::bench::{Bench, eventually};
use crate::s3::{Effect, Operation, Rule, S3Server};
use crate::support::Workspace;

fn count(server: &Server) -> Value {
    server.ask(&json!({ "sql": "SELECT count(*) AS n FROM requests", "since": "24h" })).json()["rows"][0]["n"].clone()
}

fn source(server: &Server) -> Value {
    server.json("/api/v1/sources")["sources"][0].clone()
}

/// A server that takes in what lies in the bench's folder.
fn over(bench: Bench<'static>, args: &[&str]) -> (Server, Bench<'static>) {
    let folder = Workspace::new();
    let logs = bench.folder.path("logs").to_string_lossy().into_owned();
    let server = Server::over(folder, &[&["--from", &logs, "--live", "live", "--poll", "1s"], args].concat());
    (server, bench)
}

#[test]
fn what_comes_is_answered_about_soon_and_once() {
    let bench = Bench::in_folder();
    bench.put_hours(&[0, 1]);
    let (server, bench) = over(bench, &[]);
    eventually("it is ready", || server.get("/readyz").status == 200);
    eventually("it is taken in", || source(&server)["live"]["objects"] == 2);
    assert_eq!(count(&server), json!(6));
    bench.put_hours(&[0]);
    eventually("it is taken in", || source(&server)["live"]["objects"] == 3);
    assert_eq!(count(&server), json!(9));
    // While the store has it all, nothing is read where it lies.
    let layers = "SELECT DISTINCT read_from FROM log_objects";
    let layers = server.ask(&json!({ "sql": layers, "since": "24h" })).json();
    assert_eq!(layers["rows"], json!([{ "read_from": "live" }]), "{layers}");
    // Of what is older than the store keeps, everything is looked at.
    let older = server.ask(&json!({ "sql": "SELECT count(*) AS n FROM requests", "since": "200h" })).json();
    assert_eq!(older["rows"][0]["n"], json!(9));
}

#[test]
fn a_report_is_made_anew_when_something_new_came() {
    let bench = Bench::in_folder();
    bench.put_hours(&[1]);
    let (server, bench) = over(bench, &[]);
    eventually("it is taken in", || source(&server)["live"]["objects"] == 1);
    let path = "/api/v1/reports/status-codes?since=2h";
    let requests = || server.json(path)["rows"][0]["requests"].clone();
    eventually("it is there", || requests() == json!(3));
    bench.put_hours(&[1]);
    eventually("it is made anew", || requests() == json!(6));
}

#[test]
fn listeners_are_told() {
    let bench = Bench::in_folder();
    bench.put_hours(&[1]);
    let (server, bench) = over(bench, &[]);
    let mut stream = server.connect();
    write!(stream, "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let mut next = || {
        let data = lines.find_map(|line| line.strip_prefix("data: ").map(str::to_owned)).expect("an event");
        serde_json::from_str::<Value>(&data).unwrap()
    };
    let first = next();
    assert_eq!(first["source"], "logs");
    bench.put_hours(&[0]);
    let mut later = next();
    while later["complete_until"] == first["complete_until"] {
        later = next();
    }
    assert_ne!(later["mark"], first["mark"]);
}

#[test]
fn what_is_missing_for_a_source_is_named_and_the_others_are_served() {
    let bench = Bench::in_folder();
    bench.put_hours(&[1]);
    let logs = bench.folder.path("logs").to_string_lossy().into_owned();
    let folder = Workspace::new();
    folder.write("taken/file", "no store");
    let config = format!(
        "[sources.good]\nfrom = [{logs:?}]\nlive = \"live\"\n[sources.bad]\nfrom = [{logs:?}]\nlive = \"taken\"\n[serve]\npoll = \"1s\"\n"
    );
    folder.write("albstats.toml", config);
    let server = Server::over(folder, &[]);
    let sources = || server.json("/api/v1/sources")["sources"].clone();
    let named = |name: &str| sources().as_array().unwrap().iter().find(|it| it["name"] == name).unwrap().clone();
    eventually("it is said", || named("bad")["problem"].is_string());
    eventually("the other is taken in", || named("good")["live"]["objects"] == 1);
    assert_eq!(server.get("/readyz").status, 200);
    assert!(server.said().contains("warning: bad: "), "{}", server.said());
    // It is answered about from what there is.
    for name in ["good", "bad"] {
        let asked = json!({ "sql": "SELECT count(*) AS n FROM requests", "since": "24h", "source": name });
        assert_eq!(server.ask(&asked).json()["rows"][0]["n"], json!(3), "{name}");
    }
}

#[test]
fn it_is_ready_while_anything_can_be_answered() {
    let bucket = S3Server::start();
    let bench = Bench::in_bucket(&bucket);
    bench.put_hours(&[0]);
    let denied = bench.name(0).replace("111122223333", "444455556666");
    bench.write(&denied, &["https://shop.example.com:443/"]);
    bucket.when(Rule::on(Operation::List), Effect::access_denied());
    let (args, environment) = (["--from", "s3://logs", "--live", "live", "--poll", "1s"], bucket.env());
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let server = Server::with_environment(Workspace::new(), &args, &environment);
    let ready = || {
        let response = server.get("/readyz");
        let told = response.json();
        (response.status, told["ready"] == true, told["missing"].to_string())
    };
    eventually("all is denied", || matches!(ready(), (503, false, missing) if missing.contains("access denied")));
    bucket.heal().when(Rule::on(Operation::List).about("444455556666"), Effect::access_denied());
    let some = |(status, is_ready, missing): (u16, bool, String)| {
        status == 200 && is_ready && missing.contains("logs: ") && missing.contains("444455556666")
    };
    eventually("one account is denied", || some(ready()));
    assert_eq!(server.get("/healthz").status, 200);
    bucket.heal();
    eventually("nothing is missing", || ready() == (200, true, "[]".to_owned()));
}

#[test]
fn what_is_under_way_is_committed_at_the_end() {
    let bench = Bench::in_folder();
    bench.put_hours(&[0, 1, 2]);
    let (mut server, _bench) = over(bench, &[]);
    eventually("it is taken in", || source(&server)["live"]["objects"] == 3);
    server.running.take().unwrap().terminate().exits(0);
    let snapshot = albstats::inside::Snapshot::open(&server.folder.path("live")).unwrap();
    assert_eq!(snapshot.batches.iter().map(|batch| batch.objects).sum::<u64>(), 3);
}
