use alblog::time::DAY;
use proptest::prelude::*;

use super::*;

const NOW: i64 = 20_000 * DAY + 14 * HOUR;

/// The 24 hours until now, of a bucket without prefix.
fn asked() -> Asked {
    let places = vec![("logs".to_owned(), String::new())];
    Asked { span: NOW - DAY..NOW, now: NOW, period: 5 * MINUTE, places }
}

/// Ends of every interval from then to then, minutes before now.
fn ends(from: i64, to: i64) -> BTreeSet<i64> {
    (to..from).step_by(5).map(|before| NOW - before * MINUTE).collect()
}

/// So many requests, so many minutes before now.
fn requests(counted: &[(i64, u64)]) -> Requests {
    counted.iter().map(|(before, count)| (NOW - before * MINUTE, *count)).collect()
}

fn logging(bucket: &str, prefix: &str) -> LogSettings {
    LogSettings { enabled: true, bucket: bucket.to_owned(), prefix: prefix.to_owned() }
}

fn known(access: LogSettings, tags: &[(&str, &str)]) -> Settings {
    let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Settings::Known { tags, logs: [(LogKind::Access, access)].into(), vended: BTreeSet::new() }
}

fn told(settings: Settings, requests: Result<Requests, String>, ends: &BTreeSet<i64>) -> String {
    let Verdict { state, reason } = verify(&Observed { settings, requests }, ends, ("1", "eu-west-1"), &asked());
    format!("{} {reason}", state.name()).trim_end().to_owned()
}

#[test]
fn what_is_missing_is_told_from_what_never_was() {
    let here = || known(logging("logs", ""), &[]);
    let all_day = ends(24 * 60, 0);
    let until_five = ends(24 * 60, 8 * 60);
    let none = BTreeSet::new();
    assert_eq!(told(here(), Ok(Requests::new()), &all_day), "fresh");
    assert_eq!(
        told(here(), Ok(requests(&[(480, 400_000), (100, 18_220), (10, 7)])), &until_five),
        "SILENT CloudWatch counts 418,220 requests since 06:00; the bucket holds no object"
    );
    let idle = "idle CloudWatch counts 0 requests in the empty hours: nothing is missing";
    // Requests that may still be written about, and those that were written about.
    assert_eq!(told(here(), Ok(requests(&[(485, 9), (15, 9), (5, 9)])), &until_five), idle);
    assert_eq!(told(here(), Ok(Requests::new()), &none), idle);
    assert_eq!(
        told(here(), Ok(requests(&[(20, 1)])), &none),
        "SILENT CloudWatch counts 1 request in the whole window; the bucket holds no object"
    );
    // It was switched on in the middle of the window, perhaps.
    assert_eq!(
        told(here(), Ok(requests(&[(1000, 7), (100, 5)])), &ends(8 * 60, 0)),
        "fresh since 06:00; before, CloudWatch counts 7 requests and there is no object: switched on then?"
    );
    // Objects went on.
    let mut with_hole = ends(24 * 60, 12 * 60);
    with_hole.extend(ends(8 * 60, 0));
    assert_eq!(
        told(here(), Ok(requests(&[(700, 5), (600, 5), (100, 5)])), &with_hole),
        "SILENT CloudWatch counts 10 requests from 02:00 to 06:00; the bucket holds no object"
    );
    assert_eq!(told(here(), Ok(requests(&[(100, 5)])), &with_hole), idle);
}

#[test]
fn a_late_object_is_not_missing() {
    let here = || known(logging("logs", ""), &[]);
    let every_five_minutes: Vec<(i64, u64)> = (0..24 * 12).map(|period| (5 * period + 5, 100)).collect();
    let counted = || Ok(requests(&every_five_minutes));
    assert_eq!(told(here(), counted(), &ends(24 * 60, 15)), "fresh");
    assert!(
        told(here(), counted(), &ends(24 * 60, 20)).starts_with("SILENT CloudWatch counts 100 requests since 13:40")
    );
}

#[test]
fn a_load_balancer_that_does_not_log_says_why() {
    let off = |bucket: &str, tags: &[(&str, &str)]| {
        let access = LogSettings { enabled: false, ..logging(bucket, "") };
        told(known(access, tags), Ok(requests(&[(100, 5)])), &BTreeSet::new())
    };
    let switched_off = "OFF access logs are switched off on the load balancer";
    assert_eq!(off("", &[]), format!("{switched_off} (never enabled)"));
    assert_eq!(off("logs", &[]), format!("{switched_off} (by hand, the bucket logs is still set)"));
    let opted_out = format!("{switched_off} (opted out by tag albstats.io/logs=disabled)");
    assert_eq!(off("", &[("albstats.io/logs", "disabled")]), opted_out);
    assert!(off("", &[("albstats.io/logs", "off")]).ends_with("(opted out by tag albstats.io/logs=off)"));
    assert_eq!(off("", &[("albstats.io/logs", "enabled")]), format!("{switched_off} (never enabled)"));
    let logs = [(LogKind::Access, LogSettings::default()), (LogKind::Connection, logging("logs", ""))];
    let settings = |vended| Settings::Known { tags: Tags::new(), logs: logs.clone().into(), vended };
    let told = |settings| told(settings, Ok(Requests::new()), &BTreeSet::new());
    assert_eq!(told(settings(BTreeSet::new())), format!("{switched_off} (never enabled); only connection logs are on"));
    let vended = [LogKind::Access].into();
    assert_eq!(told(settings(vended)), "elsewhere CloudWatch delivers its access logs (vended logs)");
}

#[test]
fn logs_of_another_place_are_elsewhere() {
    let state = |bucket: &str, prefix: &str, places: &[(&str, &str)]| {
        let places = places.iter().map(|(bucket, prefix)| ((*bucket).to_owned(), (*prefix).to_owned())).collect();
        let observed = Observed { settings: known(logging(bucket, prefix), &[]), requests: Ok(Requests::new()) };
        verify(&observed, &BTreeSet::new(), ("1", "eu-west-1"), &Asked { places, ..asked() }).state
    };
    for (bucket, prefix, places, expected) in [
        ("logs", "eks/prod", &[("logs", "")][..], State::Idle),
        ("logs", "eks/prod", &[("logs", "eks")], State::Idle),
        ("logs", "eks/prod", &[("logs", "eks/prod/AWSLogs/1/elasticloadbalancing/eu-west-1/2026/11")], State::Idle),
        ("logs", "", &[("other", ""), ("logs", "AWSLogs/")], State::Idle),
        ("logs", "eks/prod", &[], State::Idle),
        ("logs", "eks/prod", &[("logs", "eks/test")], State::Elsewhere),
        ("logs", "", &[("logs", "eks")], State::Elsewhere),
        ("logs", "", &[("logs", "AWSLogs/2")], State::Elsewhere),
        ("team", "", &[("logs", "")], State::Elsewhere),
    ] {
        assert_eq!(state(bucket, prefix, places), expected, "{bucket} {prefix} {places:?}");
    }
}

#[test]
fn what_could_not_be_asked_is_unknown() {
    let refused = "access denied: cloudwatch:GetMetricData";
    let here = || known(logging("logs", ""), &[]);
    assert_eq!(told(here(), Err(refused.to_owned()), &BTreeSet::new()), format!("unknown {refused}"));
    assert_eq!(told(here(), Err(refused.to_owned()), &ends(24 * 60, 0)), "fresh");
    let settings = || Settings::Unknown("access denied: …".to_owned());
    assert_eq!(told(settings(), Ok(requests(&[(100, 5)])), &BTreeSet::new()), "unknown access denied: …");
    assert!(told(Settings::Gone, Err(String::new()), &ends(24 * 60, 600)).starts_with("gone "));
}

proptest! {
    /// Requests without objects are never called fresh or idle, unless objects began after them, and no requests never SILENT.
    #[test]
    fn nothing_that_is_missing_passes(
        written in prop::collection::btree_set(0..288_i64, 0..288),
        counted in prop::collection::btree_map(0..288_i64, 1..100_u64, 0..20)
    ) {
        let ends: BTreeSet<i64> = written.iter().map(|period| asked().span.start + (period + 1) * 5 * MINUTE).collect();
        let requests: Requests =
            counted.iter().map(|(period, count)| (asked().span.start + period * 5 * MINUTE, *count)).collect();
        let observed = Observed { settings: known(logging("logs", ""), &[]), requests: Ok(requests) };
        let verdict = verify(&observed, &ends, ("1", "eu-west-1"), &asked());
        // Period by period: missing are requests of an hour or more without an object, and of the end until 15 minutes ago.
        let last = 288 - 3;
        let is_empty = |period: i64| period >= 0 && period < last && !written.contains(&period);
        let run = |period: i64| {
            let first = (0..=period).rev().take_while(|it| is_empty(*it)).last().unwrap_or(period);
            let end = (period..288).take_while(|it| is_empty(*it)).last().unwrap_or(period) + 1;
            (first, end)
        };
        let is_missing = |period: i64| is_empty(period) && {
            let (first, end) = run(period);
            let began = first == 0 && written.iter().any(|it| *it >= end);
            !began && end - first >= 12 || !began && end == last && !written.iter().any(|it| *it >= last)
        };
        prop_assert_eq!(verdict.state == State::Silent, counted.keys().any(|period| is_missing(*period)));
    }
}
