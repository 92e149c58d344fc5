//! What `overview` finds by itself in lines that are written here.

use crate::logs::{HEALTH_CHECK, access};
use crate::support::Workspace;

/// An hour of two requests a second: a line of this status for each second's two halves.
fn hour(status: impl Fn(usize, usize) -> u16) -> String {
    let line = |second: usize, half: usize| {
        let time = format!("2026-11-20T10:{:02}:{:02}.{half}00000Z", second / 60, second % 60);
        let path = if half == 0 { "/cart?id=1" } else { "/basket" };
        access(&time, status(second, half)).replace("/cart?id=1", path)
    };
    (0..3600)
        .flat_map(|second| (0..2).map(move |half| (second, half)))
        .map(|(second, half)| line(second, half))
        .collect()
}

#[test]
fn a_target_that_sends_everybody_elsewhere_is_told() {
    let folder = Workspace::new();
    let is_then = |second: usize| (1500..2400).contains(&second);
    folder.write("a.log", hour(|second, half| if half == 0 && is_then(second) { 302 } else { 200 }));
    let report = folder.run(["report", "overview", "--from", "a.log"]).done();
    let text = report.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("/cart of cart: 100 % of its requests are sent elsewhere (302 by the target itself), usually 0 %; 10:25–10:40"),
        "{text}"
    );
    // What a browser has already is no redirect.
    folder.write("a.log", hour(|second, half| if half == 0 && is_then(second) { 304 } else { 200 }));
    let report = folder.run(["report", "overview", "--from", "a.log"]).done();
    assert!(report.stdout.contains("stands out  nothing"), "{}", report.stdout);
}

#[test]
fn health_checks_that_fail_are_told_as_what_they_are() {
    let folder = Workspace::new();
    folder.write("a.log", hour(|_, _| 200));
    let check = |second: usize, target: usize| {
        let failed = target == 2 && (1500..2700).contains(&second) && !second.is_multiple_of(15);
        let time = format!("2026-11-20T10:{:02}:{:02}.{target}00000Z", second / 60, second % 60);
        let line =
            HEALTH_CHECK.replace("2026-11-20T10:00:00.000000Z", &time).replace("10.0.0.1", &format!("10.0.0.{target}"));
        if failed { line.replace("PASS 200 -", "FAIL - TimedOut") } else { line }
    };
    let checks = (0..3600).step_by(5).flat_map(|second| (1..5).map(move |target| check(second, target)));
    folder.write("checks.log", checks.collect::<String>());
    let report = folder.run(["report", "overview", "--from", "."]).done();
    let text = report.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("1 possible cart: target 10.0.0.2:8080: 66.7 % of its health checks fail (TimedOut), of its 3 siblings 0 %; 10:25–10:45"),
        "{text}"
    );
    assert!(text.contains("albstats report health --target-group cart"), "{text}");
    let json = folder.run(["report", "overview", "--from", ".", "--format", "json"]).done();
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let finding = &json["findings"][0];
    assert_eq!((finding["kind"].as_str(), finding["excess"].as_f64()), (Some("health_checks"), Some(160.0)));
    assert_eq!(finding["who"]["target"], "10.0.0.2:8080");
}
