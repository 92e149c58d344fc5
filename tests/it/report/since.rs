//! Since when a row is bad: in the reports whose questions promise to say.

use serde_json::Value;

use crate::support::Workspace;

/// An hour with an incident, and its truth.
fn night(incident: &str) -> (Workspace, Value) {
    let folder = Workspace::new();
    let args = ["generate", "logs", "--rps", "15", "--duration", "1h", "--seed", "5", "--noise", "0.12"];
    folder.run(args.iter().chain(&["--incident", incident, "--truth", "truth.json"])).done();
    let truth: Vec<Value> = serde_json::from_str(&folder.read("truth.json")).unwrap();
    (folder, truth[0].clone())
}

fn rows(folder: &Workspace, args: &[&str]) -> Vec<Value> {
    let args = ["report"].iter().chain(args).chain(&["--from", "logs", "-q", "--top", "0", "--format", "ndjson"]);
    folder.run(args).done().stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Minutes since midnight of the first time in a text such as `10:50–11:30` or `from 10:50 on`.
fn minute(text: &str) -> i64 {
    let at = text.find(':').unwrap_or_else(|| panic!("no time: {text}"));
    let number = |range: std::ops::Range<usize>| text[range].parse::<i64>().unwrap();
    number(at - 2..at) * 60 + number(at + 1..at + 3)
}

#[test]
fn the_row_that_is_bad_says_since_when() {
    for (incident, report, column, dimension) in [
        ("bad-pod", &["targets"][..], "target", "target"),
        ("client-flood", &["clients"], "client", "client"),
        ("slow-database", &["latency"], "name", "target_group"),
        ("untrusted-certificate", &["handshakes"], "elb", "load_balancer"),
    ] {
        let (folder, truth) = night(incident);
        let who = truth["who"][dimension].as_str().unwrap();
        let rows = rows(&folder, report);
        let is_it = |row: &&Value| row[column].as_str().is_some_and(|name| name.contains(who) || who.contains(name));
        let since: Vec<&str> = rows.iter().filter(is_it).filter_map(|row| row["since"].as_str()).collect();
        let begin = minute(&truth["from"].as_str().unwrap()[11..]);
        assert!(since.iter().any(|text| (minute(text) - begin).abs() <= 2), "{incident}: {since:?}, {truth}");
        // Most rows are as they always were.
        let others = rows.iter().filter(|row| !is_it(row)).collect::<Vec<_>>();
        let changed = others.iter().filter(|row| row["since"].is_string()).count();
        assert!(changed * 5 <= others.len(), "{incident}: {changed} of {}", others.len());
    }
}

/// Two days at the same hour, of these incidents; what the overview of the second one says.
fn second_day(first: &[&str], second: &[&str]) -> (Workspace, Value) {
    let folder = Workspace::new();
    for (day, incidents) in [("2026-11-20", first), ("2026-11-21", second)] {
        let (out, start) = (format!("logs/{day}"), format!("{day}T10:00:00Z"));
        let size = ["--rps", "15", "--duration", "1h", "--seed", "5", "--noise", "0.12"];
        let incidents = incidents.iter().flat_map(|incident| ["--incident", incident]);
        folder.run(["generate", &out, "--start", &start].into_iter().chain(size).chain(incidents)).done();
    }
    let window = ["--since", "2026-11-21T10:00", "--until", "2026-11-21T11:00"];
    let args = ["report", "overview", "--from", "logs", "-q", "--format", "json"];
    let report = serde_json::from_str(&folder.run(args.iter().chain(&window)).done().stdout).unwrap();
    (folder, report)
}

#[test]
fn what_happens_every_day_at_this_time_is_no_incident() {
    let (_, crawler) = second_day(&["crawler"], &["crawler"]);
    assert_eq!(crawler["findings"].as_array().unwrap().len(), 0, "{crawler:#}");
    let daily = crawler["daily"].as_array().unwrap();
    assert!(!daily.is_empty() && daily[0].as_str().unwrap().contains("requests a second"), "{daily:?}");

    let (folder, flood) = second_day(&[], &["client-flood"]);
    let first = &flood["findings"][0];
    assert_eq!((&first["rank"], &first["same_day_before"]), (&Value::from(1), &Value::from(false)), "{first:#}");
    let evidence = first["evidence"].as_array().unwrap();
    assert!(
        evidence.iter().any(|text| text.as_str().unwrap().starts_with("the day before at this time: ")),
        "{first:#}"
    );

    // What it says to type next is what can be typed, also where a window was given.
    let command = first["command"].as_str().unwrap();
    assert_eq!(command.matches("--since").count(), 1, "{command}");
    folder.run(command.split_whitespace().skip(1)).done();

    // What fails is told, however often it does; it is not likely news.
    let (_, slow) = second_day(&["slow-database"], &["slow-database"]);
    let first = &slow["findings"][0];
    assert_eq!(
        (&first["same_day_before"], &first["confidence"]),
        (&Value::from(true), &Value::from("possible")),
        "{first:#}"
    );
}
