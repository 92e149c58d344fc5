//! Groups made up, and what the controller makes of them, read a second time: as a story over plain values, without JSON.

use std::collections::{BTreeMap, HashMap};

use alblog::LogKind;
use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
struct Member {
    namespace: String,
    name: String,
    order: i64,
    class: usize,
    group: Option<String>,
    attributes: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
struct Class {
    group: Option<String>,
    attributes: Vec<(String, String)>,
}

fn attributes() -> impl Strategy<Value = Vec<(String, String)>> {
    let key =
        prop::sample::select(vec!["access_logs.s3.enabled", "access_logs.s3.bucket", "idle_timeout.timeout_seconds"]);
    let value = prop::sample::select(vec!["true", "false", "b", ""]);
    prop::collection::vec((key, value).prop_map(|(key, value)| (key.to_owned(), value.to_owned())), 0..3)
}

fn group() -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop::sample::select(vec!["g".to_owned(), "h".to_owned()]))
}

prop_compose! {
    fn member()(
        namespace in "[ab]", name in "[xyz]", order in -2..3_i64, class in 0..2_usize, group in group(), attributes in attributes(),
    ) -> Member {
        Member { namespace, name, order, class, group, attributes }
    }
}

prop_compose! {
    fn class_of()(group in prop::option::weighted(0.3, Just("g".to_owned())), attributes in attributes()) -> Class {
        Class { group, attributes }
    }
}

/// The controller's story: whoever is in the group is asked in turn, the first one's class has the last word.
fn told(members: &[Member], classes: &[Class], stack: &str) -> Option<Result<HashMap<String, String>, ()>> {
    let mut asked: Vec<&Member> = Vec::new();
    for member in members {
        let own = format!("{}/{}", member.namespace, member.name);
        let of = match (&classes[member.class].group, &member.group) {
            (Some(group), _) | (None, Some(group)) => group.clone(),
            (None, None) => own,
        };
        if of == stack {
            asked.push(member);
        }
    }
    // A bubble for every neighbour that stands wrong.
    let behind = |a: &Member, b: &Member| {
        a.order > b.order
            || a.order == b.order && format!("{}/{}", a.namespace, a.name) > format!("{}/{}", b.namespace, b.name)
    };
    for _ in 0..asked.len() {
        for index in 1..asked.len() {
            if behind(asked[index - 1], asked[index]) {
                asked.swap(index - 1, index);
            }
        }
    }
    let first = asked.first()?;
    let mut last_word = HashMap::new();
    for (key, value) in &classes[first.class].attributes {
        last_word.insert(key.clone(), value.clone());
    }
    let mut said: HashMap<String, String> = HashMap::new();
    for member in asked {
        let mut own = HashMap::new();
        for (key, value) in &member.attributes {
            own.insert(key.clone(), value.clone());
        }
        for (key, value) in own {
            let contradicts = said.get(&key).is_some_and(|before| *before != value);
            if contradicts && !last_word.contains_key(&key) {
                return Some(Err(()));
            }
            said.insert(key, value);
        }
    }
    for (key, value) in last_word {
        said.insert(key, value);
    }
    Some(Ok(said))
}

fn objects(members: &[Member], classes: &[Class]) -> Vec<Value> {
    let mut items = Vec::new();
    for (number, one) in classes.iter().enumerate() {
        items.push(class(&format!("c{number}"), Some(&format!("p{number}"))));
        let attributes: Vec<Value> =
            one.attributes.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
        items.push(json!({
            "kind": "IngressClassParams", "metadata": { "name": format!("p{number}") },
            "spec": { "loadBalancerAttributes": attributes, "group": one.group.as_ref().map(|name| json!({ "name": name })) },
        }));
    }
    for member in members {
        let text: Vec<String> = member.attributes.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let (text, order) = (text.join(","), member.order.to_string());
        let mut annotations =
            vec![(ATTRIBUTES, text.as_str()), ("alb.ingress.kubernetes.io/group.order", order.as_str())];
        annotations.extend(member.group.as_ref().map(|name| (GROUP, name.as_str())));
        let mut made = ingress(&member.namespace, &member.name, &annotations);
        made["spec"]["ingressClassName"] = json!(format!("c{}", member.class));
        items.push(made);
    }
    items
}

proptest! {
    #[test]
    fn our_merge_is_the_controllers(
        members in prop::collection::vec(member(), 0..6), classes in [class_of(), class_of()],
        stack in prop::sample::select(vec!["g", "h", "a/x", "b/z"]),
    ) {
        // Names are unique in a cluster.
        let by_name: BTreeMap<_, _> = members.into_iter().map(|one| ((one.namespace.clone(), one.name.clone()), one)).collect();
        let members: Vec<Member> = by_name.into_values().collect();
        let found = intent(&objects(&members, &classes), &of_ingress(stack));
        match told(&members, &classes, stack) {
            None => prop_assert!(matches!(found, Intent::Unread(_)), "{:?}", found),
            Some(Err(())) => prop_assert!(matches!(&found, Intent::Declared(it) if it.broken.is_some()), "{:?}", found),
            Some(Ok(said)) => {
                let Intent::Declared(declaration) = found else { panic!("{found:?}") };
                prop_assert_eq!(declaration.broken, None);
                prop_assert_eq!(declaration.attributes.into_iter().collect::<HashMap<_, _>>(), said);
            }
        }
    }

    /// What is suggested declares exactly that, in each of the three ways.
    #[test]
    fn what_is_suggested_is_declared(bucket in "[a-z0-9][a-z0-9.-]{2,10}[a-z0-9]", prefix in "([A-Za-z0-9._-]{1,5}(/[a-z]{1,3})?)?") {
        let settings = LogKind::ALL.map(|kind| (kind, bucket.clone(), prefix.clone()));
        let yaml = suggest(&settings);
        let expected: Tags = settings.iter().flat_map(|(kind, bucket, prefix)| {
            crate::fleet::aws::elbv2::Change::enable(bucket, prefix).unwrap().attributes(*kind)
        }).collect();
        // Only what is printed of YAML is read here: `key: "JSON string"`.
        let quoted = |line: &str| serde_json::from_str::<String>(line.split_once(": ").unwrap().1).unwrap();
        let annotation = quoted(yaml.lines().find(|line| line.contains("load-balancer-attributes:")).unwrap());
        prop_assert_eq!(&annotations::string_map(&annotation).unwrap(), &expected);
        for document in yaml.split("\n---\n").skip(1) {
            let keys = document.lines().filter_map(|line| line.trim().strip_prefix("- key: ").map(ToOwned::to_owned));
            let values = document.lines().filter(|line| line.trim().starts_with("value: ")).map(quoted);
            prop_assert_eq!(&keys.zip(values).collect::<Tags>(), &expected);
        }
    }

    /// Letter by letter over what is left, as the controller's own splitter goes.
    #[test]
    fn annotations_are_read_as_the_controller_reads_them(text in "[ab=,\\\\ é]{0,12}") {
        prop_assert_eq!(annotations::string_map(&text), read_letter_by_letter(&text));
    }

    #[test]
    fn no_text_and_no_shape_is_a_panic(text in "\\PC{0,40}", shape in shape()) {
        let _ = Kubernetes::read(&text);
        let _ = annotations::string_map(&text);
        let Ok(kubernetes) = Kubernetes::read(&shape.to_string()) else { return Ok(()) };
        let fleet = [of_ingress("a/b"), of_ingress("g"), load_balancer("x", &[])];
        kubernetes.bindings();
        if let Ok(clusters) = Clusters::of(vec![(None, kubernetes)], &fleet) {
            for one in &fleet {
                clusters.intent(one);
            }
        }
    }
}

fn read_letter_by_letter(text: &str) -> Option<Tags> {
    let mut left = text.to_owned();
    let (mut parts, mut part) = (Vec::new(), String::new());
    while !left.is_empty() {
        let letter = left.remove(0);
        if letter == '\\' && !left.is_empty() {
            part.push(left.remove(0));
        } else if letter == ',' && left.contains('=') {
            parts.push(part);
            part = String::new();
        } else if letter == ',' && !left.trim().is_empty() {
            parts.extend([part, left]);
            (part, left) = (String::new(), String::new());
        } else {
            part.push(letter);
        }
    }
    if !part.is_empty() {
        parts.push(part);
    }
    let mut read = Tags::new();
    for part in parts {
        let at = part.trim().find('=')?;
        let (key, value) = (part.trim()[..at].trim().to_owned(), part.trim()[at + 1..].trim().to_owned());
        if key.is_empty() {
            return None;
        }
        read.insert(key, value);
    }
    Some(read)
}

/// Objects of the right kinds with anything in their fields.
fn shape() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[ab/g=,]{0,5}".prop_map(Value::from)
    ];
    let field = prop::sample::select(vec![
        "kind",
        "metadata",
        "namespace",
        "name",
        "annotations",
        "spec",
        "parameters",
        "items",
        "ingressClassName",
        "status",
        "loadBalancer",
        "ingress",
        "hostname",
        "loadBalancerAttributes",
        "tags",
        ATTRIBUTES,
        GROUP,
    ]);
    let any_value = leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::hash_map(field.clone().prop_map(ToOwned::to_owned), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    let kind = prop::sample::select(vec![
        "Ingress",
        "IngressClass",
        "IngressClassParams",
        "Gateway",
        "GatewayClass",
        "Service",
        "TargetGroupBinding",
    ]);
    let object = (kind, any_value.clone(), any_value, "[ab]").prop_map(|(kind, metadata, spec, name)| {
        let mut metadata = if metadata.is_object() { metadata } else { json!({}) };
        metadata["name"] = json!(name);
        json!({ "kind": kind, "metadata": metadata, "spec": spec, "status": spec })
    });
    prop::collection::vec(object, 0..5).prop_map(|items| json!({ "items": items }))
}
