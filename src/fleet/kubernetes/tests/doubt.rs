//! What is malformed, missing, or not what it seems: never taken for undeclared.

use super::*;

/// Which annotated class is the controller's is one of its flags: who is annotated with another one, or with none, is no member
/// by default, and has a say all the same.
#[test]
fn who_may_be_a_member_has_a_say() {
    let ours = ingress("z", "web", &[(GROUP, "g"), (ATTRIBUTES, "own=1")]);
    let may_be = |class: Option<&str>| {
        let mut other = ingress("a", "first", &[(GROUP, "g"), (ATTRIBUTES, "access_logs.s3.enabled=false")]);
        other["spec"] = json!({});
        if let Some(class) = class {
            other["metadata"]["annotations"]["kubernetes.io/ingress.class"] = json!(class);
        }
        other
    };
    for class_of in [None, Some(""), Some("nginx"), Some("corp-alb")] {
        let found = declared(&[ours.clone(), may_be(class_of), class("alb", None)], &of_ingress("g"));
        assert_eq!(found.attributes, tags(&[("own", "1")]), "it is not merged");
        assert_eq!(found.named, tags(&[("access_logs.s3.enabled", "Ingress a/first"), ("own", "Ingress z/web")]));
    }
    // Nor is what only the class of the second member names.
    let mut second = class("second", Some("p"));
    second["spec"]["controller"] = json!("ingress.k8s.aws/alb");
    let mut of_second = ingress("z", "zz", &[(GROUP, "g")]);
    of_second["spec"]["ingressClassName"] = json!("second");
    let items = [ours, of_second, class("alb", None), second, parameters("p", &[("k", "v")])];
    let found = declared(&items, &of_ingress("g"));
    assert_eq!((found.attributes, found.named["k"].as_str()), (tags(&[("own", "1")]), "IngressClassParams p"));
}

#[test]
fn who_is_annotated_for_another_controller_is_only_taken_if_it_is_marked() {
    let unread = |object: &Value| match intent(std::slice::from_ref(object), &of_ingress("ops/grafana")) {
        Intent::Unread(why) => why,
        other => panic!("{other:?}"),
    };
    let annotated =
        |class: &str| ingress("ops", "grafana", &[("kubernetes.io/ingress.class", class), (ATTRIBUTES, "k=v")]);
    for class in ["", "custom"] {
        let words = format!("kubernetes.io/ingress.class of ops/grafana is \"{class}\": only a controller with");
        assert!(unread(&annotated(class)).starts_with(&words));
    }
    let mut custom = annotated("custom");
    custom["metadata"]["finalizers"] = json!(["ingress.k8s.aws/resources"]);
    let found = declared(&[custom.clone()], &of_ingress("ops/grafana"));
    assert_eq!((found.attributes, found.named), (tags(&[]), tags(&[("k", "Ingress ops/grafana")])));
    custom["metadata"]["finalizers"] = json!(["group.ingress.k8s.aws/g"]);
    unread(&custom);
}

#[test]
fn a_mark_and_an_invalid_class_stop_the_group() {
    let ours = ingress("z", "web", &[(GROUP, "g")]);
    let stray = |finalizer: &str| {
        let mut stray = ingress("a", "stray", &[(GROUP, "g")]);
        stray["spec"]["ingressClassName"] = json!("gone");
        stray["metadata"]["finalizers"] = json!([finalizer]);
        stray
    };
    let found = |other: Value| declared(&[ours.clone(), other, class("alb", None)], &of_ingress("g")).broken;
    assert_eq!(found(stray("other/finalizer")), None);
    assert_eq!(found(stray("group.ingress.k8s.aws/h")), None);
    let gone = "IngressClass gone of a/stray was not read";
    assert_eq!(found(stray("group.ingress.k8s.aws/g")).as_deref(), Some(gone));
    // One that is on its way out and says that its load balancer must stay.
    let mut protected = ingress("a", "old", &[(ATTRIBUTES, "deletion_protection.enabled=true")]);
    protected["metadata"]["deletionTimestamp"] = json!("2026-11-20T00:00:00Z");
    assert_eq!(found(protected.clone()), None);
    protected["metadata"]["finalizers"] = json!(["group.ingress.k8s.aws/g"]);
    assert!(found(protected).unwrap().starts_with("deletion_protection is enabled"));
}

#[test]
fn a_class_may_be_for_some_namespaces_only() {
    let mut selecting = parameters("p", &[("k", "v")]);
    selecting["spec"]["namespaceSelector"] = json!({ "matchLabels": { "team": "a" } });
    let namespace =
        |team: &str| json!({ "kind": "Namespace", "metadata": { "name": "a", "labels": { "team": team } } });
    let own = ingress("a", "b", &[]);
    let found = |more: &[Value]| {
        declared(&[&[own.clone(), class("alb", Some("p")), selecting.clone()][..], more].concat(), &of_ingress("a/b"))
    };
    assert_eq!(found(&[namespace("a")]).attributes, tags(&[("k", "v")]));
    let out = "the namespaceSelector of IngressClassParams p keeps a/b out";
    assert_eq!(found(&[namespace("b")]).broken.as_deref(), Some(out));
    let unread = "namespace a was not read, and IngressClassParams p selects by its labels";
    assert_eq!(found(&[]).broken.as_deref(), Some(unread));
}

#[test]
fn a_status_from_another_stack_says_nothing_of_this_one() {
    let mut moved = ingress("a", "b", &[(GROUP, "h")]);
    moved["status"] = json!({ "loadBalancer": { "ingress": [{ "hostname": "old-1.eu-west-1.elb.amazonaws.com" }] } });
    let items = |moved: &Value| [moved.clone(), class("alb", None)];
    assert!(matches!(intent(&items(&moved), &of_ingress("h")), Intent::Unread(_)));
    moved["metadata"]["finalizers"] = json!(["group.ingress.k8s.aws/g"]);
    assert!(matches!(intent(&items(&moved), &of_ingress("h")), Intent::Declared(_)));
}

/// Every shape that is not the one that was asked for stops the declaration.
#[test]
fn what_is_malformed_is_not_taken_for_absent() {
    let broken = |items: &[Value]| declared(items, &of_ingress("a/b")).broken.unwrap();
    let with = |mut object: Value, path: &str, value: Value| {
        let (parent, name) = path.rsplit_once('/').unwrap();
        object.pointer_mut(parent).unwrap()[name] = value;
        object
    };
    let (own, alb, of_class) = (ingress("a", "b", &[]), class("alb", Some("p")), parameters("p", &[]));
    let odd_ingress =
        |path: &str, value: Value| broken(&[with(own.clone(), path, value), alb.clone(), of_class.clone()]);
    let annotations = "Ingress a/b has a malformed metadata.annotations";
    assert_eq!(odd_ingress("/metadata/annotations", json!(["x"])), annotations);
    assert_eq!(odd_ingress("/metadata/annotations", json!({ "albstats.io/logs": false })), annotations);
    assert_eq!(odd_ingress("/spec/ingressClassName", json!(1)), "Ingress a/b has a malformed spec.ingressClassName");
    let odd_class = |path: &str, value: Value| broken(&[own.clone(), with(alb.clone(), path, value), of_class.clone()]);
    assert_eq!(odd_class("/spec/controller", json!({})), "IngressClass alb has a malformed spec.controller");
    assert_eq!(odd_class("/spec/parameters", json!("p")), "IngressClass alb references unknown parameters");
    assert_eq!(odd_class("/spec", json!("x")), "IngressClass alb has a malformed spec.controller");
    let odd_parameters =
        |path: &str, value: Value| broken(&[own.clone(), alb.clone(), with(of_class.clone(), path, value)]);
    assert_eq!(odd_parameters("/spec/group", json!("g")), "IngressClassParams p has a malformed spec.group.name");
    assert_eq!(odd_parameters("/spec/tags", json!({})), "IngressClassParams p has a malformed spec.tags");
    let listed = "IngressClassParams p has a malformed spec.loadBalancerAttributes";
    for odd in [json!({}), json!("x"), json!([{ "key": "k" }]), json!([{ "key": "k", "value": true }])] {
        assert_eq!(odd_parameters("/spec/loadBalancerAttributes", odd), listed);
    }
}

#[test]
fn tags_that_do_not_go_together_stop_the_group() {
    let member = |name: &str, tags: &str| ingress("a", name, &[(GROUP, "g"), ("alb.ingress.kubernetes.io/tags", tags)]);
    let found =
        |one: &str, two: &str| declared(&[member("x", one), member("y", two), class("alb", None)], &of_ingress("g"));
    assert_eq!(found("team=a", "team=a,env=b").broken, None);
    assert_eq!(found("team=a", "team=b").broken.unwrap(), "conflicting tag team: a | b");
    let unreadable = found("albstats.io/logs=disabled", "albstats.io/logs=disabled,access").broken.unwrap();
    let words =
        "failed to parse stringMap annotation, alb.ingress.kubernetes.io/tags: albstats.io/logs=disabled,access";
    assert_eq!(unreadable, words);
}

#[test]
fn who_may_belong_to_a_group_stops_it() {
    let first = ingress("a", "x", &[(GROUP, "g"), ("kubernetes.io/ingress.class", "alb")]);
    let second = ingress("a", "y", &[]);
    let found = |others: &[Value]| declared(&[&[first.clone(), second.clone()][..], others].concat(), &of_ingress("g"));
    // Its class, or the class's parameters, may name the group; none of them were read.
    assert_eq!(found(&[]).broken.unwrap(), "IngressClass alb of a/y was not read");
    assert_eq!(found(&[class("alb", Some("p"))]).broken.unwrap(), "IngressClassParams p of class alb was not read");
    // They were read, and this one is not there: the controller goes on without it.
    assert_eq!(found(&[class("other", None)]).broken, None);
    assert_eq!(found(&[class("alb", Some("p")), parameters("q", &[])]).broken, None);
}

#[test]
fn a_name_that_is_none_makes_no_group() {
    for name in ["a/x", "-g", "g-", "G", "", &"g".repeat(64)] {
        let items =
            [ingress("a", "y", &[(GROUP, name), (ATTRIBUTES, "k=v")]), ingress("a", "x", &[]), class("alb", None)];
        assert_eq!(declared(&items, &of_ingress("a/x")).attributes, tags(&[]), "{name}");
        for stack in ["a/y", name] {
            let unread = stack == "a/x" || matches!(intent(&items, &of_ingress(stack)), Intent::Unread(_));
            assert!(unread, "{stack} of {name}");
        }
    }
    let items = [ingress("a", "y", &[(GROUP, &"g".repeat(63))]), class("alb", None)];
    assert_eq!(declared(&items, &of_ingress(&"g".repeat(63))).broken, None);
}

#[test]
fn kinds_of_the_same_name_are_told_apart_by_their_api() {
    let of = |mut object: Value, version: &str| {
        object["apiVersion"] = json!(version);
        object
    };
    let elb =
        load_balancer("k8s-x", &[("elbv2.k8s.aws/cluster", "prod"), ("gateway.k8s.aws.alb/stack", "edge/public")]);
    let istio = json!({ "apiVersion": "aaa.example.com/v1", "kind": "Gateway", "metadata": { "namespace": "edge", "name": "public" } });
    let [own, rest @ ..] = gateway(None);
    let own = of(own, "gateway.networking.k8s.io/v1");
    for items in [[own.clone(), istio.clone()], [istio, own]] {
        assert_eq!(declared(&[&items[..], &rest].concat(), &elb).attributes["access_logs.s3.bucket"], "shared");
    }
    // A cluster that moves to Auto Mode has parameters of one name in both APIs.
    let both = [
        of(parameters("p", &[("of", "controller")]), "elbv2.k8s.aws/v1beta1"),
        of(parameters("p", &[("of", "auto mode")]), "eks.amazonaws.com/v1"),
        ingress("a", "b", &[]),
        class("alb", Some("p")),
    ];
    assert_eq!(declared(&both, &of_ingress("a/b")).attributes, tags(&[("of", "controller")]));
}

#[test]
fn the_controller_and_auto_mode_keep_groups_of_their_own() {
    let mut auto = class("auto", Some("q"));
    auto["spec"]["controller"] = json!("eks.amazonaws.com/alb");
    auto["spec"]["parameters"]["apiGroup"] = json!("eks.amazonaws.com");
    let mut of_auto = parameters("q", &[("of", "auto mode")]);
    of_auto["spec"]["group"] = json!({ "name": "g" });
    let mut second = ingress("a", "auto", &[]);
    second["spec"]["ingressClassName"] = json!("auto");
    // It knows no groups by annotation.
    let mut lone = class("lone", None);
    lone["spec"]["controller"] = json!("eks.amazonaws.com/alb");
    let mut annotated = ingress("a", "lone", &[(GROUP, "g")]);
    annotated["spec"]["ingressClassName"] = json!("lone");
    let items = [
        auto,
        of_auto,
        lone,
        second,
        ingress("b", "x", &[(GROUP, "g")]),
        annotated,
        class("alb", Some("p")),
        parameters("p", &[("of", "controller")]),
    ];
    assert_eq!(declared(&items, &of_ingress("g")).attributes, tags(&[("of", "controller")]));
    let of_auto = load_balancer("x", &[("eks:eks-cluster-name", "prod"), ("ingress.eks.amazonaws.com/stack", "g")]);
    assert_eq!(declared(&items, &of_auto).attributes, tags(&[("of", "auto mode")]));
    let alone = load_balancer("x", &[("eks:eks-cluster-name", "prod"), ("ingress.eks.amazonaws.com/stack", "a/lone")]);
    assert_eq!(declared(&items, &alone).stack, "a/lone");
}

#[test]
fn two_clusters_in_one_file_are_refused() {
    let with = |uid: &str| {
        let mut object = ingress("a", "b", &[]);
        object["metadata"]["uid"] = json!(uid);
        object.to_string()
    };
    let error = Kubernetes::read(&(with("1") + &with("2"))).unwrap_err().to_string();
    assert_eq!(error, "holds objects of several clusters: Ingress a/b twice\nhint: --kubernetes CLUSTER=FILE for each");
    Kubernetes::read(&(with("1") + "\n" + &with("1"))).unwrap();
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
        unknown.contains("none of those that were found, of prod, staging")
            && unknown.contains("--kubernetes CLUSTER=FILE"),
        "{unknown}"
    );
    let named = |hostname: &str| {
        Clusters::of(vec![(Some("staging".to_owned()), file(hostname))], &fleet).unwrap().intent(&staging)
    };
    assert!(matches!(named(&staging.dns_name.to_uppercase()), Intent::Declared(_)));
    // Two clusters have the same objects, and the file is of the other.
    let other = "ops/web in what was read of cluster staging is another one: elsewhere";
    assert_eq!(named("elsewhere"), Intent::Unread(other.to_owned()));
    let only = std::slice::from_ref(&prod);
    let unknown = Clusters::of(vec![(None, file("elsewhere"))], only).unwrap_err().to_string();
    assert!(unknown.contains("none of those that were found, of prod\nhint: --kubernetes CLUSTER=FILE"), "{unknown}");
    let without_status = read(&[ingress("ops", "web", &[]), class("alb", None)]);
    // It may be any cluster, also one that has no load balancer yet: the objects of one name may be others.
    let nobody = || (None, read(&[ingress("ops", "web", &[]), class("alb", None)]));
    let guessed = Clusters::of(vec![(None, without_status)], only).unwrap();
    let Intent::Unread(why) = guessed.intent(&prod) else { panic!("taken for prod") };
    assert!(why.contains("or is the one in which no status names a load balancer: --kubernetes prod="), "{why}");
    let beside = Clusters::of(vec![nobody(), (None, file(&prod.dns_name)), nobody()], only).unwrap();
    assert!(matches!(beside.intent(&prod), Intent::Declared(_)));
    // Of what several declare, all is declared.
    let both = |name: &str, attributes: &[(&str, &str)]| {
        let mut ingress = ingress("ops", name, attributes);
        ingress["status"] = json!({ "loadBalancer": { "ingress": [{ "hostname": prod.dns_name }] } });
        ingress
    };
    let declared = [(ATTRIBUTES, "access_logs.s3.enabled=false")];
    let two =
        Clusters::of(vec![(None, read(&[both("a", &[]), both("b", &declared), class("alb", None)]))], &[]).unwrap();
    let Intent::Declared(declaration) = two.intent(&LoadBalancer { tags: Tags::new(), ..prod.clone() }) else {
        panic!("nobody's")
    };
    assert_eq!(declaration.attributes.get("access_logs.s3.enabled").map(String::as_str), Some("false"));
    // Tags can be taken away.
    let untagged = LoadBalancer { tags: Tags::new(), ..prod.clone() };
    assert!(matches!(clusters.intent(&untagged), Intent::Declared(_)));
}

#[test]
fn schemes_and_ports_that_cannot_be_built_stop_the_group() {
    let scheme = |value| ("alb.ingress.kubernetes.io/scheme", value);
    let ports = |value| ("alb.ingress.kubernetes.io/listen-ports", value);
    let of_class = |value: &str| {
        let mut parameters = parameters("p", &[]);
        parameters["spec"]["scheme"] = json!(value);
        parameters
    };
    let broken = |one, two, with: &[Value]| {
        let members = [ingress("a", "x", &[(GROUP, "g"), one]), ingress("a", "y", &[(GROUP, "g"), two])];
        let class = class("alb", (!with.is_empty()).then_some("p"));
        declared(&[&members[..], &[class], with].concat(), &of_ingress("g")).broken.unwrap_or_default()
    };
    let (inner, outer) = (scheme("internal"), scheme("internet-facing"));
    assert_eq!(broken(inner, inner, &[]), "");
    assert_eq!(broken(inner, outer, &[]), "conflicting scheme: internal | internet-facing");
    assert_eq!(broken(inner, outer, &[of_class("internal")]), "", "the class goes before the annotation");
    assert_eq!(broken(scheme("public"), scheme("public"), &[]), "unknown scheme: public");
    for good in [r#"[{"HTTP": 80}, {"HTTPS": 443}]"#, "[{}]", "[null]", r#"[{"HTTP": 80, "HTTPS": 443}]"#] {
        assert_eq!(broken(ports(good), inner, &[]), "", "{good}");
    }
    for (text, what) in [
        ("80", "malformed"),
        ("", "malformed"),
        (r#"[{"HTTP": "80"}]"#, "malformed"),
        ("[]", "empty"),
        ("null", "empty"),
        (r#"[{"HTTP": 0}]"#, "invalid"),
        (r#"[{"HTTP": 65536}]"#, "invalid"),
        (r#"[{"HTTP": null}]"#, "invalid"),
        (r#"[{"TCP": 80}]"#, "invalid"),
    ] {
        assert_eq!(broken(ports(text), inner, &[]), format!("{what} listen-ports configuration of a/x: {text}"));
    }
}

/// What was read counts even if more may be declared, and the doubt is said of all of it.
#[test]
fn a_doubt_is_told_of_everything_that_was_read() {
    let items = json!({ "items": [class("alb", None), ingress("shop", "web", &[(ATTRIBUTES, "k=v")])] }).to_string();
    let named = |load_balancer: &LoadBalancer| {
        let read = Kubernetes::read(&items).unwrap().in_doubt(Some("it is old".to_owned()));
        let clusters = Clusters::of(vec![(Some("prod".to_owned()), read)], &[]).unwrap();
        clusters.intent(load_balancer)
    };
    let of = |cluster: &str, stack: &str| {
        named(&load_balancer("web", &[("elbv2.k8s.aws/cluster", cluster), ("ingress.k8s.aws/stack", stack)]))
    };
    match of("prod", "shop/web") {
        Intent::Declared(Declaration { attributes, doubt, .. }) => {
            assert_eq!((attributes, doubt.as_deref()), (tags(&[("k", "v")]), Some("it is old")));
        }
        other => panic!("{other:?}"),
    }
    let unread = |why: &str| Intent::Unread(why.to_owned());
    assert_eq!(of("prod", "shop/new"), unread("shop/new is not among what was read of cluster prod; it is old"));
    assert_eq!(of("other", "shop/new"), unread("cluster other was not read"));
    assert_eq!(named(&load_balancer("terraform", &[])), Intent::NotKubernetes);
}

/// A Network Load Balancer in front of an ingress's own stands in its status, beside it or alone.
#[test]
fn a_load_balancer_in_front_does_not_hide_the_one_behind() {
    let own = of_ingress("shop/web");
    let front = |region: &str| format!("k8s-shop-web-1-nlb-0123456789abcdef.elb.{region}");
    let with = |names: &[&str]| {
        let mut made = ingress("shop", "web", &[]);
        let names: Vec<Value> = names.iter().map(|name| json!({ "hostname": name })).collect();
        made["status"] = json!({ "loadBalancer": { "ingress": names } });
        [class("alb", None), made]
    };
    for region in ["eu-west-1.amazonaws.com", "cn-north-1.amazonaws.com.cn"] {
        let front = front(region);
        for names in [&[front.as_str()][..], &[&own.dns_name, &front]] {
            assert!(matches!(intent(&with(names), &own), Intent::Declared(_)), "{names:?}");
        }
        // Another Application Load Balancer there is that of another cluster, or of another day.
        let other = "k8s-other-1.eu-west-1.elb.amazonaws.com";
        assert!(matches!(intent(&with(&[&front, other]), &own), Intent::Unread(_)));
        // Nobody can tell by it whose cluster this is, and it is no other one's either.
        let guessed = Clusters::of(vec![(None, read(&with(&[&front])))], std::slice::from_ref(&own)).unwrap();
        let Intent::Unread(why) = guessed.intent(&own) else { panic!("taken for prod") };
        assert!(why.contains("--kubernetes prod="), "{why}");
    }
}

/// Without their classes nobody knows which ingress without one is the controller's, and of which group.
#[test]
fn classes_that_may_not_be_read_may_be_the_default() {
    let mut classless = ingress("shop", "b", &[(GROUP, "web")]);
    classless["spec"] = json!({});
    let mut annotated = ingress("shop", "y", &[(GROUP, "web"), ("kubernetes.io/ingress.class", "alb")]);
    annotated["spec"] = json!({});
    let decided = |hidden: bool, stack: &str| {
        let one = of_ingress(stack);
        let read = read(&[classless.clone(), annotated.clone()]);
        let read = if hidden { read.hides("IngressClass") } else { read };
        Clusters::of(vec![(Some("prod".to_owned()), read)], std::slice::from_ref(&one)).unwrap().intent(&one)
    };
    // A cluster that has none has no default.
    assert!(matches!(decided(false, "web"), Intent::Declared(it) if it.broken.is_none()));
    let why = "IngressClasses may not be read, and one of them may be the default";
    for stack in ["web", "other", "shop/b"] {
        let Intent::Declared(declaration) = decided(true, stack) else { panic!("{stack}") };
        assert_eq!(declaration.broken.as_deref(), Some(why), "{stack}");
    }
    assert!(matches!(decided(true, "shop/else"), Intent::Unread(_)));
}
