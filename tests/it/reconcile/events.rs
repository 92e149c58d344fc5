//! `--events`: what is told in the cluster, how often, and what stands in the way.

use std::io::Read;
use std::process::Stdio;
use std::time::Duration;

use alblog::time::MINUTE;
use serde_json::{Value, json};

use super::live::{cluster, made, stop};
use super::watching::{Watching, address, command_every, eventually, get, within};
use super::{Bench, all_on, ingress};
use crate::apiserver::ApiServer;
use crate::cloud::ACCOUNT;

const INGRESS: &str = "ingresses.networking.k8s.io";
const EVENTS: [&str; 3] = ["--kubernetes", "prod=live", "--events"];

/// Looks once an hour, and when it is told that something has changed.
fn watch(bench: &Bench) -> Watching {
    every(bench, "1h")
}

fn every(bench: &Bench, interval: &str) -> Watching {
    Watching(
        command_every(bench, interval, &[&EVENTS[..], &["--listen", "0"]].concat())
            .env("HOSTNAME", "pod-1")
            .spawn()
            .unwrap(),
    )
}

/// The one Event of an object that has this reason.
fn only(api: &ApiServer, name: &str, reason: &str) -> Value {
    let of: Vec<Value> = api.state().events.of(name).into_iter().filter(|event| event["reason"] == reason).collect();
    assert_eq!(of.len(), 1, "{of:?}");
    of[0].clone()
}

fn has(api: &ApiServer, name: &str, reason: &str) -> bool {
    api.state().events.reasons(name).contains(&reason.to_owned())
}

fn written(api: &ApiServer) -> Vec<&'static str> {
    api.state().events.written.iter().map(|(verb, _)| *verb).collect()
}

/// What it said until it was ended.
fn said(mut watching: Watching) -> String {
    let mut stderr = watching.0.stderr.take().unwrap();
    stop(watching);
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    said
}

#[test]
fn an_ingress_hears_that_its_logs_are_on() {
    let bench = Bench::new(&["other"]);
    let api = cluster(&bench);
    made(&bench, &api, "web", None);
    let mut watching = watch(&bench);
    let (address, _stderr) = address(&mut watching);
    eventually("it is told", || has(&api, "web", "LogsEnabled"));
    let event = only(&api, "web", "LogsEnabled");
    let regarding = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "namespace": "shop", "name": "web", "uid": "uid-of-web",
    });
    assert_eq!(event["regarding"], regarding);
    assert_eq!(event["note"], "web: access, connection, health-check logs go to s3://logs/eks");
    assert_eq!((&event["type"], &event["action"]), (&json!("Normal"), &json!("EnableLogs")));
    assert_eq!(
        (&event["reportingController"], &event["reportingInstance"]),
        (&json!("albstats.io/reconciler"), &json!("pod-1"))
    );
    // Another look finds nothing new to tell about it, and what there is of others.
    made(&bench, &api, "late", None);
    eventually("the late one is told", || has(&api, "late", "LogsEnabled"));
    assert_eq!(written(&api), ["create", "create"]);
    let metrics = get(&address, "/metrics");
    assert!(metrics.contains("albstats_reconcile_events_total{outcome=\"written\"} 2\n"), "{metrics}");
    assert!(metrics.contains("albstats_reconcile_events_waiting 0\n"), "{metrics}");
    stop(watching);
    assert_eq!(bench.writes(), 9);

    // Who begins anew sees what was told, and another one tells nothing at all.
    let mut again = watch(&bench);
    let (address, _stderr) = super::watching::address(&mut again);
    let known = "albstats_reconcile_events_total{outcome=\"known\"} 2\n";
    eventually("it is known", || get(&address, "/metrics").contains(known));
    stop(again);
    made(&bench, &api, "silent", None);
    let without = Watching(command_every(&bench, "1h", &["--kubernetes", "live"]).spawn().unwrap());
    eventually("it is on", || bench.logs("silent") == all_on());
    std::thread::sleep(Duration::from_secs(2));
    stop(without);
    assert_eq!(written(&api), ["create", "create"]);
}

#[test]
fn what_stands_in_the_way_is_told_with_its_fix_and_once() {
    let bench = Bench::new(&[]);
    let api = cluster(&bench);
    made(&bench, &api, "web", None);
    bench.cloud.world().denied.insert("ModifyLoadBalancerAttributes".to_owned());
    let watching = every(&bench, "1s");
    eventually("it is told", || has(&api, "web", "LogsBlocked"));
    let event = only(&api, "web", "LogsBlocked");
    let note = event["note"].as_str().unwrap();
    assert!(note.starts_with("web: access, connection, health-check logs cannot be switched on: "), "{note}");
    assert!(note.contains("is not authorized: ModifyLoadBalancerAttributes"), "{note}");
    assert!(
        note.ends_with(
            "; fix: albstats iam policy reconcile-apply prints what must be allowed; then plan again, with --retry"
        ),
        "{note}"
    );
    assert_eq!(event["type"], "Warning");
    // Look after look it is the same.
    let looks = || bench.cloud.asked("DescribeLoadBalancers").len();
    let before = looks();
    eventually("it looks again", || looks() > before + 4);
    assert_eq!(written(&api), ["create"]);
    // Somebody switches them on by hand: that is another state.
    let arn = bench.arn("web");
    let on = all_on();
    let on: Vec<(&str, &str)> = on.iter().map(|pair| pair.split_once('=').unwrap()).collect();
    bench.cloud.world().set(&arn, &on);
    eventually("it is told", || has(&api, "web", "LogsEnabled"));
    assert_eq!(written(&api), ["create", "create"]);
    stop(watching);
}

/// Words of AWS may hold anything, and be as long as they like.
#[test]
fn hostile_words_are_harmless_in_a_note() {
    let bench = Bench::new(&[]);
    bench.policy("kinds = [\"access\"]");
    let api = cluster(&bench);
    made(&bench, &api, "web", None);
    let words = "\u{202e}\u{7f} \u{9b}31m no such thing\u{feff} ".repeat(200);
    let arn = bench.arn("web");
    bench.cloud.world().load_balancers.get_mut(&arn).unwrap().refuses = Some(("ValidationError", words));
    let watching = watch(&bench);
    eventually("it is told", || has(&api, "web", "LogsBlocked"));
    let note = only(&api, "web", "LogsBlocked")["note"].as_str().unwrap().to_owned();
    assert!(note.len() <= 1024 && note.contains(r"\xE2\x80\xAE\x7F \xC2\x9B31m no such thing"), "{note}");
    assert!(note.ends_with("…; fix: change [reconcile], or exclude the load balancer"), "{note}");
    assert!(!note.chars().any(char::is_control), "{note}");
    stop(watching);
}

#[test]
fn somebody_else_and_silence_are_told() {
    let bench = Bench::new(&[]);
    bench.policy("manual_disable = \"repair\"\nkinds = [\"access\"]");
    let api = cluster(&bench);
    for name in ["undone", "quiet"] {
        made(&bench, &api, name, None);
    }
    let (undone, quiet) = (bench.arn("undone"), bench.arn("quiet"));
    {
        let mut world = bench.cloud.world();
        let on =
            [("access_logs.s3.enabled", "true"), ("access_logs.s3.bucket", "logs"), ("access_logs.s3.prefix", "eks")];
        world.set(&quiet, &on);
        let ago = now() - 20 * MINUTE;
        let counted = [(ago.div_euclid(5 * MINUTE) * 300, 42)];
        world.requests.insert(elb(&quiet), counted.into());
    }
    let watching = every(&bench, "1s");
    let enabled = || bench.logs("undone").contains(&"access_logs.s3.enabled=true".to_owned());
    for _ in 0..2 {
        eventually("it is on", enabled);
        std::thread::sleep(Duration::from_millis(300));
        bench.cloud.world().set(&undone, &[("access_logs.s3.enabled", "false")]);
    }
    eventually("it is told", || has(&api, "undone", "LogsContended"));
    let note = only(&api, "undone", "LogsContended")["note"].clone();
    let words = "undone: access logs are left alone: what was written here was undone 2 times; fix: find out who changes it \
                 (CloudTrail: ModifyLoadBalancerAttributes), then \
                 albstats reconcile forget undone";
    assert_eq!(note, words);
    eventually("it is told", || has(&api, "quiet", "LogsSilent"));
    let event = only(&api, "quiet", "LogsSilent");
    let words = format!(
        "quiet: access logs are on, and none arrive: CloudWatch counts 42 requests in 65 min, and no object came; fix: albstats bucket \
         check s3://logs/eks --account {ACCOUNT} --region eu-west-1"
    );
    assert_eq!((&event["note"], &event["action"]), (&json!(words), &json!("CheckDelivery")));
    // Fewer requests are the same silence; that it ends is told.
    assert!(!has(&api, "quiet", "LogsEnabled"));
    bench.cloud.world().requests.clear();
    eventually("its end is told", || has(&api, "quiet", "LogsEnabled"));
    assert_eq!(only(&api, "quiet", "LogsEnabled")["note"], "quiet: access logs go to s3://logs/eks");
    stop(watching);
}

#[test]
fn a_right_that_is_missing_is_named_once_and_stops_nothing() {
    let bench = Bench::new(&[]);
    let api = cluster(&bench);
    made(&bench, &api, "web", None);
    api.state().events.denied.insert("create");
    let watching = watch(&bench);
    eventually("it is on all the same", || bench.logs("web") == all_on());
    made(&bench, &api, "late", None);
    eventually("the late one, too", || bench.logs("late") == all_on());
    std::thread::sleep(Duration::from_secs(3));
    api.state().events.denied.clear();
    within(60, "it is told once it may be", || has(&api, "web", "LogsEnabled") && has(&api, "late", "LogsEnabled"));
    let said = said(watching);
    let rule = "warning: Events in shop may not be written: events.events.k8s.io is forbidden: User \"u\" cannot create resource \"events\" in \
                API group \"events.k8s.io\" in the namespace \"shop\"\nhint: a ClusterRole with {apiGroups: [\"events.k8s.io\"], resources: \
                [\"events\"], verbs: [\"create\", \"patch\"]}\n";
    assert_eq!(said.matches(rule).count(), 1, "{said}");
    assert_eq!(said.matches("warning: ").count(), 1, "{said}");
}

/// All ingresses of a group share a load balancer, and each is told: not all at once.
#[test]
fn many_are_told_one_after_another() {
    let bench = Bench::new(&[]);
    let api = cluster(&bench);
    let tags = [("elbv2.k8s.aws/cluster", "prod"), ("ingress.k8s.aws/stack", "all")];
    bench.cloud.world().add_load_balancer("web", &tags);
    for number in 0..30 {
        let mut member = ingress("shop", "", None);
        member["metadata"]["annotations"] = json!({ "alb.ingress.kubernetes.io/group.name": "all" });
        api.state().put(INGRESS, &format!("shop/i{number}"), member);
    }
    let mut watching = watch(&bench);
    let (address, mut stderr) = address(&mut watching);
    eventually("the first ones are told", || written(&api).len() == 20);
    eventually("the others wait", || get(&address, "/metrics").contains("albstats_reconcile_events_waiting 10\n"));
    std::thread::sleep(Duration::from_secs(20));
    assert_eq!(written(&api).len(), 20);
    within(60, "the rest is told", || written(&api).len() == 30);
    stop(watching);
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    let words = "warning: 30 Events are to be written, and 20 in a minute are: the rest waits\n";
    assert_eq!(said.matches(words).count(), 1, "{said}");
}

#[test]
fn a_server_tells_beside() {
    let bench = Bench::new(&[]);
    let api = cluster(&bench);
    made(&bench, &api, "web", None);
    let mut command =
        bench.folder.command([&["serve", "--from", ".", "--listen", "0", "--reconcile"], &EVENTS[..]].concat());
    bench.cloud.environment(&mut command);
    command.env("XDG_STATE_HOME", bench.folder.path("state")).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut serving = Watching(command.spawn().unwrap());
    let (address, _stderr) = address(&mut serving);
    eventually("it is told", || has(&api, "web", "LogsEnabled"));
    eventually("it is counted", || {
        get(&address, "/metrics").contains("albstats_reconcile_events_total{outcome=\"written\"} 1\n")
    });
    stop(serving);
}

#[test]
fn events_are_of_clusters_that_are_read_themselves() {
    let bench = Bench::new(&["shop"]);
    bench.folder.write("cluster.json", "{\"items\":[]}");
    let ended = |args: &[&str]| {
        let output = command_every(&bench, "1h", args).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    let none = ended(&["--kubernetes", "cluster.json", "--events"]);
    assert!(
        none.contains("--events: Events are of a cluster, and none is read itself\nhint: --kubernetes live\n"),
        "{none}"
    );
    assert!(ended(&["--events"]).contains("--kubernetes"));
    assert_eq!(bench.writes(), 0);
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_micros()).unwrap()
}

/// `app/NAME/ID`
fn elb(arn: &str) -> String {
    arn.split_once("loadbalancer/").unwrap().1.to_owned()
}
