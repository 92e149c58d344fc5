//! What a real API server (1.37) printed for `kubectl get -o json`, several kinds at a time, one document after the other.

use super::*;

const CLUSTER: &str = include_str!("../../../../tests/kubernetes/cluster.json");
const BINDINGS: &str = include_str!("../../../../tests/kubernetes/bindings.json");

fn attributes(load_balancer: &LoadBalancer) -> Vec<(String, String)> {
    let files = vec![(Some("prod".to_owned()), Kubernetes::read(CLUSTER).unwrap())];
    match Clusters::of(files, std::slice::from_ref(load_balancer)).unwrap().intent(load_balancer) {
        Intent::Declared(Declaration { attributes, broken: None, .. }) => attributes.into_iter().collect(),
        other => panic!("{}: {other:?}", load_balancer.name),
    }
}

#[test]
fn every_kind_is_read_as_the_api_server_writes_it() {
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    let made = |name: &str, stack: (&str, &str)| load_balancer(name, &[("elbv2.k8s.aws/cluster", "prod"), stack]);
    // An ingress of a class with parameters, which select its namespace and name its group.
    let ingress = made("k8s-team-1a2b3c4d5e", ("ingress.k8s.aws/stack", "team"));
    assert_eq!(
        attributes(&ingress),
        pairs(&[
            ("access_logs.s3.bucket", "acme-alb-logs"),
            ("access_logs.s3.enabled", "true"),
            ("connection_logs.s3.bucket", "acme-connections"),
            ("connection_logs.s3.enabled", "true"),
        ])
    );
    let gateway = made("k8s-shop-edge", ("gateway.k8s.aws.alb/stack", "shop/edge"));
    let of_gateway = pairs(&[("access_logs.s3.bucket", "edge-logs"), ("access_logs.s3.enabled", "true")]);
    assert_eq!(attributes(&gateway), of_gateway);
    let service = made("k8s-shop-tcp", ("service.k8s.aws/stack", "shop/tcp"));
    let of_service = pairs(&[("access_logs.s3.bucket", "nlb-logs"), ("access_logs.s3.enabled", "true")]);
    assert_eq!(attributes(&service), of_service);
}

#[test]
fn the_status_of_real_objects_tells_whose_a_load_balancer_is() {
    // Without tags, its name in the status of the ingress, or of the gateway, remains.
    for (name, declared) in [("k8s-team-1a2b3c4d5e", 4), ("k8s-shop-edge", 2)] {
        assert_eq!(attributes(&load_balancer(name, &[])).len(), declared, "{name}");
    }
}

#[test]
fn a_real_binding_is_read() {
    let bindings = Kubernetes::read(BINDINGS).unwrap().bindings();
    let [binding] = &bindings[..] else { panic!("{bindings:?}") };
    let arn =
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/k8s-shop-web-0123456789/0123456789abcdef";
    assert_eq!(binding.target_group_arn.as_deref(), Some(arn));
    assert_eq!((binding.namespace.as_str(), binding.service.as_str()), ("shop", "web"));
    assert_eq!(binding.port.as_deref(), Some("http"));
}
