//! Policies as people write them.

mod properties;

use serde_json::{Value, json};

use super::admission::{Admission, admission};
use super::*;
use crate::base::aws::Refusal;
use crate::fleet::aws::bucket::{Encryption, Owner};

const LEGACY: &str = "156460612806";
const SERVICE: &str = "logdelivery.elasticloadbalancing.amazonaws.com";

fn delivery() -> Delivery {
    let [bucket, prefix, account, region] = ["logs", "eks", "111111111111", "eu-west-1"].map(ToOwned::to_owned);
    Delivery { bucket, prefix, account, region }
}

fn in_region(region: &str) -> Delivery {
    Delivery { region: region.to_owned(), ..delivery() }
}

fn facts(policy: Option<String>) -> Facts {
    Facts {
        bucket: "logs".to_owned(),
        region: Ok(Some("eu-west-1".to_owned())),
        owner: Ok(Owner::NotAsked),
        encryption: Ok(Encryption::S3),
        policy: Ok(policy),
        unblocked: Ok(Vec::new()),
        ownership: Ok(Some("BucketOwnerEnforced".to_owned())),
        lifecycle: Ok(Vec::new()),
        notifications: Ok(Vec::new()),
        retention: Ok(None),
    }
}

fn document(statements: &Value) -> Document {
    Document::parse(&json!({ "Version": "2012-10-17", "Statement": statements }).to_string()).unwrap()
}

fn allow() -> Value {
    json!({ "Sid": "Logs", "Effect": "Allow", "Principal": { "Service": SERVICE }, "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::logs/eks/AWSLogs/111111111111/*" })
}

/// The statement with an element set, or taken away.
fn with(mut statement: Value, element: &str, value: Value) -> Value {
    if value.is_null() {
        statement.as_object_mut().unwrap().remove(element);
    } else {
        statement[element] = value;
    }
    statement
}

fn deny(condition: Value) -> Value {
    let all =
        json!({ "Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::logs/*" });
    with(all, "Condition", condition)
}

/// `allowed 1`, `denied 2`, `undecided 2 condition`, `not allowed 1 resource`
fn says(statements: &[Value]) -> String {
    match admission(Some(&document(&json!(statements))), &delivery()).decision {
        Decision::Allowed(named) => format!("allowed {}", named.number),
        Decision::Denied(named) => format!("denied {}", named.number),
        Decision::Undecided(named, part) => format!("undecided {} {part}", named.number),
        Decision::NotAllowed(Some((named, part))) => format!("not allowed {} {part}", named.number),
        Decision::NotAllowed(None) => "not allowed".to_owned(),
    }
}

#[test]
fn statements_that_allow() {
    let root = json!({ "AWS": format!("arn:aws:iam::{LEGACY}:root") });
    for (element, value) in [
        ("Principal", json!({ "Service": ["x.amazonaws.com", SERVICE] })),
        ("Principal", json!("*")),
        ("Principal", json!({ "AWS": ["*"] })),
        ("Principal", root),
        ("Principal", json!({ "AWS": LEGACY })),
        ("Action", json!("s3:*")),
        ("Action", json!(["s3:GetObject", "S3:putobject"])),
        ("Action", json!("*")),
        ("Resource", json!("*")),
        ("Resource", json!(["arn:aws:s3:::logs", "arn:aws:s3:::logs/*/AWSLogs/11111111111?/*"])),
        ("Condition", json!({ "Bool": { "aws:SecureTransport": true } })),
        ("Condition", json!({ "StringEquals": { "s3:x-amz-acl": "bucket-owner-full-control" } })),
        (
            "Condition",
            json!({ "ArnLike": { "aws:SourceArn": "arn:aws:elasticloadbalancing:*:111111111111:loadbalancer/*" } }),
        ),
        ("Condition", json!({ "StringEquals": { "AWS:sourceaccount": ["2", "111111111111"] } })),
    ] {
        assert_eq!(says(&[with(allow(), element, value.clone())]), "allowed 1", "{element} {value}");
    }
    let not_action = with(with(allow(), "Action", Value::Null), "NotAction", json!("s3:Delete*"));
    assert_eq!(says(&[not_action]), "allowed 1");
}

#[test]
fn statements_that_do_not() {
    for (element, value, said) in [
        ("Principal", json!({ "Service": "delivery.logs.amazonaws.com" }), "not allowed 1 principal"),
        ("Principal", json!({ "AWS": "arn:aws:iam::222222222222:root" }), "not allowed 1 principal"),
        ("Principal", json!({ "AWS": format!("arn:aws:iam::{LEGACY}:role/x") }), "undecided 1 principal"),
        ("Action", json!("s3:GetObject"), "not allowed 1 action"),
        ("Resource", json!("arn:aws:s3:::logs/AWSLogs/111111111111/*"), "not allowed 1 resource"),
        ("Resource", json!("arn:aws:s3:::logs/eks/AWSLogs/222222222222/*"), "not allowed 1 resource"),
        (
            "Resource",
            json!("arn:aws:s3:::logs/eks/AWSLogs/111111111111/elasticloadbalancing/*"),
            "not allowed 1 resource",
        ),
        ("Resource", json!("arn:aws:s3:::logs/*/2026/*"), "not allowed 1 resource"),
        ("Resource", json!("arn:aws:s3:::logs/${aws:PrincipalAccount}/*"), "undecided 1 resource"),
        ("Condition", json!({ "StringEquals": { "aws:SourceAccount": "222222222222" } }), "not allowed 1 condition"),
        ("Condition", json!({ "StringEquals": { "aws:SourceOrgID": "o-1" } }), "undecided 1 condition"),
        ("Condition", json!({ "NumericLessThan": { "s3:x-amz-acl": 1 } }), "undecided 1 condition"),
        ("Condition", json!({ "Bool": { "aws:SecureTransport": "false" } }), "not allowed 1 condition"),
    ] {
        let statement = with(allow(), element, value.clone());
        assert_eq!(says(&[statement]), said, "{element} {value}");
    }
    assert_eq!(admission(None, &delivery()).decision, Decision::NotAllowed(None));
}

#[test]
fn denials_go_before_what_is_allowed() {
    let role = json!({ "StringNotEquals": { "aws:PrincipalArn": "arn:aws:iam::1:role/admin" } });
    let role_or_service =
        json!({ "StringNotEquals": role["StringNotEquals"], "Bool": { "aws:PrincipalIsAWSService": "false" } });
    for (condition, said) in [
        (Value::Null, "denied 2"),
        (json!({ "Bool": { "aws:SecureTransport": "false" } }), "allowed 1"),
        (role, "denied 2"),
        (role_or_service, "allowed 1"),
        (json!({ "StringNotEquals": { "aws:SourceVpce": "vpce-1" } }), "denied 2"),
        (json!({ "StringNotEqualsIfExists": { "aws:PrincipalOrgID": "o-1" } }), "denied 2"),
        (json!({ "Null": { "aws:PrincipalOrgID": "false" } }), "allowed 1"),
        (json!({ "StringNotEquals": { "s3:x-amz-server-side-encryption": "aws:kms" } }), "denied 2"),
        (json!({ "StringNotEquals": { "s3:x-amz-server-side-encryption": "AES256" } }), "undecided 2 condition"),
        (json!({ "NotIpAddress": { "aws:SourceIp": "10.0.0.0/8" } }), "undecided 2 condition"),
        (json!({ "ForAnyValue:StringEquals": { "aws:SecureTransport": "true" } }), "undecided 2 condition"),
    ] {
        assert_eq!(says(&[allow(), deny(condition.clone())]), said, "{condition}");
    }
    let but = |who: Value| with(with(deny(Value::Null), "Principal", Value::Null), "NotPrincipal", who);
    assert_eq!(says(&[allow(), but(json!({ "Service": SERVICE }))]), "allowed 1");
    assert_eq!(says(&[allow(), but(json!({ "AWS": "arn:aws:iam::1:role/admin" }))]), "denied 2");
    let one_kind = with(deny(Value::Null), "Resource", json!("*/conn_log_*"));
    assert_eq!(says(&[allow(), one_kind]), "denied 2");
}

#[test]
fn regions_differ_in_who_writes() {
    let by = |principal: Value, delivery: &Delivery| {
        let resource = json!("*");
        let statement = with(with(allow(), "Principal", principal), "Resource", resource);
        admission(Some(&document(&json!([statement]))), delivery).decision
    };
    let service = json!({ "Service": SERVICE });
    assert!(matches!(by(service.clone(), &in_region("cn-north-1")), Decision::Undecided(..)));
    assert!(matches!(by(json!({ "AWS": "638102146993" }), &in_region("cn-north-1")), Decision::Allowed(_)));
    assert!(matches!(by(service, &in_region("us-gov-west-1")), Decision::Allowed(_)));
    assert!(matches!(by(json!({ "AWS": LEGACY }), &in_region("il-central-1")), Decision::NotAllowed(_)));
}

#[test]
fn odd_policies_are_errors_that_say_where() {
    let error = |text: &str| Document::parse(text).unwrap_err().to_string();
    assert!(error("{").starts_with("the bucket policy cannot be understood: "));
    assert!(error("[]").ends_with("it is no JSON object"));
    assert!(
        error(r#"{"Statement": [{"Effect": "allow"}]}"#).ends_with("statement 1: Effect is neither Allow nor Deny")
    );
    let both = with(allow(), "NotAction", json!("x"));
    assert!(
        error(&json!({ "Statement": both }).to_string()).ends_with("statement 1 (Logs): it has Action and NotAction")
    );
    let typo = with(allow(), "Conditions", json!({}));
    assert!(error(&json!({ "Statement": typo }).to_string()).ends_with("Conditions is no element of a statement"));
}

fn found<'a>(findings: &'a [Finding], check: &str) -> &'a Finding {
    findings.iter().find(|finding| finding.check == check).unwrap()
}

#[test]
fn every_problem_blocks_and_says_what_to_do() {
    let allowed = Some(json!({ "Statement": allow() }).to_string());
    let good = facts(allowed);
    assert_eq!(verdict(&check(&good, &delivery())), Verdict::Ready);
    let blocked = |facts: &Facts, delivery: &Delivery| match verdict(&check(facts, delivery)) {
        Verdict::Blocked { reason, fix } => {
            assert!(!fix.is_empty(), "{reason}");
            reason
        }
        other => panic!("{other:?}"),
    };
    let kms = Facts { encryption: Ok(Encryption::Other("aws:kms".to_owned())), ..good.clone() };
    assert!(blocked(&kms, &delivery()).starts_with("default encryption is aws:kms"));
    let missing = Facts { region: Ok(None), ..good.clone() };
    assert_eq!(blocked(&missing, &delivery()), "no bucket logs");
    let strange = Facts { owner: Ok(Owner::NotExpected("3".to_owned())), ..good.clone() };
    assert!(blocked(&strange, &delivery()).contains("does not belong to account 3"));
    assert!(blocked(&good, &in_region("eu-west-2")).starts_with("the bucket is in eu-west-1"));
    let other = Delivery { account: "222222222222".to_owned(), ..delivery() };
    assert!(blocked(&good, &other).contains("lacks account 222222222222"));
    for prefix in ["eks/AWSLogs", "a b", "/a", "a/", "ä", &"a".repeat(765)] {
        let odd = Delivery { prefix: prefix.to_owned(), ..delivery() };
        assert!(blocked(&good, &odd).starts_with(&format!("{prefix:?}")));
    }
    let denied = facts(Some(json!({ "Statement": [allow(), deny(Value::Null)] }).to_string()));
    assert!(blocked(&denied, &delivery()).starts_with("statement 2 (No) denies"));
    assert!(found(&check(&denied, &delivery()), "policy").fix.as_ref().unwrap().contains("PrincipalIsAWSService"));
}

#[test]
fn what_cannot_be_seen_is_unknown_and_what_does_not_matter_is_ready() {
    let refusal = || Refusal::Denied { action: "s3:GetBucketPolicy".to_owned(), text: String::new() };
    let good = facts(Some(json!({ "Statement": allow() }).to_string()));
    let hidden = Facts { policy: Err(refusal()), ..good.clone() };
    assert_eq!(verdict(&check(&hidden, &delivery())), Verdict::Unknown);
    let settings = Facts { lifecycle: Err(refusal()), ownership: Err(refusal()), ..good.clone() };
    assert_eq!(verdict(&check(&settings, &delivery())), Verdict::Ready);
    assert_ne!(good.fingerprint(), hidden.fingerprint());
    assert_eq!(good.fingerprint(), settings.fingerprint());
    let locked = Facts { retention: Ok(Some("COMPLIANCE, 1 years".to_owned())), ..good.clone() };
    assert_eq!(verdict(&check(&locked, &delivery())), Verdict::Unknown);
    assert_ne!(good.fingerprint(), locked.fingerprint());
    let odd = facts(Some("{}".to_owned()));
    assert_eq!(verdict(&check(&odd, &delivery())), Verdict::Unknown);
}

#[test]
fn a_new_policy_is_what_aws_documents() {
    insta::assert_snapshot!(merge(None, &[delivery()], Grants::default()).unwrap().to_json(), @r#"
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "AlbLogs",
          "Effect": "Allow",
          "Principal": {
            "Service": "logdelivery.elasticloadbalancing.amazonaws.com"
          },
          "Action": "s3:PutObject",
          "Resource": "arn:aws:s3:::logs/eks/AWSLogs/111111111111/*"
        }
      ]
    }
    "#);
    let china = merge(None, &[in_region("cn-north-1")], Grants::default()).unwrap().to_json();
    assert!(china.contains("arn:aws-cn:iam::638102146993:root") && !china.contains("Service"), "{china}");
    let odd = document(&json!([with(allow(), "Resource", json!("arn:aws:s3:::logs/${x}%{y}/*"))]));
    let hcl = terraform("logs", None, &merge(Some(&odd), &[delivery()], Grants::default()).unwrap());
    assert!(hcl.contains("logs/$${x}%%{y}/*") && hcl.contains("aws_s3_bucket_lifecycle_configuration"), "{hcl}");
    let whole = merge(Some(&document(&json!([allow()]))), &[delivery()], Grants::default()).unwrap();
    let there = Facts {
        lifecycle: Ok(vec![crate::fleet::aws::bucket::LifecycleRule {
            prefix: String::new(),
            of_some: true,
            expires: None,
            aborts: None,
        }]),
        ..facts(None)
    };
    assert_eq!(terraform("logs", Some(&there), &whole), "# nothing is missing\n");
    let nowhere = terraform("logs", Some(&Facts { region: Ok(None), ..facts(None) }), &whole);
    assert!(nowhere.contains("bucket = aws_s3_bucket.alb_logs.id"), "{nowhere}");
}

#[test]
fn a_denial_stays_and_is_told() {
    let merged = merge(Some(&document(&json!([deny(Value::Null)]))), &[delivery()], Grants::default()).unwrap();
    assert!(
        matches!(&merged.lacking[..], [(_, Admission { decision: Decision::Denied(named), .. })] if named.number == 1)
    );
}
