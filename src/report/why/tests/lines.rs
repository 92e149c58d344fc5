//! A line or more of each rule, and lines that have none.

use std::collections::BTreeSet;

use super::ask::ask;
use crate::report::why::rules;

/// `# rule`, and lines of it. What is `asked` for has this rule only if failures of 400 to 599 are.
const LINES: &str = include_str!("lines.txt");

/// Line by line: the rule it should have, whether it is asked for, the line itself on a load balancer of its own.
fn cases() -> Vec<(&'static str, bool, String)> {
    let (mut rule, mut asked, mut cases) = ("", false, Vec::new());
    for line in LINES.lines() {
        if let Some(id) = line.strip_prefix("# ") {
            (rule, asked) = id.strip_suffix(" asked").map_or((id, false), |id| (id, true));
        } else {
            let elb = format!("app/{}/1", cases.len());
            cases.push((rule, asked, line.replace("app/LB/1", &elb)));
        }
    }
    cases
}

#[test]
fn every_line_has_its_rule() {
    let cases = cases();
    for (statuses, asked) in [((0, 999), false), ((400, 599), true)] {
        let wanted: Vec<&(&str, bool, String)> = cases.iter().filter(|(_, of, _)| *of == asked).collect();
        let text = wanted.iter().fold(String::new(), |text, (.., line)| text + line + "\n");
        let (rows, _) = ask(&text, "", statuses);
        assert_eq!(
            rows.iter().filter(|row| row.bucket.is_some()).map(|row| row.requests).sum::<u64>(),
            wanted.len() as u64
        );
        for (rule, _, line) in wanted {
            let elb = line.split(' ').nth(2).unwrap();
            let found: BTreeSet<&str> =
                rows.iter().filter(|row| row.elb == elb).map(|row| row.rule.map_or("none", |rule| rule.id)).collect();
            assert_eq!(found, BTreeSet::from([*rule]), "{line}");
        }
    }
}

#[test]
fn every_rule_has_a_line() {
    let cases = cases();
    for rule in rules::all() {
        assert!(cases.iter().any(|(id, ..)| *id == rule.id), "no line of {}", rule.id);
    }
}

#[test]
fn failures_that_are_not_asked_for_stay_in_the_counts() {
    let cases = cases();
    let text = cases.iter().fold(String::new(), |text, (.., line)| text + line + "\n");
    let (rows, _) = ask(&text, "", (502, 502));
    let counted = rows.iter().filter(|row| row.bucket.is_some());
    assert_eq!(counted.map(|row| row.requests).sum::<u64>(), cases.len() as u64);
    assert!(rows.iter().filter_map(|row| row.rule.and(row.status)).all(|status| status == 502));
    assert!(rows.iter().any(|row| row.rule.is_none()));
}

#[test]
fn what_is_said_of_failures_is_of_failures_only() {
    let (failing, _) = ask(&cases()[0].2.replace(" 200 200 ", " 500 500 "), "", (0, 999));
    let whole = failing.iter().find(|row| row.bucket.is_none()).unwrap();
    let bar = failing.iter().find(|row| row.bucket.is_some()).unwrap();
    assert_eq!((whole.requests, whole.target.as_deref(), bar.target.as_deref()), (1, None, Some("10.0.0.1:8080")));
    assert_eq!(whole.example.as_deref(), Some("Root=1-6b02589c-000000000000000000000001"));
    assert_eq!(whole.elapsed.map(|elapsed| elapsed.p50), Some(0.05));
    assert_eq!(whole.clients.as_ref().and_then(|span| span.single()), Some("203.0.113.9"));
    // Without its query, which may hold secrets.
    assert_eq!(whole.places.as_ref().and_then(|span| span.single()), Some("https://shop.example.com:443/cart"));
    assert_eq!((bar.first, bar.bucket), (1_795_341_601_050_000, Some(1_795_341_600_000_000)));
    let (passing, _) = ask(&cases()[0].2, "", (0, 999));
    assert_eq!(passing.len(), 1);
    let row = &passing[0];
    assert_eq!((row.status, &row.example, &row.elapsed, &row.clients, &row.places), (None, &None, &None, &None, &None));
    assert_eq!((row.answers, row.answer_seconds), (1, 0.049));
}

#[test]
fn health_checks_are_counted_by_outcome() {
    let health = "http 2026-11-22T10:00:01.000000Z 0.01 10.0.0.1:80 shop PASS 200 - app/lb/1 192.0.2.1\n\
                  http 2026-11-22T10:00:11.000000Z 1.01 10.0.0.1:80 shop FAIL - TimedOut app/lb/1 192.0.2.1\n\
                  http 2026-11-22T10:00:21.000000Z 1.01 10.0.0.1:80 shop FAIL - TimedOut app/lb/1 192.0.2.1\n\
                  http 2026-11-22T10:01:21.000000Z 1.01 10.0.0.1:80 shop FAIL 502 - app/lb/1 192.0.2.1\n";
    let (_, rows) = ask("", health, (0, 999));
    let mut found: Vec<(Option<&str>, u64, i64)> =
        rows.iter().map(|row| (row.failure.as_deref(), row.checks, row.bucket / 60_000_000 % 60)).collect();
    found.sort_unstable();
    assert_eq!(found, [(None, 1, 0), (Some("TimedOut"), 2, 0), (Some("unknown"), 1, 1)]);
}
