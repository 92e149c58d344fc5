//! Reports `websockets` and `noncompliant`: their numbers, counted a second time.

use std::collections::BTreeMap;

use crate::logs::access;
use crate::slow::{access_logs, field, host_and_path, micros, nearest_rank, report};
use crate::support::Workspace;

#[derive(Default)]
struct Sessions {
    all: u64,
    failed: u64,
    lengths: Vec<f64>,
    bytes: [u64; 2],
}

#[test]
fn sessions_are_what_a_slow_count_says() {
    let folder = Workspace::new();
    folder.run(["generate", "logs", "--rps", "10", "--duration", "10m", "--seed", "27"]).done();
    let lines = access_logs(&folder.path("logs"));
    for by in ["target_group", "host", "target", "elb"] {
        let mut expected: BTreeMap<(&str, String), Sessions> = BTreeMap::new();
        for line in &lines {
            let (kind, well) = match line[0].as_str() {
                "ws" | "wss" => ("WebSocket", "101"),
                "grpcs" => ("gRPC", "200"),
                _ => continue,
            };
            let name = match by {
                "target_group" => Some(field(line, 16).unwrap_or("(no target group)").to_owned()),
                "host" => host_and_path(&line[12]).map(|(host, _)| host),
                "target" => field(line, 4).map(str::to_owned),
                _ => field(line, 2).map(str::to_owned),
            };
            let sessions = expected.entry((kind, name.unwrap_or("(none)".to_owned()))).or_default();
            sessions.all += 1;
            if line[8] == well {
                #[expect(clippy::cast_precision_loss, reason = "hours")]
                sessions.lengths.push(((micros(&line[1]) - micros(&line[21])) as f64 / 1e3).round() / 1e3);
            } else {
                sessions.failed += 1;
            }
            for (sum, index) in sessions.bytes.iter_mut().zip([10, 11]) {
                *sum += line[index].parse::<u64>().unwrap();
            }
        }
        let rows = report(&folder, &["websockets", "--by", by]);
        assert_eq!(rows.len(), expected.len(), "{by}");
        for row in &rows {
            let (kind, name) = (row["kind"].as_str().unwrap(), row["name"].as_str().unwrap());
            let sessions = expected.get_mut(&(kind, name.to_owned())).unwrap();
            sessions.lengths.sort_by(f64::total_cmp);
            let counts =
                ["sessions", "failed", "long_ones", "received", "sent"].map(|name| row[name].as_u64().unwrap());
            let long = sessions.lengths.iter().filter(|length| **length > 3600.0).count() as u64;
            assert_eq!(counts, [sessions.all, sessions.failed, long, sessions.bytes[0], sessions.bytes[1]]);
            for (column, hundredths) in [("p50", 50), ("p90", 90), ("p99", 99), ("max", 100)] {
                let found = row[&format!("length_{column}")].as_f64();
                let expected = nearest_rank(&sessions.lengths, hundredths);
                // Times since the epoch leave a double no more than some tenths of microseconds.
                let is_same = found.zip(expected).is_some_and(|(found, expected)| (found - expected).abs() < 0.0011);
                assert!(is_same || found == expected, "{kind} {name} {column}: {found:?} {expected:?}");
            }
        }
        assert_eq!(rows[0]["kind"], "WebSocket");
    }
}

#[test]
fn what_does_not_comply_is_what_a_slow_count_says() {
    let folder = Workspace::new();
    let args = ["generate", "logs", "--rps", "4", "--duration", "10m", "--seed", "28", "--odd-share", "0.2"];
    folder.run(args).done();
    let lines = access_logs(&folder.path("logs"));
    let mut expected: BTreeMap<(String, String), [u64; 4]> = BTreeMap::new();
    for line in &lines {
        let Some(class) = field(line, 27) else { continue };
        let counts = expected.entry((class.to_owned(), line[28].clone())).or_default();
        let answered = field(line, 9).is_some();
        counts[0] += 1;
        counts[1] += u64::from(line[8] == "400" && !answered);
        counts[2] += u64::from(answered);
        counts[3] += u64::from(class == "Severe");
    }
    let found: BTreeMap<(String, String), [u64; 4]> = report(&folder, &["noncompliant"])
        .iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            let counts = ["requests", "refused", "answered", "defensive"].map(|name| row[name].as_u64().unwrap());
            assert_eq!(row["strictest"], row["requests"]);
            ((text("classification"), text("name")), counts)
        })
        .collect();
    assert_eq!(found, expected);
    assert!(found.len() > 1);
}

#[test]
fn the_worst_class_comes_first_and_one_client_is_named() {
    let folder = Workspace::new();
    let line = |second: usize, class: &str, reason: &str, client: &str| {
        access(&format!("2026-11-20T10:00:0{second}.000000Z"), 400)
            .replace("\"-\" \"-\" TID_0", &format!("\"{class}\" \"{reason}\" TID_0"))
            .replace("192.0.2.7:", &format!("{client}:"))
    };
    let lines = [
        line(0, "Acceptable", "SpaceInUri", "192.0.2.1"),
        line(1, "Acceptable", "SpaceInUri", "192.0.2.2"),
        line(2, "Severe", "BothTeClPresent", "192.0.2.3"),
        line(3, "Ambiguous", "EmptyHeader", "192.0.2.4"),
        line(4, "-", "-", "192.0.2.5"),
    ];
    folder.write("logs/a.log", lines.concat());
    let rows = report(&folder, &["noncompliant"]);
    let found: Vec<(&str, &str)> = rows
        .iter()
        .map(|row| (row["classification"].as_str().unwrap(), row["clients_seen"].as_str().unwrap()))
        .collect();
    assert_eq!(found, [("Severe", "192.0.2.3"), ("Ambiguous", "192.0.2.4"), ("Acceptable", "several")]);
    let screen = folder.run(["report", "noncompliant", "--from", "logs"]).done().stdout;
    assert!(screen.contains("left out  1 that comply"), "{screen}");
}
