//! Incidents, counted again from the text of the lines.

use std::collections::{BTreeMap, HashSet};

use crate::tests::{fields, lines};
use crate::{INTERVAL, IncidentKind, Synth, SynthObject, SynthSpec, Truth};
use alblog::LogKind;
use alblog::time::{self, HOUR, MINUTE};

fn spec(kinds: &[&str], seed: u64) -> SynthSpec {
    SynthSpec {
        seed,
        duration: HOUR,
        requests_per_second: 8.0,
        odd_share: 0.0,
        noise: 0.0,
        incidents: kinds.iter().map(|name| IncidentKind::of_name(name).unwrap()).collect(),
        ..SynthSpec::default()
    }
}

struct Night {
    synth: Synth,
    objects: Vec<SynthObject>,
    truths: Vec<Truth>,
}

fn night(spec: SynthSpec) -> Night {
    let synth = Synth::new(spec).unwrap();
    let mut effects = Vec::new();
    let objects = synth.plan().into_iter().map(|plan| {
        let mut text = Vec::new();
        effects.push(synth.render(&plan, &mut text));
        SynthObject { key: plan.key, text }
    });
    let objects = objects.collect();
    let truths = synth.truth(effects);
    Night { synth, objects, truths }
}

impl Night {
    fn rows(&self, kind: LogKind) -> impl Iterator<Item = Vec<&str>> {
        let objects = self.objects.iter().filter(move |object| object.key.kind == kind && !object.text.is_empty());
        objects.flat_map(lines).map(|line| {
            fields(line).into_iter().map(|field| std::str::from_utf8(field).unwrap().trim_matches('"')).collect()
        })
    }
}

/// Whether a path is of a pattern with words in braces: segment by segment, what is in braces is anything.
fn is_of_route(url: &str, pattern: &str) -> bool {
    let path = url.splitn(4, '/').nth(3).unwrap_or("").split('?').next().unwrap_or("");
    let (path, pattern) = (path.split('/').collect::<Vec<_>>(), pattern[1..].split('/').collect::<Vec<_>>());
    path.len() == pattern.len() && path.iter().zip(pattern).all(|(a, b)| b.contains('{') || *a == b)
}

/// Whether a row is of those an incident is about, by everything that a line can tell.
fn is_meant(truth: &Truth, row: &[&str]) -> bool {
    truth.who.iter().all(|(&dimension, value)| match dimension {
        "load_balancer" => row[2] == value,
        "target_group" => row[16].contains(&format!("targetgroup/{value}/")),
        "target" => row[4] == value,
        "target_network" => row[4].starts_with(value.split(".0/").next().unwrap()),
        "host" => row[18] == value,
        "route" => is_of_route(row[12].split(' ').nth(1).unwrap(), value),
        "method" => row[12].starts_with(&format!("{value} ")),
        "client" => row[3].starts_with(&format!("{value}:")),
        "client_network" => row[3].starts_with(value.strip_suffix("0/24").unwrap()),
        "user_agent" => row[13] == value,
        "rule" => row[20] == value,
        "error_reason" => row[24] == value,
        "node" => row[33] == value,
        other => panic!("{other} is not counted here"),
    })
}

/// Rows in the time of the incident, by status, of those it is about.
fn recount(night: &Night, truth: &Truth, slack: i64, more: impl Fn(&[&str]) -> bool) -> BTreeMap<u16, u64> {
    let mut counts = BTreeMap::new();
    for row in night.rows(LogKind::Access) {
        let time = time::parse(row[1].as_bytes()).unwrap();
        if (truth.when.start..truth.when.end + slack).contains(&time) && is_meant(truth, &row) && more(&row) {
            *counts.entry(row[8].parse().unwrap()).or_default() += 1;
        }
    }
    counts
}

#[test]
fn failures_are_as_many_as_the_truth_says_and_lie_where_it_says() {
    // Without the noise of every day nothing else ends like this. Waiting for an answer takes a minute.
    let cases: [(&str, &[u16], i64); 13] = [
        ("bad-pod-after-deploy", &[502], 0),
        ("bad-pod", &[502], 0),
        ("zone", &[504], 0),
        ("cut-node", &[504], 0),
        ("keep-alive-mismatch", &[502], 0),
        ("slow-database", &[504], MINUTE),
        ("lambda-throttled", &[502], 0),
        ("scale-to-zero", &[503], 0),
        ("impatient-client", &[460], 0),
        ("route-errors", &[500], 0),
        ("relapsing-service", &[500], 0),
        ("login-broken", &[561], 0),
        ("redirect-loop", &[302], 30 * alblog::time::SECOND),
    ];
    for (kind, statuses, slack) in cases {
        for seed in 1..3 {
            let night = night(spec(&[kind], seed));
            let [truth] = night.truths.as_slice() else { panic!("{kind}: {:?}", night.truths) };
            let of_load_balancer = |row: &[&str]| row[9] == "-" || statuses == [500];
            let recounted = recount(&night, truth, slack, of_load_balancer);
            for status in statuses {
                let counted = truth.effect.statuses.get(status).copied().unwrap_or(0);
                assert!(counted > 2, "{kind} {seed}: {truth:?}");
                let signed_in = if kind == "redirect-loop" { recounted[status] - counted } else { 0 };
                assert_eq!(recounted[status] - signed_in, counted, "{kind} {seed}: {truth:?}");
                // Redirects to the identity provider are redirects, too.
                assert!(signed_in * 10 < counted, "{kind} {seed}: {signed_in}");
                let everywhere = night.rows(LogKind::Access).filter(|row| row[8] == status.to_string());
                let everywhere = everywhere
                    .filter(|row| of_load_balancer(row) && row[22] != "authenticate" || kind == "login-broken");
                assert_eq!(everywhere.count() as u64, counted, "{kind} {seed}: elsewhere");
            }
        }
    }
}

#[test]
fn requests_that_come_or_are_led_elsewhere_are_as_many_as_the_truth_says() {
    for (kind, seed) in [("crawler", 1), ("crawler", 2), ("shadowed-rule", 1), ("shadowed-rule", 2)] {
        let night = night(spec(&[kind], seed));
        let truth = &night.truths[0];
        let recounted = recount(&night, truth, 0, |_| true);
        // A rule is named in the line of whoever was blocked before it counted, the group is not.
        let found: u64 = recounted.values().sum();
        let all = truth.effect.requests;
        assert!(found <= all && found * 50 > all * 49, "{kind} {seed}: {recounted:?} {truth:?}");
        assert!(recounted[&404] * 10 > found * 9, "{kind} {seed}: {recounted:?}");
    }
    let night = night(spec(&["waf-block"], 1));
    let counted = night.truths[0].effect.statuses[&403];
    let group_is_not_known: Truth = {
        let mut truth = night.truths[0].clone();
        truth.who.remove("target_group");
        truth
    };
    let blocked = recount(&night, &group_is_not_known, 0, |row| row[22] == "waf")[&403];
    assert!((counted..counted + counted / 20 + 3).contains(&blocked), "{blocked} {counted}");
}

#[test]
fn checks_that_fail_are_as_many_as_the_truth_says() {
    for seed in 1..3 {
        let night = night(spec(&["failing-checks"], seed));
        let truth = &night.truths[0];
        let failed = night.rows(LogKind::HealthCheck).filter(|row| row[5] == "FAIL");
        let failed: Vec<Vec<&str>> = failed.collect();
        let of_target = |row: &&Vec<&str>| {
            let time = time::parse(row[1].as_bytes()).unwrap();
            row[3] == truth.who["target"] && row[4] == truth.who["target_group"] && truth.when.contains(&time)
        };
        assert_eq!(failed.iter().filter(of_target).count(), failed.len());
        assert!(failed.len() as u64 == truth.effect.checks_failed && failed.len() > 20, "{truth:?}");
        assert_eq!(truth.effect.requests, 0);
    }
}

#[test]
fn floods_are_of_one_client_and_stand_in_both_logs() {
    let night = night(spec(&["client-flood"], 2));
    let truth = &night.truths[0];
    let flood: Vec<Vec<&str>> = night.rows(LogKind::Access).filter(|row| is_meant(truth, row)).collect();
    let seconds = (truth.when.end - truth.when.start) / 1_000_000;
    let expected = truth.strength["requests_per_second_and_node"] * 2.0 * as_number(seconds);
    assert!((as_number(flood.len()) - expected).abs() < expected * 0.05, "{} {expected}", flood.len());
    let connections: HashSet<&str> =
        night.rows(LogKind::Connection).filter(|row| row[1] == truth.who["client"]).map(|row| row[11]).collect();
    assert!(flood.iter().all(|row| connections.contains(row[29])));
    let times: Vec<i64> = flood.iter().map(|row| time::parse(row[1].as_bytes()).unwrap()).collect();
    assert!(times.iter().all(|time| truth.when.contains(time)));
}

#[test]
fn requests_stop_and_nothing_else_is_lost() {
    for kind in ["host-gone", "untrusted-certificate", "trust-bundle"] {
        for seed in 1..3 {
            let night = night(spec(&[kind], seed));
            let truth = &night.truths[0];
            let rows: Vec<Vec<&str>> = night.rows(LogKind::Access).collect();
            assert!(truth.effect.requests_dropped > 15, "{kind} {seed}: {truth:?}");
            assert_eq!(rows.len() as u64, night.synth.requests() - truth.effect.requests_dropped, "{kind} {seed}");
            let per_minute = |from: i64, to: i64| {
                let is_in = |row: &&Vec<&str>| (from..to).contains(&time::parse(row[1].as_bytes()).unwrap());
                let of_host = rows.iter().filter(|row| row[18] == truth.who["host"]).filter(is_in).count();
                as_number(of_host) / as_number((to - from) / MINUTE)
            };
            let before = per_minute(truth.when.end - HOUR, truth.when.start);
            let after = per_minute(truth.when.start + 10 * MINUTE, truth.when.end);
            let left = 1.0 - truth.strength["share"];
            assert!(after < before * (left + 0.25), "{kind} {seed}: {before} {after}");
            let failed = |row: &&Vec<&str>| {
                row[10].starts_with("Failed:") && row[0] > time::Iso(truth.when.start).to_string().as_str()
            };
            let failed = night.rows(LogKind::Connection).filter(|row| failed(&row)).count() as u64;
            assert!(failed >= truth.effect.connections_changed, "{kind} {seed}: {failed} {truth:?}");
            assert_eq!(truth.effect.connections_changed > 10, kind != "host-gone", "{kind} {seed}: {truth:?}");
        }
    }
}

#[test]
fn slowness_is_as_strong_as_the_truth_says() {
    for seed in 1..3 {
        let night = night(spec(&["slow-route"], seed));
        let truth = &night.truths[0];
        let (mut inside, mut outside) = (Vec::new(), Vec::new());
        for row in night.rows(LogKind::Access).filter(|row| is_meant(truth, row) && row[6] != "-1") {
            let inside_of = truth.when.contains(&time::parse(row[1].as_bytes()).unwrap());
            if inside_of { &mut inside } else { &mut outside }.push(row[6].parse::<f64>().unwrap());
        }
        let median = |times: &mut Vec<f64>| {
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        };
        assert_eq!(inside.len() as u64, truth.effect.requests);
        let factor = median(&mut inside) / median(&mut outside);
        assert!((truth.strength["factor"] / factor - 1.0).abs() < 0.35, "{seed}: {factor} {truth:?}");
    }
}

#[test]
fn a_node_that_delivers_nothing_lacks_objects_and_nothing_else() {
    let (with, without) = (night(spec(&["missing-delivery"], 3)), night(spec(&[], 3)));
    let truth = &with.truths[0];
    let names: HashSet<String> = with.objects.iter().map(|object| object.key.to_string()).collect();
    let missing: Vec<_> = without.objects.iter().filter(|object| !names.contains(&object.key.to_string())).collect();
    assert_eq!(missing.len() as u64, truth.effect.objects_withheld);
    assert_eq!(missing.len(), 3 * 4);
    assert!(missing.iter().all(|object| object.key.node_ip == truth.who["node"]
        && (truth.when.start + INTERVAL..=truth.when.end).contains(&object.key.interval_end)));
    let same = without.objects.iter().filter(|object| names.contains(&object.key.to_string()));
    assert!(same.eq(&with.objects));
}

#[test]
fn quiet_nights_are_quiet() {
    for seed in 1..6 {
        let night = night(spec(&[], seed));
        assert!(night.truths.is_empty());
        let failures = ["500", "502", "504", "460", "561"];
        let failed = night.rows(LogKind::Access).filter(|row| failures.contains(&row[8]));
        assert_eq!(failed.count(), 0, "{seed}");
    }
    let noisy = night(SynthSpec { noise: 1.0, ..spec(&[], 1) });
    assert_eq!(noisy.truths.len(), 3);
    assert!(noisy.truths.iter().all(|truth| truth.kind == "everyday-trouble" && !truth.when.is_empty()));
}

#[test]
fn several_incidents_of_one_night_are_told_apart() {
    let all: Vec<&str> = IncidentKind::all().map(IncidentKind::name).collect();
    let (one, two) = (night(spec(&all, 7)), night(spec(&all, 7)));
    assert_eq!(one.truths, two.truths);
    assert_eq!(one.objects, two.objects);
    assert_eq!(one.truths.iter().map(|truth| truth.kind).collect::<Vec<_>>(), all);
    let twice = night(spec(&["bad-pod", "bad-pod"], 7));
    assert_ne!(twice.truths[0].who["target"], twice.truths[1].who["target"]);
}

/// What AWS documents of each end, field by field.
#[test]
fn every_field_is_as_aws_writes_it() {
    for kind in IncidentKind::all() {
        let mut night = night(SynthSpec { noise: 1.0, ..spec(&[kind.name()], 4) });
        night.objects.retain(|object| !object.text.is_empty());
        for object in &night.objects {
            for line in lines(object) {
                let text = String::from_utf8_lossy(line);
                assert_eq!(LogKind::recognise(line), Some(object.key.kind), "{text}");
                let fields = fields(line);
                assert_eq!(fields.len(), object.key.kind.known_fields(), "{text}");
                let time = time::parse(fields[object.key.kind.time_field()]).unwrap();
                assert!((object.key.interval_end - 2 * INTERVAL..object.key.interval_end).contains(&time), "{text}");
            }
        }
        for row in night.rows(LogKind::Access) {
            check(&row);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts, and microseconds of some hours")]
fn as_number(number: impl TryInto<i64, Error: std::fmt::Debug>) -> f64 {
    number.try_into().unwrap() as f64
}

fn check(row: &[&str]) {
    let (status, target_status) = (row[8], row[9]);
    let times: Vec<Option<f64>> = row[5..8].iter().map(|time| time.parse().ok().filter(|time| *time >= 0.0)).collect();
    let [created, time] = [row[21], row[1]].map(|time| time::parse(time.as_bytes()).unwrap());
    let answered = target_status != "-";
    let spent: f64 = times.iter().flatten().sum();
    let is = |condition: bool, what: &str| assert!(condition, "{what}: {row:?}");
    is(created <= time, "created before it ended");
    is(spent * 1e6 <= as_number(time - created) + 1.0, "no longer than it took");
    is(row[25] == row[4], "the list of targets holds the target");
    is(row[26] == if row[4] == "-" { "-" } else { target_status }, "so does the list of status codes");
    is(row[4] == "-" || row[16] != "-", "a target has a target group");
    is(!answered || target_status == status, "what the target said is passed on");
    is(!answered || times.iter().all(Option::is_some), "an answer has three times");
    let forwarded = row[22].ends_with("forward");
    is(row[16] == "-" || forwarded, "a target group is forwarded to");
    is(row[24].starts_with("Lambda") == (row[24] != "-" && status == "502"), "reasons of functions go with 502");
    is(row[24].starts_with("Auth") == (status == "561"), "561 has a reason");
    is((row[23] != "-") == (matches!(status, "301" | "302") && !answered), "redirects say where to");
    match (status, answered) {
        ("502", false) => is(times[1].is_some() && (times[2].is_none() || row[24] != "-"), "closed before it answered"),
        ("503", false) => is(row[4] == "-" && row[16] != "-" && spent == 0.0, "nobody to ask"),
        ("504", false) => {
            is(times[1].is_none() && times[2].is_none(), "no answer");
            let waited = if times[0].is_some() { 60.0 } else { 10.0 };
            is((as_number(time - created) / 1e6 - waited).abs() < 0.1, "after the time-out");
            is(row[4] != "-", "a target was chosen");
        }
        ("460", false) => is(times[2].is_none() && row[11] == "0", "nobody there any more"),
        ("403", false) => is(row[22] == "waf" && row[4] == "-" && row[16] == "-", "blocked by the web ACL"),
        ("561", false) => is(row[22] == "authenticate" && row[4] == "-", "refused by the identity provider"),
        _ => {}
    }
}
