//! `--kubernetes live` against a real API server and its etcd. Skipped unless they are asked for, since they have to be built first:
//! `just kube`, which names their folder in `ALBSTATS_KUBE`.

mod events;
mod leases;
mod replayed;
mod server;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::watching::{Watching, address, command_every, eventually, get, within};
use super::{Bench, all_on};
use server::{Server, crd, kinds};

const CLUSTER: (&str, &str) = ("elbv2.k8s.aws/cluster", "prod");
const ATTRIBUTES: &str = "alb.ingress.kubernetes.io/load-balancer-attributes";

/// A server with a namespace and a class, and a program that knows it.
fn begin(flags: &[&str]) -> (Bench, Server) {
    let server = Server::start(flags);
    server.apply(&json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "shop" } }));
    server.apply(&json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": { "name": "alb" },
        "spec": { "controller": "ingress.k8s.aws/alb" },
    }));
    let bench = Bench::new(&[]);
    bench.folder.write(".kube/config", server.kubeconfig());
    (bench, server)
}

fn ingress(name: &str, attributes: Option<&str>) -> Value {
    let annotations: Value = attributes.map_or(json!({}), |attributes| json!({ ATTRIBUTES: attributes }));
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": { "namespace": "shop", "name": name, "annotations": annotations },
        "spec": { "ingressClassName": "alb", "defaultBackend": { "service": { "name": name, "port": { "number": 80 } } } },
    })
}

/// Does what the controller does: makes a load balancer for an ingress and writes its name into the status.
fn make(bench: &Bench, server: &Server, name: &str) {
    server.apply(&ingress(name, None));
    let stack = format!("shop/{name}");
    let arn = bench.cloud.world().add_load_balancer(name, &[CLUSTER, ("ingress.k8s.aws/stack", &stack)]);
    let host = bench.cloud.world().load_balancers[&arn].dns_name.clone();
    let status = json!({ "status": { "loadBalancer": { "ingress": [{ "hostname": host }] } } });
    server.kubectl(&[
        "patch",
        "ingress",
        "-n",
        "shop",
        name,
        "--subresource=status",
        "--type=merge",
        "-p",
        &status.to_string(),
    ]);
}

fn watch(bench: &Bench, named: &str) -> (Watching, String) {
    let mut command = command_every(bench, "1h", &["--kubernetes", named, "--listen", "0"]);
    let mut watching = Watching(command.spawn().unwrap());
    let (address, _) = address(&mut watching);
    (watching, address)
}

fn kinds_that(state: &str, address: &str) -> u64 {
    let metrics = get(address, "/metrics");
    let name = format!("albstats_reconcile_cluster_kinds{{cluster=\"live\",state=\"{state}\"}} ");
    let line = metrics.lines().find_map(|line| line.strip_prefix(&name));
    line.unwrap_or_else(|| panic!("{metrics}")).parse().unwrap()
}

#[test]
#[ignore = "needs a real API server: just kube"]
fn from_an_ingress_to_its_logs() {
    let (bench, server) = begin(&[]);
    make(&bench, &server, "first");
    let (_watching, address) = watch(&bench, "live");
    eventually("the first is on", || bench.logs("first") == all_on());
    assert_eq!((kinds_that("read", &address), kinds_that("absent", &address)), (4, 7));
    make(&bench, &server, "second");
    let begin = Instant::now();
    eventually("the second is on", || bench.logs("second") == all_on());
    println!("logs on {:?} after the status named the load balancer", begin.elapsed());
    // A declaration is left alone from then on.
    server.apply(&ingress("second", Some("access_logs.s3.enabled=false")));
    let declared = "albstats_reconcile_logs{kind=\"access\",state=\"declared\"} 1\n";
    eventually("the declaration is seen", || get(&address, "/metrics").contains(declared));
    // Kinds that come later are watched from then on, with what they hold.
    server.apply(&crd("ingressclassparams", "elbv2.k8s.aws", "IngressClassParams"));
    within(90, "the new kind is read", || kinds_that("read", &address) == 5);
    // A finalizer keeps an object that is deleted; what is gone is gone.
    server.kubectl(&["delete", "ingress", "-n", "shop", "first"]);
    server.kubectl(&["delete", "crd", "ingressclassparams.elbv2.k8s.aws"]);
    within(150, "the kind is gone", || kinds_that("read", &address) == 4 && kinds_that("absent", &address) == 7);
    assert_eq!(bench.writes(), 6);
}

/// The rules that are printed are all that is needed, and each of them is.
#[test]
#[ignore = "needs a real API server: just kube"]
fn each_right_that_is_missing_is_named_and_enough() {
    let (bench, server) = begin(&[]);
    for (plural, group, called) in kinds() {
        if group.contains("aws") || group.starts_with("gateway") {
            server.apply(&crd(plural, group, called));
        }
    }
    server.kubectl(&["wait", "--for=condition=Established", "crd", "--all"]);
    bench.cloud.world().add_load_balancer("other", &[]);
    let plan = || bench.plan(&["--kubernetes", "live:nobody"]);
    let rules = |said: &str| -> Vec<String> {
        let rules = said.lines().filter_map(|line| line.strip_prefix("hint: a ClusterRole with "));
        rules.map(ToOwned::to_owned).collect()
    };
    let named = rules(&plan().exits(3).stderr);
    assert_eq!(named.len(), kinds().len());
    let grant = |rules: &[String]| {
        let rules = rules.join(", ");
        let meta = "apiVersion: rbac.authorization.k8s.io/v1";
        server.apply_yaml(&format!(
            "{meta}\nkind: ClusterRole\nmetadata: {{name: reader}}\nrules: [{rules}]\n---\n{meta}\nkind: ClusterRoleBinding\n\
             metadata: {{name: reader}}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}}\n\
             subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: User, name: nobody}}]\n"
        ));
    };
    grant(&named);
    within(30, "they are enough", || plan().stderr.is_empty());
    plan().exits(1);
    for missing in &named {
        let others: Vec<String> = named.iter().filter(|rule| *rule != missing).cloned().collect();
        grant(&others);
        within(30, "the one that is taken away is named", || rules(&plan().stderr) == [missing.clone()]);
    }
}

#[test]
#[ignore = "needs a real API server: just kube"]
fn a_server_that_is_down_for_minutes_is_doubt() {
    let (bench, server) = begin(&[]);
    make(&bench, &server, "web");
    let (_watching, address) = watch(&bench, "live");
    eventually("it is on", || bench.logs("web") == all_on());
    server.stop();
    let logs = |state: &str| format!("albstats_reconcile_logs{{kind=\"access\",state=\"{state}\"}}");
    within(60, "it is noticed", || kinds_that("failing", &address) == 11);
    // What was seen a moment ago counts for a while.
    assert!(!get(&address, "/metrics").contains(&logs("unread")));
    {
        let mut world = bench.cloud.world();
        world.add_load_balancer("late", &[CLUSTER, ("ingress.k8s.aws/stack", "shop/late")]);
        world.add_load_balancer("other", &[]);
    }
    within(180, "others are written all the same", || bench.logs("other") == all_on());
    assert!(get(&address, "/metrics").contains(&logs("unread")));
    assert_eq!(bench.logs("late"), [""; 0]);
    server.restart();
    server.apply(&ingress("late", None));
    within(60, "it is well again", || kinds_that("failing", &address) == 0);
    within(60, "the late one is on", || bench.logs("late") == all_on());
}

/// Without the API server's cache a compaction is felt at once: a watch from an old version is refused, and all is listed anew.
#[test]
#[ignore = "needs a real API server: just kube"]
fn what_etcd_has_forgotten_is_listed_anew() {
    let (bench, server) = begin(&["--watch-cache=false"]);
    let (_watching, address) = watch(&bench, "live");
    eventually("all is read", || kinds_that("read", &address) == 4);
    // Much happens elsewhere, and is forgotten, before the next watch begins.
    for number in 0..20 {
        server.apply(&json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "namespace": "shop", "name": format!("c{number}") },
        }));
    }
    server.compact();
    std::thread::sleep(Duration::from_secs(30));
    make(&bench, &server, "late");
    within(60, "the late one is on", || bench.logs("late") == all_on());
    assert_eq!((kinds_that("read", &address), kinds_that("failing", &address)), (4, 0));
}

/// A service account's token is void once the account is another one; the plugin is asked for the next.
#[cfg(unix)]
#[test]
#[ignore = "needs a real API server: just kube"]
fn a_token_that_is_void_is_asked_for_anew() {
    use std::os::unix::fs::PermissionsExt;
    let (bench, server) = begin(&[]);
    server.kubectl(&[
        "create",
        "clusterrolebinding",
        "reader",
        "--clusterrole=cluster-admin",
        "--serviceaccount=shop:reader",
    ]);
    let account = || {
        server.kubectl(&["create", "serviceaccount", "-n", "shop", "reader"]);
        let token = server.kubectl(&["create", "token", "-n", "shop", "reader"]);
        bench.folder.write("token", token.trim());
    };
    account();
    let plugin = "#!/bin/sh\nprintf '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"%s\"}}' \"$(cat token)\"\n";
    bench.folder.write("plugin", plugin);
    std::fs::set_permissions(bench.folder.path("plugin"), PermissionsExt::from_mode(0o755)).unwrap();
    let config = server.kubeconfig().replace(
        "user: {token: admin-token}",
        "user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ../plugin, interactiveMode: Never}}",
    );
    bench.folder.write(".kube/config", config);
    let (_watching, address) = watch(&bench, "live");
    eventually("all is read", || kinds_that("read", &address) == 4);
    server.kubectl(&["delete", "serviceaccount", "-n", "shop", "reader"]);
    within(60, "the token is void", || kinds_that("failing", &address) > 0);
    account();
    within(60, "it is asked for anew", || kinds_that("failing", &address) == 0);
    make(&bench, &server, "web");
    eventually("it is on", || bench.logs("web") == all_on());
}

#[test]
#[ignore = "needs a real API server: just kube"]
fn target_groups_are_named_by_their_bindings() {
    let (bench, server) = begin(&[]);
    server.apply(&crd("targetgroupbindings", "elbv2.k8s.aws", "TargetGroupBinding"));
    server.kubectl(&["wait", "--for=condition=Established", "crd", "--all"]);
    let arn = {
        let mut world = bench.cloud.world();
        let load_balancer = world.add_load_balancer("web", &[]);
        world.add_target_group("k8s-shop-web-0123456789", &load_balancer, &[])
    };
    server.apply(&json!({
        "apiVersion": "elbv2.k8s.aws/v1", "kind": "TargetGroupBinding", "metadata": { "namespace": "shop", "name": "web" },
        "spec": { "targetGroupARN": arn, "serviceRef": { "name": "web", "port": 80 } },
    }));
    let answer = bench.run(&["inventory", "-o", "kept.json", "--kubernetes", "prod=live"]).done();
    assert_eq!(answer.stderr.lines().count(), 1, "{}", answer.stderr);
    let kept: Value = serde_json::from_str(&bench.folder.read("kept.json")).unwrap();
    let text = kept.to_string();
    let words: BTreeSet<&str> = ["\"binding\"", "\"prod\"", "\"shop\""].into_iter().collect();
    assert!(words.iter().all(|word| text.contains(word)), "{text}");
    bench
        .run(&["inventory", "-o", "kept.json", "--kubernetes", "prod=live:nobody"])
        .exits(3)
        .says("targetgroupbindings.elbv2.k8s.aws may not be read");
}
