//! Report `waf`: its numbers, counted a second time, and what it makes of them.

use std::collections::BTreeMap;

use crate::logs::access;
use crate::slow::{access_logs, field, host_and_path, report, statement};
use crate::support::Workspace;

/// The first two segments; a second one with two digits in a row is somebody's id.
fn prefix(path: &str) -> String {
    let mut segments = path.split('/').skip(1);
    let first = segments.next().unwrap_or_default();
    match segments.next().unwrap_or_default() {
        "" => format!("/{first}"),
        second => {
            let digits: Vec<bool> = second.chars().map(|char| char.is_ascii_digit()).collect();
            let is_id = digits.windows(2).any(|pair| pair == [true, true]);
            format!("/{first}/{}", if is_id { ":id" } else { second })
        }
    }
}

#[derive(Default, Debug, PartialEq)]
struct Counted {
    requests: u64,
    blocked: u64,
    succeeded: u64,
    first: Option<String>,
    last: Option<String>,
}

#[test]
fn what_was_blocked_is_what_a_slow_count_says() {
    let folder = Workspace::new();
    folder.run(["generate", "logs", "--rps", "10", "--duration", "10m", "--seed", "25"]).done();
    let lines = access_logs(&folder.path("logs"));
    for by in ["path", "host", "user_agent", "elb"] {
        let mut expected: BTreeMap<String, Counted> = BTreeMap::new();
        for line in &lines {
            let url = host_and_path(&line[12]);
            let name = match by {
                "path" => url.filter(|_| !line[12].starts_with("- ")).map(|(_, path)| prefix(&path)),
                "host" => url.map(|(host, _)| host),
                "user_agent" => field(line, 13).map(str::to_owned),
                _ => field(line, 2).map(str::to_owned),
            };
            let counted = expected.entry(name.unwrap_or("(none)".to_owned())).or_default();
            counted.requests += 1;
            // Nothing else ends with WAF.
            if line[22].ends_with("waf") {
                counted.blocked += 1;
                let time = line[1].clone();
                counted.first = Some(counted.first.take().map_or(time.clone(), |first| first.min(time.clone())));
                counted.last = Some(counted.last.take().map_or(time.clone(), |last| last.max(time)));
            } else {
                counted.succeeded += u64::from(line[8].starts_with(['1', '2', '3']));
            }
        }
        let blocked: u64 = expected.values().map(|counted| counted.blocked).sum();
        assert!(blocked > 20);
        expected.retain(|_, counted| counted.blocked > 0);
        let found: BTreeMap<String, Counted> = report(&folder, &["waf", "--by", by])
            .iter()
            .map(|row| {
                let (count, text) =
                    (|name: &str| row[name].as_u64().unwrap(), |name: &str| row[name].as_str().map(str::to_owned));
                let counted = Counted {
                    requests: count("requests"),
                    blocked: count("blocked"),
                    succeeded: count("succeeded"),
                    first: text("first_blocked"),
                    last: text("last_blocked"),
                };
                (text("name").unwrap(), counted)
            })
            .collect();
        assert_eq!(found, expected, "{by}");
        let all = statement(&folder, &["waf", "--by", by]);
        let total = all.iter().find(|row| row["part"] == "total").unwrap();
        assert_eq!((&total["requests"], &total["blocked"]), (&lines.len().into(), &blocked.into()));
        let bars = all.iter().filter(|row| row["part"] == "point").map(|row| row["blocked"].as_u64().unwrap());
        assert_eq!(bars.sum::<u64>(), blocked, "bars of {by}");
    }
}

/// A request of this status and these actions that reached no target.
fn line(second: usize, status: u16, actions: &str, reason: &str) -> String {
    access(&format!("2026-11-20T10:00:{second:02}.000000Z"), status)
        .replace("\"forward\" \"-\" \"-\" ", &format!("\"{actions}\" \"-\" \"{reason}\" "))
        .replace(" 10.0.0.1:8080 0.000 0.020 0.000 ", " - -1 -1 -1 ")
        .replace(&format!(" {status} {status} "), &format!(" {status} - "))
}

#[test]
fn blocked_failed_and_perhaps_too_strict() {
    let folder = Workspace::new();
    let mut lines: Vec<String> = (0..40)
        .map(|second| {
            access(&format!("2026-11-20T10:00:{second:02}.000000Z"), 200).replace("\"forward\"", "\"waf,forward\"")
        })
        .collect();
    lines.push(line(41, 403, "waf", "-"));
    lines.push(line(42, 405, "waf", "-"));
    lines.push(line(43, 202, "authenticate,waf", "-"));
    lines.push(line(44, 429, "waf", "-"));
    lines.push(line(45, 500, "waf-failed", "WAFConnectionTimeout"));
    lines.push(
        access("2026-11-20T10:00:46.000000Z", 200)
            .replace("\"forward\" \"-\" \"-\"", "\"waf-failed,forward\" \"-\" \"WAFServiceError\""),
    );
    // A target's own 403 is none of WAF's.
    lines.push(access("2026-11-20T10:00:47.000000Z", 403).replace("\"forward\"", "\"waf,forward\""));
    folder.write(&format!("logs/{}", crate::logs::object_name("20261120T1005Z")), lines.concat());
    let screen = folder.run(["report", "waf", "--from", "logs"]).done().stdout;
    let words = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in [
        "blocked 4 of 47 requests that WAF saw (8.51 %) first 10:00:41 last 10:00:44",
        "202 1 (likely a challenge) · 403 1 · 405 1 (likely a CAPTCHA) · 429 1 (an answer of the web ACL's own)",
        "could not judge 2 requests (WAFConnectionTimeout 1 · WAFServiceError 1); 1 of them went on to a target all the same (fail open), 1 were",
        "too strict? /cart: 4 of 47 requests blocked, of the others 95.3 % succeed",
    ] {
        assert!(words.contains(text), "{text}\n{screen}");
    }
    let rows = report(&folder, &["waf"]);
    let counts = ["requests", "blocked", "captcha", "challenge", "waf_failed", "succeeded"];
    assert_eq!(counts.map(|name| rows[0][name].as_u64().unwrap()), [47, 4, 1, 1, 2, 41]);
}

#[test]
fn without_waf_it_says_so() {
    let folder = Workspace::new();
    folder.write("logs/a.log", crate::logs::access_lines(5));
    let screen = folder.run(["report", "waf", "--from", "logs"]).done().stdout;
    assert!(screen.contains("nothing  none of 5 requests went through AWS WAF"), "{screen}");
}
