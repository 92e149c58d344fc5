//! Clients that mean harm.

use std::io::Write;
use std::time::{Duration, Instant};

use super::server::{Server, raw, read};
use crate::ingest::bench::eventually;

#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    let server = Server::start(&[]);
    let host = format!("Host: {}\r\n", server.address);
    let smuggled = "GET /api/v1/sources HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (name, request) in [
        (
            "both lengths",
            format!(
                "POST /api/v1/query HTTP/1.1\r\n{host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}"
            ),
        ),
        (
            "two lengths",
            format!("POST /api/v1/query HTTP/1.1\r\n{host}Content-Length: 0\r\nContent-Length: 9\r\n\r\n{smuggled}"),
        ),
        (
            "odd coding",
            format!("POST /api/v1/query HTTP/1.1\r\n{host}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{smuggled}"),
        ),
        (
            "coding, then another",
            format!(
                "POST /api/v1/query HTTP/1.1\r\n{host}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{smuggled}"
            ),
        ),
        ("signed length", format!("POST /api/v1/query HTTP/1.1\r\n{host}Content-Length: +5\r\n\r\nhello{smuggled}")),
        ("blank before the colon", format!("GET / HTTP/1.1\r\n{host}Content-Length : 5\r\n\r\n{smuggled}")),
        ("folded field", format!("GET / HTTP/1.1\r\n{host}X: a\r\n b\r\n\r\n{smuggled}")),
        ("two hosts", format!("GET / HTTP/1.1\r\n{host}{host}\r\n{smuggled}")),
        ("no host", format!("GET / HTTP/1.1\r\n\r\n{smuggled}")),
        ("proxy", format!("GET http://{0}/ HTTP/1.1\r\n{host}\r\n{smuggled}", server.address)),
        ("tunnel", format!("CONNECT {0} HTTP/1.1\r\n{host}\r\n{smuggled}", server.address)),
        ("a bare line feed in a field", format!("GET / HTTP/1.1\r\n{host}X: a\nY: b\0\r\n\r\n{smuggled}")),
        ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned()),
        ("nonsense", "\u{1}\u{2}\u{3}\r\n\r\n".to_owned()),
    ] {
        let response = raw(&server, request.as_bytes());
        assert!((400..=421).contains(&response.status) || response.status == 0, "{name}: {response:?}");
        // What follows is not taken for a request.
        let body = String::from_utf8_lossy(&response.body);
        assert!(!body.contains("\"sources\"") && !body.contains("HTTP/1.1"), "{name}: {response:?}");
    }
    assert_eq!(server.get("/healthz").status, 200);
}

#[test]
fn heads_and_bodies_have_an_end() {
    let server = Server::start(&[]);
    let host = format!("Host: {}\r\n", server.address);
    let long = "x".repeat(64 << 10);
    for request in [
        format!("GET /{long} HTTP/1.1\r\n{host}\r\n"),
        format!("GET / HTTP/1.1\r\n{host}X: {long}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\n{host}{}\r\n", "x: 1\r\n".repeat(500)),
    ] {
        let response = raw(&server, request.as_bytes());
        assert!([0, 400, 414, 431].contains(&response.status), "{response:?}");
    }
    let json = "Content-Type: application/json\r\n";
    let body = format!("{{\"sql\": \"SELECT '{}'\"}}", "x".repeat(2 << 20));
    let response = server.post("/api/v1/query", json, &body);
    assert_eq!(response.refused(), (413, "body_too_large".to_owned()));
    let many = "since=1h&".repeat(500);
    assert!([400, 414, 431].contains(&server.get(&format!("/api/v1/reports/latency?{many}")).status));
    let deep = format!("{{\"sql\": \"SELECT 1\", \"params\": {}1{}}}", "{\"a\":".repeat(5000), "}".repeat(5000));
    assert_eq!(server.post("/api/v1/query", json, &deep).refused().0, 400);
    assert_eq!(server.get("/healthz").status, 200);
}

#[test]
fn who_says_nothing_keeps_nobody_from_an_answer() {
    let server = Server::start(&[]);
    let mut silent: Vec<_> = (0..600).filter_map(|_| std::net::TcpStream::connect(&server.address).ok()).collect();
    for stream in &mut silent {
        // Some have begun to say something.
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: loc");
    }
    let began = Instant::now();
    for _ in 0..20 {
        assert_eq!(server.get("/healthz").status, 200);
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    drop(silent);
}

#[test]
fn who_comes_to_no_end_is_let_go() {
    let server = Server::start(&[]);
    let mut slow = server.connect();
    slow.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n").unwrap();
    let began = Instant::now();
    // A field now and then, for ever: the head as a whole has to come in time.
    while began.elapsed() < Duration::from_secs(25) && slow.write_all(b"X: 1\r\n").is_ok() {
        std::thread::sleep(Duration::from_millis(500));
    }
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    let mut body = server.connect();
    let head = "POST /api/v1/query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    body.write_all(head.as_bytes()).unwrap();
    let began = Instant::now();
    let response = read(&mut body);
    assert!(began.elapsed() < Duration::from_secs(20) && [0, 408].contains(&response.status), "{response:?}");
}

#[test]
fn nothing_of_a_request_gets_into_what_is_said() {
    for log in ["text", "json"] {
        nothing_gets_into(log);
    }
}

fn nothing_gets_into(log: &str) {
    let server = Server::start(&["-vv", "--log", log]);
    let odd = "/api/v1/reports/latency?service=secret-value&x=%1b%5b2J%0a%e2%80%ae";
    server.get(odd);
    server.get_with("/secret-value%0aerror:%20forged", "X-Secret: secret-value\r\n");
    server.post("/api/v1/query", "Content-Type: application/json\r\n", "{\"sql\": \"SELECT 'secret-value'\"}");
    eventually("it is logged", || server.said().matches("/api/v1/query").count() == 1);
    let said = server.said();
    assert!(said.contains("/api/v1/reports/{name}") && said.contains("(other)"), "{said}");
    if log == "json" {
        for line in said.lines().filter(|line| line.starts_with('{')) {
            serde_json::from_str::<serde_json::Value>(line).unwrap();
        }
    }
    assert!(!said.contains("secret-value") && !said.contains("forged"), "{said}");
}
