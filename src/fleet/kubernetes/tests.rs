//! Rules one by one, in `doubt` what is odd or not there, in `index` that nobody who has a say is overlooked, and in `merge` all of
//! them against a second reading of the controller's rules.

mod doubt;
mod index;
mod merge;
mod owners;
mod real;

use serde_json::{Value, json};

use super::*;
use crate::fleet::aws::elbv2::{LoadBalancer, LoadBalancerType, Tags};
use crate::fleet::kubernetes::intent::Declaration;

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
    let pairs = |pairs: &[(&str, &str)]| Some(tags(pairs));
    for (text, expected) in [
        ("a=b,c=d", pairs(&[("a", "b"), ("c", "d")])),
        (" a = b , c=d ", pairs(&[("a", "b"), ("c", "d")])),
        ("a=b=c", pairs(&[("a", "b=c")])),
        ("a=\"b\"", pairs(&[("a", "\"b\"")])),
        ("a=b,a=c", pairs(&[("a", "c")])),
        // A comma at the end has nothing to part.
        ("a=b, ", pairs(&[("a", "b,")])),
        ("a=b,c", None),
        ("a=b,c,d=e", None),
        ("a=b,,c=d", None),
        (",a=b", None),
        ("a=b\\,c=d,e=f", pairs(&[("a", "b,c=d"), ("e", "f")])),
        ("a=b\\,c", pairs(&[("a", "b,c")])),
        ("a=b\\", pairs(&[("a", "b\\")])),
        ("a=", pairs(&[("a", "")])),
        ("", pairs(&[])),
        (" ", None),
        ("a", None),
        (" =b", None),
    ] {
        assert_eq!(annotations::string_map(text), expected, "{text}");
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
fn an_old_annotation_names_the_class_and_a_default_class_needs_no_name() {
    let old = ingress("ops", "grafana", &[("kubernetes.io/ingress.class", "alb"), (ATTRIBUTES, "k=v")]);
    assert_eq!(declared(&[old], &of_ingress("ops/grafana")).attributes, tags(&[("k", "v")]));
    let mut unnamed = ingress("ops", "grafana", &[(ATTRIBUTES, "k=v")]);
    unnamed["spec"] = json!({});
    let mut default = class("alb", Some("p"));
    default["metadata"]["annotations"] = json!({ "ingressclass.kubernetes.io/is-default-class": "true" });
    let named = parameters("p", &[("of", "class")]);
    let class_of = |classes: &[Value]| {
        declared(&[&[unnamed.clone(), named.clone()][..], classes].concat(), &of_ingress("ops/grafana"))
    };
    assert_eq!(class_of(&[default.clone()]).attributes, tags(&[("k", "v"), ("of", "class")]));
    // Without a default the controller does not take it; with two it takes nothing at all, and makes no other group either.
    let unnamed_alone = [unnamed.clone(), named.clone(), class("alb", Some("p"))];
    let Intent::Unread(why) = intent(&unnamed_alone, &of_ingress("ops/grafana")) else { panic!() };
    assert!(
        why.starts_with("ops/grafana has no class, and no IngressClass is the default: only a controller"),
        "{why}"
    );
    let mut second = default.clone();
    second["metadata"]["name"] = json!("second");
    let two = [default, second];
    assert_eq!(class_of(&two).broken.unwrap(), "multiple default IngressClasses found");
    let other = [&[unnamed.clone(), named.clone(), ingress("shop", "web", &[]), class("alb", None)][..], &two].concat();
    assert_eq!(declared(&other, &of_ingress("shop/web")).broken.unwrap(), "multiple default IngressClasses found");
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
        (("alb.ingress.kubernetes.io/log-delivery", "[{\"logType\":\"ALB_CONNECTION_LOGS\"}]"), "connection"),
        (("alb.ingress.kubernetes.io/log-delivery", "[{\"logType\":\"ALB_CONNECTION_LOGS\"},{}]"), all),
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
    // The controller goes by the name alone.
    let mut odd = gateway(None);
    odd[0]["spec"]["infrastructure"]["parametersRef"]["kind"] = json!("ConfigMap");
    assert_eq!(declared(&odd, &elb).attributes["access_logs.s3.bucket"], "shared");
    odd[0]["spec"]["infrastructure"]["parametersRef"] = json!({ "kind": "LoadBalancerConfiguration" });
    assert_eq!(declared(&odd, &elb).broken.unwrap(), "Gateway edge/public references unknown parameters");
    for (controller, is_ours) in [("gateway.k8s.aws/alb", true), ("istio.io/gateway-controller", false)] {
        let mut of = gateway(None);
        of[1]["spec"]["controllerName"] = json!(controller);
        assert_eq!(matches!(intent(&of, &elb), Intent::Declared(_)), is_ours, "{controller}");
    }
    let mut deleted = gateway(None);
    deleted[0]["metadata"]["deletionTimestamp"] = json!("2026-11-20T00:00:00Z");
    assert!(matches!(intent(&deleted, &elb), Intent::Unread(_)));
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
    let on = [("access_logs.s3.enabled", "true"), ("access_logs.s3.bucket", "old")];
    assert_eq!(both.attributes, tags(&on));
    let alone = declared(&[service(&[("access-log-enabled", "T"), newer])], &elb);
    assert_eq!(alone.attributes, tags(&[("access_logs.s3.enabled", "true"), ("access_logs.s3.bucket", "new")]));
    let unsure = declared(&[service(&[("access-log-enabled", "yes"), newer])], &elb);
    assert!(unsure.broken.unwrap().starts_with("failed to parse bool annotation, service.beta.kubernetes.io/"));
    assert_eq!(unsure.attributes, tags(&[]));
    let tagged = declared(&[service(&[("additional-resource-tags", "albstats.io/logs=disabled")])], &elb);
    assert_eq!((tagged.opt_outs.len(), tagged.broken), (3, None));
    assert!(declared(&[service(&[("additional-resource-tags", "x")])], &elb).broken.is_some());
    let mut deleted = service(&[]);
    deleted["metadata"]["deletionTimestamp"] = json!("2026-11-20T00:00:00Z");
    assert!(matches!(intent(&[deleted], &elb), Intent::Unread(_)));
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
    let items = [ingress("a", "b", &[]), class("alb", None)];
    assert_eq!(declared(&items, &load_balancer("x", &first)).stack, "a/b");
}

#[test]
fn what_is_no_list_of_objects_is_an_error() {
    for (text, words) in
        [("", "holds no objects"), ("{", "not JSON: EOF"), ("nonsense", "not JSON"), ("{}", "holds no objects")]
    {
        let error = Kubernetes::read(text).unwrap_err().to_string();
        assert!(error.contains(words) && error.contains("hint: for kinds in ingresses.networking.k8s.io,"), "{error}");
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
