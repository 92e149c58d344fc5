//! Report `handshakes`: its numbers, counted a second time, and what codes mean.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::logs::CONNECTION;
use crate::slow::{connection_logs, field, nearest_rank, report, statement};
use crate::support::Workspace;

/// What is wrong with the handshake of a line, if anything: the listener has TLS.
fn failure(line: &[String]) -> Option<&str> {
    match (field(line, 10), field(line, 4)) {
        (None, None) => Some("(no code)"),
        (Some(status), _) => status.strip_prefix("Failed:"),
        (None, Some(_)) => None,
    }
}

#[derive(Default, Debug, PartialEq)]
struct Listener {
    connections: u64,
    failures: u64,
    times: Vec<f64>,
    first: Option<String>,
    last: Option<String>,
}

#[test]
fn listeners_and_failures_are_what_a_slow_count_says() {
    let folder = Workspace::new();
    folder.run(["generate", "logs", "--rps", "20", "--duration", "10m", "--seed", "22"]).done();
    let lines = connection_logs(&folder.path("logs"));
    let over_tls: Vec<&Vec<String>> = lines.iter().filter(|line| line[3] == "443").collect();
    assert!(over_tls.len() > 1000 && over_tls.len() < lines.len());

    let mut listeners: BTreeMap<(String, String), Listener> = BTreeMap::new();
    for line in &over_tls {
        let key = (line[13].clone(), field(line, 4).unwrap_or_default().to_owned());
        let listener = listeners.entry(key).or_default();
        listener.connections += 1;
        listener.times.extend(field(line, 6).map(|time| time.parse::<f64>().unwrap()));
        if failure(line).is_some() {
            listener.failures += 1;
            let time = line[0].clone();
            listener.first = Some(listener.first.take().map_or(time.clone(), |first| first.min(time.clone())));
            listener.last = Some(listener.last.take().map_or(time.clone(), |last| last.max(time)));
        }
    }
    let rows = report(&folder, &["handshakes"]);
    assert_eq!(rows.len(), listeners.len());
    for row in &rows {
        assert_eq!(row["listener_port"], 443);
        let text = |name: &str| row[name].as_str().map(str::to_owned);
        let listener = listeners.get_mut(&(text("elb").unwrap(), text("tls_protocol").unwrap_or_default())).unwrap();
        listener.times.sort_by(f64::total_cmp);
        assert_eq!(row["connections"], listener.connections);
        assert_eq!(row["failures"], listener.failures);
        assert_eq!((text("first_failure"), text("last_failure")), (listener.first.clone(), listener.last.clone()));
        for (name, hundredths) in [("p50", 50), ("p95", 95), ("p99", 99), ("max", 100)] {
            assert_eq!(row[&format!("handshake_{name}")].as_f64(), nearest_rank(&listener.times, hundredths), "{name}");
        }
    }

    let found = statement(&folder, &["handshakes"]);
    let count = |part: &str, key: &dyn Fn(&Map<String, Value>) -> String| {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for row in found.iter().filter(|row| row["part"] == part) {
            *counts.entry(key(row)).or_default() += row["failures"].as_u64().unwrap();
        }
        counts
    };
    let text = |row: &Map<String, Value>, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let expected = |key: &dyn Fn(&[String]) -> Option<String>| {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for line in over_tls.iter().filter(|line| failure(line).is_some()) {
            if let Some(key) = key(line) {
                *counts.entry(key).or_default() += 1;
            }
        }
        counts
    };
    assert_eq!(count("code", &|row| text(row, "code")), expected(&|line| failure(line).map(str::to_owned)));
    assert_eq!(count("client", &|row| text(row, "client")), expected(&|line| Some(line[1].clone())));
    assert_eq!(
        count("subject", &|row| text(row, "subject") + " " + &text(row, "code")),
        expected(&|line| Some(format!("{} {}", field(line, 7)?, failure(line)?)))
    );
    let total = found.iter().find(|row| row["part"] == "total").unwrap();
    assert_eq!(total["connections"], over_tls.len());
    assert_eq!(total["without_tls"], lines.len() - over_tls.len());
    assert_eq!(total["failures"], expected(&|_| Some(String::new())).values().sum::<u64>());
}

/// A connection line of this listener port and outcome.
fn line(second: usize, port: u16, rest: &str) -> String {
    let time = format!("2026-11-20T10:00:{second:02}.000000Z");
    format!("{time} 192.0.2.7 40000 {port} {rest} TID_{second} - app/shop/50dc6c495c0c9188 203.0.113.4\n")
}

#[test]
fn silence_is_a_failure_only_where_the_listener_has_tls() {
    let folder = Workspace::new();
    let silent = "- - - \"-\" - - -";
    let well = "TLSv1.3 TLS_AES_128_GCM_SHA256 0.010 \"-\" - - Success";
    let lines =
        [line(0, 80, silent), line(1, 8080, silent), line(2, 8443, well), line(3, 8443, silent), line(4, 443, silent)];
    folder.write("logs/conn_log_a.log", lines.concat());
    let rows = report(&folder, &["handshakes"]);
    let found: Vec<(u64, u64, u64)> = rows
        .iter()
        .map(|row| ["listener_port", "connections", "failures"].map(|name| row[name].as_u64().unwrap()).into())
        .collect();
    assert_eq!(found, [(443, 1, 1), (8443, 1, 1), (8443, 1, 0)]);
    let screen = folder.run(["report", "handshakes", "--from", "logs"]).done().stdout;
    assert!(screen.contains("left out  2 to listeners without TLS"), "{screen}");
}

#[test]
fn what_codes_mean_is_said() {
    let folder = Workspace::new();
    let expired = "TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 - \"CN=partner-1,O=A, B\" NotBefore=a;NotAfter=b 0A \
                   Failed:ClientCertExpired";
    let new = "TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 - \"-\" - - Failed:SomethingNew";
    let name = format!("logs/conn_log_{}", crate::logs::object_name("20261120T1005Z"));
    folder.write(&name, [line(0, 443, expired), line(1, 443, expired), line(2, 443, new)].concat());
    let screen = folder.run(["report", "handshakes", "--from", "logs"]).done().stdout;
    for text in [
        "failed  3 of 3 handshakes (100 %)   first 10:00:00   last 10:00:02",
        "2 of them for the client's certificate (mutual TLS)",
        "the client's certificate has expired: the client needs a new one",
        "a code that is newer than this program",
        "CN=partner-1,O=A, B  ClientCertExpired       2",
    ] {
        assert!(screen.contains(text), "{text}\n{screen}");
    }
}

#[test]
fn without_connection_logs_it_says_how_to_turn_them_on() {
    let folder = Workspace::new();
    folder.write("logs/a.log", crate::logs::access_lines(3));
    let screen = folder.run(["report", "handshakes", "--from", "logs"]).done().stdout;
    assert!(
        screen.contains("no line of connection logs; turn them on") && screen.contains("connection_logs.s3.enabled"),
        "{screen}"
    );
    let plain = CONNECTION.replace(" 443 TLSv1.3 TLS_AES_128_GCM_SHA256 0.010 ", " 80 - - - ");
    folder.write("logs/conn_log_a.log", plain);
    let screen = folder.run(["report", "handshakes", "--from", "logs"]).done().stdout;
    assert!(screen.contains("no connection to a listener with TLS: all 1 were to listeners without"), "{screen}");
}
