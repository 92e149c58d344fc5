//! Reports `overview`, `latency`, `errors` and `status-codes`: their numbers, counted a second time, and how they say them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::logs::{access, access_lines, object_name};
use crate::slow::{access_logs, field, flat, host_and_path, nearest_rank, report, statement};
use crate::support::Workspace;

type Row = Map<String, Value>;

fn generated(seed: &str) -> (Workspace, Vec<Vec<String>>) {
    let folder = Workspace::new();
    let args = ["generate", "logs", "--rps", "8", "--duration", "10m", "--seed", seed, "--old-widths", "0.3"];
    folder.run(args).done();
    let lines = access_logs(&folder.path("logs"));
    assert!(lines.len() > 4000);
    (folder, lines)
}

/// What rows of logs come to.
#[derive(Default)]
struct Tally {
    requests: u64,
    /// 5xx: all, and those of targets.
    errors: [u64; 2],
    client_errors: [u64; 2],
    bytes: [u64; 2],
    websockets: u64,
    without_time: u64,
    target_times: Vec<f64>,
    total_times: Vec<f64>,
    error_times: Vec<String>,
}

impl Tally {
    fn add(&mut self, line: &[String]) {
        self.requests += 1;
        let of_target = u64::from(line[8] == line[9]);
        for (class, counts) in [('5', &mut self.errors), ('4', &mut self.client_errors)] {
            if line[8].starts_with(class) {
                counts[0] += 1;
                counts[1] += of_target;
            }
        }
        if line[8].starts_with('5') {
            self.error_times.push(line[1].clone());
        }
        for (sum, index) in self.bytes.iter_mut().zip([10, 11]) {
            *sum += line[index].parse::<u64>().unwrap_or(0);
        }
        let times: Vec<Option<f64>> =
            line[5..8].iter().map(|time| time.parse().ok().filter(|time| *time >= 0.0)).collect();
        if line[0].starts_with("ws") {
            self.websockets += 1;
            return;
        }
        self.without_time += u64::from(times[1].is_none());
        self.target_times.extend(times[1]);
        // Of an answer that broke off, what there was of it.
        let [request, target, response] = times[..] else { panic!("three times") };
        self.total_times.extend(target.map(|target| request.unwrap_or(0.0) + target + response.unwrap_or(0.0)));
    }

    fn all(mut tallies: BTreeMap<String, Self>) -> BTreeMap<String, Self> {
        for tally in tallies.values_mut() {
            tally.target_times.sort_by(f64::total_cmp);
            tally.total_times.sort_by(f64::total_cmp);
            tally.error_times.sort();
        }
        tallies
    }
}

fn tallies(lines: &[Vec<String>], name: impl Fn(&[String]) -> String) -> BTreeMap<String, Tally> {
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for line in lines {
        tallies.entry(name(line)).or_default().add(line);
    }
    Tally::all(tallies)
}

/// What a row is by `--by`.
fn named(line: &[String], by: &str) -> String {
    let name = match by {
        "target_group" => Some(field(line, 16).unwrap_or("(no target group)").to_owned()),
        "elb" => field(line, 2).map(str::to_owned),
        "host" => host_and_path(&line[12]).map(|(host, _)| host),
        "target" => field(line, 4).map(str::to_owned),
        "method" => line[12].split_once(' ').map(|(verb, _)| verb.to_owned()).filter(|verb| verb != "-"),
        "status" => line[8].parse::<u32>().ok().map(|code| code.to_string()),
        "rule" => field(line, 20).map(str::to_owned),
        _ => Some("all".to_owned()),
    };
    name.unwrap_or("(none)".to_owned())
}

fn counts<const N: usize>(row: &Row, names: [&str; N]) -> [u64; N] {
    names.map(|name| row[name].as_u64().unwrap_or_else(|| panic!("{name}: {row:?}")))
}

#[track_caller]
fn same_percentiles(row: &Row, prefix: &str, sorted: &[f64], percentiles: &[usize]) {
    for hundredths in percentiles {
        let name = if *hundredths == 100 { format!("{prefix}_max") } else { format!("{prefix}_p{hundredths}") };
        // Sums of milliseconds are not whole ones to the last bit.
        let millis = |seconds: Option<f64>| seconds.map(|seconds| (seconds * 1e6).round());
        assert_eq!(millis(row[&name].as_f64()), millis(nearest_rank(sorted, *hundredths)), "{name}: {row:?}");
    }
}

#[track_caller]
fn same_share(row: &Row, name: &str, part: u64, whole: u64) {
    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    let expected = part as f64 / whole as f64;
    assert!((row[name].as_f64().unwrap() - expected).abs() < 1e-12, "{name}: {expected} {row:?}");
}

#[test]
fn the_overview_is_what_a_slow_count_says() {
    let (folder, lines) = generated("51");
    let rows = statement(&folder, &["overview", "--bucket", "1m"]);
    let all = tallies(&lines, |_| "total".to_owned());
    for (part, expected) in [
        ("total", &all),
        ("row", &tallies(&lines, |line| named(line, "target_group"))),
        ("elb", &tallies(&lines, |line| named(line, "elb"))),
        ("status", &tallies(&lines, |line| named(line, "status"))),
    ] {
        let found: Vec<&Row> = rows.iter().filter(|row| row["part"] == part).collect();
        assert_eq!(found.len(), expected.len(), "{part}");
        for row in found {
            let name = row["name"].as_str().unwrap_or("total");
            let tally = &expected[name];
            let names = [
                "requests",
                "errors",
                "target_5xx",
                "elb_5xx",
                "client_errors",
                "target_4xx",
                "elb_4xx",
                "received",
                "sent",
                "websockets",
                "without_time",
            ];
            let [errors, client_errors] = [tally.errors, tally.client_errors];
            let expected = [
                tally.requests,
                errors[0],
                errors[1],
                errors[0] - errors[1],
                client_errors[0],
                client_errors[1],
                client_errors[0] - client_errors[1],
                tally.bytes[0],
                tally.bytes[1],
                tally.websockets,
                tally.without_time,
            ];
            assert_eq!(counts(row, names), expected, "{part} {name}");
            same_percentiles(row, "target", &tally.target_times, &[50, 99]);
            same_percentiles(row, "total", &tally.total_times, &[50, 99]);
            same_share(row, "share", tally.requests, lines.len() as u64);
            same_share(row, "error_rate", tally.errors[0], tally.requests);
            let ends = ["first_error", "last_error"].map(|name| row[name].as_str());
            assert_eq!(
                ends,
                [tally.error_times.first(), tally.error_times.last()].map(|time| time.map(String::as_str))
            );
        }
    }
    // The minutes of the chart.
    let minutes: BTreeMap<u64, u64> = rows
        .iter()
        .filter(|row| row["part"] == "time")
        .map(|row| (row["bucket"].as_u64().unwrap() / 60 % 60, row["requests"].as_u64().unwrap()))
        .collect();
    let mut expected: BTreeMap<u64, u64> = BTreeMap::new();
    for line in &lines {
        *expected.entry(line[1][14..16].parse().unwrap()).or_default() += 1;
    }
    assert_eq!(minutes, expected);
}

#[test]
fn latencies_are_what_a_slow_count_says() {
    let (folder, lines) = generated("52");
    for by in ["target_group", "elb", "host", "target", "method", "status", "rule"] {
        let mut expected = tallies(&lines, |line| named(line, by));
        expected.retain(|_, tally| !tally.target_times.is_empty());
        let rows = report(&folder, &["latency", "--by", by]);
        assert_eq!(rows.len(), expected.len(), "{by}");
        for row in &rows {
            let tally = &expected[row["name"].as_str().unwrap()];
            assert_eq!(row["requests"], tally.target_times.len(), "{by} {row:?}");
            same_percentiles(row, "target", &tally.target_times, &[50, 90, 95, 99, 100]);
            same_percentiles(row, "total", &tally.total_times, &[50, 90, 95, 99, 100]);
        }
        let p99s: Vec<f64> = rows.iter().map(|row| row["target_p99"].as_f64().unwrap()).collect();
        assert!(p99s.is_sorted_by(|a, b| a >= b), "{by}: {p99s:?}");
    }
    // Every row of the logs is in the total, or among those that were left out for one reason.
    let all = statement(&folder, &["latency"]);
    let total = all.iter().find(|row| row["part"] == "total").unwrap();
    let parts = counts(total, ["requests", "websockets", "without_target", "without_time"]);
    assert_eq!(parts.iter().sum::<u64>(), lines.len() as u64);
    let tally = &tallies(&lines, |_| String::new())[""];
    assert_eq!(parts[1], tally.websockets);
    let points = all.iter().filter(|row| row["part"] == "point").map(|row| row["requests"].as_u64().unwrap());
    assert_eq!(points.sum::<u64>(), parts[0]);
}

#[test]
fn errors_are_what_a_slow_count_says() {
    let (folder, lines) = generated("53");
    for by in ["target_group", "elb", "host", "target", "method", "status", "rule"] {
        let expected = tallies(&lines, |line| named(line, by));
        let rows = report(&folder, &["errors", "--by", by]);
        assert_eq!(rows.len(), expected.len(), "{by}: those without errors are rows too");
        for row in &rows {
            let name = row["name"].as_str().unwrap();
            let tally = &expected[name];
            let of = |code: &str| lines.iter().filter(|line| named(line, by) == name && line[8] == code).count() as u64;
            let codes = ["500", "502", "503", "504"].map(of);
            let other = tally.errors[0] - codes.iter().sum::<u64>();
            assert_eq!(
                counts(row, ["requests", "errors", "target_5xx", "elb_5xx"]),
                [tally.requests, tally.errors[0], tally.errors[1], tally.errors[0] - tally.errors[1]],
                "{by} {name}"
            );
            let found = counts(row, ["status_500", "status_502", "status_503", "status_504", "status_other"]);
            assert_eq!((&found[..4], found[4]), (&codes[..], other), "{by} {name}");
            same_share(row, "error_rate", tally.errors[0], tally.requests);
            let ends = ["first_seen", "last_seen"].map(|name| row[name].as_str());
            assert_eq!(
                ends,
                [tally.error_times.first(), tally.error_times.last()].map(|time| time.map(String::as_str))
            );
        }
    }
}

#[test]
fn status_codes_are_what_a_slow_count_says() {
    let (folder, lines) = generated("54");
    for by in ["all", "elb", "target_group", "host", "method", "target", "rule"] {
        let mut expected: BTreeMap<(Option<u64>, String), [u64; 2]> = BTreeMap::new();
        for line in &lines {
            let counts = expected.entry((line[8].parse().ok(), named(line, by))).or_default();
            counts[0] += 1;
            counts[1] += u64::from(line[8] == line[9]);
        }
        let rows = report(&folder, &["status-codes", "--by", by]);
        let found: BTreeMap<(Option<u64>, String), [u64; 2]> = rows
            .iter()
            .map(|row| {
                let name = if by == "all" { "all" } else { row["name"].as_str().unwrap() };
                assert_eq!(
                    row["from_elb"].as_u64(),
                    Some(counts(row, ["requests"])[0] - counts(row, ["from_target"])[0])
                );
                ((row["status"].as_u64(), name.to_owned()), counts(row, ["requests", "from_target"]))
            })
            .collect();
        assert_eq!(found, expected, "{by}");
    }
    let classes =
        ["2", "3", "4", "5"].map(|class| lines.iter().filter(|line| line[8].starts_with(class)).count() as u64);
    let all = statement(&folder, &["status-codes"]);
    let mut sums = [0; 4];
    for row in all.iter().filter(|row| row["part"] == "time") {
        let found = counts(row, ["status_2xx", "status_3xx", "status_4xx", "status_5xx"]);
        sums.iter_mut().zip(found).for_each(|(sum, count)| *sum += count);
    }
    assert_eq!(sums, classes);
}

/// Ten minutes: two target groups, one of which has four 5xx, two by itself, one for want of a target.
fn trouble() -> Workspace {
    let folder = Workspace::new();
    let at = |second: usize| format!("2026-11-20T10:{:02}:{:02}.000000Z", second / 60, second % 60);
    let well = (0..300).map(|second| access(&at(second), 200));
    let mut lines: Vec<String> = well
        .chain((0..300).map(|second| access(&at(second), 200).replace("targetgroup/cart/", "targetgroup/pay/")))
        .collect();
    lines.push(access(&at(100), 500));
    lines.push(access(&at(200), 500));
    let without =
        access(&at(250), 503).replace(" 503 503 ", " 503 - ").replace("10.0.0.1:8080 0.000 0.020 0.000", "- -1 -1 -1");
    lines.push(
        without.replace("arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/cart/73e2d6bc24d8a067", "-"),
    );
    lines.push(access(&at(299), 502).replace(" 502 502 ", " 502 - ").replace("0.020 0.000 502", "0.020 -1 502"));
    folder.write(&format!("logs/{}", object_name("20261120T1005Z")), lines.concat());
    folder
}

#[test]
fn an_overview_says_who_failed_and_what_to_ask() {
    let folder = trouble();
    let screen = folder.run(["report", "overview", "--from", "logs", "--until", "2026-11-20T10:05"]).done().stdout;
    for text in [
        "requests 604: 2.01 a second, 2.03 at the peak from 10:04",
        "to 1 load balancer and 2 target groups",
        "5xx 4 (0.66 %), from 10:01:40 to 10:04:59: 2 made by the load balancer (502 1, 503 1), 2 by targets (500 2)",
        "4xx 0 (0 %) latency",
        "albstats report why --from logs --until 2026-11-20T10:05:00Z",
    ] {
        assert!(flat(&screen).contains(text), "{text}\n{screen}");
    }
    let rows = report(&folder, &["overview"]);
    let names: Vec<&str> =
        rows.iter().map(|row| row["name"].as_str().unwrap().rsplit('/').nth(1).unwrap_or("none")).collect();
    assert_eq!(names, ["cart", "none", "pay"], "most 5xx first");
}

#[test]
fn without_trouble_conditions_can_be_told() {
    let folder = Workspace::new();
    folder.write(&format!("logs/{}", object_name("20261120T1005Z")), access_lines(300));
    let run = |args: &[&str]| {
        let window = ["--since", "2026-11-20T10:00", "--until", "2026-11-20T10:05"];
        folder.run(["report", "errors", "--from", "logs"].iter().chain(&window).chain(args))
    };
    run(&["--fail-if", "elb_5xx_rate > 1%"]).exits(0);
    run(&["--fail-if", "requests > 1"]).exits(1);
    let screen = run(&[]).done().stdout;
    assert!(screen.contains("5xx  none of 300 requests\n") && !screen.contains("next"), "{screen}");
    assert!(flat(&screen).contains("cart 300 0 0 %"), "{screen}");
    let overview = folder.run(["report", "overview", "--from", "logs"]).done().stdout;
    assert!(overview.contains("5xx  0 (0 %)\n") && !overview.contains("report why"), "{overview}");
}

#[test]
fn rows_are_called_by_what_they_are() {
    let folder = trouble();
    let by = |report: &str, by: &str| folder.run(["report", report, "--from", "logs", "--by", by]).done().stdout;
    let latency = by("latency", "elb");
    assert!(latency.starts_with("Latency per load balancer, slowest target p99 first\n"), "{latency}");
    assert!(latency.contains("\n  LOAD BALANCER  REQUESTS"), "{latency}");
    assert!(latency.contains("report paths --elb app/shop/50dc6c495c0c9188 --from logs"), "{latency}");
    assert!(latency.contains("of an answer that broke off, what there was of it"), "{latency}");
    let groups = by("latency", "target_group");
    assert!(groups.contains("report paths --target-group cart --from logs"), "no ARN in commands\n{groups}");
    assert!(by("latency", "method").contains("report paths --method GET --from logs"));
    assert!(by("errors", "host").starts_with("5xx per host, by who made them\n"));
    let codes = by("status-codes", "all");
    assert!(codes.contains("\n  STATUS  REQUESTS"), "nothing to say of what\n{codes}");
    assert!(flat(&codes).contains("503 1 0.17 % 0 1"), "{codes}");
    assert!(codes.contains("no target in use"), "{codes}");
    let typed = folder.run(["report", "latency", "--from", "logs", "--target-group", "pay"]).done().stdout;
    assert_eq!(typed.matches("--target-group").count(), 2, "not added to what was typed\n{typed}");
}

#[test]
fn only_the_first_rows_leave_the_engine() {
    let (folder, _) = generated("55");
    for report in ["latency", "errors"] {
        let all = statement(&folder, &[report, "--by", "target"]);
        let args = ["report", report, "--by", "target", "--from", "logs", "--top", "3"];
        let sql = folder.run(args.iter().chain(&["--show-sql"])).done().stdout;
        folder.write("top.sql", sql);
        let top = folder.run(["query", "--from", "logs", "--format", "ndjson", "-f", "top.sql"]).done().stdout;
        let top: Vec<Row> = top.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let rows = |rows: &[Row]| -> Vec<Row> { rows.iter().filter(|row| row["part"] == "row").cloned().collect() };
        assert_eq!(rows(&top), rows(&all)[..3], "{report}");
        let bars: Vec<&Row> = top.iter().filter(|row| row["part"] == "point").collect();
        assert!(!bars.is_empty() && bars.iter().all(|bar| rows(&top).iter().any(|row| row["name"] == bar["name"])));
        let screen = folder.run(args).done().stdout;
        assert!(screen.contains(&format!("{} more (--top 0)", rows(&all).len() - 3)), "{screen}");
    }
}
