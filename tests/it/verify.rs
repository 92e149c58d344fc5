//! `albstats objects --verify`: fresh, idle, SILENT, OFF and elsewhere told apart.

use alblog::time::{Date, IntervalEnd, MINUTE, SECOND};

use super::cloud::{ACCOUNT, Bucket, Cloud, REGION, World};
use super::support::{Answer, Workspace, finish};

/// The end of the five minutes that ended last.
pub(crate) fn recent() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    now.as_micros() as i64 / (5 * MINUTE) * (5 * MINUTE)
}

/// Puts objects of access logs: an interval each, that ended so many minutes ago.
pub(crate) fn put(world: &mut World, arn: &str, minutes_ago: impl IntoIterator<Item = i64>) {
    let elb = arn.split("loadbalancer/").nth(1).unwrap().replace('/', ".");
    let bucket = world.buckets.get_mut("logs").unwrap();
    for minutes in minutes_ago {
        let end = recent() - minutes * MINUTE;
        let day = Date::of(end).to_string().replace('-', "/");
        let name = format!("{ACCOUNT}_elasticloadbalancing_{REGION}_{elb}_{}_192.0.2.1_r.log.gz", IntervalEnd(end));
        let key = format!("AWSLogs/{ACCOUNT}/elasticloadbalancing/{REGION}/{day}/{name}");
        bucket.objects.insert(key, vec![0; 100]);
    }
}

/// Counts requests, so many minutes before.
pub(crate) fn count(world: &mut World, arn: &str, counted: &[(i64, u64)]) {
    let elb = arn.split("loadbalancer/").nth(1).unwrap().to_owned();
    let seconds = |minutes: i64| (recent() - minutes * MINUTE) / SECOND;
    world.requests.insert(elb, counted.iter().map(|(minutes, count)| (seconds(*minutes), *count)).collect());
}

pub(crate) fn log_to(world: &mut World, arn: &str, bucket: &str) {
    world.set(arn, &[("access_logs.s3.enabled", "true"), ("access_logs.s3.bucket", bucket)]);
}

/// One load balancer of each state.
fn world() -> World {
    let mut world = World::default();
    world.buckets.insert("logs".to_owned(), Bucket::default());
    let all_day = || (0..8 * 60).step_by(5);
    let fresh = world.add_load_balancer("k8s-shop-fresh", &[]);
    log_to(&mut world, &fresh, "logs");
    put(&mut world, &fresh, all_day());
    count(&mut world, &fresh, &[(10, 100)]);
    let silent = world.add_load_balancer("k8s-pay-silent", &[]);
    log_to(&mut world, &silent, "logs");
    put(&mut world, &silent, all_day().filter(|minutes| *minutes >= 180));
    count(&mut world, &silent, &[(170, 418_000), (60, 220), (400, 9)]);
    let idle = world.add_load_balancer("k8s-ops-idle", &[]);
    log_to(&mut world, &idle, "logs");
    put(&mut world, &idle, [300, 295]);
    count(&mut world, &idle, &[(300, 7)]);
    world.add_load_balancer("k8s-tools-off", &[("albstats.io/logs", "disabled")]);
    let elsewhere = world.add_load_balancer("k8s-legacy-away", &[]);
    log_to(&mut world, &elsewhere, "team-logs");
    let vended = world.add_load_balancer("k8s-media-vended", &[]);
    world.vended.insert(vended, vec!["ALB_ACCESS_LOGS"]);
    let gone = world.add_load_balancer("k8s-old-gone", &[]);
    put(&mut world, &gone, [240]);
    world.load_balancers.remove(&gone);
    world
}

fn ask(cloud: &Cloud, flags: &[&str]) -> Answer {
    let folder = Workspace::new();
    let mut command =
        folder.command([&["objects", "--from", "s3://logs", "--since", "8h", "--verify", "-q"], flags].concat());
    cloud.environment(&mut command);
    finish(command, b"")
}

/// Name, state and reason of every load balancer.
fn states(answer: &Answer) -> Vec<(String, String, String)> {
    let rows: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let name = |row: &serde_json::Value| text(&row["load_balancer"]).split('/').nth(1).unwrap().to_owned();
    rows.as_array().unwrap().iter().map(|row| (name(row), text(&row["state"]), text(&row["reason"]))).collect()
}

#[test]
fn every_state_and_why() {
    let cloud = Cloud::start(world());
    let answer = ask(&cloud, &["--format", "json"]).exits(1);
    let states = states(&answer);
    let state = |name: &str| {
        let (_, state, reason) = states.iter().find(|(of, ..)| of == name).unwrap_or_else(|| panic!("{states:?}"));
        format!("{state} {reason}")
    };
    assert_eq!(state("k8s-shop-fresh"), "fresh ");
    assert!(state("k8s-pay-silent").starts_with("SILENT CloudWatch counts 418,220 requests since "), "{states:?}");
    assert_eq!(state("k8s-ops-idle"), "idle CloudWatch counts 0 requests in the empty hours: nothing is missing");
    assert!(state("k8s-tools-off").starts_with("OFF ") && state("k8s-tools-off").contains("opted out by tag"));
    assert_eq!(state("k8s-legacy-away"), "elsewhere its access logs go to s3://team-logs");
    assert!(state("k8s-media-vended").starts_with("elsewhere CloudWatch delivers"));
    assert!(state("k8s-old-gone").starts_with("gone "));
    assert_eq!(states.len(), 7);
    // Nobody is asked about what has all its objects.
    assert!(!cloud.asked("GetMetricData").iter().any(|elbs| elbs.contains("fresh")));
    assert_eq!(cloud.asked("GetMetricData").len(), 2, "pages are turned");
    assert_eq!(answer.stderr, "");
}

#[test]
fn people_see_the_worst_first_and_what_to_type() {
    let cloud = Cloud::start(world());
    let answer = ask(&cloud, &[]).exits(1);
    let lines: Vec<&str> = answer.stdout.lines().collect();
    let line =
        |word: &str| lines.iter().position(|line| line.contains(word)).unwrap_or_else(|| panic!("{}", answer.stdout));
    assert!(lines[3].ends_with("  STATE"), "{}", answer.stdout);
    assert!(lines[4].contains("k8s-pay-silent") && lines[4].ends_with("SILENT"), "{}", answer.stdout);
    assert!(lines[5].contains("k8s-tools-off") && lines[5].contains("  –  "), "{}", answer.stdout);
    let why = line("   SILENT  k8s-pay-silent: CloudWatch counts 418,220 requests since ");
    assert!(why > line("total"), "{}", answer.stdout);
    let next = "next     albstats bucket check --elb k8s-pay-silent   (exit 1: 1 silent, 1 off)";
    assert_eq!(lines.last(), Some(&next));
    assert!(lines.iter().all(|line| line.chars().count() <= 100), "{}", answer.stdout);
}

/// Where the worst is that logs are off, there is no bucket to look at: it is for the reconciler.
#[test]
fn what_is_off_is_for_the_reconciler() {
    let cloud = Cloud::start(world());
    let answer = ask(&cloud, &["--elb", "k8s-tools-off"]).exits(1).stdout;
    assert_eq!(answer.lines().last(), Some("next  albstats reconcile --help   (exit 1: 1 off)"), "{answer}");
    let folder = Workspace::new();
    folder.write("albstats.toml", "[reconcile]\nbucket = \"logs\"\n[reconcile.select.prod]\nnames = [\"*\"]\n");
    let args = ["objects", "--from", "s3://logs", "--since", "8h", "--verify", "-q", "--elb", "k8s-tools-off"];
    let mut command = folder.command(args);
    cloud.environment(&mut command);
    let answer = finish(command, b"").exits(1).stdout;
    assert_eq!(answer.lines().last(), Some("next  albstats reconcile plan   (exit 1: 1 off)"), "{answer}");
}

#[test]
fn what_is_not_permitted_is_named() {
    let cloud = Cloud::start(world());
    cloud.world().denied.insert("GetMetricData".to_owned());
    let answer = ask(&cloud, &["--format", "json", "--elb", "k8s-pay-silent"]).exits(3);
    let [(_, state, reason)] = &states(&answer)[..] else { panic!("{}", answer.stdout) };
    assert_eq!(state, "unknown");
    assert!(reason.contains("access denied: cloudwatch:GetMetricData"), "{reason}");
    let _ = answer.says("warning: eu-west-1: access denied: cloudwatch:GetMetricData");
    cloud.world().denied.insert("DescribeLoadBalancers".to_owned());
    let answer = ask(&cloud, &["--format", "json", "--elb", "k8s-pay-silent"]).exits(3);
    assert_eq!(states(&answer)[0].1, "unknown");
}

#[test]
fn of_one_load_balancer_that_is_idle_the_run_ends_well() {
    let cloud = Cloud::start(world());
    let answer = ask(&cloud, &["--format", "csv", "--elb", "k8s-ops-idle"]).done();
    assert!(
        answer.stdout.starts_with("load_balancer,account,region,kinds,objects,bytes,newest,by_hour,state,reason\n")
    );
    assert_eq!(answer.rows().len(), 1);
}
