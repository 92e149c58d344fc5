//! Whatever rows there are: no panic, nothing counted twice or lost, nothing concluded from nothing.

use proptest::prelude::*;

use crate::output::document::{Block, Value};
use crate::report::why::bars::Bars;
use crate::report::why::conclusions;
use crate::report::why::facts::Facts;
use crate::report::why::group::Group;
use crate::report::why::health::Health;
use crate::report::why::judge::{Evidence, judge};
use crate::report::why::rows::{Context, Elapsed, HealthRow, Span, WhyRow};
use crate::report::why::rules::{self, Rule};

const MINUTE: i64 = 60_000_000;

fn a_rule() -> impl Strategy<Value = Option<&'static Rule>> {
    let rules: Vec<&'static Rule> = rules::all().collect();
    prop_oneof![2 => Just(None), 3 => prop::sample::select(rules).prop_map(Some)]
}

fn a_time() -> impl Strategy<Value = i64> {
    prop_oneof![9 => 0..60 * MINUTE, 1 => any::<i64>()]
}

fn a_row() -> impl Strategy<Value = WhyRow> {
    let whose = (0..3_usize, prop::option::of(0..2_usize), prop::option::of(0..5_usize));
    let count = prop_oneof![4 => 1..30_u64, 1 => 1..2_000_u64];
    let answers = (0..50_u64, 0.0..1000.0_f64);
    (whose, a_rule(), a_time(), prop::bool::weighted(0.85), count, answers, prop::option::of(0.0..70.0_f64)).prop_map(
        |((elb, group, target), rule, time, counts, requests, (answers, seconds), elapsed)| WhyRow {
            elb: format!("app/lb-{elb}/1"),
            target_group: group.map(|group| format!("arn:aws:elasticloadbalancing:r:1:targetgroup/k8s-{group}/2")),
            target: target.filter(|_| counts).map(|target| format!("10.0.0.{target}:80")),
            pod: None,
            rule,
            status: rule.map(|_| 502),
            reason: None,
            bucket: counts.then_some(time.div_euclid(MINUTE).saturating_mul(MINUTE)),
            requests,
            first: time,
            last: time.saturating_add(1000),
            example: rule.map(|_| "Root=1-2".to_owned()),
            elapsed: elapsed.map(|p50| Elapsed { p10: p50 * 0.9, p50, p90: p50 * 1.1 }),
            answers,
            answer_seconds: seconds,
            clients: rule
                .map(|_| Span { low: "a".to_owned(), high: if answers % 2 == 0 { "a" } else { "b" }.to_owned() }),
            places: None,
        },
    )
}

fn a_check() -> impl Strategy<Value = HealthRow> {
    (0..2_usize, 0..5_usize, any::<bool>(), a_time(), 1..20_u64).prop_map(|(group, target, fails, time, checks)| {
        HealthRow {
            elb: "app/lb-0/1".to_owned(),
            target_group: format!("k8s-{group}"),
            target: format!("10.0.0.{target}:80"),
            failure: fails.then(|| "TimedOut".to_owned()),
            bucket: time.div_euclid(MINUTE).saturating_mul(MINUTE),
            checks,
            first: time,
            last: time,
        }
    })
}

proptest! {
    #[test]
    fn nothing_is_lost_counted_twice_or_made_up(
        rows in prop::collection::vec(a_row(), 0..60),
        health in prop::collection::vec(a_check(), 0..20),
        delivered_to in a_time(),
        top in 0..4_usize,
    ) {
        let context = Context { window: 0..60 * MINUTE, delivered_to, bucket: MINUTE, top, ..Context::default() };
        let counted = |fails: bool| {
            let rows = rows.iter().filter(|row| row.bucket.is_some() && (!fails || row.rule.is_some()));
            rows.map(|row| row.requests).sum::<u64>()
        };
        let bars = Bars::new(&rows, &context);
        let groups = Group::all(&rows, &bars);
        prop_assert_eq!(groups.iter().flat_map(|group| &group.requests).sum::<u64>(), counted(false));
        prop_assert_eq!(groups.iter().map(Group::failures).sum::<u64>(), counted(true));
        let checks = Health::new(&health);
        let evidence = Evidence { health: &checks, context: &context, looked: None };
        let mut judged = 0;
        for facts in groups.iter().flat_map(|group| Facts::all(group, bars)) {
            judged += facts.failures;
            prop_assert!(facts.failures > 0);
            prop_assert_eq!(facts.causes.iter().map(|(_, failures)| failures).sum::<u64>(), facts.failures);
            let verdicts = judge(&facts, &evidence);
            prop_assert!(!verdicts.is_empty());
            for verdict in verdicts {
                prop_assert!(verdict.failures > 0 && verdict.failures <= facts.failures);
                prop_assert!(!verdict.text.is_empty());
            }
        }
        prop_assert_eq!(judged, counted(true));

        let body = conclusions::draft(&rows, &health, &context, None, &[]).document();
        let table = body.blocks.iter().find_map(|block| match block {
            Block::Table(table) => Some(table),
            _ => None,
        });
        let table = table.unwrap();
        prop_assert_eq!(table.empty.is_some(), counted(true) == 0);
        let place = |name: &str| table.columns.iter().position(|column| column.name == name).unwrap();
        let sum = |name: &str| {
            let rows = table.rows.iter().chain(&table.more);
            rows.filter_map(|row| row.values[place(name)].number()).sum::<f64>()
        };
        prop_assert!(table.rows.iter().chain(&table.more).chain(&table.total).all(|row| row.values.len() == table.columns.len()));
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let all = counted(true) as f64;
        prop_assert!((sum("failures") - all).abs() < 0.5);
        prop_assert!(counted(true) == 0 || (sum("share") - 1.0).abs() < 1e-9);
        if let Some(total) = &table.total {
            prop_assert_eq!(&total.values[place("failures")], &Value::Int(i64::try_from(counted(true)).unwrap()));
        }
        let findings: usize = body.blocks.iter().map(|block| match block {
            Block::Findings(findings) => findings.len(),
            _ => 0,
        }).sum();
        prop_assert!(findings > 0);
        prop_assert!(counted(true) > 0 || body.next.is_empty());
    }
}
