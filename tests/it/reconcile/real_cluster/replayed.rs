//! Clusters of `tests/lbc`, put into a real API server: the plan is the one that their file gives.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use super::server::{Server, crd, kinds};
use super::{Bench, CLUSTER, begin};
use crate::support::repository;

/// Every so many-th cluster.
const EVERY: usize = 20;

fn clusters() -> Vec<Value> {
    let file = File::open(repository("tests/lbc/clusters.ndjson.gz")).unwrap();
    let lines = BufReader::new(GzDecoder::new(file)).lines().step_by(EVERY);
    lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
}

/// Where etcd has an object.
fn path(object: &Value) -> String {
    let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let group = text("/apiVersion").split_once('/').map_or("", |(group, _)| group);
    let (plural, ..) = kinds().into_iter().find(|(_, of, called)| *of == group && *called == text("/kind")).unwrap();
    let folder = match plural {
        "ingresses" => "ingress".to_owned(),
        "services" => "services/specs".to_owned(),
        "namespaces" | "ingressclasses" => plural.to_owned(),
        _ => format!("{group}/{plural}"),
    };
    let namespace = Some(text("/metadata/namespace")).filter(|it| !it.is_empty()).map(|it| format!("{it}/"));
    format!("/registry/{folder}/{}{}", namespace.unwrap_or_default(), text("/metadata/name"))
}

/// Writes objects as they are, with finalizers and times of deletion that no client could set.
fn put(server: &Server, cluster: &Value) -> Vec<String> {
    let objects = cluster["items"].as_array().unwrap();
    let mut written = BTreeMap::new();
    for object in objects {
        let mut object = object.clone();
        let group = object["apiVersion"].as_str().unwrap().split_once('/').map(|(group, _)| group.to_owned());
        object["apiVersion"] = json!(group.map_or("v1".to_owned(), |group| format!("{group}/v1")));
        written.insert(path(&object), object);
    }
    for (path, object) in &written {
        server.etcd(&["put", path], &object.to_string());
    }
    written.into_keys().collect()
}

fn load_balancers(bench: &Bench, cluster: &Value) {
    let mut world = bench.cloud.world();
    world.load_balancers.clear();
    for made in cluster["load_balancers"].as_array().unwrap() {
        let text = |name: &str| made[name].as_str().unwrap_or_default();
        let tag = match text("kind") {
            "ingress" => "ingress.k8s.aws/stack",
            "service" => "service.k8s.aws/stack",
            _ => "gateway.k8s.aws.alb/stack",
        };
        let name = if text("name").is_empty() { text("stack").replace('/', "-") } else { text("name").to_owned() };
        let arn = world.add_load_balancer(&name, &[CLUSTER, (tag, text("stack"))]);
        let region = if text("region").is_empty() { "eu-west-1" } else { text("region") };
        world.load_balancers.get_mut(&arn).unwrap().dns_name = format!("{name}-1.{region}.elb.amazonaws.com");
    }
}

#[test]
#[ignore = "needs a real API server: just kube"]
fn clusters_give_the_plan_that_their_file_gives() {
    let (bench, server) = begin(&[]);
    server.kubectl(&["delete", "ingressclass", "alb"]);
    server.kubectl(&["delete", "namespace", "shop", "--wait=false"]);
    for (plural, group, called) in kinds() {
        if group == "elbv2.k8s.aws" || group == "gateway.k8s.aws" || group.starts_with("gateway.networking") {
            server.apply(&crd(plural, group, called));
        }
    }
    server.kubectl(&["wait", "--for=condition=Established", "crd", "--all"]);
    let (mut same, mut declared) = (0, 0);
    for cluster in clusters() {
        let name = cluster["cluster"].as_str().unwrap();
        load_balancers(&bench, &cluster);
        let written = put(&server, &cluster);
        bench.folder.write("cluster.json", json!({ "items": cluster["items"] }).to_string());
        let plan = |named: &str| -> Value {
            let answer = bench.run(&["reconcile", "plan", "--json", "--kubernetes", named]);
            assert!(answer.code < 2, "{name}: {}", answer.stderr);
            let mut plan: Value = serde_json::from_str(&answer.stdout).unwrap();
            plan["made_at"] = Value::Null;
            plan
        };
        let (file, live) = (plan("prod=cluster.json"), plan("prod=live"));
        assert_eq!(file, live, "{name}");
        same += 1;
        declared +=
            file["intents"].as_object().unwrap().values().filter(|intent| intent.get("declared").is_some()).count();
        for path in written {
            server.etcd(&["del", &path], "");
        }
    }
    println!(
        "{same} clusters, {declared} load balancers of which something is declared: the same plan from file and live"
    );
    assert!(same >= 50 && declared > 100, "{same} {declared}");
}
