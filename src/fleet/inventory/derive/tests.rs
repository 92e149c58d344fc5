use proptest::prelude::*;

use super::*;

fn tags(tags: &[(&str, &str)]) -> Tags {
    tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// Namespace, service, ingress, route, port, how: `-` is none.
fn told(name: &str, with: &[(&str, &str)]) -> String {
    let purpose = target_group(name, &tags(with), None);
    let text = |value: Option<String>| value.unwrap_or("-".to_owned());
    let Purpose { namespace, service, ingress, route, port, derived, .. } = purpose;
    [text(namespace), text(service), text(ingress), text(route), text(port), derived.name().to_owned()].join(" ")
}

#[test]
fn target_groups_tell_what_they_are_for() {
    let resource = "ingress.k8s.aws/resource";
    let stack = "ingress.k8s.aws/stack";
    for (name, with, expected) in [
        // Alone: the stack parts the names.
        (
            "k8s-shop-cart-0a1b2c3d4e",
            &[(stack, "shop/web-public"), (resource, "shop/web-public-cart-api:http")][..],
            "shop cart-api web-public - http tags",
        ),
        // In a group: the name does.
        (
            "k8s-shop-cartapi-0a1b2c3d4e",
            &[(stack, "edge"), (resource, "shop/web-public-cart-api:80")],
            "shop cart-api web-public - 80 tags",
        ),
        ("k8s-shop-aa-0a1b2c3d4e", &[(stack, "edge"), (resource, "shop/a-aa:80")], "shop aa a - 80 tags"),
        (
            "k8s-shop-aaaaaaaa-0a1b2c3d4e",
            &[(stack, "edge"), (resource, "shop/x-aaaaaaaa-aaaaaaaa:80")],
            "shop - - - 80 ambiguous",
        ),
        // A service has no dot in its name.
        ("other", &[(resource, "shop/a.b-c:80")], "shop c a.b - 80 tags"),
        ("other", &[(resource, "shop/a-b.c-d:80")], "shop d a-b.c - 80 tags"),
        ("other", &[(resource, "shop/a-b-c:80")], "shop - - - 80 ambiguous"),
        // A name that fits no reading makes none true.
        ("k8s-shop-cart-0a1b2c3d4e", &[(resource, "shop/a-b:80")], "shop - - - 80 ambiguous"),
        (
            "k8s-shop-cart-0a1b2c3d4e",
            &[
                ("ingress.eks.amazonaws.com/stack", "shop/web"),
                ("ingress.eks.amazonaws.com/resource", "shop/web-cart:80"),
            ],
            "shop cart web - 80 tags",
        ),
        (
            "k8s-shop-cart-0a1b2c3d4e",
            &[("service.k8s.aws/resource", "shop/cart-api:443")],
            "shop cart-api - - 443 tags",
        ),
        (
            "k8s-shop-front-0a1b2c3d4e",
            &[("gateway.k8s.aws.alb/resource", "edge/gw:shop-front:HTTPRoute-shop-cart:8080-9000")],
            "shop cart - shop/front 8080 tags",
        ),
        (
            "k8s-shop-frontdoo-0a1b2c3d4e",
            &[("gateway.k8s.aws.alb/resource", "edge/gw:shop-front-door:HTTPRoute-shop-cart-api:8080")],
            "shop cart-api - shop/front-door 8080 likely",
        ),
        (
            "k8s-shop-frontdoo-0a1b2c3d4e",
            &[("gateway.k8s.aws.alb/resource", "edge/gw:shop-front-door:GRPCRoute-other-cart-api:8080")],
            "- - - shop/front-door 8080 ambiguous",
        ),
        (
            "0a1b2c3d-shop",
            &[
                ("kubernetes.io/namespace", "shop"),
                ("kubernetes.io/ingress-name", "web"),
                ("kubernetes.io/service-name", "cart"),
                ("kubernetes.io/service-port", "80"),
            ],
            "shop cart web - 80 tags",
        ),
        ("0a1b2c3d-shop", &[("kubernetes.io/namespace", "shop")], "shop - - - - ambiguous"),
        ("k8s-shop-cartapi-0a1b2c3d4e", &[], "shop cartapi - - - guess"),
        ("k8s-shop-cartapi-0a1b2c3d4e", &[(resource, "nonsense")], "shop cartapi - - - guess"),
        ("thumbnailer", &[("team", "media")], "- - - - - unknown"),
    ] {
        assert_eq!(told(name, with), expected, "{name} {with:?}");
    }
}

#[test]
fn a_binding_goes_before_tags_and_parts_their_names() {
    let bound = Binding {
        namespace: "shop".to_owned(),
        service: "aaaaaaaa-aaaaaaaa".to_owned(),
        cluster: Some("prod".to_owned()),
        ..Binding::default()
    };
    let with = tags(&[("ingress.k8s.aws/stack", "edge"), ("ingress.k8s.aws/resource", "shop/x-aaaaaaaa-aaaaaaaa:80")]);
    let purpose = target_group("k8s-shop-aaaaaaaa-0a1b2c3d4e", &with, Some(&bound));
    assert_eq!((purpose.ingress.as_deref(), purpose.port.as_deref()), (Some("x"), Some("80")));
    assert_eq!((purpose.service.as_deref(), purpose.derived), (Some("aaaaaaaa-aaaaaaaa"), How::Binding));
    let made_by_hand = target_group("mine", &Tags::new(), Some(&bound));
    assert_eq!((made_by_hand.namespace.as_deref(), made_by_hand.derived), (Some("shop"), How::Binding));
    assert_eq!(made_by_hand.cluster.as_deref(), Some("prod"));
}

#[test]
fn load_balancers_tell_for_what_they_were_made() {
    let told = |with: &[(&str, &str)]| {
        let MadeFor { cluster, namespace, ingress, ingress_group, gateway } = load_balancer(&tags(with));
        [cluster, namespace, ingress, ingress_group, gateway].map(|value| value.unwrap_or("-".to_owned())).join(" ")
    };
    let cluster = ("elbv2.k8s.aws/cluster", "prod");
    assert_eq!(told(&[cluster, ("ingress.k8s.aws/stack", "shop/web")]), "prod shop web - -");
    assert_eq!(told(&[cluster, ("ingress.k8s.aws/stack", "edge")]), "prod - - edge -");
    assert_eq!(told(&[cluster, ("gateway.k8s.aws.alb/stack", "edge/gw")]), "prod edge - - gw");
    let auto = ("eks:eks-cluster-name", "auto");
    assert_eq!(told(&[auto, ("ingress.eks.amazonaws.com/stack", "shop/web")]), "auto shop web - -");
    let old = [
        ("kubernetes.io/cluster/old", "owned"),
        ("kubernetes.io/namespace", "shop"),
        ("kubernetes.io/ingress-name", "web"),
    ];
    assert_eq!(told(&old), "old shop web - -");
    assert_eq!(told(&[("kubernetes.io/cluster/shared", "shared")]), "- - - - -");
}

/// Names that invite mistakes: few letters, many dashes, longer than eight.
fn label() -> impl Strategy<Value = String> {
    "[ab]([ab-]{0,10}[ab])?"
}

fn subdomain() -> impl Strategy<Value = String> {
    prop_oneof![4 => label(), 1 => (label(), label()).prop_map(|(a, b)| format!("{a}.{b}"))]
}

/// As the controller names a target group: the letters and digits of each, eight at most.
fn generated(namespace: &str, service: &str) -> String {
    let part = |text: &str| text.replace(['-', '.'], "").chars().take(8).collect::<String>();
    format!("k8s-{}-{}-0123456789", part(namespace), part(service))
}

/// What was derived is either the truth, or says that it does not know.
fn never_wrong(derived: How, found: Option<&str>, truth: &str) -> bool {
    match derived {
        How::Tags | How::Binding => found == Some(truth),
        How::Ambiguous => found.is_none(),
        How::Likely => true,
        How::Guess | How::Unknown => false,
    }
}

proptest! {
    #[test]
    fn of_an_ingress_alone_everything_is_known(namespace in label(), ingress in subdomain(), service in label()) {
        let with = tags(&[
            ("ingress.k8s.aws/stack", &format!("{namespace}/{ingress}")),
            ("ingress.k8s.aws/resource", &format!("{namespace}/{ingress}-{service}:http")),
        ]);
        let purpose = target_group(&generated(&namespace, &service), &with, None);
        prop_assert_eq!(purpose, Purpose {
            namespace: Some(namespace), service: Some(service), ingress: Some(ingress), port: Some("http".to_owned()),
            derived: How::Tags, ..Purpose::default()
        });
    }

    #[test]
    fn of_a_group_the_truth_or_nothing(namespace in label(), ingress in subdomain(), service in label()) {
        let resource = format!("{namespace}/{ingress}-{service}:80");
        let with = tags(&[("ingress.k8s.aws/stack", "edge"), ("ingress.k8s.aws/resource", &resource)]);
        let name = generated(&namespace, &service);
        let purpose = target_group(&name, &with, None);
        prop_assert!(never_wrong(purpose.derived, purpose.service.as_deref(), &service), "{:?}", purpose);
        prop_assert!(never_wrong(purpose.derived, purpose.ingress.as_deref(), &ingress), "{:?}", purpose);
        prop_assert_eq!(purpose.namespace.as_deref(), Some(namespace.as_str()));
        // Whether there is one reading, counted without looking at the code: services that end the text after a dash.
        let joined = format!("{ingress}-{service}");
        let could_be = joined.char_indices().filter(|(at, dash)| {
            let (left, right) = (&joined[..*at], joined.get(at + 1..).unwrap_or_default());
            let edges = |text: &str| text.is_empty() || text.starts_with(['-', '.']) || text.ends_with(['-', '.']);
            let broken = left.contains(".-") || left.contains("-.");
            *dash == '-' && !edges(left) && !edges(right) && !broken && !right.contains('.')
                && generated(&namespace, right) == name
        });
        prop_assert_eq!(could_be.count() == 1, purpose.derived == How::Tags);
        // Bound, it is known.
        let bound =
            Binding { namespace: namespace.clone(), service: service.clone(), ..Binding::default() };
        let purpose = target_group(&name, &with, Some(&bound));
        prop_assert_eq!((purpose.service, purpose.ingress), (Some(service), Some(ingress)));
    }

    #[test]
    fn of_a_gateway_the_truth_or_nothing(
        home in label(), route in subdomain(), namespace in label(), service in label(), at_home: bool
    ) {
        let namespace = if at_home { home.clone() } else { namespace };
        let resource = format!("edge/gw:{home}-{route}:HTTPRoute-{namespace}-{service}:80");
        let with = tags(&[("gateway.k8s.aws.alb/resource", &resource)]);
        let purpose = target_group(&generated(&home, &route), &with, None);
        prop_assert!(never_wrong(purpose.derived, purpose.service.as_deref(), &service), "{:?}", purpose);
        if let Some(found) = &purpose.route {
            prop_assert_eq!(found, &format!("{home}/{route}"));
        }
        if purpose.derived == How::Likely && at_home && purpose.route.is_some() {
            prop_assert_eq!(purpose.service, Some(service));
        }
    }

    #[test]
    fn nothing_is_too_odd_to_look_at(
        name in "(k8s-)?[ -~]{0,40}", stack in "[ -~é/:-]{0,20}", resource in "([ab/:é-]{0,24}|\\PC{0,12})",
        maker in prop::sample::select([&INGRESS[..], &SERVICE[..], &GATEWAY[..]].concat())
    ) {
        let with = tags(&[(&format!("{maker}/stack"), &stack), (&format!("{maker}/resource"), &resource)]);
        let _ = (target_group(&name, &with, None), load_balancer(&with));
    }
}
