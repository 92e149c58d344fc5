//! Reports `hosts`, `rules`, `bytes`, `user-agents` and `lcu`: their numbers, computed a second time, and what they find.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::logs::{CONNECTION, access, object_name};
use crate::slow::{access_logs, connection_logs, field, host_and_path, micros, nearest_rank, report, statement};
use crate::support::Workspace;

fn generated(seed: &str) -> Workspace {
    let folder = Workspace::new();
    folder.run(["generate", "logs", "--rps", "8", "--duration", "10m", "--seed", seed]).done();
    folder
}

fn count(row: &Map<String, Value>, name: &str) -> u64 {
    row[name].as_u64().unwrap_or_else(|| panic!("{name}: {row:?}"))
}

fn text(row: &Map<String, Value>, name: &str) -> String {
    row[name].as_str().unwrap_or_else(|| panic!("{name}: {row:?}")).to_owned()
}

/// Rows as found, by their name.
fn by_name<T>(rows: &[Map<String, Value>], of: impl Fn(&Map<String, Value>) -> (String, T)) -> BTreeMap<String, T> {
    let found: BTreeMap<String, T> = rows.iter().map(of).collect();
    assert_eq!(found.len(), rows.len(), "a name twice");
    found
}

fn is_class(line: &[String], class: char) -> u64 {
    u64::from(line[8].starts_with(class))
}

fn bytes(line: &[String], index: usize) -> u64 {
    line[index].parse().unwrap_or(0)
}

#[test]
fn hosts_are_what_a_slow_count_says() {
    let folder = generated("33");
    let mut expected: BTreeMap<String, ([u64; 6], String)> = BTreeMap::new();
    let mut times: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for line in access_logs(&folder.path("logs")) {
        let host = host_and_path(&line[12]).map_or("(no host)".to_owned(), |(host, _)| host);
        let sni = field(&line, 18).map(|sni| sni.trim().to_lowercase().split(':').next().unwrap().to_owned());
        let is_other = sni.is_some_and(|sni| !sni.starts_with('*') && sni != host);
        let (counts, last) = expected.entry(host.clone()).or_default();
        let line_counts =
            [1, is_class(&line, '5'), is_class(&line, '4'), bytes(&line, 10), bytes(&line, 11), u64::from(is_other)];
        counts.iter_mut().zip(line_counts).for_each(|(sum, count)| *sum += count);
        *last = last.clone().max(line[1].clone());
        if !line[0].starts_with("ws") && line[6] != "-1" {
            times.entry(host).or_default().push(line[6].parse().unwrap());
        }
    }
    assert!(expected.values().any(|(counts, _)| counts[5] > 0), "another SNI");
    let rows = report(&folder, &["hosts"]);
    let columns = ["requests", "errors", "client_errors", "received_bytes", "sent_bytes", "other_sni"];
    let found =
        by_name(&rows, |row| (text(row, "host"), (columns.map(|name| count(row, name)), text(row, "last_seen"))));
    assert_eq!(found, expected);
    for row in &rows {
        let mut times = times.remove(&text(row, "host")).unwrap_or_default();
        times.sort_by(f64::total_cmp);
        let percentiles = ["target_p50", "target_p99"].map(|name| row[name].as_f64());
        assert_eq!(percentiles, [50, 99].map(|hundredths| nearest_rank(&times, hundredths)), "{row:?}");
    }
}

#[test]
fn rules_are_what_a_slow_count_says() {
    let folder = generated("34");
    let mut expected: BTreeMap<String, (u64, u64, String, String)> = BTreeMap::new();
    for line in access_logs(&folder.path("logs")) {
        let authority = line[12].split("://").nth(1).and_then(|rest| rest.split(['/', ' ']).next());
        // Of what is no request there may be a `-` behind it.
        let port =
            authority.and_then(|authority| authority.rsplit(':').next()?.trim_end_matches('-').parse::<u64>().ok());
        let rule = match &*line[20] {
            "-" => "none",
            "0" => "default",
            "-1" => "error",
            other => other,
        };
        let counted = expected.entry(format!("{} {port:?} {rule}", line[2])).or_default();
        counted.0 += 1;
        counted.1 += is_class(&line, '5');
        counted.2 = if counted.2.is_empty() { line[1].clone() } else { counted.2.clone().min(line[1].clone()) };
        counted.3 = counted.3.clone().max(line[1].clone());
    }
    let rows = report(&folder, &["rules"]);
    let found = by_name(&rows, |row| {
        let name = format!("{} {:?} {}", text(row, "elb"), row["port"].as_u64(), text(row, "rule"));
        (name, (count(row, "requests"), count(row, "errors"), text(row, "first_seen"), text(row, "last_seen")))
    });
    assert_eq!(found, expected);
}

#[test]
fn a_rule_that_had_requests_and_has_none_is_dead() {
    let folder = Workspace::new();
    let lines: String = (0..1800)
        .map(|second| {
            let time = format!("2026-11-20T10:{:02}:{:02}.000000Z", second / 60, second % 60);
            let rule = match second {
                0..600 if second % 3 == 0 => 7,
                0..20 if second % 3 == 1 => 9,
                _ => 3,
            };
            access(&time, 200).replace("\"session-reused\" 3 ", &format!("\"session-reused\" {rule} "))
        })
        .collect();
    folder.write(&format!("logs/{}", object_name("20261120T1030Z")), lines);
    let screen = |args: &[&str]| {
        let args =
            ["report", "rules", "--from", "logs", "--since", "2026-11-20T10:00Z", "--until", "2026-11-20T10:30Z"]
                .iter()
                .chain(args);
        let screen = folder.run(args).done().stdout;
        screen.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let found = screen(&[]);
    let dead = "dead rule 7 of shop:443 had 200 requests and none since 10:15:00: the last one was at 10:09:57";
    assert!(found.contains(dead) && !found.contains("rule 9"), "seven may be chance\n{found}");
    assert!(!screen(&["--set", "quiet_since=2026-11-20T10:05:00Z"]).contains("dead"), "it had some after 10:05");
}

#[test]
fn bytes_are_what_a_slow_count_says() {
    let folder = generated("35");
    let lines = access_logs(&folder.path("logs"));
    for by in ["target_group", "host", "elb", "type", "status"] {
        let mut sizes: BTreeMap<String, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
        for line in &lines {
            let name = match by {
                "target_group" => field(line, 16).unwrap_or("(no target group)").to_owned(),
                "host" => host_and_path(&line[12]).map_or("(none)".to_owned(), |(host, _)| host),
                "elb" => line[2].clone(),
                "type" => line[0].clone(),
                _ => line[8].parse::<u16>().map_or("(none)".to_owned(), |status| status.to_string()),
            };
            let sizes = sizes.entry(name).or_default();
            sizes.0.push(line[11].parse().unwrap());
            sizes.1.push(line[10].parse().unwrap());
        }
        let rows = report(&folder, &["bytes", "--by", by]);
        let columns = ["sent_bytes", "sent_p50", "sent_p99", "sent_max", "received_bytes", "received_max"];
        let found =
            by_name(&rows, |row| (text(row, "name"), (count(row, "requests"), columns.map(|name| row[name].as_f64()))));
        let expected: BTreeMap<String, (u64, [Option<f64>; 6])> = sizes
            .into_iter()
            .map(|(name, (mut sent, mut received))| {
                sent.sort_by(f64::total_cmp);
                received.sort_by(f64::total_cmp);
                let of = |hundredths| nearest_rank(&sent, hundredths);
                let sums = [&sent, &received].map(|sizes| Some(sizes.iter().sum::<f64>()));
                // Percentiles are of sizes to the nearest hundred.
                let hundreds = |size: Option<f64>| size.map(|size| (size / 100.0).round() * 100.0);
                let values =
                    [sums[0], hundreds(of(50)), hundreds(of(99)), of(100), sums[1], nearest_rank(&received, 100)];
                (name, (sent.len() as u64, values))
            })
            .collect();
        assert_eq!(found, expected, "{by}");
    }
    let all = statement(&folder, &["bytes"]);
    let bars: u64 = all.iter().filter(|row| row["part"] == "time").map(|row| count(row, "sent_bytes")).sum();
    assert_eq!(bars, lines.iter().map(|line| bytes(line, 11)).sum::<u64>());
}

#[test]
fn the_largest_answer_is_named() {
    let folder = Workspace::new();
    let of = |second: u8, path: &str, sent: u32, received: u32| {
        access(&format!("2026-11-20T10:00:{second:02}.000000Z"), 200)
            .replace("/cart?id=1", path)
            .replace(" 100 200 \"GET", &format!(" {received} {sent} \"GET"))
    };
    let lines = [of(1, "/a?secret", 500, 9), of(2, "/b", 500, 1), of(3, "/c", 20, 70), of(0, "/d", 500, 1)];
    folder.write("logs/a.log", lines.concat());
    let rows = report(&folder, &["bytes"]);
    assert_eq!((&rows[0]["largest_answer"], &rows[0]["largest_upload"]), (&"/b".into(), &"/c".into()), "the latest");
    let rows = report(&folder, &["bytes", "--by", "path"]);
    assert_eq!(rows.iter().map(|row| text(row, "name")).collect::<Vec<_>>(), ["/a", "/b", "/d", "/c"]);
}

#[test]
fn user_agents_are_what_a_slow_count_says() {
    let folder = generated("36");
    let lines = access_logs(&folder.path("logs"));
    let bots = ["bingbot", "inspect", "zgrab"];
    let kind = |agent: &str| match agent {
        _ if bots.iter().any(|bot| agent.to_lowercase().contains(bot)) => "bot",
        _ if agent.starts_with("Mozilla/") => "browser",
        _ => "program",
    };
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    let mut programs: BTreeMap<String, u64> = BTreeMap::new();
    for line in &lines {
        let agent = field(line, 13);
        let kind = agent.map_or("program", kind);
        *expected.entry(format!("{kind} {}", agent.unwrap_or("(none)"))).or_default() += 1;
        *kinds.entry(agent.map_or("(none)", |_| kind).to_owned()).or_default() += 1;
        if let Some(agent) = agent.filter(|_| kind == "program") {
            *programs.entry(agent.split(['/', ' ', '(', ',', ';']).next().unwrap().to_owned()).or_default() += 1;
        }
    }
    assert!(kinds.len() == 4 && expected.len() > 20, "{kinds:?}");
    let rows = report(&folder, &["user-agents", "--by", "agent"]);
    let found = by_name(&rows, |row| (format!("{} {}", text(row, "kind"), text(row, "name")), count(row, "requests")));
    assert_eq!(found, expected);
    let rows = report(&folder, &["user-agents", "--by", "kind"]);
    assert_eq!(by_name(&rows, |row| (text(row, "name"), count(row, "requests"))), kinds);
    let rows = report(&folder, &["user-agents"]);
    let found: Vec<Map<String, Value>> =
        rows.into_iter().filter(|row| row["kind"] == "program" && row["name"] != "(none)").collect();
    assert_eq!(by_name(&found, |row| (text(row, "name"), count(row, "requests"))), programs);
    let all = statement(&folder, &["user-agents"]);
    let bars: u64 = all.iter().filter(|row| row["part"] == "time").map(|row| count(row, "bots")).sum();
    assert_eq!(bars, kinds["bot"]);
}

#[test]
fn families_of_agents() {
    let folder = Workspace::new();
    let line = access("2026-11-20T10:00:01.000000Z", 200);
    let agents = [
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
            "Edge browser",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36 OPR/125.0", "Opera browser"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0", "Firefox browser"),
        ("Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 CriOS/141.0 Mobile/15E148 Safari/604.1", "Chrome browser"),
        ("Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Version/26.1 Mobile/15E148 Safari/604.1", "Safari browser"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "googlebot bot"),
        ("Mozilla/5.0 (compatible; AhrefsBot/7.0)", "ahrefsbot bot"),
        ("facebookexternalhit/1.1", "facebookexternalhit bot"),
        ("ELB-HealthChecker/2.0", "elb-healthchecker bot"),
        ("Cubot-phone", "cubot-phone bot"),
        ("kube-probe/1.32", "kube-probe program"),
        ("/", "(none) program"),
    ];
    folder.write("logs/a.log", agents.map(|(agent, _)| line.replace("curl/8.5", agent)).concat());
    let found: BTreeSet<String> = report(&folder, &["user-agents"])
        .iter()
        .map(|row| format!("{} {}", text(row, "name"), text(row, "kind")))
        .collect();
    assert_eq!(found, agents.map(|(_, name)| name.to_owned()).into());
}

#[test]
fn capacity_units_are_what_a_slow_sum_says() {
    let folder = Workspace::new();
    folder.run(["generate", "logs", "--rps", "4", "--duration", "2h", "--seed", "37"]).done();
    let hour = |time: &str| micros(time).div_euclid(3_600_000_000);
    // By load balancer and hour: requests, bytes, bytes of functions, connections.
    let mut hours: BTreeMap<(String, i64), [f64; 4]> = BTreeMap::new();
    for line in access_logs(&folder.path("logs")) {
        let hour = hours.entry((line[2].clone(), hour(&line[1]))).or_default();
        let size = (bytes(&line, 10) + bytes(&line, 11)) as f64;
        hour[0] += 1.0;
        hour[1] += size;
        let is_function = line[4] == "-" && line[16] != "-" && line[6] != "-1";
        hour[2] += if is_function { size } else { 0.0 };
    }
    for line in connection_logs(&folder.path("logs")) {
        hours.entry((line[13].clone(), hour(&line[0]))).or_default()[3] += 1.0;
    }
    let mut expected: BTreeMap<String, [f64; 5]> = BTreeMap::new();
    for ((elb, _), [requests, size, of_functions, connections]) in hours {
        let by_bytes = (size - of_functions) / 1e9 + of_functions / 0.4e9;
        let by_connections = connections / (25.0 * 3600.0);
        let sums = expected.entry(elb).or_default();
        let lcu = by_bytes.max(by_connections);
        let of = [requests, lcu, by_connections, by_bytes, connections];
        sums.iter_mut().zip(of).for_each(|(sum, value)| *sum += value);
    }
    let rows = report(&folder, &["lcu"]);
    assert_eq!(rows.len(), expected.len());
    for row in &rows {
        let columns = ["requests", "lcu_hours", "connection_lcu", "byte_lcu", "connections"];
        let found = columns.map(|name| row[name].as_f64().unwrap());
        let expected = expected[&text(row, "elb")];
        let is_near = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() <= expected * 1e-9);
        assert!(is_near, "{found:?} {expected:?}");
        assert_eq!(row["driver"], if expected[2] > expected[3] { "connections" } else { "bytes" });
    }
}

#[test]
fn rules_beyond_ten_are_evaluated_for_money() {
    let folder = Workspace::new();
    let line = access("2026-11-20T10:00:01.000000Z", 200);
    // Rules 1 to 12, and the default one: the 13th. One request each, a thousand of the 12th.
    let of = |rule: u32| line.replace("\"session-reused\" 3 ", &format!("\"session-reused\" {rule} "));
    let mut lines: Vec<String> = (0..=12).map(of).collect();
    lines.push(of(12).repeat(999));
    // None was evaluated, or none could be.
    lines.push(line.replace("\"session-reused\" 3 ", "\"session-reused\" - "));
    lines.push(line.replace("\"session-reused\" 3 ", "\"session-reused\" -1 "));
    folder.write("logs/a.log", lines.concat());
    folder.write("logs/conn.log", CONNECTION.repeat(9));
    let row = &report(&folder, &["lcu"])[0];
    let evaluations = f64::from(1 + 1000 * 2 + 3);
    assert!((row["rule_lcu"].as_f64().unwrap() * 3_600_000.0 - evaluations).abs() < 1e-6, "{row:?}");
    assert_eq!((count(row, "requests"), count(row, "connections")), (1014, 9));
}
