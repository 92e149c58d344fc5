//! Who is told about a load balancer: whoever has a part in it, in a cluster that is watched.

use super::*;

/// With a uid, a version and, if it has one, the host name of its load balancer.
fn made(mut object: Value, version: &str, host: Option<&str>) -> Value {
    object["apiVersion"] = json!(version);
    let name = object["metadata"]["name"].as_str().unwrap().to_owned();
    object["metadata"]["uid"] = json!(format!("uid-of-{name}"));
    if let Some(host) = host {
        object["status"] = json!({ "loadBalancer": { "ingress": [{ "hostname": host }] } });
    }
    object
}

fn an_ingress(name: &str, annotations: &[(&str, &str)], host: Option<&str>) -> Value {
    made(ingress("shop", name, annotations), "networking.k8s.io/v1", host)
}

/// `cluster/kind/name` of the owners of a load balancer.
fn owners(clusters: Vec<(Option<String>, Kubernetes)>, load_balancer: &LoadBalancer) -> Vec<String> {
    let clusters = Clusters::of(clusters, std::slice::from_ref(load_balancer)).unwrap();
    let found = clusters.owners([load_balancer]).remove(&load_balancer.arn).unwrap_or_default();
    found.iter().map(|owner| format!("{}/{}/{}", owner.cluster, owner.kind, owner.name)).collect()
}

fn prod(items: &[Value]) -> Vec<(Option<String>, Kubernetes)> {
    vec![(Some("prod".to_owned()), read(items).watched_as(3))]
}

const HOST: &str = "k8s-x-1.eu-west-1.elb.amazonaws.com";

#[test]
fn an_ingress_alone_and_all_of_a_group() {
    let alone = [class("alb", None), an_ingress("web", &[], Some(HOST)), an_ingress("other", &[], None)];
    assert_eq!(owners(prod(&alone), &of_ingress("shop/web")), ["3/Ingress/web"]);
    let found = Clusters::of(prod(&alone), &[]).unwrap().owners([&of_ingress("shop/web")]);
    let expected = Owner {
        cluster: 3,
        api_version: "networking.k8s.io/v1".to_owned(),
        kind: "Ingress".to_owned(),
        namespace: "shop".to_owned(),
        name: "web".to_owned(),
        uid: "uid-of-web".to_owned(),
    };
    assert_eq!(found.into_values().collect::<Vec<_>>(), [[expected]]);

    let group = [(GROUP, "all")];
    let mut leaving = an_ingress("leaving", &group, Some(HOST));
    leaving["metadata"]["deletionTimestamp"] = json!("2026-11-29T12:00:00Z");
    let mut nameless = an_ingress("nameless", &group, Some(HOST));
    nameless["metadata"]["uid"] = Value::Null;
    let members = [
        class("alb", None),
        an_ingress("a", &group, Some(HOST)),
        // Its status is not written yet.
        an_ingress("b", &group, None),
        // It has just come from another load balancer.
        an_ingress("c", &group, Some("k8s-other-2.eu-west-1.elb.amazonaws.com")),
        an_ingress("d", &[], None),
        leaving,
        nameless,
    ];
    assert_eq!(owners(prod(&members), &of_ingress("all")), ["3/Ingress/a", "3/Ingress/b"]);
}

#[test]
fn gateways_and_services_too() {
    let gateway = json!({ "kind": "Gateway", "metadata": { "namespace": "edge", "name": "public" }, "spec": { "gatewayClassName": "alb" } });
    let class = json!({ "kind": "GatewayClass", "metadata": { "name": "alb" }, "spec": { "controllerName": "gateway.k8s.aws/alb" } });
    let service = json!({ "kind": "Service", "metadata": { "namespace": "edge", "name": "public" } });
    let items = [made(gateway, "gateway.networking.k8s.io/v1", None), class, made(service, "v1", None)];
    for (tag, owner) in
        [("gateway.k8s.aws.alb/stack", "3/Gateway/public"), ("service.k8s.aws/stack", "3/Service/public")]
    {
        let load_balancer = load_balancer("k8s-x", &[("elbv2.k8s.aws/cluster", "prod"), (tag, "edge/public")]);
        assert_eq!(owners(prod(&items), &load_balancer), [owner]);
    }
}

#[test]
fn nobody_is_told_of_what_is_not_known_to_be_theirs() {
    let items = [class("alb", None), an_ingress("web", &[], Some(HOST))];
    // Without tags the status tells; of a cluster that was not read, or read from a file, nothing does.
    assert_eq!(owners(prod(&items), &load_balancer("k8s-x", &[])), ["3/Ingress/web"]);
    assert_eq!(owners(prod(&items), &load_balancer("k8s-y", &[])), [""; 0]);
    let elsewhere = load_balancer("k8s-x", &[("elbv2.k8s.aws/cluster", "test"), ("ingress.k8s.aws/stack", "shop/web")]);
    assert_eq!(owners(prod(&items), &elsewhere), [""; 0]);
    let file = vec![(Some("prod".to_owned()), read(&items))];
    assert_eq!(owners(file, &of_ingress("shop/web")), [""; 0]);
    // Objects of one name in another cluster are others.
    let other = [class("alb", None), an_ingress("web", &[], Some("k8s-x-9.us-east-1.elb.amazonaws.com"))];
    assert_eq!(owners(prod(&other), &of_ingress("shop/web")), [""; 0]);
}
