//! `--kubernetes live`: the cluster itself instead of a file, once and for as long as somebody watches.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::watching::{Watching, address, command_every, eventually, get, within};
use super::{Bench, all_on, ingress};
use crate::apiserver::ApiServer;

const CLASS: &str = "ingressclasses.networking.k8s.io";
const INGRESS: &str = "ingresses.networking.k8s.io";

/// A cluster with a class, and the program told how to reach it.
pub(super) fn cluster(bench: &Bench) -> ApiServer {
    let api = ApiServer::start();
    api.state().put(CLASS, "alb", json!({ "metadata": {}, "spec": { "controller": "ingress.k8s.aws/alb" } }));
    api.configure(&bench.folder, &json!({}));
    api
}

/// An ingress as the controller leaves it once its load balancer is there.
pub(super) fn made(bench: &Bench, api: &ApiServer, name: &str, attributes: Option<&str>) {
    let stack = format!("shop/{name}");
    let tags = [("elbv2.k8s.aws/cluster", "prod"), ("ingress.k8s.aws/stack", stack.as_str())];
    let arn = bench.cloud.world().add_load_balancer(name, &tags);
    let dns_name = bench.cloud.world().load_balancers[&arn].dns_name.clone();
    let mut object = ingress("shop", name, attributes);
    object["status"] = json!({ "loadBalancer": { "ingress": [{ "hostname": dns_name }] } });
    api.state().put(INGRESS, &stack, object);
}

/// Declares logs, or takes the declaration back.
fn declare(api: &ApiServer, name: &str, attributes: Option<&str>) {
    api.state().put(INGRESS, &format!("shop/{name}"), ingress("shop", name, attributes));
}

const OFF: &str = "access_logs.s3.enabled=false";
const LIVE: [&str; 2] = ["--kubernetes", "live"];

/// Looks once an hour, and when it is told that something has changed.
fn watch(bench: &Bench, more: &[&str]) -> Watching {
    Watching(command_every(bench, "1h", &[&LIVE[..], more].concat()).spawn().unwrap())
}

/// Ends it as Kubernetes does.
#[cfg(unix)]
pub(super) fn stop(mut watching: Watching) {
    let id = watching.0.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert_eq!(watching.0.wait().unwrap().code(), Some(0));
}

#[cfg(not(unix))]
pub(super) fn stop(watching: Watching) {
    drop(watching);
}

#[test]
fn a_cluster_is_read_as_its_file_is() {
    let bench = Bench::new(&[]);
    let api = cluster(&bench);
    made(&bench, &api, "web", Some(OFF));
    made(&bench, &api, "api", None);
    let plan = bench.plan(&["--kubernetes", "prod=live", "--all"]).exits(1);
    assert_eq!(plan.stderr, "");
    assert!(plan.stdout.contains("declared off by shop/web"), "{}", plan.stdout);
    assert!(plan.stdout.contains("albstats reconcile apply plan.json --kubernetes prod=live\n"), "{}", plan.stdout);
    // The same objects from a file say the same.
    let class = json!({ "kind": "IngressClass", "metadata": { "name": "alb" }, "spec": { "controller": "ingress.k8s.aws/alb" } });
    let list = json!({ "items": [ingress("shop", "web", Some(OFF)), ingress("shop", "api", None), class] });
    bench.folder.write("live", list.to_string());
    let named = |typed: &str| bench.plan(&["--kubernetes", typed, "--json"]).exits(1).stdout;
    let writes = |text: &str| serde_json::from_str::<Value>(text).unwrap()["writes"].clone();
    assert_eq!(writes(&named("prod=live:here")), writes(&named("prod=./live")));
    assert_eq!(writes(&named("prod=live")), writes(&named("prod=./live")));
    // Another cluster's name is another cluster's.
    assert_eq!(bench.plan(&["--kubernetes", "test=live", "--json"]).done().stdout.matches("\"change\"").count(), 0);
    bench.run(&["reconcile", "apply", "plan.json", "--kubernetes", "prod=live"]).exits(0);
}

#[test]
fn what_is_declared_by_now_counts() {
    let bench = Bench::new(&[]);
    let api = cluster(&bench);
    made(&bench, &api, "web", None);
    bench.plan(&["--kubernetes", "prod=live"]).exits(1);
    declare(&api, "web", Some(OFF));
    let apply = || bench.run(&["reconcile", "apply", "plan.json", "--kubernetes", "prod=live"]);
    // A cluster without a load balancer in any status may be another one.
    let unnamed = bench.run(&["reconcile", "plan", "--kubernetes", "live"]).done();
    assert!(unnamed.stdout.contains("3 waiting for Kubernetes"), "{}", unnamed.stdout);
    apply().exits(2).says("access: would not be written now: declared off by shop/web");
    declare(&api, "web", None);
    apply().done();
    assert_eq!(bench.logs("web"), all_on());
}

#[test]
fn many_objects_come_in_pages() {
    let bench = Bench::new(&[]);
    let api = cluster(&bench);
    for number in 0..350 {
        api.state().put(INGRESS, &format!("shop/i{number}"), ingress("shop", "", None));
    }
    made(&bench, &api, "web", Some(OFF));
    let plan = bench.plan(&["--kubernetes", "live", "--all"]).exits(1);
    assert!(plan.stdout.contains("declared off by shop/web"), "{}", plan.stdout);
    assert_eq!(api.state().asked.iter().filter(|target| target.contains("continue=")).count(), 3);
}

#[test]
fn a_kind_that_may_not_be_read_is_named_with_its_rule() {
    let bench = Bench::new(&["other"]);
    let api = cluster(&bench);
    made(&bench, &api, "web", None);
    api.state().denied.insert(CLASS);
    let plan = bench.plan(&LIVE).exits(3);
    assert!(plan.stdout.contains("IngressClass alb of shop/web was not read"), "{}", plan.stdout);
    let said = "warning: live: ingressclasses.networking.k8s.io may not be read: ingressclasses.networking.k8s.io is forbidden: User \"u\" cannot \
                list resource \"ingressclasses\" in API group \"networking.k8s.io\" at the cluster scope\nhint: a ClusterRole with {apiGroups: \
                [\"networking.k8s.io\"], resources: [\"ingressclasses\"], verbs: [\"list\", \"watch\"]}\n";
    let plan = plan.says(said);
    assert_eq!(plan.stderr, said);
    // What is no cluster's is written all the same.
    bench.run(&["reconcile", "apply", "plan.json", "--kubernetes", "live"]).exits(3);
    assert_eq!(bench.logs("other"), all_on());
    assert_eq!(bench.logs("web"), [""; 0]);
}

/// Many writes take long; who comes meanwhile does not wait for all of them.
#[test]
fn who_comes_while_many_are_written_has_a_turn() {
    let bench = Bench::new(&[]);
    let api = cluster(&bench);
    bench
        .policy("")
        .folder
        .write("albstats.toml", super::POLICY.replace("modify_per_second = 3", "modify_per_second = 1"));
    for number in 0..30 {
        made(&bench, &api, &format!("old{number:02}"), None);
    }
    let watching = watch(&bench, &[]);
    eventually("the first are written", || bench.writes() > 2);
    made(&bench, &api, "zz-new", None);
    within(45, "the new one is on", || bench.logs("zz-new") == all_on());
    assert!(bench.writes() < 90, "{} of the old ones were written before", bench.writes());
    drop(watching);
}

/// A plan is not written beside a watch that may write, wherever that keeps its history.
#[cfg(unix)]
#[test]
fn a_plan_is_written_while_nobody_else_holds_the_lease() {
    let bench = Bench::new(&[]);
    let api = cluster(&bench);
    made(&bench, &api, "web", None);
    bench.plan(&LIVE).exits(1);
    let lease = ["--kubernetes", "live", "--lease", "shop/writer"];
    let apply = || bench.run(&[&["reconcile", "apply", "plan.json", "--state", "other.json"], &lease[..]].concat());
    let holder = || api.state().leases.get("shop/writer").map(|lease| lease["spec"]["holderIdentity"].clone());
    bench.cloud.world().denied.insert("ModifyLoadBalancerAttributes".to_owned());
    let watching = watch(&bench, &lease[2..]);
    eventually("it holds the Lease", || holder().is_some_and(|holder| holder != ""));
    let refused = apply().exits(2).says("another one holds the Lease shop/writer, and writes; nothing was written\n");
    refused.says("hint: let it write, or stop it");
    stop(watching);
    let before = bench.writes();
    bench.cloud.world().denied.clear();
    assert_eq!(holder(), Some(json!("")), "it was given up");
    apply().done();
    assert_eq!((bench.logs("web"), bench.writes() - before), (all_on(), 3));
    assert_eq!(holder(), Some(json!("")));
}

/// Who has no class may be of any while classes may not be read.
#[test]
fn an_ingress_without_a_class_is_not_undeclared_where_classes_may_not_be_read() {
    let bench = Bench::new(&[]);
    let api = cluster(&bench);
    let arn = bench
        .cloud
        .world()
        .add_load_balancer("g", &[("elbv2.k8s.aws/cluster", "prod"), ("ingress.k8s.aws/stack", "g")]);
    let member = |name: &str, class: Option<&str>| {
        let group = ("alb.ingress.kubernetes.io/group.name".to_owned(), json!("g"));
        let class = class.map(|class| ("kubernetes.io/ingress.class".to_owned(), json!(class)));
        let annotations: serde_json::Map<String, Value> = class.into_iter().chain([group]).collect();
        let object = json!({ "metadata": { "annotations": annotations }, "spec": {} });
        api.state().put(INGRESS, &format!("shop/{name}"), object);
    };
    member("a", None);
    member("b", Some("alb"));
    let live = ["--kubernetes", "prod=live", "--all"];
    bench.plan(&live).exits(1);
    api.state().denied.insert(CLASS);
    let plan = bench.plan(&live).exits(3);
    assert!(
        plan.stdout.contains("IngressClasses may not be read, and one of them may be the default"),
        "{}",
        plan.stdout
    );
    assert!(!std::fs::read_to_string(bench.folder.path("plan.json")).unwrap().contains("\"change\""), "{arn}");
}

#[test]
fn what_cannot_be_reached_is_said() {
    let bench = Bench::new(&["other"]);
    bench.plan(&LIVE).exits(2).says(
        "cannot read the cluster (--kubernetes live): there is no kubeconfig, and this does not run in a cluster\nhint: KUBECONFIG=FILE",
    );
    let api = cluster(&bench);
    bench
        .plan(&["--kubernetes", "live:there"])
        .exits(2)
        .says("(--kubernetes live:there): the kubeconfig cannot be used: ");
    api.state().token = Some("secret".to_owned());
    bench.plan(&LIVE).exits(2).says("nothing could be read: the API server says 401: Unauthorized");
    drop(api);
    bench.plan(&LIVE).exits(2).says("nothing could be read: ").says("refused");
    let plugin = json!({ "exec": { "apiVersion": "client.authentication.k8s.io/v1beta1", "command": "./not-there" } });
    let api = ApiServer::start();
    api.configure(&bench.folder, &plugin);
    bench.plan(&LIVE).exits(2).says("unable to run auth exec");
    assert_eq!(bench.writes(), 0);
    assert_eq!(api.state().asked, [""; 0]);
}

/// From the moment that its load balancer is there, whatever the interval.
#[test]
fn a_new_ingress_gets_its_logs_at_once() {
    let bench = Bench::new(&[]);
    let api = cluster(&bench);
    made(&bench, &api, "first", None);
    let mut watching = watch(&bench, &["--listen", "0"]);
    let (address, _stderr) = address(&mut watching);
    eventually("the first is on", || bench.logs("first") == all_on());
    made(&bench, &api, "second", None);
    let begin = Instant::now();
    eventually("the second is on", || bench.logs("second") == all_on());
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    // Logs that are declared are left alone from then on.
    declare(&api, "second", Some(OFF));
    let declared = "albstats_reconcile_logs{kind=\"access\",state=\"declared\"} 1";
    eventually("the declaration is seen", || get(&address, "/metrics").contains(declared));
    // A CRD that comes later is seen, too; and an object that goes.
    let counted = |state: &str, count: usize| {
        format!("albstats_reconcile_cluster_kinds{{cluster=\"live\",state=\"{state}\"}} {count}")
    };
    let metrics = get(&address, "/metrics");
    for line in [counted("read", 4), counted("absent", 7), counted("denied", 0), counted("failing", 0)] {
        assert!(metrics.contains(&line), "{line} in\n{metrics}");
    }
    assert!(metrics.contains("albstats_reconcile_cluster_seen_timestamp_seconds{cluster=\"live\"} "), "{metrics}");
    api.state().delete(INGRESS, "shop/first");
    let unread = "albstats_reconcile_logs{kind=\"access\",state=\"delivering\"}";
    eventually("it is looked at anew", || !get(&address, "/metrics").contains(unread));
    stop(watching);
}

#[test]
fn a_kind_that_comes_later_is_watched_from_then_on() {
    let bench = Bench::new(&[]);
    let api = cluster(&bench);
    made(&bench, &api, "web", None);
    let mut watching = watch(&bench, &["--listen", "0"]);
    let (address, _stderr) = address(&mut watching);
    eventually("it is on", || bench.logs("web") == all_on());
    api.state().serve("ingressclassparams.elbv2.k8s.aws");
    let read = "albstats_reconcile_cluster_kinds{cluster=\"live\",state=\"read\"} 5";
    // What was not there is asked for every half a minute.
    within(90, "the kind is read", || get(&address, "/metrics").contains(read));
    stop(watching);
}

/// Waits until each kind is watched.
fn is_watched(api: &ApiServer) {
    let watches = || api.state().asked.iter().filter(|target| target.contains("watch=true")).count();
    eventually("it watches", || watches() >= 4);
}

/// What has happened meanwhile is forgotten: everything is listed anew.
#[test]
fn a_forgetful_server_is_read_anew() {
    let bench = Bench::new(&[]);
    let api = cluster(&bench);
    let watching = watch(&bench, &[]);
    is_watched(&api);
    let listed = |api: &ApiServer| {
        let state = api.state();
        state
            .asked
            .iter()
            .filter(|target| target.starts_with("/apis/networking.k8s.io/v1/ingresses") && !target.contains("watch="))
            .count()
    };
    assert_eq!(listed(&api), 1);
    api.state().forget();
    made(&bench, &api, "late", None);
    eventually("the late one is on", || bench.logs("late") == all_on());
    assert_eq!(listed(&api), 2);
    stop(watching);
}

/// Connections on which nothing comes any more look as if nothing happened.
#[test]
fn a_silent_server_is_noticed() {
    let bench = Bench::new(&[]);
    let api = cluster(&bench);
    let watching = watch(&bench, &[]);
    is_watched(&api);
    api.state().fall_silent();
    made(&bench, &api, "late", None);
    within(60, "the late one is on", || bench.logs("late") == all_on());
    stop(watching);
}

/// Tokens of plugins grow old, and are asked for anew when they are refused.
#[cfg(unix)]
#[test]
fn a_token_that_is_refused_is_asked_for_anew() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new(&[]);
    let api = cluster(&bench);
    let token = |token: &str| {
        bench.folder.write("token", token);
        api.state().token = Some(token.to_owned());
    };
    token("one");
    let plugin = "#!/bin/sh\nprintf '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"%s\"}}' \"$(cat token)\"\n";
    bench.folder.write("plugin", plugin);
    std::fs::set_permissions(bench.folder.path("plugin"), PermissionsExt::from_mode(0o755)).unwrap();
    let path = bench.folder.path("plugin").display().to_string();
    api.configure(&bench.folder, &json!({ "exec": { "apiVersion": "client.authentication.k8s.io/v1", "command": path, "interactiveMode": "Never" } }));
    made(&bench, &api, "web", None);
    let watching = watch(&bench, &[]);
    eventually("it is on", || bench.logs("web") == all_on());
    token("two");
    made(&bench, &api, "late", None);
    // The watches that are under way go on; the next ones are refused.
    eventually("the late one is on", || bench.logs("late") == all_on());
    std::thread::sleep(Duration::from_secs(30));
    made(&bench, &api, "later", None);
    eventually("the last one is on", || bench.logs("later") == all_on());
    stop(watching);
}

/// A declaration that comes while others are written is noticed before its load balancer is.
#[test]
fn what_is_declared_while_others_are_written_counts() {
    let bench = Bench::new(&[]);
    bench.policy("kinds = [\"access\"]");
    let api = cluster(&bench);
    for name in ["a", "b"] {
        made(&bench, &api, name, None);
    }
    let policy = bench.folder.read("albstats.toml").replace("modify_per_second = 3", "modify_per_second = 0.2");
    bench.folder.write("albstats.toml", policy);
    bench.plan(&LIVE).exits(1);
    let applied = std::thread::scope(|scope| {
        let apply = scope.spawn(|| bench.run(&["reconcile", "apply", "plan.json", "--kubernetes", "live"]));
        eventually("the first is written", || bench.writes() == 1);
        for name in ["a", "b"] {
            declare(&api, name, Some(OFF));
        }
        apply.join().unwrap()
    });
    assert_eq!(bench.writes(), 1);
    applied.exits(3).says("not written: what Kubernetes declares about it is not what it was decided by");
}

/// Beside a server: its page says up to when the cluster is known.
#[cfg(unix)]
#[test]
fn a_servers_page_says_how_old_the_picture_is() {
    let bench = Bench::new(&[]);
    let api = cluster(&bench);
    made(&bench, &api, "web", None);
    let args = ["serve", "--from", ".", "--listen", "0", "--reconcile", "--kubernetes", "live"];
    let mut command = bench.folder.command(args);
    bench.cloud.environment(&mut command);
    command.env("XDG_STATE_HOME", bench.folder.path("state"));
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut serving = Watching(command.spawn().unwrap());
    let (address, _stderr) = address(&mut serving);
    eventually("it is on", || bench.logs("web") == all_on());
    eventually("the page says it", || {
        let page = get(&address, "/fleet");
        page.contains("Kubernetes live as of 20") && page.contains("4 kinds") && page.contains("7 absent")
    });
    made(&bench, &api, "late", None);
    eventually("the late one is on", || bench.logs("late") == all_on());
    stop(serving);
}

#[test]
fn nothing_is_watched_that_nobody_can_find() {
    let bench = Bench::new(&["shop"]);
    let ended = command_every(&bench, "1h", &LIVE).output().unwrap();
    assert_eq!(ended.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("there is no kubeconfig"));
    assert_eq!(bench.writes(), 0);
}
