//! The screen of a made-up bucket at widths people have.

use std::collections::BTreeMap;

use alblog::LogKind;
use alblog::time::{DAY, HOUR};

use super::*;
use crate::lake::objects::{LoadBalancer, Owner};

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
        next: "albstats fetch --from prod --to ./logs".to_owned(),
    };
    let text = screen(summary, &heading, false, wide);
    assert!(text.lines().all(|line| width(line) <= wide.unwrap_or(WIDEST)), "{text}");
    text
}

#[test]
fn a_day_on_a_wide_terminal() {
    insta::assert_snapshot!(shown(&bucket(["123456789012", "210987654321"]), Some(100)), @r"
    prod = s3://acme-alb-logs-euw1 · 2 accounts, eu-west-1 · 2026-11-21 14:00 – 2026-11-22 14:00 UTC

      LOAD BALANCER          ACCOUNT       KINDS  OBJECTS    SIZE       NEWEST  BY HOUR
      k8s-shop-storefro-1f…  123456789012  a c h      864  3.1 GB        14:00  ████████████████████████
      k8s-pay-77aa66bb55     123456789012  a c h      576  402 MB        06:00  ████████████████········
      k8s-ops-0c1d2e3f4a     210987654321  a           24  400 kB  11-21 16:00  ██······················
      lb0                    123456789012  a          288  1.0 kB        14:00  ████████████████████████
      lb1                    123456789012  a          288  1.0 kB        14:00  ████████████████████████
      lb2                    123456789012  a          288  1.0 kB        14:00  ████████████████████████
      lb3                    123456789012  a          288  1.0 kB        14:00  ████████████████████████
      lb4                    123456789012  a          288  1.0 kB        14:00  ████████████████████████
      lb5                    123456789012  a          288  1.0 kB        14:00  ████████████████████████
      lb6                    123456789012  a          288  1.0 kB        14:00  ████████████████████████
      5 more (--all)         123456789012  a        1,440  5.0 kB        14:00  ████████████████████████
      total                                         4,920  3.5 GB  skipped 9,412 nlb, 3 test

    to read all: 1,404 GETs, under $0.01 · ~35 s at 100 MB/s · $0.32 transfer if outside AWS
    next: albstats fetch --from prod --to ./logs
    ");
}

#[test]
fn a_day_on_eighty_columns() {
    insta::assert_snapshot!(shown(&bucket(["123456789012", "210987654321"]), Some(80)), @r"
    prod = s3://acme-alb-logs-euw1 · 2 accounts, eu-west-1
      · 2026-11-21 14:00 – 2026-11-22 14:00 UTC

      LOAD BALANCER            ACCOUNT  KINDS  OBJECTS    SIZE  NEWEST  BY 2 H
      k8s-shop-storefro-1f2e…  …9012    a c h      864  3.1 GB   14:00  ████████████
      k8s-pay-77aa66bb55       …9012    a c h      576  402 MB   06:00  ████████····
      k8s-ops-0c1d2e3f4a       …4321    a           24  400 kB   11-21  █···········
      lb0                      …9012    a          288  1.0 kB   14:00  ████████████
      lb1                      …9012    a          288  1.0 kB   14:00  ████████████
      lb2                      …9012    a          288  1.0 kB   14:00  ████████████
      lb3                      …9012    a          288  1.0 kB   14:00  ████████████
      lb4                      …9012    a          288  1.0 kB   14:00  ████████████
      lb5                      …9012    a          288  1.0 kB   14:00  ████████████
      lb6                      …9012    a          288  1.0 kB   14:00  ████████████
      5 more (--all)           …9012    a        1,440  5.0 kB   14:00  ████████████
      total                                      4,920  3.5 GB
      skipped 9,412 nlb, 3 test

    to read all: 1,404 GETs, under $0.01 · ~35 s at 100 MB/s
      · $0.32 transfer if outside AWS
    next: albstats fetch --from prod --to ./logs
    ");
    insta::assert_snapshot!(shown(&bucket(["123456789012"; 2]), Some(80)), @r"
    prod = s3://acme-alb-logs-euw1 · account 123456789012, eu-west-1
      · 2026-11-21 14:00 – 2026-11-22 14:00 UTC

      LOAD BALANCER                KINDS  OBJECTS    SIZE       NEWEST  BY 2 H
      k8s-shop-storefro-1f2e3d4c…  a c h      864  3.1 GB        14:00  ████████████
      k8s-pay-77aa66bb55           a c h      576  402 MB        06:00  ████████····
      k8s-ops-0c1d2e3f4a           a           24  400 kB  11-21 16:00  █···········
      lb0                          a          288  1.0 kB        14:00  ████████████
      lb1                          a          288  1.0 kB        14:00  ████████████
      lb2                          a          288  1.0 kB        14:00  ████████████
      lb3                          a          288  1.0 kB        14:00  ████████████
      lb4                          a          288  1.0 kB        14:00  ████████████
      lb5                          a          288  1.0 kB        14:00  ████████████
      lb6                          a          288  1.0 kB        14:00  ████████████
      5 more (--all)               a        1,440  5.0 kB        14:00  ████████████
      total                                 4,920  3.5 GB  skipped 9,412 nlb, 3 test

    to read all: 1,404 GETs, under $0.01 · ~35 s at 100 MB/s
      · $0.32 transfer if outside AWS
    next: albstats fetch --from prod --to ./logs
    ");
}

#[test]
fn narrower_than_anybody_has() {
    insta::assert_snapshot!(shown(&bucket(["123456789012", "210987654321"]), Some(60)), @r"
    prod = s3://acme-alb-logs-euw1 · 2 accounts, eu-west-1
      · 2026-11-21 14:00 – 2026-11-22 14:00 UTC

      LOAD BALANCER      ACCOUNT  KINDS  OBJECTS    SIZE  NEWEST
      k8s-shop-storefr…  …9012    a c h      864  3.1 GB   14:00
      k8s-pay-77aa66bb…  …9012    a c h      576  402 MB   06:00
      k8s-ops-0c1d2e3f…  …4321    a           24  400 kB   11-21
      lb0                …9012    a          288  1.0 kB   14:00
      lb1                …9012    a          288  1.0 kB   14:00
      lb2                …9012    a          288  1.0 kB   14:00
      lb3                …9012    a          288  1.0 kB   14:00
      lb4                …9012    a          288  1.0 kB   14:00
      lb5                …9012    a          288  1.0 kB   14:00
      lb6                …9012    a          288  1.0 kB   14:00
      5 more (--all)     …9012    a        1,440  5.0 kB   14:00
      total                                4,920  3.5 GB
      skipped 9,412 nlb, 3 test

    to read all: 1,404 GETs, under $0.01 · ~35 s at 100 MB/s
      · $0.32 transfer if outside AWS
    next: albstats fetch --from prod --to ./logs
    ");
}

#[test]
fn nothing_at_all() {
    let summary = Summary { skipped: [(alblog::SkipReason::Foreign, 2)].into(), ..Summary::default() };
    insta::assert_snapshot!(shown(&summary, None), @r"
    prod = s3://acme-alb-logs-euw1 · 2026-11-21 14:00 – 2026-11-22 14:00 UTC

      no logs of Application Load Balancers
      skipped 2 foreign
    ");
}
