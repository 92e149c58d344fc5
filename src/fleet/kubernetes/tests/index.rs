//! Who may have a say about a stack is found out once; asking everybody for each load balancer must give the same.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::fleet::kubernetes::clusters::{owners, stack_with};
use crate::fleet::kubernetes::index::Index;
use crate::fleet::kubernetes::objects::{Object, Objects};
use crate::fleet::kubernetes::stack::{Maker, Stack};

const ATTRIBUTES: &str = "alb.ingress.kubernetes.io/load-balancer-attributes";
const GROUP: &str = "alb.ingress.kubernetes.io/group.name";
const STACKS: [&str; 6] = ["g", "h", "a/x", "a/y", "b/x", "b/y"];

fn one_of<T: Clone + std::fmt::Debug + 'static>(values: &[T]) -> impl Strategy<Value = T> + use<T> {
    prop::sample::select(values.to_vec())
}

/// An ingress with whatever may decide whose it is.
fn any_ingress() -> impl Strategy<Value = Value> {
    let annotations = [
        (GROUP, one_of(&[Value::Null, json!("g"), json!("h"), json!("No Group")]).boxed()),
        (
            "kubernetes.io/ingress.class",
            one_of(&[Value::Null, Value::Null, Value::Null, json!("alb"), json!("own"), json!("nginx")]).boxed(),
        ),
        (
            ATTRIBUTES,
            one_of(&[
                Value::Null,
                json!("access_logs.s3.enabled=true"),
                json!("access_logs.s3.enabled=false,deletion_protection.enabled=true"),
                json!("broken"),
            ])
            .boxed(),
        ),
        (
            "albstats.io/logs",
            one_of(&[Value::Null, Value::Null, json!("disabled"), json!("access"), json!("connection")]).boxed(),
        ),
    ];
    let (keys, values): (Vec<_>, Vec<_>) = annotations.into_iter().unzip();
    let annotations = values.prop_map(move |values| {
        let given = keys.iter().zip(values).filter(|(_, value)| !value.is_null());
        given.map(|(name, value)| ((*name).to_owned(), value)).collect::<serde_json::Map<_, _>>()
    });
    let class = one_of(&[Value::Null, json!("alb"), json!("auto"), json!("scoped"), json!("gone"), json!(7)]);
    let marks = one_of(&[
        json!([]),
        json!([]),
        json!(["ingress.k8s.aws/resources"]),
        json!(["group.ingress.k8s.aws/g"]),
        json!(["group.ingress.k8s.aws/h", "ingress.k8s.aws/resources"]),
    ]);
    let hosts = one_of(&[json!([]), json!([{ "hostname": "One" }]), json!([{ "hostname": "two" }])]);
    let deleted = one_of(&[Value::Null, Value::Null, Value::Null, json!("2026-01-01T00:00:00Z")]);
    (annotations, class, marks, hosts, deleted, "[ab]", "[xyz]").prop_map(
        |(annotations, class, marks, hosts, deleted, namespace, name)| {
            json!({
                "kind": "Ingress",
                "metadata": {
                    "namespace": namespace, "name": name, "annotations": annotations, "finalizers": marks,
                    "deletionTimestamp": deleted,
                },
                "spec": { "ingressClassName": class }, "status": { "loadBalancer": { "ingress": hosts } },
            })
        },
    )
}

/// Classes, all of them, some, or none.
fn any_classes() -> impl Strategy<Value = Vec<Value>> {
    let class = |name: &str, controller: &str, parameters: &str, default: bool| {
        let parameters = (!parameters.is_empty())
            .then(|| json!({ "apiGroup": "elbv2.k8s.aws", "kind": "IngressClassParams", "name": parameters }));
        let annotations =
            if default { json!({ "ingressclass.kubernetes.io/is-default-class": "true" }) } else { json!({}) };
        json!({
            "kind": "IngressClass", "metadata": { "name": name, "annotations": annotations },
            "spec": { "controller": controller, "parameters": parameters },
        })
    };
    let all = vec![
        class("alb", "ingress.k8s.aws/alb", "", true),
        class("auto", "eks.amazonaws.com/alb", "", false),
        class("scoped", "ingress.k8s.aws/alb", "p", false),
        class("second", "ingress.k8s.aws/alb", "", true),
        json!({
            "kind": "IngressClassParams", "apiVersion": "elbv2.k8s.aws/v1beta1", "metadata": { "name": "p" },
            "spec": { "namespaceSelector": { "matchLabels": { "t": "1" } } },
        }),
        json!({ "kind": "Namespace", "metadata": { "name": "a", "labels": { "t": "1" } } }),
    ];
    prop::sample::subsequence(all, 0..=6)
}

/// What was read, as this program did it first: everything is looked at for each load balancer.
fn hostnames(objects: &Objects, stack: &Stack) -> BTreeSet<String> {
    let has_come = |object: &Object| match stack {
        Stack::Ingress(Maker::Controller, name) => ingress::is_of_another(object, name),
        _ => false,
    };
    let of_stack = owners(objects).filter(|object| stack_with(objects, object).as_ref() == Some(stack));
    of_stack.filter(|object| !has_come(object)).flat_map(Object::hostnames).collect()
}

fn slowly(objects: &Objects, maker: Maker, stack: &str, dns_name: &str) -> Intent {
    use crate::fleet::kubernetes::intent::Undeclared;
    let found = ingress::declaration(objects, objects.of_kind("Ingress"), maker, stack);
    let declaration = match found {
        Ok(declaration) => declaration,
        Err(Undeclared::NotTaken(why)) => return Intent::Unread(why),
        Err(Undeclared::NotRead) => {
            return Intent::Unread(format!("{stack} is not among what was read of cluster prod"));
        }
    };
    let names = hostnames(objects, &Stack::Ingress(maker, stack.to_owned()));
    if !names.is_empty() && !names.contains(dns_name) {
        let others = Vec::from_iter(names).join(", ");
        return Intent::Unread(format!("{stack} in what was read of cluster prod is another one: {others}"));
    }
    Intent::Declared(declaration)
}

fn made_for(maker: Maker, stack: &str, dns_name: &str) -> LoadBalancer {
    let tag = if maker == Maker::Controller { "ingress.k8s.aws/stack" } else { "ingress.eks.amazonaws.com/stack" };
    let one = load_balancer(stack, &[("elbv2.k8s.aws/cluster", "prod"), (tag, stack)]);
    LoadBalancer { arn: format!("{maker:?} {stack}"), dns_name: dns_name.to_owned(), ..one }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn whoever_has_a_say_is_asked(ingresses in prop::collection::vec(any_ingress(), 0..9), classes in any_classes()) {
        let kubernetes = read(&[ingresses, classes].concat());
        let makers = [Maker::Controller, Maker::AutoMode];
        let stacks = || makers.into_iter().flat_map(|maker| STACKS.map(|stack| (maker, stack)));
        let fleet: Vec<LoadBalancer> = stacks().map(|(maker, stack)| made_for(maker, stack, "one")).collect();
        let expected: BTreeMap<String, Intent> = stacks()
            .map(|(maker, stack)| (format!("{maker:?} {stack}"), slowly(&kubernetes.objects, maker, stack, "one")))
            .collect();
        let clusters = Clusters::of(vec![(Some("prod".to_owned()), kubernetes)], &fleet).unwrap();
        prop_assert_eq!(clusters.intents(&fleet), expected);
    }
}

/// Twice as many of both are twice as much work, whatever is known of the ingresses.
#[test]
fn the_work_grows_with_the_cluster_and_not_with_the_square() {
    const INGRESSES: usize = 2_000;
    let alb = class("alb", None);
    let default = json!({
        "kind": "IngressClass",
        "metadata": { "name": "d", "annotations": { "ingressclass.kubernetes.io/is-default-class": "true" } },
        "spec": { "controller": "ingress.k8s.aws/alb" },
    });
    let mut second = default.clone();
    second["metadata"]["name"] = json!("e");
    for (what, classes, class_name, group) in [
        ("alone", vec![alb.clone()], json!("alb"), false),
        ("groups", vec![alb], json!("alb"), true),
        ("no class was read", vec![], json!("alb"), true),
        ("two classes are the default", vec![default, second], Value::Null, true),
    ] {
        let ingresses = (0..INGRESSES).map(|number| {
            let group = format!("g{}", number / 2);
            let group: &[(&str, &str)] = if what == "alone" { &[] } else { &[(GROUP, &group)] };
            let mut made = ingress("a", &format!("i{number}"), group);
            made["spec"]["ingressClassName"] = class_name.clone();
            made
        });
        let kubernetes = read(&ingresses.chain(classes).collect::<Vec<_>>());
        let index = Index::of(&kubernetes.objects);
        let stacks = |number: usize| if group { format!("g{}", number / 2) } else { format!("a/i{number}") };
        let looked_at: usize = (0..INGRESSES).map(|number| index.cost(&stacks(number))).sum();
        assert!((INGRESSES..=8 * INGRESSES).contains(&looked_at), "{what}: {looked_at}");
    }
}
