//! Reports `slow`, `targets`, `lambda` and `redirects`: their numbers, counted a second time, and what they find.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::logs::{access, access_lines, object_name};
use crate::slow::{access_logs, field, flat, host_and_path, micros, nearest_rank, report, statement};
use crate::support::Workspace;

type Row = Map<String, Value>;

fn generated(seed: &str) -> (Workspace, Vec<Vec<String>>) {
    let folder = Workspace::new();
    folder.run(["generate", "logs", "--rps", "10", "--duration", "10m", "--seed", seed]).done();
    let lines = access_logs(&folder.path("logs"));
    assert!(lines.len() > 5000);
    (folder, lines)
}

/// Lines as the log of five minutes.
fn with(lines: &[String]) -> Workspace {
    let folder = Workspace::new();
    folder.write(&format!("logs/{}", object_name("20261120T1005Z")), lines.concat());
    folder
}

fn at(second: usize) -> String {
    format!("2026-11-20T10:{:02}:{:02}.000000Z", second / 60, second % 60)
}

fn count(row: &Row, name: &str) -> u64 {
    row[name].as_u64().unwrap_or_else(|| panic!("{name}: {row:?}"))
}

fn text(row: &Row, name: &str) -> Option<String> {
    row[name].as_str().map(str::to_owned)
}

/// One of the three times, seconds.
fn time(line: &[String], index: usize) -> Option<f64> {
    line[index].parse().ok().filter(|time| *time >= 0.0)
}

#[test]
fn the_slowest_requests_are_those_of_a_slow_count() {
    let (folder, lines) = generated("61");
    let mut expected: Vec<(i64, &str, String)> = Vec::new();
    for line in lines.iter().filter(|line| !line[0].starts_with("ws")) {
        let millis = match [5, 6, 7].map(|index| time(line, index)) {
            [Some(request), Some(target), Some(response)] => {
                #[expect(clippy::cast_possible_truncation, reason = "milliseconds")]
                let millis = [request, target, response].map(|time| (time * 1e3).round() as i64);
                millis.iter().sum()
            }
            // Half a millisecond up, as anybody rounds.
            _ => (micros(&line[1]) - micros(&line[21]) + 500).div_euclid(1000),
        };
        expected.push((millis, line[1].as_str(), line[17].clone()));
    }
    expected.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)).then(a.2.cmp(&b.2)));
    let rows = folder.run(["report", "slow", "--from", "logs", "--top", "40", "--format", "ndjson"]).done().stdout;
    let rows: Vec<Row> = rows.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 40);
    for (row, (millis, ended, trace)) in rows.iter().zip(&expected) {
        #[expect(clippy::cast_precision_loss, reason = "minutes")]
        let difference = (row["took"].as_f64().unwrap() * 1e3 - *millis as f64).abs();
        assert!(difference < 1e-6, "{row:?} {millis}");
        assert_eq!((row["time"].as_str(), row["trace_id"].as_str()), (Some(*ended), Some(trace.as_str())));
        let line = lines.iter().find(|line| line[17] == *trace && line[1] == *ended).unwrap();
        assert_eq!(row["slow_part"], part_of(line), "{line:?}");
        assert_eq!(row["request_time"].as_f64(), time(line, 5));
        assert_eq!(text(row, "target").as_deref(), field(line, 4));
    }
}

/// Which part of a request was slow.
fn part_of(line: &[String]) -> &'static str {
    match [5, 6, 7].map(|index| time(line, index)) {
        [request, Some(target), response] => {
            let (request, response) = (request.unwrap_or(0.0), response.unwrap_or(0.0));
            if target >= request && target >= response {
                "target"
            } else if response >= request {
                "to client"
            } else {
                "to target"
            }
        }
        _ if line[8] == "460" => "client left",
        _ if line[4] == "-" && line[16] == "-" => "before target",
        _ => "no answer",
    }
}

#[test]
fn each_part_can_be_the_slow_one() {
    let line = |second: usize, times: &str, status: u16| {
        access(&at(second), status)
            .replace(" 0.000 0.020 0.000 ", &format!(" {times} "))
            .replace(&format!(" {} \"forward\"", at(second)), &format!(" {} \"forward\"", at(0)))
            .replace("Root=1-a-b", &format!("Root=1-a-{second}"))
    };
    let lines = [
        line(0, "0.001 9.000 0.002", 200),
        line(1, "8.000 0.100 0.200", 200),
        line(2, "0.000 0.100 7.000", 200),
        line(60, "0.000 -1 -1", 504),
        line(50, "0.001 -1 -1", 460),
        line(40, "-1 -1 -1", 408)
            .replace("10.0.0.1:8080", "-")
            .replace("arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/cart/73e2d6bc24d8a067", "-"),
        line(6, "0.001 6.000 -1", 502),
        line(299, "0.001 0.002 0.003", 101).replacen("https ", "wss ", 1),
        line(7, "0.000 0.000 0.000", 200),
    ];
    let folder = with(&lines);
    let rows = report(&folder, &["slow"]);
    let found: Vec<(f64, String)> =
        rows.iter().map(|row| (row["took"].as_f64().unwrap(), text(row, "slow_part").unwrap())).collect();
    let expected = [
        (60.0, "no answer"),
        (50.0, "client left"),
        (40.0, "before target"),
        (9.003, "target"),
        (8.3, "to target"),
        (7.1, "to client"),
        (6.0, "target"),
        (0.0, "target"),
    ];
    assert_eq!(found, expected.map(|(took, part)| (took, part.to_owned())), "no WebSocket");
    let screen = folder.run(["report", "slow", "--from", "logs"]).done().stdout;
    for text in [
        "took the 8 slowest took 60,000 ms down to 0 ms",
        "slow target 3 · before target 1 · client left 1 · no answer 1 · to client 1 · to target 1",
        "in common 7 of 8 were for cart, 7 of these on 10.0.0.1:8080",
        "report trace Root=1-a-60 --from logs",
    ] {
        assert!(flat(&screen).contains(text), "{text}\n{screen}");
    }
}

#[derive(Default)]
struct OfTarget {
    requests: u64,
    errors: u64,
    times: Vec<f64>,
}

#[test]
fn targets_are_what_a_slow_count_says() {
    let (folder, lines) = generated("62");
    let mut expected: BTreeMap<(String, String), OfTarget> = BTreeMap::new();
    let mut groups: BTreeMap<String, [u64; 2]> = BTreeMap::new();
    for line in &lines {
        let Some(target) = field(line, 4) else { continue };
        let group = field(line, 16).unwrap_or("(no target group)").to_owned();
        let is_error = u64::from(line[8].starts_with('5'));
        let of_group = groups.entry(group.clone()).or_default();
        of_group[0] += 1;
        of_group[1] += is_error;
        let of_target = expected.entry((group, target.to_owned())).or_default();
        of_target.requests += 1;
        of_target.errors += is_error;
        if !line[0].starts_with("ws") {
            of_target.times.extend(time(line, 6));
        }
    }
    let rows = report(&folder, &["targets"]);
    assert_eq!(rows.len(), expected.len());
    for row in &rows {
        let key = ["target_group", "target"].map(|name| text(row, name).unwrap());
        let of_target = expected.get_mut(&key.clone().into()).unwrap();
        let [requests, errors] = groups[&key[0]];
        assert_eq!([count(row, "requests"), count(row, "errors")], [of_target.requests, of_target.errors], "{key:?}");
        of_target.times.sort_by(f64::total_cmp);
        for (name, hundredths) in [("p50", 50), ("p90", 90), ("p99", 99), ("max", 100)] {
            let found = row[&format!("target_{name}")].as_f64();
            assert_eq!(found, nearest_rank(&of_target.times, hundredths), "{key:?} {name}");
        }
        #[expect(clippy::cast_precision_loss, reason = "thousands")]
        let [of_target_requests, of_target_errors, requests, errors] =
            [of_target.requests, of_target.errors, requests, errors].map(|count| count as f64);
        let siblings = rows.iter().filter(|other| other["target_group"] == key[0]).count();
        #[expect(clippy::cast_precision_loss, reason = "tens")]
        let mean = requests / siblings as f64;
        for (name, expected) in [
            ("share", of_target_requests / requests),
            ("of_mean", of_target_requests / mean),
            ("beyond", of_target_errors - errors * of_target_requests / requests),
        ] {
            assert!((row[name].as_f64().unwrap() - expected).abs() < 1e-9, "{key:?} {name}: {expected}");
        }
    }
    let all = statement(&folder, &["targets"]);
    let total = all.iter().find(|row| row["part"] == "total").unwrap();
    let parts = ["requests", "lambda", "without_target"].map(|name| count(total, name));
    assert_eq!(parts.iter().sum::<u64>(), lines.len() as u64, "every request is one of the three");
    assert!(parts.iter().all(|part| *part > 0), "{parts:?}");
}

/// Requests in turn to three targets, 400 each, over five minutes; the first one is as given.
fn three_targets(first: impl Fn(usize, String) -> String) -> Workspace {
    let lines = (0..1200).map(|number| {
        let line = access(&at(number / 4), 200)
            .replace("targetgroup/cart/", "targetgroup/k8s-shop-cart-0123456789/")
            .replace("10.0.0.1:8080", &format!("10.0.0.{}:8080", number % 3 + 1));
        if number % 3 == 0 { first(number / 3, line) } else { line }
    });
    with(&lines.collect::<Vec<_>>())
}

#[test]
fn one_sick_target_is_named() {
    let sick = three_targets(
        |number, line| {
            if number % 10 == 0 { line.replace(" 200 200 100 ", " 502 - 100 ") } else { line }
        },
    );
    let screen = sick.run(["report", "targets", "--from", "logs"]).done().stdout;
    for text in [
        "failing 10.0.0.1:8080 of shop/cart ~: 40 of its 400 requests ended with 5xx (10.0 %), of its siblings' 0 % (0 of 800)",
        "kubectl get pods -A -o wide --field-selector status.podIP=10.0.0.1 (which pod that is)",
        "albstats report why --target-group k8s-shop-cart-0123456789 --from logs",
        "5 requests or more that ended with 5xx",
    ] {
        assert!(flat(&screen).contains(text), "{text}\n{screen}");
    }
    let slow = three_targets(|_, line| line.replace(" 0.000 0.020 0.000 ", " 0.000 0.320 0.000 "));
    let screen = slow.run(["report", "targets", "--from", "logs"]).done().stdout;
    assert!(
        flat(&screen).contains("slow 10.0.0.1:8080 of shop/cart ~: p50 is 320 ms, the median of its siblings' 20 ms"),
        "{screen}"
    );
    let well =
        three_targets(|number, line| if number == 0 { line.replace(" 200 200 100 ", " 502 - 100 ") } else { line });
    let screen = well.run(["report", "targets", "--from", "logs"]).done().stdout;
    assert!(flat(&screen).contains("targets none stands out among 3 targets of 1 target group"), "{screen}");
}

#[test]
fn lambda_has_no_targets() {
    let line = access(&at(0), 200).replace("10.0.0.1:8080", "-");
    let folder = with(&[line]);
    let screen = folder.run(["report", "targets", "--from", "logs"]).done().stdout;
    assert!(flat(&screen).contains("no request was given to a target"), "{screen}");
    assert!(
        flat(&screen).contains("left out 1 for Lambda functions, which have no targets: report lambda"),
        "{screen}"
    );
}

#[test]
fn lambda_is_what_a_slow_count_says() {
    let (folder, lines) = generated("63");
    let mut expected: BTreeMap<(String, String), [u64; 4]> = BTreeMap::new();
    let mut others = 0;
    for line in &lines {
        let reason = field(line, 24);
        let answered_without_address = field(line, 16).is_some() && field(line, 4).is_none() && time(line, 6).is_some();
        if !answered_without_address && !reason.is_some_and(|reason| reason.starts_with("Lambda")) {
            others += 1;
            continue;
        }
        let key = (line[16].clone(), reason.unwrap_or("(none)").to_owned());
        let [requests, errors, received, sent] = expected.entry(key).or_default();
        *requests += 1;
        *errors += u64::from(line[8].starts_with('5'));
        *received = line[10].parse::<u64>().unwrap().max(*received);
        *sent = line[11].parse::<u64>().unwrap().max(*sent);
    }
    let rows = report(&folder, &["lambda"]);
    let found: BTreeMap<(String, String), [u64; 4]> = rows
        .iter()
        .map(|row| {
            let counts = ["requests", "errors", "received_max", "sent_max"].map(|name| count(row, name));
            ((text(row, "target_group").unwrap(), text(row, "reason").unwrap()), counts)
        })
        .collect();
    assert_eq!(found, expected);
    assert!(found.len() > 2, "some failed");
    let all = statement(&folder, &["lambda"]);
    assert_eq!(all.iter().find(|row| row["part"] == "total").map(|row| count(row, "others")), Some(others));
}

#[test]
fn what_lambda_fails_of_is_said() {
    let of = |second: usize, status: u16, reason: &str| {
        access(&at(second), status)
            .replace("10.0.0.1:8080", "-")
            .replace("\"forward\" \"-\" \"-\"", &format!("\"forward\" \"-\" \"{reason}\""))
    };
    let mut lines: Vec<String> = (0..90).map(|second| of(second, 200, "-")).collect();
    lines.push(of(90, 500, "-"));
    lines.extend((91..95).map(|second| of(second, 502, "LambdaUnhandled")));
    lines.extend(
        (95..97).map(|second| of(second, 413, "LambdaRequestTooLarge").replace("0.000 0.020 0.000", "-1 -1 -1")),
    );
    lines.push(access(&at(100), 200));
    let screen = with(&lines).run(["report", "lambda", "--from", "logs"]).done().stdout;
    for text in [
        "requests 97 requests to 1 target group",
        "failed 6 (6.19 %) for a reason of Lambda's",
        "LambdaUnhandled 4: an error, memory or timeout",
        "too large 2 request bodies over 1 MB",
        "5xx 1 that the functions answered themselves",
        "left out 1 that no Lambda function was asked",
    ] {
        assert!(flat(&screen).contains(text), "{text}\n{screen}");
    }
    let none = with(&[access(&at(0), 200)]).run(["report", "lambda", "--from", "logs"]).done().stdout;
    assert!(none.contains("no Lambda function was asked"), "{none}");
}

/// Scheme, host and port of a URL, without a port that goes without saying.
fn server(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    let authority = rest.split('/').next().unwrap().to_lowercase();
    let usual = if scheme == "https" { ":443" } else { ":80" };
    format!("{scheme}://{}", authority.strip_suffix(usual).unwrap_or(&authority))
}

#[test]
fn redirects_are_what_a_slow_count_says() {
    let (folder, lines) = generated("64");
    let mut expected: BTreeMap<(String, String, u64), u64> = BTreeMap::new();
    for line in &lines {
        let Some(to) = field(line, 23) else { continue };
        let url = line[12].split_once(' ').unwrap().1;
        *expected.entry((server(url), server(to), line[8].parse().unwrap())).or_default() += 1;
    }
    let all: u64 = expected.values().sum();
    assert!(all > 50 && expected.len() > 4);
    let rows = report(&folder, &["redirects"]);
    let found: BTreeMap<(String, String, u64), u64> = rows
        .iter()
        .map(|row| {
            let key = (text(row, "source").unwrap(), text(row, "destination").unwrap(), count(row, "status"));
            let kind = match (key.0.starts_with("http:"), &key.1) {
                (true, to) if *to == key.0.replacen("http:", "https:", 1) => "http to https",
                _ => "login",
            };
            assert_eq!(row["kind"], kind, "{row:?}");
            (key, count(row, "requests"))
        })
        .collect();
    assert_eq!(found, expected);
    let statement = statement(&folder, &["redirects"]);
    for row in statement.iter().filter(|row| row["part"] == "host") {
        let of_host = |line: &&Vec<String>| host_and_path(&line[12]).map(|(host, _)| host) == text(row, "host");
        let arrived = |line: &&Vec<String>| field(line, 23).is_none() && line[12].contains(" https://");
        let over_https = lines.iter().filter(of_host).filter(arrived).count() as u64;
        assert_eq!(count(row, "over_https"), over_https, "{row:?}");
    }
    let total = statement.iter().find(|row| row["part"] == "total").unwrap();
    assert_eq!((count(total, "requests"), count(total, "others")), (all, lines.len() as u64 - all));
}

#[test]
fn circles_are_named() {
    let to = |second: usize, from: &str, to: &str| {
        access(&at(second), 301)
            .replace("https://shop.example.com:443/cart?id=1", from)
            .replace("\"forward\" \"-\"", &format!("\"redirect\" \"{to}\""))
            .replace(" 301 301 ", " 301 - ")
            .replace("10.0.0.1:8080 0.000 0.020 0.000", "- -1 -1 -1")
    };
    let mut lines: Vec<String> =
        (0..25).map(|second| to(second, "http://old.example.com:80/a", "https://old.example.com:443/a")).collect();
    lines.extend((30..60).map(|second| to(second, "http://shop.example.com:80/b", "https://shop.example.com:443/b")));
    lines.push(access(&at(61), 200));
    lines.push(to(62, "https://shop.example.com:443/c?d=1", "https://shop.example.com/c?d=1"));
    lines.push(to(63, "https://SHOP.example.com:443/c?d=1", "https://shop.example.com:443/c?d=2"));
    lines.push(to(64, "https://shop.example.com:443/e", "https://www.example.com:443/e"));
    let folder = with(&lines);
    let screen = folder.run(["report", "redirects", "--from", "logs"]).done().stdout;
    for text in [
        "redirected 58 of 59 requests (98.3 %), 55 of them from http to https on the same host (94.8 %)",
        "loop 1 redirect to the very URL that was asked for",
        "circle? old.example.com: 25 redirects from http to https, and no request over https arrived.",
    ] {
        assert!(flat(&screen).contains(text), "{text}\n{screen}");
    }
    assert!(!flat(&screen).contains("shop.example.com: 30 redirects"), "{screen}");
    let kinds: Vec<(String, u64, u64)> = report(&folder, &["redirects"])
        .iter()
        .map(|row| (text(row, "kind").unwrap(), count(row, "requests"), count(row, "loops")))
        .collect();
    let expected = [("http to https", 30, 0), ("http to https", 25, 0), ("other path", 2, 1), ("other host", 1, 0)];
    assert_eq!(kinds, expected.map(|(kind, requests, loops)| (kind.to_owned(), requests, loops)));
    let none = with(&[access_lines(3)]).run(["report", "redirects", "--from", "logs"]).done().stdout;
    assert!(none.contains("the load balancer redirected nothing"), "{none}");
}
