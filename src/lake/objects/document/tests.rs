//! A made-up bucket on screens of widths people have.

use std::collections::BTreeMap;

use alblog::LogKind;

use alblog::time::{DAY, HOUR};

use super::*;
use crate::lake::objects::summary::{LoadBalancer, Owner};
use crate::lake::objects::verify::Verdict;
use crate::output::screen::{Look, screen};
use crate::output::width;

fn at(day: i64, hour: i64) -> i64 {
    alblog::time::parse(b"2026-11-20T00:00:00Z").unwrap() + day * DAY + hour * HOUR
}

fn load_balancer(name: &str, account: &str, kinds: usize, bytes: u64, ends: Range<i64>) -> LoadBalancer {
    let ends: BTreeMap<i64, u64> = ends.map(|hour| (at(1, hour), 12 * kinds as u64)).collect();
    LoadBalancer {
        owner: Some(Owner {
            name: name.to_owned(),
            id: "0123456789abcdef".to_owned(),
            account: account.to_owned(),
            region: "eu-west-1".to_owned(),
        }),
        kinds: LogKind::ALL.into_iter().take(kinds).collect(),
        objects: ends.values().sum(),
        bytes,
        ends,
        verdict: None,
    }
}

fn bucket(accounts: [&str; 2]) -> Summary {
    let [prod, tools] = accounts;
    let mut load_balancers = vec![
        load_balancer("k8s-shop-storefro-1f2e3d4c5b", prod, 3, 3_100_000_000, 15..39),
        load_balancer("k8s-pay-77aa66bb55", prod, 3, 402_000_000, 15..31),
        load_balancer("k8s-ops-0c1d2e3f4a", tools, 1, 400_000, 15..17),
    ];
    load_balancers.extend((0..12).map(|number| load_balancer(&format!("lb{number}"), prod, 1, 1000, 15..39)));
    let remote = (1404, 3_502_412_000);
    let skipped = [(alblog::SkipReason::TestObject, 3), (alblog::SkipReason::Nlb, 9412)].into();
    Summary { load_balancers, skipped, remote }
}

fn shown(summary: &Summary, wide: Option<usize>) -> String {
    let heading = Heading {
        source: "prod = s3://acme-alb-logs-euw1".to_owned(),
        span: Some(at(1, 14)..at(2, 14)),
        margin: 65 * MINUTE,
        next: ["albstats", "fetch", "--from", "prod", "--to", "./logs"].map(str::to_owned).to_vec(),
    };
    let text = screen(&document(summary, &heading, false), &Look { width: wide, ..Look::default() });
    assert!(text.lines().all(|line| width(line) <= wide.unwrap_or(100)), "{text}");
    text
}

/// The same bucket with something to say of a few.
fn verified(accounts: [&str; 2]) -> Summary {
    let mut summary = bucket(accounts);
    let owner = |name: &str| Owner {
        name: name.to_owned(),
        id: "0123456789abcdef".to_owned(),
        account: accounts[1].to_owned(),
        region: "eu-west-1".to_owned(),
    };
    let mut verdicts: BTreeMap<Owner, Verdict> = BTreeMap::new();
    for one in &summary.load_balancers {
        verdicts.insert(one.owner.clone().unwrap(), Verdict { state: State::Fresh, reason: String::new() });
    }
    let silent = "CloudWatch counts 418,220 requests since 06:00; the bucket holds no object";
    let off = "access logs are switched off on the load balancer (opted out by tag albstats.io/logs=disabled)";
    for (name, state, reason) in [
        ("k8s-pay-77aa66bb55", State::Silent, silent),
        ("k8s-partner-0f9e8d7c6b", State::Off, "access logs are switched off on the load balancer (never enabled)"),
        ("k8s-sandbox-aa11bb22cc", State::Off, off),
        ("k8s-ops-0c1d2e3f4a", State::Idle, "CloudWatch counts 0 requests in the empty hours: nothing is missing"),
    ] {
        let listed = summary.load_balancers.iter().filter_map(|one| one.owner.clone()).find(|owner| owner.name == name);
        verdicts.insert(listed.unwrap_or_else(|| owner(name)), Verdict { state, reason: reason.to_owned() });
    }
    summary.add(verdicts);
    summary
}

#[test]
fn a_day_on_a_wide_terminal() {
    insta::assert_snapshot!(shown(&bucket(["123456789012", "210987654321"]), Some(100)), @r"
    Objects: prod = s3://acme-alb-logs-euw1
    2 accounts, eu-west-1 · 2026-11-21 14:00 – 2026-11-22 14:00 UTC

      LOAD BALANCER                 ACCOUNT       KINDS  OBJECTS    SIZE  NEWEST       BY 2 H
      k8s-shop-storefro-1f2e3d4c5b  123456789012  a c h      864  3.1 GB  14:00        ████████████
      k8s-pay-77aa66bb55            123456789012  a c h      576  402 MB  06:00        ████████····
      k8s-ops-0c1d2e3f4a            210987654321  a           24  400 kB  11-21 16:00  █···········
      lb0                           123456789012  a          288  1.0 kB  14:00        ████████████
      lb1                           123456789012  a          288  1.0 kB  14:00        ████████████
      lb2                           123456789012  a          288  1.0 kB  14:00        ████████████
      lb3                           123456789012  a          288  1.0 kB  14:00        ████████████
      lb4                           123456789012  a          288  1.0 kB  14:00        ████████████
      lb5                           123456789012  a          288  1.0 kB  14:00        ████████████
      lb6                           123456789012  a          288  1.0 kB  14:00        ████████████
      5 more (--all)                123456789012  a        1,440  5.0 kB  14:00        ████████████
      total                                                4,920  3.5 GB

    skipped  9,412 nlb · 3 test
    to read  1,404 GETs, under $0.01 · ~35 s at 100 MB/s · $0.32 transfer if outside AWS
    next     albstats fetch --from prod --to ./logs
    ");
}

#[test]
fn a_day_on_eighty_columns() {
    insta::assert_snapshot!(shown(&bucket(["123456789012", "210987654321"]), Some(80)), @r"
    Objects: prod = s3://acme-alb-logs-euw1
    2 accounts, eu-west-1 · 2026-11-21 14:00 – 2026-11-22 14:00 UTC

      LOAD BALANCER                KINDS  OBJECTS    SIZE  NEWEST       BY 2 H
      k8s-shop-storefro-1f2e3d4c…  a c h      864  3.1 GB  14:00        ████████████
      k8s-pay-77aa66bb55           a c h      576  402 MB  06:00        ████████····
      k8s-ops-0c1d2e3f4a           a           24  400 kB  11-21 16:00  █···········
      lb0                          a          288  1.0 kB  14:00        ████████████
      lb1                          a          288  1.0 kB  14:00        ████████████
      lb2                          a          288  1.0 kB  14:00        ████████████
      lb3                          a          288  1.0 kB  14:00        ████████████
      lb4                          a          288  1.0 kB  14:00        ████████████
      lb5                          a          288  1.0 kB  14:00        ████████████
      lb6                          a          288  1.0 kB  14:00        ████████████
      5 more (--all)               a        1,440  5.0 kB  14:00        ████████████
      total                                 4,920  3.5 GB
      1 column left out (a wider terminal, or --format csv)

    skipped  9,412 nlb · 3 test
    to read  1,404 GETs, under $0.01 · ~35 s at 100 MB/s
             $0.32 transfer if outside AWS
    next     albstats fetch --from prod --to ./logs
    ");
    insta::assert_snapshot!(shown(&bucket(["123456789012"; 2]), Some(80)), @r"
    Objects: prod = s3://acme-alb-logs-euw1
    account 123456789012, eu-west-1 · 2026-11-21 14:00 – 2026-11-22 14:00 UTC

      LOAD BALANCER                KINDS  OBJECTS    SIZE  NEWEST       BY 2 H
      k8s-shop-storefro-1f2e3d4c…  a c h      864  3.1 GB  14:00        ████████████
      k8s-pay-77aa66bb55           a c h      576  402 MB  06:00        ████████····
      k8s-ops-0c1d2e3f4a           a           24  400 kB  11-21 16:00  █···········
      lb0                          a          288  1.0 kB  14:00        ████████████
      lb1                          a          288  1.0 kB  14:00        ████████████
      lb2                          a          288  1.0 kB  14:00        ████████████
      lb3                          a          288  1.0 kB  14:00        ████████████
      lb4                          a          288  1.0 kB  14:00        ████████████
      lb5                          a          288  1.0 kB  14:00        ████████████
      lb6                          a          288  1.0 kB  14:00        ████████████
      5 more (--all)               a        1,440  5.0 kB  14:00        ████████████
      total                                 4,920  3.5 GB

    skipped  9,412 nlb · 3 test
    to read  1,404 GETs, under $0.01 · ~35 s at 100 MB/s
             $0.32 transfer if outside AWS
    next     albstats fetch --from prod --to ./logs
    ");
}

#[test]
fn narrower_than_anybody_has() {
    insta::assert_snapshot!(shown(&bucket(["123456789012", "210987654321"]), Some(60)), @r"
    Objects: prod = s3://acme-alb-logs-euw1
    2 accounts, eu-west-1
    2026-11-21 14:00 – 2026-11-22 14:00 UTC

      LOAD BALANCER                 OBJECTS    SIZE  NEWEST
      k8s-shop-storefro-1f2e3d4c5b      864  3.1 GB  14:00
      k8s-pay-77aa66bb55                576  402 MB  06:00
      k8s-ops-0c1d2e3f4a                 24  400 kB  11-21 16:00
      lb0                               288  1.0 kB  14:00
      lb1                               288  1.0 kB  14:00
      lb2                               288  1.0 kB  14:00
      lb3                               288  1.0 kB  14:00
      lb4                               288  1.0 kB  14:00
      lb5                               288  1.0 kB  14:00
      lb6                               288  1.0 kB  14:00
      5 more (--all)                  1,440  5.0 kB  14:00
      total                           4,920  3.5 GB
      3 columns left out (a wider terminal, or --format csv)

    skipped  9,412 nlb · 3 test
    to read  1,404 GETs, under $0.01 · ~35 s at 100 MB/s
             $0.32 transfer if outside AWS
    next     albstats fetch --from prod --to ./logs
    ");
}

#[test]
fn what_is_wrong_comes_first_and_is_explained() {
    let summary = verified(["123456789012", "210987654321"]);
    insta::assert_snapshot!(shown(&summary, Some(100)), @r"
    Objects: prod = s3://acme-alb-logs-euw1
    2 accounts, eu-west-1 · 2026-11-21 14:00 – 2026-11-22 14:00 UTC

      LOAD BALANCER              ACCOUNT       KINDS  OBJECTS    SIZE  NEWEST       BY 2 H        STATE
      k8s-pay-77aa66bb55         123456789012  a c h      576  402 MB  06:00        ████████····  SILENT
      k8s-partner-0f9e8d7c6b     210987654321  –            –       –  –            ············  OFF
      k8s-sandbox-aa11bb22cc     210987654321  –            –       –  –            ············  OFF
      k8s-ops-0c1d2e3f4a         210987654321  a           24  400 kB  11-21 16:00  █···········  idle
      k8s-shop-storefro-1f2e3d…  123456789012  a c h      864  3.1 GB  14:00        ████████████  fresh
      lb0                        123456789012  a          288  1.0 kB  14:00        ████████████  fresh
      lb1                        123456789012  a          288  1.0 kB  14:00        ████████████  fresh
      lb2                        123456789012  a          288  1.0 kB  14:00        ████████████  fresh
      lb3                        123456789012  a          288  1.0 kB  14:00        ████████████  fresh
      lb4                        123456789012  a          288  1.0 kB  14:00        ████████████  fresh
      7 more (--all)             123456789012  a        2,016  7.0 kB  14:00        ████████████  fresh
      total                                             4,920  3.5 GB

    SILENT  k8s-pay-77aa66bb55: CloudWatch counts 418,220 requests since 06:00; the bucket holds no
            object
       OFF  k8s-partner-0f9e8d7c6b: access logs are switched off on the load balancer (never enabled)
            k8s-sandbox-aa11bb22cc: access logs are switched off on the load balancer (opted out by tag
            albstats.io/logs=disabled)
      idle  k8s-ops-0c1d2e3f4a: CloudWatch counts 0 requests in the empty hours: nothing is missing

    skipped  9,412 nlb · 3 test
    to read  1,404 GETs, under $0.01 · ~35 s at 100 MB/s · $0.32 transfer if outside AWS
    next     albstats fetch --from prod --to ./logs   (exit 1: 1 silent, 2 off)
    ");
    insta::assert_snapshot!(shown(&summary, Some(80)), @r"
    Objects: prod = s3://acme-alb-logs-euw1
    2 accounts, eu-west-1 · 2026-11-21 14:00 – 2026-11-22 14:00 UTC

      LOAD BALANCER               OBJECTS    SIZE  NEWEST       BY 2 H        STATE
      k8s-pay-77aa66bb55              576  402 MB  06:00        ████████····  SILENT
      k8s-partner-0f9e8d7c6b            –       –  –            ············  OFF
      k8s-sandbox-aa11bb22cc            –       –  –            ············  OFF
      k8s-ops-0c1d2e3f4a               24  400 kB  11-21 16:00  █···········  idle
      k8s-shop-storefro-1f2e3d4…      864  3.1 GB  14:00        ████████████  fresh
      lb0                             288  1.0 kB  14:00        ████████████  fresh
      lb1                             288  1.0 kB  14:00        ████████████  fresh
      lb2                             288  1.0 kB  14:00        ████████████  fresh
      lb3                             288  1.0 kB  14:00        ████████████  fresh
      lb4                             288  1.0 kB  14:00        ████████████  fresh
      7 more (--all)                2,016  7.0 kB  14:00        ████████████  fresh
      total                         4,920  3.5 GB
      2 columns left out (a wider terminal, or --format csv)

    SILENT  k8s-pay-77aa66bb55: CloudWatch counts 418,220 requests since 06:00; the
            bucket holds no object
       OFF  k8s-partner-0f9e8d7c6b: access logs are switched off on the load
            balancer (never enabled)
            k8s-sandbox-aa11bb22cc: access logs are switched off on the load
            balancer (opted out by tag albstats.io/logs=disabled)
      idle  k8s-ops-0c1d2e3f4a: CloudWatch counts 0 requests in the empty hours:
            nothing is missing

    skipped  9,412 nlb · 3 test
    to read  1,404 GETs, under $0.01 · ~35 s at 100 MB/s
             $0.32 transfer if outside AWS
    next     albstats fetch --from prod --to ./logs   (exit 1: 1 silent, 2 off)
    ");
}

#[test]
fn nothing_at_all() {
    let summary = Summary { skipped: [(alblog::SkipReason::Foreign, 2)].into(), ..Summary::default() };
    insta::assert_snapshot!(shown(&summary, None), @r"
    Objects: prod = s3://acme-alb-logs-euw1
    2026-11-21 14:00 – 2026-11-22 14:00 UTC

      no logs of Application Load Balancers

    skipped  2 foreign
    ");
}
