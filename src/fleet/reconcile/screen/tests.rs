use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::base::config::Selector;
use crate::fleet::aws::elbv2::{LoadBalancer, LoadBalancerType, LogSettings, Tags};
use crate::fleet::kubernetes::intent::Declaration;
use crate::fleet::reconcile::observed::Seen;
use crate::fleet::reconcile::state::{Block as Blocked, BlockedBy};
use crate::output::screen::{Look, screen};

fn seen(name: &str, account: &str) -> Seen {
    Seen {
        load_balancer: LoadBalancer {
            arn: format!("arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/app/{name}/1"),
            name: name.to_owned(),
            dns_name: String::new(),
            kind: LoadBalancerType::Application,
            tags: Tags::new(),
        },
        account: account.to_owned(),
        logs: LogKind::ALL.map(|kind| (kind, LogSettings::default())).into(),
        vended: BTreeSet::new(),
        proof: BTreeMap::new(),
    }
}

fn policy() -> LogPolicy {
    let select = ["prod", "tools"].map(|name| (name.to_owned(), Selector::default())).into();
    LogPolicy { select, bucket: "acme-alb-logs-euw1".to_owned(), prefix: "eks/prod".to_owned(), ..LogPolicy::default() }
}

fn enable() -> Option<Change> {
    Change::enable("acme-alb-logs-euw1", "eks/prod")
}

/// One decision for each of these kinds.
fn decide(seen: &Seen, kinds: &[LogKind], state: &State, write: Option<&Change>) -> Vec<Decision> {
    let decision = |kind: &LogKind| Decision {
        log: seen.log(*kind),
        state: state.clone(),
        write: write.cloned(),
        held: None,
        canary: false,
    };
    kinds.iter().map(decision).collect()
}

fn shown(seen: Vec<Seen>, decisions: &[Decision], width: Option<usize>, all: bool) -> String {
    let policy = policy();
    let declaration = Declaration { stack: "group \"search\"".to_owned(), ..Declaration::default() };
    let intents = [(seen[0].load_balancer.arn.clone(), Intent::Declared(declaration))].into();
    let observed = Observed { load_balancers: seen, ..Observed::default() };
    let heading = Heading {
        file: "albstats.toml:3".to_owned(),
        policy: &policy,
        intents: &intents,
        again: Again::default(),
        all,
    };
    screen(&document(&heading, &observed, decisions), &Look { width, ..Look::default() })
}

const ALL: [LogKind; 3] = LogKind::ALL;

fn fleet() -> (Vec<Seen>, Vec<Decision>) {
    let names = [
        "k8s-search-9a8b7c6d5e",
        "k8s-ops-0c1d2e3f4a",
        "k8s-legacy-90ab12cd34",
        "k8s-partner-0f9e8d7c6b",
        "k8s-shop-1f2e3d4c5b",
    ];
    let fleet: Vec<Seen> =
        names.iter().zip(["prod", "tools", "prod", "tools", "prod"]).map(|(name, of)| seen(name, of)).collect();
    let [search, ops, legacy, partner, shop] = &fleet[..] else { unreachable!() };
    let mut decisions = decide(search, &[LogKind::HealthCheck], &State::Pending, enable().as_ref());
    decisions[0].canary = true;
    decisions.extend(decide(ops, &ALL[1..], &State::Pending, enable().as_ref()));
    decisions.extend(decide(legacy, &ALL[..1], &State::Foreign("goes to s3://team-legacy-logs".to_owned()), None));
    let block = Blocked {
        by: BlockedBy::Bucket,
        reason: "bucket policy lacks account 444455556666".to_owned(),
        fix: "albstats bucket policy s3://acme-alb-logs-euw1/eks/prod --account 444455556666".to_owned(),
    };
    decisions.extend(decide(partner, &ALL, &State::Blocked(block), None));
    decisions.extend(decide(shop, &ALL, &State::Delivering, None));
    (fleet, decisions)
}

#[test]
fn a_plan_says_what_and_why() {
    let (fleet, decisions) = fleet();
    insta::assert_snapshot!(shown(fleet, &decisions, Some(112), false), @r#"
    policy albstats.toml:3: ALBs of prod, tools, all three kinds → s3://acme-alb-logs-euw1/eks/prod
    5 ALBs, 10 logs: 3 delivering · 3 to enable · 1 left alone · 3 blocked

      LOAD BALANCER           ACCOUNT               LOGS                      WHY
    + k8s-search-9a8b7c6d5e   prod, group "search"  health-check              canary, written first
        health_check_logs.s3.enabled  false → true
        health_check_logs.s3.bucket   ""    → acme-alb-logs-euw1
        health_check_logs.s3.prefix   ""    → eks/prod
    + k8s-ops-0c1d2e3f4a      tools                 connection, health-check  same keys each

    = k8s-legacy-90ab12cd34   prod                  access                    foreign: goes to s3://team-legacy-logs

    ! k8s-partner-0f9e8d7c6b  tools                 all three
        bucket policy lacks account 444455556666
        fix: albstats bucket policy s3://acme-alb-logs-euw1/eks/prod --account 444455556666
    "#);
}

#[test]
fn what_does_not_fit_goes_below() {
    let (fleet, decisions) = fleet();
    let screen = shown(fleet, &decisions, Some(80), false);
    assert!(screen.lines().all(|line| width(line) <= 80), "{screen}");
    insta::assert_snapshot!(screen, @r#"
    policy albstats.toml:3: ALBs of prod, tools, all three kinds →
      s3://acme-alb-logs-euw1/eks/prod
    5 ALBs, 10 logs: 3 delivering · 3 to enable · 1 left alone · 3 blocked

      LOAD BALANCER           ACCOUNT               LOGS                      WHY
    + k8s-search-9a8b7c6d5e   prod, group "search"  health-check
        canary, written first
        health_check_logs.s3.enabled  false → true
        health_check_logs.s3.bucket   ""    → acme-alb-logs-euw1
        health_check_logs.s3.prefix   ""    → eks/prod
    + k8s-ops-0c1d2e3f4a      tools                 connection, health-check
        same keys each

    = k8s-legacy-90ab12cd34   prod                  access
        foreign: goes to s3://team-legacy-logs

    ! k8s-partner-0f9e8d7c6b  tools                 all three
        bucket policy lacks account 444455556666
        fix: albstats bucket policy s3://acme-alb-logs-euw1/eks/prod --account \
        444455556666
    "#);
}

#[test]
fn many_are_counted_unless_all_are_asked_for() {
    let fleet: Vec<Seen> = (0..12).map(|number| seen(&format!("k8s-{number:02}"), "prod")).collect();
    let decisions: Vec<Decision> =
        fleet.iter().flat_map(|seen| decide(seen, &ALL, &State::Pending, enable().as_ref())).collect();
    let short = shown(fleet.clone(), &decisions, None, false);
    assert!(short.contains("12 ALBs, 36 logs: 36 to enable\n") && short.contains("+ 8 more (--all)\n"), "{short}");
    // The same keys are not said twelve times.
    assert_eq!(short.matches("access_logs.s3.enabled").count(), 1);
    let long = shown(fleet, &decisions, None, true);
    assert!(!long.contains("more (--all)") && long.contains("k8s-11"));
}

#[test]
fn nothing_to_do_is_said() {
    let one = seen("k8s-shop", "prod");
    let decisions = decide(&one, &ALL, &State::Delivering, None);
    let screen = shown(vec![one], &decisions, None, false);
    let lines: Vec<&str> = screen.lines().skip(1).collect();
    let nothing = "  nothing to write, nothing left alone, nothing in the way";
    assert_eq!(lines, ["1 ALB, 3 logs: 3 delivering", "", nothing]);
}

#[test]
fn programs_get_whole_names_and_words() {
    let (fleet, decisions) = fleet();
    let (policy, intents) = (policy(), BTreeMap::new());
    let observed = Observed { load_balancers: fleet, ..Observed::default() };
    let heading =
        Heading { file: String::new(), policy: &policy, intents: &intents, again: Again::default(), all: true };
    let document = document(&heading, &observed, &decisions);
    let batch = document.main_table().unwrap().batch().unwrap();
    let column = |name: &str| {
        let texts = batch.column_by_name(name).unwrap();
        let texts = texts.as_any().downcast_ref::<arrow::array::StringArray>().unwrap();
        texts.iter().map(Option::unwrap).collect::<Vec<_>>()
    };
    assert_eq!(column("action"), ["enable", "enable", "leave", "blocked"]);
    assert_eq!(column("logs")[3], "access, connection, health-check");
    assert!(column("load_balancer").iter().all(|arn| arn.starts_with("arn:")));
    assert_eq!(column("why")[..2], ["canary, written first", ""]);
}
