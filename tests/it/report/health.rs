//! Report `health`: its numbers, counted a second time, and what came first.

use std::collections::BTreeMap;

use crate::logs::access;
use crate::slow::{access_logs, field, health_check_logs, micros, nearest_rank, report};
use crate::support::Workspace;

const BAR: i64 = 5 * 60_000_000;

#[derive(Default)]
struct Target {
    checks: u64,
    failed: u64,
    times: Vec<f64>,
    reasons: BTreeMap<String, u64>,
    bars: BTreeMap<i64, u64>,
    first: Option<String>,
    last: Option<String>,
}

#[test]
fn checks_and_requests_are_what_a_slow_count_says() {
    let folder = Workspace::new();
    folder.run(["generate", "logs", "--rps", "2", "--duration", "30m", "--seed", "26"]).done();
    let logs = folder.path("logs");
    let mut targets: BTreeMap<(String, String), Target> = BTreeMap::new();
    for line in health_check_logs(&logs) {
        let target = targets.entry((line[4].clone(), line[3].clone())).or_default();
        target.checks += 1;
        target.times.push((line[2].parse::<f64>().unwrap() * 1000.0).round() / 1000.0);
        let failed = target.bars.entry(micros(&line[1]) / BAR).or_default();
        if line[5] != "PASS" {
            target.failed += 1;
            *failed += 1;
            *target.reasons.entry(line[7].clone()).or_default() += 1;
            let time = line[1].clone();
            target.first = Some(target.first.take().map_or(time.clone(), |first| first.min(time.clone())));
            target.last = Some(target.last.take().map_or(time.clone(), |last| last.max(time)));
        }
    }
    let mut requests: BTreeMap<(String, String), (u64, u64)> = BTreeMap::new();
    for line in access_logs(&logs) {
        let Some((group, target)) = field(&line, 16).zip(field(&line, 4)) else { continue };
        let group = group.split('/').nth(1).unwrap().to_owned();
        let counted = requests.entry((group, target.to_owned())).or_default();
        counted.0 += 1;
        counted.1 += u64::from(matches!(line[8].as_str(), "502" | "503" | "504"));
    }

    let rows = report(&folder, &["health", "--bucket", "5m"]);
    assert_eq!(rows.len(), targets.len());
    let mut has_changes = false;
    for row in &rows {
        let text = |name: &str| row[name].as_str().map(str::to_owned);
        let key = (text("target_group").unwrap(), text("target").unwrap());
        let target = targets.get_mut(&key).unwrap();
        target.times.sort_by(f64::total_cmp);
        assert_eq!((&row["checks"], &row["failed"]), (&target.checks.into(), &target.failed.into()), "{key:?}");
        assert_eq!((text("first_failure"), text("last_failure")), (target.first.clone(), target.last.clone()));
        assert_eq!(row["latency_p50"].as_f64(), nearest_rank(&target.times, 50));
        assert_eq!(row["latency_p99"].as_f64(), nearest_rank(&target.times, 99));
        let most = target.reasons.values().max();
        assert_eq!(text("reason").map(|reason| target.reasons[&reason]), most.copied());
        let states: Vec<bool> = target.bars.values().map(|failed| *failed > 0).collect();
        let changes = states.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert_eq!(row["changes"].as_f64(), u32::try_from(changes).ok().map(f64::from), "{key:?}");
        has_changes |= changes > 1;
        let counted = requests.get(&key);
        assert_eq!(row["requests"].as_u64(), counted.map(|it| it.0), "{key:?}");
        assert_eq!(row["errors"].as_u64(), counted.map(|it| it.1), "{key:?}");
    }
    assert!(has_changes);
    let failed: Vec<u64> = rows.iter().map(|row| row["failed"].as_u64().unwrap()).collect();
    assert!(failed.is_sorted_by(|a, b| a >= b) && failed[0] > 0);
}

/// A check of the only target of group `cart`.
fn check(minute: usize, second: usize, outcome: &str) -> String {
    format!(
        "http 2026-11-20T10:{minute:02}:{second:02}.000000Z 0.002 10.0.0.1:8080 cart {outcome} app/shop/50dc6c495c0c9188 \
         203.0.113.4\n"
    )
}

/// Checks every ten seconds for half an hour, failing from 10:12:10 to 10:15:00; requests every second, failing from
/// 10:11:08.
fn incident() -> (String, String) {
    let (mut checks, mut requests) = (String::new(), String::new());
    for minute in 0..30 {
        for second in (0..60).step_by(10) {
            let fails = (12 * 60 + 10..15 * 60).contains(&(minute * 60 + second));
            checks += &check(minute, second, if fails { "FAIL - TimedOut" } else { "PASS 200 -" });
        }
        for second in 0..60 {
            let fails = (11 * 60 + 8..15 * 60).contains(&(minute * 60 + second));
            let status = if fails { 502 } else { 200 };
            requests += &access(&format!("2026-11-20T10:{minute:02}:{second:02}.000000Z"), status);
        }
    }
    (checks, requests)
}

#[test]
fn which_came_first_is_said() {
    let folder = Workspace::new();
    let (checks, requests) = incident();
    let name = crate::logs::object_name("20261120T1030Z");
    folder.write(&format!("logs/health_check_log_{name}"), checks).write(&format!("logs/{name}"), requests);
    let screen = folder.run(["report", "health", "--from", "logs", "--bucket", "1m", "--since", "2026-11-20T10:00Z"]);
    let screen = screen.done().stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in [
        "checks 17 of 180 failed (9.44 %)",
        "requests 232 of 1,800 failed (12.9 %): 502 232",
        "cart checks failed from 10:12:10 to 10:14:50 (17), mostly TimedOut; 502–504 from 10:11:08 to 10:14:59 (232): \
         requests failed 1 min 2 s before a check did",
        "no connection, or no answer, within the check's timeout",
        "albstats report why --status 502-504",
    ] {
        assert!(screen.contains(text), "{text}\n{screen}");
    }
}

#[test]
fn without_health_check_logs_requests_tell_what_they_can() {
    let folder = Workspace::new();
    let (_, requests) = incident();
    folder.write(&format!("logs/{}", crate::logs::object_name("20261120T1030Z")), requests);
    let since = ["--since", "2026-11-20T10:00Z"];
    let args = ["report", "health", "--from", "logs", "--bucket", "1m"];
    let screen = folder.run(args.iter().chain(&since)).done().stdout;
    let words = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in [
        "no line of health check logs; turn them on with the load balancer's attributes health_check_logs.s3.enabled",
        "requests 232 of 1,800 failed (12.9 %): 502 232",
        "cart 502–504 from 10:11:08 to 10:14:59 (232)",
        "Targets whose requests failed",
        "cart 10.0.0.1:8080 1,800 232 232 0 0",
        "2026-11-20 10:00–10:30 UTC",
    ] {
        assert!(words.contains(text), "{text}\n{screen}");
    }
}

#[test]
fn checks_to_another_port_still_find_the_requests_of_their_target() {
    let folder = Workspace::new();
    folder.write("logs/health_check_log_a.log", check(0, 0, "PASS 200 -").replace(":8080", ":9090"));
    folder.write("logs/a.log", crate::logs::access_lines(5));
    let rows = report(&folder, &["health"]);
    assert_eq!((&rows[0]["requests"], &rows[0]["errors"]), (&5.into(), &0.into()));
}
