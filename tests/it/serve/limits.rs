//! What questions may take, and how they end.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::server::{Server, logs};
use crate::ingest::bench::eventually;

/// Takes longer than anybody waits, and little memory.
pub(super) const SLOW: &str = "SELECT count(*) FROM requests a, requests b, requests c \
                    WHERE length(regexp_replace(rpad(a.trace_id || b.trace_id || c.trace_id, 5000, 'ab'), '(a|b)*c', '')) \
                    = a.client_port + b.client_port";

fn started(config: &str) -> Server {
    let folder = logs();
    folder.write("albstats.toml", format!("[serve]\n{config}\n"));
    Server::over(folder, &["--from", "logs"])
}

/// Asks, and does not wait for the answer.
fn begun(server: &Server, sql: &str) -> std::net::TcpStream {
    let mut stream = server.connect();
    let body = json!({ "sql": sql }).to_string();
    let head = format!(
        "POST /api/v1/query HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
    stream
}

fn running(server: &Server) -> Vec<Value> {
    server.json("/api/v1/queries")["running"].as_array().unwrap().clone()
}

#[test]
fn a_question_ends_with_the_connection_of_whoever_asked() {
    let server = started("");
    let stream = begun(&server, SLOW);
    eventually("it runs", || running(&server).iter().any(|query| query["state"] == "running"));
    drop(stream);
    let left = Instant::now();
    eventually("it has ended", || running(&server).is_empty());
    assert!(left.elapsed() < Duration::from_secs(2), "{:?}", left.elapsed());
    let recent = server.json("/api/v1/queries")["recent"][0].clone();
    assert_eq!((&recent["state"], &recent["kind"]), (&json!("ended"), &json!("statement")), "{recent}");
}

#[test]
fn a_question_can_be_ended() {
    let server = started("");
    let mut stream = begun(&server, SLOW);
    eventually("it runs", || !running(&server).is_empty());
    let id = running(&server)[0]["id"].to_string();
    let ended =
        server.send(format!("DELETE /api/v1/queries/{id} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    assert_eq!(ended.status, 200, "{}", ended.text());
    assert_eq!(super::server::read(&mut stream).refused(), (409, "ended".to_owned()));
    let again =
        server.send(format!("DELETE /api/v1/queries/{id}x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    assert_eq!(again.refused(), (404, "not_found".to_owned()));
}

#[test]
fn a_question_has_so_much_time() {
    let server = started("timeout = \"1s\"");
    let began = Instant::now();
    let refused = server.ask(&json!({ "sql": SLOW })).refused();
    assert_eq!(refused, (504, "timeout".to_owned()));
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    eventually("its slot is free", || running(&server).is_empty());
}

#[test]
fn so_many_are_answered_so_many_wait_and_the_rest_comes_again() {
    let server = started("slots = 1\nqueue = 1");
    let first = begun(&server, SLOW);
    eventually("it runs", || running(&server).len() == 1);
    let second = begun(&server, "SELECT 1 AS one");
    eventually("it waits", || running(&server).iter().any(|query| query["state"] == "waiting"));
    let third = server.ask(&json!({ "sql": "SELECT 1" }));
    assert_eq!(third.refused(), (429, "queue_full".to_owned()));
    assert!(third.field("retry-after").is_some());
    // Whatever is going on, probes are answered.
    assert_eq!(server.get("/healthz").status, 200);
    drop(first);
    let mut second = second;
    assert_eq!(super::server::read(&mut second).json()["rows"], json!([{ "one": 1 }]));
}

#[test]
fn an_answer_has_so_many_rows_and_bytes() {
    let server = started("max_rows = 150\nmax_answer = \"20kB\"");
    let ask = |sql: &str, limit: Value| server.ask(&json!({ "sql": sql, "limit": limit }));
    let many = ask("SELECT time FROM requests", Value::Null);
    assert_eq!(many.refused(), (422, "answer_too_large".to_owned()));
    assert!(many.text().contains("more than 150 rows"));
    let some = ask("SELECT time FROM requests ORDER BY time", json!(3)).json();
    assert_eq!((some["rows"].as_array().unwrap().len(), &some["more"]), (3, &json!(true)));
    let all = ask("SELECT time FROM requests LIMIT 3", json!(3)).json();
    assert_eq!((&all["row_count"], &all["more"]), (&json!(3), &json!(false)));
    let wide = ask("SELECT request_url, user_agent, trace_id, log_object FROM requests LIMIT 149", Value::Null);
    assert_eq!(wide.refused(), (422, "answer_too_large".to_owned()));
    assert!(wide.text().contains("more than 20000 bytes"), "{}", wide.text());
}

#[test]
fn an_answer_that_fails_in_the_middle_does_not_pass_for_a_whole_one() {
    let server = started("max_answer = \"1MB\"");
    let sql = "SELECT a.request_url, a.trace_id, b.time FROM requests a, requests b";
    let response = server.ask(&json!({ "sql": sql, "format": "ndjson" }));
    assert_eq!((response.status, response.whole), (200, false), "{}", response.body.len());
    assert!(response.body.len() < 1_000_001);
}

#[test]
fn storms_of_questions_that_nobody_waits_for_pass() {
    let server = started("slots = 2\nqueue = 8");
    for _ in 0..20 {
        let streams: Vec<_> = (0..8).map(|_| begun(&server, SLOW)).collect();
        std::thread::sleep(Duration::from_millis(20));
        drop(streams);
    }
    let began = Instant::now();
    eventually("all have ended", || running(&server).is_empty());
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(server.ask(&json!({ "sql": "SELECT 1 AS one" })).json()["rows"], json!([{ "one": 1 }]));
}

#[test]
fn the_server_ends_when_it_is_asked_to() {
    let server = started("grace = \"1s\"");
    let mut listens = server.connect();
    write!(listens, "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut first = [0; 16];
    listens.read_exact(&mut first).unwrap();
    let _stream = begun(&server, SLOW);
    eventually("it runs", || !running(&server).is_empty());
    let began = Instant::now();
    server.terminate().exits(0);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn what_is_wrong_with_the_configuration_is_named_with_its_line() {
    let folder = logs();
    for (config, said) in [
        ("listen = \"x\"", "albstats.toml:2:10: "),
        ("slots = 0", "expected a whole number from 1 to 1024"),
        ("sources = [\"prod\"]", "no such source"),
        ("hosts = [\"http://a\"]", "without a port"),
        ("certificate = \"a.pem\"", "TLS takes a certificate and its key"),
        ("slot = 1", "did you mean `slots`?"),
        ("redact = [\"x\"]", "albstats.toml:2"),
    ] {
        folder.write("albstats.toml", format!("[serve]\n{config}\n"));
        folder.run(["serve", "--from", "logs", "--listen", "0"]).exits(2).says(said);
    }
}

#[test]
fn the_configuration_is_read_again_when_asked() {
    let server = started("slots = 2");
    let hang_up = || {
        let process = server.running.as_ref().unwrap().id().to_string();
        assert!(std::process::Command::new("kill").args(["-HUP", &process]).status().unwrap().success());
    };
    server.folder.write("albstats.toml", "[serve]\nslots = 3\n[tables]\nmy_logs = \"alb_access_logs\"\n");
    hang_up();
    eventually("it is said", || server.said().contains("[serve], [sources] or alerts differ from what is served"));
    let mine = server.ask(&json!({ "sql": "SELECT count(*) AS n FROM my_logs" }));
    assert_eq!(mine.json()["rows"][0]["n"], json!(super::server::ROWS), "{}", mine.text());
    server.folder.write("albstats.toml", "[serv]\n");
    hang_up();
    eventually("it is said", || server.said().contains("was read before goes on to count: albstats.toml:1:2"));
    assert_eq!(server.get("/healthz").status, 200);
}
