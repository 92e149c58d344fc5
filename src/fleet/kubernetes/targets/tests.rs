//! Whose addresses are, from objects as clusters have them, and from odd ones.

use alblog::time::{HOUR, MINUTE, SECOND};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::fleet::kubernetes::Kubernetes;

fn endpoints(items: &[Value]) -> Vec<Endpoint> {
    let read = Kubernetes::read(&json!({ "kind": "List", "items": items }).to_string()).unwrap();
    read.endpoints().unwrap_or_default()
}

fn pod(name: &str, ip: &str) -> Value {
    json!({
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {
            "namespace": "shop", "name": name, "creationTimestamp": "1970-01-01T00:59:00Z",
            "labels": { "pod-template-hash": "7d9f", "app.kubernetes.io/version": "1.42" },
            "ownerReferences": [{ "kind": "ReplicaSet", "name": "cart-api-7d9f", "controller": true }],
        },
        "spec": {
            "nodeName": "node-a",
            "containers": [
                { "name": "proxy", "image": "envoy:1.30", "ports": [{ "containerPort": 9901 }, { "containerPort": 53, "protocol": "UDP" }] },
                { "name": "cart", "image": "registry:5000/shop/cart:1.41@sha256:0123456789abcdef", "ports": [{ "containerPort": 8080 }] },
            ],
        },
        "status": { "phase": "Running", "podIP": ip, "podIPs": [{ "ip": ip }], "startTime": "1970-01-01T01:00:00Z" },
    })
}

fn slice(port: u16, pods: &[&str]) -> Value {
    let endpoint = |name: &&str| json!({ "addresses": ["10.0.0.1"], "zone": "eu-west-1b", "targetRef": { "kind": "Pod", "name": name } });
    json!({
        "kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1",
        "metadata": { "namespace": "shop", "name": "cart-api-x" },
        "ports": [{ "port": port, "protocol": "TCP" }], "endpoints": pods.iter().map(endpoint).collect::<Vec<_>>(),
    })
}

fn node(name: &str, ip: &str) -> Value {
    json!({
        "kind": "Node", "apiVersion": "v1",
        "metadata": {
            "name": name, "creationTimestamp": "1970-01-01T00:30:00Z",
            "labels": { "topology.kubernetes.io/zone": "eu-west-1a" },
        },
        "status": { "addresses": [{ "type": "InternalIP", "address": ip }, { "type": "ExternalIP", "address": "192.0.2.1" }] },
    })
}

/// A value at a path, set or taken away.
fn with(mut object: Value, path: &str, value: Value) -> Value {
    let (parent, name) = path.rsplit_once('/').unwrap();
    object.pointer_mut(parent).unwrap()[name] = value;
    object
}

#[test]
fn a_pod_in_a_slice() {
    let found = endpoints(&[pod("cart-1", "10.0.0.1"), slice(8080, &["cart-1"]), node("node-a", "10.0.9.1")]);
    let expected = Endpoint {
        ip: "10.0.0.1".parse().unwrap(),
        port: 8080,
        namespace: "shop".to_owned(),
        pod: Some("cart-1".to_owned()),
        workload: Some("Deployment/cart-api".to_owned()),
        node: Some("node-a".to_owned()),
        zone: Some("eu-west-1a".to_owned()),
        version: Some("1.42".to_owned()),
        from: Some(HOUR),
        ends: None,
        is_held: true,
    };
    assert_eq!(found, std::slice::from_ref(&expected));
    // Without nodes, slices tell the zone.
    let found = endpoints(&[pod("cart-1", "10.0.0.1"), slice(8080, &["cart-1"])]);
    assert_eq!(found, [Endpoint { zone: Some("eu-west-1b".to_owned()), ..expected }]);
}

#[test]
fn ports_are_those_of_slices_or_those_that_containers_declare() {
    let ports = |items: &[Value]| endpoints(items).iter().map(|one| one.port).collect::<Vec<_>>();
    let one = || pod("cart-1", "10.0.0.1");
    assert_eq!(ports(&[one()]), [8080, 9901]);
    assert_eq!(ports(&[one(), slice(80, &["other"])]), [8080, 9901]);
    assert_eq!(ports(&[one(), slice(3000, &["cart-1"]), slice(4000, &["cart-1", "other"])]), [3000, 4000]);
    let silent = with(one(), "/spec/containers", json!([{ "image": "a:1" }]));
    assert!(ports(&[silent]).is_empty());
    assert_eq!(Kubernetes::read(r#"{"items": []}"#).unwrap().endpoints(), None);
}

#[test]
fn versions_and_workloads() {
    let of = |pod: Value| endpoints(&[pod, slice(8080, &["cart-1"])]).remove(0);
    let unlabelled = || with(pod("cart-1", "10.0.0.1"), "/metadata/labels", json!({}));
    assert_eq!(of(unlabelled()).version.as_deref(), Some("1.41"), "of the container that serves the port");
    for (image, version) in [
        ("cart:2", Some("2")),
        ("registry:5000/cart", None),
        ("cart@sha256:0123456789abcdef", Some("0123456789ab")),
        ("cart@odd", None),
        ("", None),
    ] {
        let containers = json!([{ "image": image }, { "image": "other:9" }]);
        let found = of(with(unlabelled(), "/spec/containers", containers));
        assert_eq!(found.version.as_deref(), version, "{image}");
    }
    for (kind, name, workload) in [
        ("StatefulSet", "db", "StatefulSet/db"),
        ("DaemonSet", "agent", "DaemonSet/agent"),
        ("ReplicaSet", "bare", "ReplicaSet/bare"),
        ("Job", "report-29000000", "CronJob/report"),
        ("Job", "once", "Job/once"),
    ] {
        let found = of(with(unlabelled(), "/metadata/ownerReferences", json!([{ "kind": kind, "name": name }])));
        assert_eq!(found.workload.as_deref(), Some(workload));
    }
    assert_eq!(
        of(with(unlabelled(), "/metadata/ownerReferences", Value::Null)).workload.as_deref(),
        Some("Pod/cart-1")
    );
    let rollout = with(pod("cart-1", "10.0.0.1"), "/metadata/labels", json!({ "rollouts-pod-template-hash": "7d9f" }));
    assert_eq!(of(rollout).workload.as_deref(), Some("Rollout/cart-api"));
}

#[test]
fn since_when_and_until_when() {
    let told = |pod: Value| {
        let found = endpoints(&[pod, slice(8080, &["cart-1"])]).remove(0);
        (found.from, found.ends, found.is_held)
    };
    let one = || pod("cart-1", "10.0.0.1");
    assert_eq!(told(one()), (Some(HOUR), None, true));
    let ready = json!([{ "type": "PodReadyToStartContainers", "status": "True", "lastTransitionTime": "1970-01-01T01:00:05Z" }]);
    assert_eq!(told(with(one(), "/status/conditions", ready)).0, Some(HOUR + 5 * SECOND));
    assert_eq!(told(with(one(), "/status/startTime", Value::Null)).0, Some(59 * MINUTE));
    let going = with(one(), "/metadata/deletionTimestamp", json!("1970-01-01T02:00:00Z"));
    assert_eq!(told(going), (Some(HOUR), Some(2 * HOUR), true));
    let failed = with(one(), "/status/phase", json!("Failed"));
    assert_eq!(told(failed.clone()), (Some(HOUR), None, false));
    let statuses = json!([
        { "state": { "terminated": { "finishedAt": "1970-01-01T01:30:00Z" } } },
        { "state": { "terminated": { "finishedAt": "1970-01-01T01:20:00Z" } } },
    ]);
    assert_eq!(told(with(failed, "/status/containerStatuses", statuses)), (Some(HOUR), Some(90 * MINUTE), false));
}

#[test]
fn node_ports_of_bound_services() {
    let service = json!({
        "kind": "Service", "apiVersion": "v1",
        "metadata": { "namespace": "shop", "name": "cart-api", "creationTimestamp": "1970-01-01T00:40:00Z" },
        "spec": { "ports": [{ "name": "http", "port": 80, "nodePort": 30080 }, { "name": "admin", "port": 81, "nodePort": 30081 }] },
    });
    let binding = |kind: &str, port: Value| {
        json!({
            "kind": "TargetGroupBinding", "apiVersion": "elbv2.k8s.aws/v1beta1",
            "metadata": { "namespace": "shop", "name": "b" },
            "spec": { "targetType": kind, "targetGroupARN": "arn:1", "serviceRef": { "name": "cart-api", "port": port } },
        })
    };
    // Without pods nothing is known of what is not there.
    let nodes = [node("node-a", "10.0.9.1"), node("node-b", "10.0.9.2"), service.clone()];
    assert!(endpoints(&[&nodes[..], &[binding("instance", json!(80))]].concat()).is_empty());
    let pod = with(pod("cart-1", "10.0.0.1"), "/spec/containers", json!([]));
    let of = |binding: Value| endpoints(&[&nodes[..], &[pod.clone(), binding]].concat());
    let found = of(binding("instance", json!("http")));
    let text = |one: &Endpoint| format!("{}:{} {} {:?}", one.ip, one.port, one.node.clone().unwrap(), one.pod);
    assert_eq!(
        found.iter().map(text).collect::<Vec<_>>(),
        ["10.0.9.1:30080 node-a None", "10.0.9.2:30080 node-b None"]
    );
    assert_eq!(found[0].workload.as_deref(), Some("Service/cart-api"));
    assert_eq!((found[0].from, found[0].zone.as_deref()), (Some(40 * MINUTE), Some("eu-west-1a")));
    assert_eq!(of(binding("instance", json!(81)))[0].port, 30081);
    assert!(of(binding("ip", json!(80))).is_empty());
    assert!(of(binding("instance", json!(82))).is_empty());
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(vec!["Pod", "True", "10.0.0.1", "::1", "1970-01-01T00:00:00Z", "a:b@c:d", "\u{202e}\n"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::hash_map(
                prop::sample::select(vec!["ip", "type", "status", "image", "name", "kind"]),
                inner,
                0..3
            )
            .prop_map(|map| Value::Object(map.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_object_breaks_it(
        path in prop::sample::select(vec![
            "/metadata/labels", "/metadata/ownerReferences", "/spec/containers", "/spec/initContainers", "/status/podIPs",
            "/status/podIP", "/status/conditions", "/status/startTime", "/status/containerStatuses", "/metadata/deletionTimestamp",
        ]),
        value in anything(),
    ) {
        let pod = with(pod("cart-1", "10.0.0.1"), path, value.clone());
        let slice = with(slice(8080, &["cart-1"]), "/endpoints", value.clone());
        let node = with(node("node-a", "10.0.0.9"), "/status/addresses", value);
        endpoints(&[pod, slice, node]);
    }
}
