//! What holds of every policy, and a slow reading of AWS's rules beside ours.

use proptest::prelude::*;

use super::*;

fn json_of_any_kind() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "Statement",
        "Effect",
        "Allow",
        "Deny",
        "Principal",
        "NotPrincipal",
        "AWS",
        "Service",
        "*",
        "Action",
        "s3:PutObject",
        "Resource",
        "Condition",
        "StringEquals",
        "Null",
        "aws:SourceArn",
        "arn:a:b:c:d:e:f",
        "",
        "?*?",
        "é",
    ]);
    let leaf = prop_oneof![
        word.clone().prop_map(|word| json!(word)),
        any::<bool>().prop_map(|bool| json!(bool)),
        any::<f64>().prop_map(|number| json!(number)),
        Just(Value::Null)
    ];
    leaf.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((word.clone(), inner), 0..6)
                .prop_map(|pairs| pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

/// Statements of things that are all known, so that a simple reading decides them.
fn statement() -> impl Strategy<Value = Value> {
    let effect = prop::sample::select(vec!["Allow", "Allow", "Deny"]);
    let principal = prop::sample::select(vec![
        json!("*"),
        json!({ "Service": SERVICE }),
        json!({ "Service": "x" }),
        json!({ "AWS": "2" }),
    ]);
    let action = prop::sample::select(vec!["s3:PutObject", "s3:*", "s3:Put?bject", "s3:GetObject", "*"]);
    let resource = prop::sample::select(vec![
        "*",
        "arn:aws:s3:::logs/*",
        "arn:aws:s3:::logs/eks/AWSLogs/111111111111/*",
        "arn:aws:s3:::logs/*/AWSLogs/2*",
        "arn:aws:s3:::logs/?ks/*/*File",
        "arn:aws:s3:::other/*",
    ]);
    let secure = prop::sample::select(vec![Value::Null, json!("true"), json!("false")]);
    (effect, principal, action, any::<bool>(), resource, any::<bool>(), secure).prop_map(
        |(effect, principal, action, not_action, resource, not_resource, secure)| {
            let mut statement = json!({ "Effect": effect, "Principal": principal });
            statement[if not_action { "NotAction" } else { "Action" }] = json!(action);
            statement[if not_resource { "NotResource" } else { "Resource" }] = json!(resource);
            if !secure.is_null() {
                statement["Condition"] = json!({ "Bool": { "aws:SecureTransport": secure } });
            }
            statement
        },
    )
}

/// Patterns by trying every length a star may stand for.
fn slow_match(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|length| slow_match(rest, &text[length..])),
        Some((b'?', rest)) => !text.is_empty() && slow_match(rest, &text[1..]),
        Some((byte, rest)) => text.first() == Some(byte) && slow_match(rest, &text[1..]),
    }
}

/// Where nobody but the service writes.
fn by_service_alone() -> Delivery {
    in_region("il-central-1")
}

/// Whether the service may write every key: straight from the rules, on JSON.
fn slowly_allowed(statements: &[Value]) -> bool {
    let holds = |statement: &Value, key: &str| {
        let arn = format!("arn:aws:s3:::logs/{key}");
        let who = &statement["Principal"] == "*" || statement["Principal"]["Service"] == SERVICE;
        let pattern = |element: &str, text: &str| match statement[element].as_str() {
            Some(pattern) => slow_match(pattern.to_lowercase().as_bytes(), text.to_lowercase().as_bytes()),
            None => !slow_match(
                statement[format!("Not{element}")].as_str().unwrap().to_lowercase().as_bytes(),
                text.to_lowercase().as_bytes(),
            ),
        };
        let insecure = statement["Condition"]["Bool"]["aws:SecureTransport"] == "false";
        who && pattern("Action", "s3:PutObject") && pattern("Resource", &arn) && !insecure
    };
    by_service_alone().keys().iter().all(|key| {
        let effects: Vec<&Value> =
            statements.iter().filter(|statement| holds(statement, key)).map(|statement| &statement["Effect"]).collect();
        effects.iter().any(|effect| *effect == "Allow") && effects.iter().all(|effect| *effect == "Allow")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_panics(value in json_of_any_kind(), text in ".{0,40}") {
        let statement = json!({ "Statement": value });
        let bare = with(allow(), "Principal", value.clone());
        let conditional = with(allow(), "Condition", value.clone());
        for policy in [value.to_string(), statement.to_string(), text] {
            let _ = check(&facts(Some(policy)), &delivery());
        }
        for statement in [bare, conditional] {
            if let Ok(document) = Document::parse(&json!({ "Statement": statement }).to_string()) {
                let _ = merge(Some(&document), &[delivery()], Grants { legacy: true, outposts: true, source_arn: true });
            }
        }
    }

    #[test]
    fn decisions_are_those_of_a_simple_reading(statements in prop::collection::vec(statement(), 0..5)) {
        let document = document(&json!(statements));
        let decision = admission(Some(&document), &by_service_alone()).decision;
        let allowed = matches!(decision, Decision::Allowed(_));
        prop_assert_eq!(allowed, slowly_allowed(&statements));
    }

    #[test]
    fn merging_keeps_what_is_there_makes_it_ready_and_is_done_once(
        statements in prop::collection::vec(statement(), 0..4),
        regions in prop::sample::select(vec!["eu-west-1", "il-central-1", "cn-north-1", "us-gov-west-1"]),
        (legacy, outposts, source_arn) in any::<(bool, bool, bool)>(),
    ) {
        let grants = Grants { legacy, outposts, source_arn };
        let deliveries = ["111111111111", "222222222222"].map(|account| Delivery { account: account.to_owned(), ..in_region(regions) });
        let before = document(&json!(statements));
        let merged = merge(Some(&before), &deliveries, grants).unwrap();
        let after: Value = serde_json::from_str(&merged.to_json()).unwrap();
        prop_assert_eq!(&after["Statement"].as_array().unwrap()[..statements.len()], &statements[..]);
        prop_assert_eq!(after["Statement"].as_array().unwrap().len(), statements.len() + merged.added.len());
        let facts = Facts { region: Ok(Some(regions.to_owned())), ..facts(Some(merged.to_json())) };
        for delivery in &deliveries {
            let lacks = merged.lacking.iter().any(|(lacking, _)| lacking == delivery);
            prop_assert_eq!(verdict(&check(&facts, delivery)) == Verdict::Ready, !lacks);
            prop_assert!(!lacks || statements.iter().any(|statement| statement["Effect"] == "Deny"));
        }
        let again = merge(Some(&Document::parse(&merged.to_json()).unwrap()), &deliveries, grants).unwrap();
        prop_assert!(again.added.is_empty(), "{:?}", again.added);
        prop_assert_eq!(again.to_json(), merged.to_json());
    }
}
