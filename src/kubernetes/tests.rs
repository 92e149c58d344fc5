//! Rules one by one, and in `merge` all of them against a second reading of the controller's rules.

mod merge;

use serde_json::{Value, json};

use super::*;
use crate::aws::elbv2::{LoadBalancer, LoadBalancerType, Tags};

fn tags(pairs: &[(&str, &str)]) -> Tags {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn load_balancer(name: &str, with: &[(&str, &str)]) -> LoadBalancer {
    LoadBalancer {
        arn: format!("arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/app/{name}/1"),
        name: name.to_owned(),
        dns_name: format!("{name}-1.eu-west-1.elb.amazonaws.com"),
        kind: LoadBalancerType::Application,
        tags: tags(with),
    }
}

/// A load balancer that the controller made for an ingress or a group.
fn of_ingress(stack: &str) -> LoadBalancer {
    load_balancer("k8s-x", &[("elbv2.k8s.aws/cluster", "prod"), ("ingress.k8s.aws/stack", stack)])
}

fn read(items: &[Value]) -> Kubernetes {
    Kubernetes::read(&json!({ "kind": "List", "items": items }).to_string()).unwrap()
}

fn intent(items: &[Value], load_balancer: &LoadBalancer) -> Intent {
    let files = vec![(Some("prod".to_owned()), read(items))];
    Clusters::of(files, std::slice::from_ref(load_balancer)).unwrap().intent(load_balancer)
}

fn declared(items: &[Value], load_balancer: &LoadBalancer) -> Declaration {
    match intent(items, load_balancer) {
        Intent::Declared(declaration) => declaration,
        other => panic!("not declared: {other:?}"),
    }
}

fn ingress(namespace: &str, name: &str, annotations: &[(&str, &str)]) -> Value {
    json!({
        "kind": "Ingress",
        "metadata": { "namespace": namespace, "name": name, "annotations": tags(annotations) },
        "spec": { "ingressClassName": "alb" },
    })
}

fn class(name: &str, parameters: Option<&str>) -> Value {
    let reference =
        parameters.map(|name| json!({ "apiGroup": "elbv2.k8s.aws", "kind": "IngressClassParams", "name": name }));
    json!({
        "kind": "IngressClass", "metadata": { "name": name },
        "spec": { "controller": "ingress.k8s.aws/alb", "parameters": reference },
    })
}

fn parameters(name: &str, attributes: &[(&str, &str)]) -> Value {
    json!({ "kind": "IngressClassParams", "metadata": { "name": name }, "spec": { "loadBalancerAttributes": listed(attributes) } })
}

fn listed(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect()
}

const ATTRIBUTES: &str = "alb.ingress.kubernetes.io/load-balancer-attributes";
const GROUP: &str = "alb.ingress.kubernetes.io/group.name";

#[test]
fn an_annotation_is_a_map() {
    let map = |text: &str| annotations::string_map(text).map(|map| map.into_iter().collect::<Vec<_>>());
    let pairs = |pairs: &[(&str, &str)]| Ok(tags(pairs).into_iter().collect::<Vec<_>>());
    for (text, expected) in [
        ("a=b,c=d", pairs(&[("a", "b"), ("c", "d")])),
        (" a=b , c=d ,", pairs(&[("a", "b"), ("c", "d")])),
        ("a=b=c", pairs(&[("a", "b=c")])),
        ("a=\"b\"", pairs(&[("a", "\"b\"")])),
        ("a=b,c", pairs(&[("a", "b,c")])),
        ("a=b,c,d=e", Err("failed to parse stringMap annotation: a=b,c,d=e".to_owned())),
        ("a=b\\,c=d,e=f", pairs(&[("a", "b,c=d"), ("e", "f")])),
        ("a=", pairs(&[("a", "")])),
        ("", pairs(&[])),
        ("a", Err("failed to parse stringMap annotation: a".to_owned())),
        ("=b", Err("failed to parse stringMap annotation: =b".to_owned())),
    ] {
        assert_eq!(map(text), expected, "{text}");
    }
}

#[test]
fn an_ingress_declares_what_its_annotation_says() {
    let on = "access_logs.s3.enabled=true,access_logs.s3.bucket=b";
    let found =
        declared(&[ingress("ops", "grafana", &[(ATTRIBUTES, on)]), class("alb", None)], &of_ingress("ops/grafana"));
    assert_eq!(found.stack, "ops/grafana");
    assert_eq!(found.attributes, tags(&[("access_logs.s3.enabled", "true"), ("access_logs.s3.bucket", "b")]));
    assert_eq!((found.broken, found.opt_outs.len()), (None, 0));
}

#[test]
fn members_of_a_group_must_agree_unless_the_class_decides() {
    let member = |name: &str, bucket: &str| {
        ingress("a", name, &[(GROUP, "search"), (ATTRIBUTES, &format!("access_logs.s3.bucket={bucket}"))])
    };
    let elb = of_ingress("search");
    let agreed = declared(&[member("x", "b"), member("y", "b"), class("alb", None)], &elb);
    assert_eq!((agreed.stack.as_str(), agreed.attributes["access_logs.s3.bucket"].as_str()), ("group \"search\"", "b"));
    let conflict = declared(&[member("x", "b"), member("y", "c"), class("alb", None)], &elb);
    assert_eq!(conflict.broken.unwrap(), "conflicting load balancer attributes access_logs.s3.bucket: b | c");
    assert_eq!(conflict.attributes, tags(&[]));
    let of_class = [class("alb", Some("p")), parameters("p", &[("access_logs.s3.bucket", "d")])];
    let decided = declared(&[&[member("x", "b"), member("y", "c")][..], &of_class].concat(), &elb);
    assert_eq!((decided.broken, decided.attributes), (None, tags(&[("access_logs.s3.bucket", "d")])));
}

#[test]
fn a_class_goes_before_annotations_and_only_the_first_members() {
    let attributes = "access_logs.s3.enabled=true";
    let mut second = ingress("a", "second", &[(GROUP, "g"), (ATTRIBUTES, attributes)]);
    second["spec"]["ingressClassName"] = json!("other");
    let items = |order: &str| {
        let order = ("alb.ingress.kubernetes.io/group.order", order);
        [
            ingress("z", "first", &[(GROUP, "g"), order]),
            second.clone(),
            class("alb", Some("p")),
            parameters("p", &[("access_logs.s3.enabled", "false")]),
            class("other", None),
        ]
    };
    let enabled = |order: &str| declared(&items(order), &of_ingress("g")).attributes["access_logs.s3.enabled"].clone();
    assert_eq!(enabled("-1"), "false");
    assert_eq!(enabled("1"), "true");
    assert!(declared(&items("5000"), &of_ingress("g")).broken.unwrap().contains("within [-1000:1000]"));
    assert!(declared(&items("x"), &of_ingress("g")).broken.is_some());
}

#[test]
fn what_was_not_read_is_not_taken_for_undeclared() {
    let elb = of_ingress("ops/grafana");
    let unread = |items: &[Value]| match intent(items, &elb) {
        Intent::Unread(why) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(unread(&[]), "ops/grafana is not among what was read of cluster prod");
    let without_class = declared(&[ingress("ops", "grafana", &[])], &elb);
    assert_eq!(without_class.broken.unwrap(), "IngressClass alb of ops/grafana was not read");
    let without_parameters = declared(&[ingress("ops", "grafana", &[]), class("alb", Some("p"))], &elb);
    assert_eq!(without_parameters.broken.unwrap(), "IngressClassParams p of class alb was not read");
    let mut deleted = ingress("ops", "grafana", &[]);
    deleted["metadata"]["deletionTimestamp"] = json!("2026-11-20T00:00:00Z");
    unread(&[deleted, class("alb", None)]);
    let mut nginx = class("alb", None);
    nginx["spec"]["controller"] = json!("k8s.io/ingress-nginx");
    unread(&[ingress("ops", "grafana", &[]), nginx]);
    let nothing = Clusters::of(Vec::new(), std::slice::from_ref(&elb)).unwrap();
    assert_eq!(nothing.intent(&elb), Intent::Unread("Kubernetes was not read".to_owned()));
    assert_eq!(nothing.intent(&load_balancer("by-hand", &[])), Intent::NotKubernetes);
}

#[test]
fn an_old_annotation_names_the_class_and_a_default_class_needs_no_name() {
    let old = ingress("ops", "grafana", &[("kubernetes.io/ingress.class", "alb"), (ATTRIBUTES, "k=v")]);
    assert_eq!(declared(&[old], &of_ingress("ops/grafana")).attributes, tags(&[("k", "v")]));
    let mut unnamed = ingress("ops", "grafana", &[(ATTRIBUTES, "k=v")]);
    unnamed["spec"] = json!({});
    let mut default = class("alb", None);
    default["metadata"]["annotations"] = json!({ "ingressclass.kubernetes.io/is-default-class": "true" });
    assert_eq!(declared(&[unnamed, default], &of_ingress("ops/grafana")).attributes, tags(&[("k", "v")]));
}

#[test]
fn everybody_may_opt_out() {
    let opted = |items: &[Value]| declared(items, &of_ingress("g")).opt_outs.into_keys().collect::<Vec<_>>().join(" ");
    let member = |name: &str, annotation: (&str, &str)| ingress("a", name, &[(GROUP, "g"), annotation]);
    let all = "access connection health-check";
    for (annotation, kinds) in [
        (("albstats.io/logs", "disabled"), all),
        (("albstats.io/logs", "none"), all),
        (("albstats.io/logs", "enabled"), ""),
        (("albstats.io/logs", "access, connection"), "health-check"),
        (("albstats.io/logs", "acces"), all),
        (("alb.ingress.kubernetes.io/tags", "team=shop,albstats.io/logs=disabled"), all),
        (("alb.ingress.kubernetes.io/log-delivery", "[]"), all),
        (("alb.ingress.kubernetes.io/log-delivery", "[{\"logType\":\"x\"}]"), all),
        (("other", "disabled"), ""),
    ] {
        let items = [member("one", ("x", "y")), member("two", annotation), class("alb", None)];
        assert_eq!(opted(&items), kinds, "{annotation:?}");
    }
    let mut of_class = class("alb", Some("p"));
    of_class["metadata"]["annotations"] = json!({ "albstats.io/logs": "disabled" });
    assert_eq!(opted(&[member("one", ("x", "y")), of_class, parameters("p", &[])]), all);
    let mut tagging = parameters("p", &[]);
    tagging["spec"]["tags"] = json!([{ "key": "albstats.io/logs", "value": "disabled" }]);
    assert_eq!(opted(&[member("one", ("x", "y")), class("alb", Some("p")), tagging]), all);
}

#[test]
fn an_opt_out_counts_even_where_nothing_can_be_built() {
    let items = [ingress("a", "b", &[(ATTRIBUTES, "broken"), ("albstats.io/logs", "disabled")]), class("alb", None)];
    let found = declared(&items, &of_ingress("a/b"));
    assert_eq!((found.broken.is_some(), found.opt_outs.len()), (true, 3));
}

fn gateway(mode: Option<&str>) -> [Value; 4] {
    let configuration = |namespace: &str, name: &str, attributes: &[(&str, &str)], mode: Option<&str>| {
        json!({
            "kind": "LoadBalancerConfiguration", "metadata": { "namespace": namespace, "name": name },
            "spec": { "loadBalancerAttributes": listed(attributes), "mergingMode": mode },
        })
    };
    let reference = |name: &str| json!({ "group": "gateway.k8s.aws", "kind": "LoadBalancerConfiguration", "name": name, "namespace": "system" });
    [
        json!({
            "kind": "Gateway", "metadata": { "namespace": "edge", "name": "public" },
            "spec": { "gatewayClassName": "aws", "infrastructure": { "parametersRef": reference("own") } },
        }),
        json!({ "kind": "GatewayClass", "metadata": { "name": "aws" }, "spec": { "parametersRef": reference("shared") } }),
        configuration("system", "shared", &[("access_logs.s3.bucket", "shared"), ("a", "1")], mode),
        configuration("edge", "own", &[("access_logs.s3.bucket", "own"), ("b", "2")], None),
    ]
}

#[test]
fn a_gateways_class_goes_first_unless_it_says_otherwise() {
    let elb =
        load_balancer("k8s-x", &[("elbv2.k8s.aws/cluster", "prod"), ("gateway.k8s.aws.alb/stack", "edge/public")]);
    for (mode, bucket) in [(None, "shared"), (Some("prefer-gateway-class"), "shared"), (Some("prefer-gateway"), "own")]
    {
        let found = declared(&gateway(mode), &elb);
        assert_eq!(found.attributes, tags(&[("access_logs.s3.bucket", bucket), ("a", "1"), ("b", "2")]));
        assert_eq!(found.stack, "gateway edge/public");
    }
    let missing = declared(&gateway(None)[..3], &elb);
    assert_eq!(missing.broken.unwrap(), "LoadBalancerConfiguration own of Gateway edge/public was not read");
}

#[test]
fn a_service_has_two_ways_to_say_it() {
    let elb = load_balancer("k8s-x", &[("elbv2.k8s.aws/cluster", "prod"), ("service.k8s.aws/stack", "a/b")]);
    let service = |annotations: &[(&str, &str)]| {
        let named = annotations
            .iter()
            .map(|(name, value)| (format!("service.beta.kubernetes.io/aws-load-balancer-{name}"), *value));
        let annotations: std::collections::BTreeMap<String, &str> = named.collect();
        json!({ "kind": "Service", "metadata": { "namespace": "a", "name": "b", "annotations": annotations } })
    };
    let newer = ("attributes", "access_logs.s3.enabled=false,access_logs.s3.bucket=new");
    let older = [("access-log-enabled", "true"), ("access-log-s3-bucket-name", "old")];
    let both = declared(&[service(&[&older[..], &[newer]].concat())], &elb);
    let on = [("access_logs.s3.enabled", "true"), ("access_logs.s3.bucket", "old"), ("access_logs.s3.prefix", "")];
    assert_eq!(both.attributes, tags(&on));
    let off = declared(&[service(&[("access-log-enabled", "false"), newer])], &elb);
    assert_eq!(off.attributes, tags(&[("access_logs.s3.enabled", "false"), ("access_logs.s3.bucket", "new")]));
}

#[test]
fn auto_mode_and_the_first_controller_are_known() {
    let mut auto = class("alb", Some("p"));
    auto["spec"]["controller"] = json!("eks.amazonaws.com/alb");
    auto["spec"]["parameters"]["apiGroup"] = json!("eks.amazonaws.com");
    let items = [ingress("a", "b", &[]), auto, parameters("p", &[("k", "v")])];
    let elb = load_balancer("x", &[("eks:eks-cluster-name", "prod"), ("ingress.eks.amazonaws.com/stack", "a/b")]);
    assert_eq!(declared(&items, &elb).attributes, tags(&[("k", "v")]));
    let first = [
        ("kubernetes.io/cluster/prod", "owned"),
        ("kubernetes.io/namespace", "a"),
        ("kubernetes.io/ingress-name", "b"),
    ];
    assert_eq!(declared(&items, &load_balancer("x", &first)).stack, "a/b");
}

#[test]
fn a_file_is_of_the_cluster_whose_load_balancers_it_knows() {
    let [mut prod, mut staging] = ["a", "b"].map(|name| load_balancer(name, &[("ingress.k8s.aws/stack", "ops/web")]));
    prod.tags.insert("elbv2.k8s.aws/cluster".to_owned(), "prod".to_owned());
    staging.tags.insert("elbv2.k8s.aws/cluster".to_owned(), "staging".to_owned());
    let fleet = [prod.clone(), staging.clone()];
    let file = |hostname: &str| {
        let mut web = ingress("ops", "web", &[(ATTRIBUTES, &format!("of={hostname}"))]);
        web["status"] = json!({ "loadBalancer": { "ingress": [{ "hostname": hostname }] } });
        read(&[web, class("alb", None)])
    };
    let clusters = Clusters::of(vec![(None, file(&prod.dns_name))], &fleet).unwrap();
    assert!(matches!(clusters.intent(&prod), Intent::Declared(_)));
    assert_eq!(clusters.intent(&staging), Intent::Unread("cluster staging was not read".to_owned()));
    let unknown = Clusters::of(vec![(None, file("elsewhere"))], &fleet).unwrap_err().to_string();
    assert!(
        unknown.contains("could be of prod, staging") && unknown.contains("--kubernetes CLUSTER=FILE"),
        "{unknown}"
    );
    let named = Clusters::of(vec![(Some("staging".to_owned()), file("elsewhere"))], &fleet).unwrap();
    assert!(matches!(named.intent(&staging), Intent::Declared(_)));
    // Tags can be taken away.
    let untagged = LoadBalancer { tags: Tags::new(), ..prod };
    assert!(matches!(clusters.intent(&untagged), Intent::Declared(_)));
}

#[test]
fn what_is_no_list_of_objects_is_an_error() {
    for (text, words) in
        [("", "holds no objects"), ("{", "not JSON: EOF"), ("nonsense", "not JSON"), ("{}", "holds no objects")]
    {
        let error = Kubernetes::read(text).unwrap_err().to_string();
        assert!(error.contains(words) && error.contains("hint: kubectl get"), "{error}");
    }
    Kubernetes::read("{\"kind\":\"List\",\"items\":[]}").unwrap();
}

#[test]
fn bindings_name_services() {
    let binding = json!({
        "kind": "TargetGroupBinding",
        "metadata": { "namespace": "shop", "name": "k8s-x",
                      "labels": { "ingress.k8s.aws/stack-namespace": "shop", "ingress.k8s.aws/stack-name": "web" } },
        "spec": { "targetGroupARN": "arn:x", "serviceRef": { "name": "frontend", "port": 80 } },
    });
    let expected = Binding {
        target_group_arn: Some("arn:x".to_owned()),
        namespace: "shop".to_owned(),
        service: "frontend".to_owned(),
        port: Some("80".to_owned()),
        ingress: Some("shop/web".to_owned()),
        ..Binding::default()
    };
    assert_eq!(
        read(&[binding, json!({ "kind": "TargetGroupBinding", "metadata": { "name": "y" } })]).bindings(),
        [expected]
    );
}
