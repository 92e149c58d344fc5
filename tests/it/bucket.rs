//! `albstats bucket`: what is said about buckets, and what would mend them.

use serde_json::{Value, json};

use super::cloud::{ACCOUNT, Bucket, Cloud, World, allow, policy};
use super::support::{Answer, Workspace, finish};

const HERE: &str = "arn:aws:s3:::acme-alb-logs/eks/AWSLogs/111111111111/*";

fn cloud(bucket: Bucket) -> Cloud {
    let mut world = World::default();
    world.buckets.insert("acme-alb-logs".to_owned(), bucket);
    Cloud::start(world)
}

fn ask(cloud: &Cloud, args: &[&str]) -> Answer {
    let folder = Workspace::new();
    let mut command = folder.command([&["bucket"], args].concat());
    cloud.environment(&mut command);
    finish(command, b"")
}

fn check(bucket: Bucket, flags: &[&str]) -> Answer {
    ask(&cloud(bucket), &[&["check", "s3://acme-alb-logs/eks", "--account", ACCOUNT], flags].concat())
}

fn with_policy(statements: &[Value]) -> Bucket {
    Bucket { policy: Some(policy(statements)), ..Bucket::default() }
}

fn deny(condition: &Value) -> Value {
    json!({ "Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::acme-alb-logs/*", "Condition": condition })
}

#[test]
fn a_good_bucket_is_ready() {
    let tls = deny(&json!({ "Bool": { "aws:SecureTransport": "false" } }));
    let answer = check(with_policy(&[allow(HERE), tls]), &["--region", "eu-west-1", "--owner", ACCOUNT]).done();
    insta::assert_snapshot!(answer.stdout, @r#"
    s3://acme-alb-logs/eks
    for load balancers of 111111111111 in eu-west-1

      CHECK          FOUND
    ✓ prefix         logs go to eks/AWSLogs/111111111111/
    ✓ bucket         acme-alb-logs exists
    ✓ owner          account 111111111111
    ✓ region         eu-west-1
    ✓ encryption     SSE-S3
    ✓ policy         allowed by statement 1 (Logs)
    ✓ public access  blocked
    ✓ ownership      BucketOwnerEnforced
    ! lifecycle      logs never expire
        fix: add a rule with Expiration
    ✓ notification   no notifications for new logs

    ready  load balancers can log there
    "#);
    assert_eq!(answer.stderr, "");
}

#[test]
fn every_problem_is_told_with_its_remedy() {
    let answer = check(with_policy(&[allow("arn:aws:s3:::acme-alb-logs/AWSLogs/*")]), &[]).exits(1);
    insta::assert_snapshot!(answer.stdout, @r#"
    s3://acme-alb-logs/eks
    for load balancers of 111111111111 in eu-west-1

      CHECK          FOUND
    ✓ prefix         logs go to eks/AWSLogs/111111111111/
    ✓ bucket         acme-alb-logs exists
    ! owner          not checked (--owner ACCOUNT)
    ✓ region         eu-west-1
    ✓ encryption     SSE-S3
    ✗ policy         lacks account 111111111111: nothing allows logdelivery.elasticloadbalancing.amazonaws.com to write eks/AWSLogs/111111111111/ELBAccessLogTestFile; statement 1 (Logs) would, but for its resource
        fix: albstats bucket policy s3://acme-alb-logs/eks --account 111111111111 --region eu-west-1
    ✓ public access  blocked
    ✓ ownership      BucketOwnerEnforced
    ! lifecycle      logs never expire
        fix: add a rule with Expiration
    ✓ notification   no notifications for new logs

    blocked  load balancers cannot log there
    "#);
    let role = deny(&json!({ "StringNotEquals": { "aws:PrincipalArn": "arn:aws:iam::111111111111:role/admin" } }));
    for (bucket, flags, said) in [
        (with_policy(&[allow(HERE), role]), &[][..], "statement 2 (No) denies"),
        (Bucket { policy: None, ..Bucket::default() }, &[], "no policy:"),
        (Bucket { encryption: Some("aws:kms"), ..Bucket::default() }, &[], "default encryption is aws:kms"),
        (
            Bucket { region: "eu-west-2".to_owned(), ..Bucket::default() },
            &["--region", "eu-west-1"],
            "the bucket is in eu-west-2",
        ),
        (
            Bucket { owner: "222222222222".to_owned(), ..Bucket::default() },
            &["--owner", ACCOUNT],
            "does not belong to account",
        ),
        (with_policy(&[allow(HERE)]), &["--account", "222222222222"], "lacks account 222222222222"),
    ] {
        let answer = check(bucket, flags).exits(1);
        let flat = answer.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(said) && flat.contains("fix:"), "{said}\n{}", answer.stdout);
    }
    let html = check(with_policy(&[]), &["--format", "html"]).exits(1).stdout;
    assert!(
        html.contains("<h1>s3://acme-alb-logs/eks</h1>") && html.contains("load balancers cannot log there"),
        "{html}"
    );
    let nowhere = ask(&cloud(Bucket::default()), &["check", "s3://nowhere", "--account", ACCOUNT]).exits(1);
    assert!(nowhere.stdout.contains("no bucket nowhere"), "{}", nowhere.stdout);
}

#[test]
fn what_may_not_be_seen_is_unknown() {
    let cloud = cloud(Bucket { region: "eu-central-1".to_owned(), ..Bucket::default() });
    let actions = [
        "HeadBucket",
        "GetBucketPolicy",
        "GetEncryptionConfiguration",
        "GetBucketObjectLockConfiguration",
        "GetBucketPublicAccessBlock",
        "GetBucketOwnershipControls",
        "GetLifecycleConfiguration",
        "GetBucketNotification",
    ];
    cloud.world().denied.extend(actions.map(ToOwned::to_owned));
    let answer = ask(&cloud, &["check", "s3://acme-alb-logs", "--account", ACCOUNT, "--format", "json"]).exits(3);
    let rows: Vec<Value> = serde_json::from_str(&answer.stdout).unwrap();
    let unknown: Vec<&str> =
        rows.iter().filter(|row| row["level"] == "unknown").map(|row| row["check"].as_str().unwrap()).collect();
    assert_eq!(
        unknown,
        [
            "bucket",
            "region",
            "encryption",
            "policy",
            "retention",
            "public access",
            "ownership",
            "lifecycle",
            "notification"
        ]
    );
    assert!(
        rows.iter()
            .filter(|row| row["level"] == "unknown")
            .all(|row| row["fix"].as_str().unwrap().starts_with("allow s3:"))
    );
}

/// Nobody knows whether load balancers' uploads have the checksum that is demanded there.
#[test]
fn a_bucket_that_retains_by_default_is_not_called_ready() {
    let lock = |rule: &str| {
        let mut bucket = with_policy(&[allow(HERE)]);
        let lock = format!(
            "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>{rule}</ObjectLockConfiguration>"
        );
        bucket.settings.insert("object-lock", lock);
        bucket
    };
    let retention = "<Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>30</Days></DefaultRetention></Rule>";
    let answer = check(lock(retention), &["--format", "csv"]).exits(3);
    assert!(answer.stdout.contains("Object Lock retains by default (GOVERNANCE, 30 days)"), "{}", answer.stdout);
    let without = check(lock(""), &["--format", "csv"]).done();
    assert!(!without.stdout.contains("retention"), "{}", without.stdout);
}

/// A policy for keys that no load balancer writes would look as if it were done.
#[test]
fn no_policy_is_printed_for_a_prefix_that_load_balancers_do_not_take() {
    let cloud = cloud(Bucket::default());
    for command in ["policy", "terraform"] {
        for (prefix, says) in [
            ("eks/AWSLogs", "\"eks/AWSLogs\" has AWSLogs in it, which load balancers add\nhint: prefix \"eks\""),
            ("a b", "\"a b\" has other characters than load balancers allow"),
            (&"a".repeat(765), "is too long for the keys of logs"),
        ] {
            let place = format!("s3://acme-alb-logs/{prefix}");
            let refused = ask(&cloud, &[command, &place, "--account", ACCOUNT, "--offline"]).exits(2).says(says);
            assert_eq!(refused.stdout, "");
        }
    }
    ask(&cloud, &["policy", &format!("s3://acme-alb-logs/{}", "a".repeat(764)), "--account", ACCOUNT, "--offline"])
        .done();
    assert_eq!(cloud.actions(), [""; 0]);
}

#[test]
fn a_load_balancer_tells_where_it_writes() {
    let cloud = cloud(with_policy(&[allow(HERE)]));
    let arn = cloud.world().add_load_balancer("shop", &[]);
    ask(&cloud, &["check", "--elb", "shop"]).exits(2).says("shop writes no logs");
    ask(&cloud, &["check", "--elb", "other"]).exits(2);
    cloud.world().set(
        &arn,
        &[
            ("access_logs.s3.enabled", "true"),
            ("access_logs.s3.bucket", "acme-alb-logs"),
            ("access_logs.s3.prefix", "eks"),
        ],
    );
    let answer = ask(&cloud, &["check", "--elb", "shop"]).done();
    assert!(
        answer.stdout.starts_with("s3://acme-alb-logs/eks\nfor load balancers of 111111111111 in eu-west-1\n"),
        "{}",
        answer.stdout
    );
}

#[test]
fn the_policy_that_is_printed_makes_the_bucket_ready() {
    let cloud = cloud(with_policy(&[deny(&json!({ "Bool": { "aws:SecureTransport": "false" } }))]));
    let flags = ["s3://acme-alb-logs/eks", "--account", ACCOUNT, "--account", "222222222222"];
    let printed = ask(&cloud, &[&["policy"], &flags[..]].concat()).done().says("new: statement 2 (AlbLogs)");
    insta::assert_snapshot!(printed.stdout, @r#"
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "No",
          "Effect": "Deny",
          "Principal": "*",
          "Action": "s3:*",
          "Resource": "arn:aws:s3:::acme-alb-logs/*",
          "Condition": {
            "Bool": {
              "aws:SecureTransport": "false"
            }
          }
        },
        {
          "Sid": "AlbLogs",
          "Effect": "Allow",
          "Principal": {
            "Service": "logdelivery.elasticloadbalancing.amazonaws.com"
          },
          "Action": "s3:PutObject",
          "Resource": [
            "arn:aws:s3:::acme-alb-logs/eks/AWSLogs/111111111111/*",
            "arn:aws:s3:::acme-alb-logs/eks/AWSLogs/222222222222/*"
          ]
        }
      ]
    }
    "#);
    cloud.world().buckets.get_mut("acme-alb-logs").unwrap().policy = Some(printed.stdout.clone());
    ask(&cloud, &[&["check"], &flags[..]].concat()).done();
    let again = ask(&cloud, &[&["policy"], &flags[..]].concat()).done().says("the policy lacks no statement");
    assert_eq!(again.stdout, printed.stdout);
    cloud.world().denied.insert("GetBucketPolicy".to_owned());
    ask(&cloud, &[&["policy"], &flags[..]].concat()).exits(3).says("could not be read");
    let terraform = ask(&cloud, &[&["terraform", "--offline"], &flags[..]].concat()).done();
    insta::assert_snapshot!(terraform.stdout, @r#"
    resource "aws_s3_bucket_server_side_encryption_configuration" "alb_logs" {
      bucket = "acme-alb-logs"
      rule {
        apply_server_side_encryption_by_default {
          sse_algorithm = "AES256"
        }
      }
    }

    resource "aws_s3_bucket_public_access_block" "alb_logs" {
      bucket = "acme-alb-logs"
      block_public_acls       = true
      block_public_policy     = true
      ignore_public_acls      = true
      restrict_public_buckets = true
    }

    resource "aws_s3_bucket_ownership_controls" "alb_logs" {
      bucket = "acme-alb-logs"
      rule {
        object_ownership = "BucketOwnerEnforced"
      }
    }

    resource "aws_s3_bucket_lifecycle_configuration" "alb_logs" {
      bucket = "acme-alb-logs"
      rule {
        id     = "alb-logs"
        status = "Enabled"
        filter {}
        expiration {
          days = 90
        }
        abort_incomplete_multipart_upload {
          days_after_initiation = 1
        }
      }
    }

    resource "aws_s3_bucket_policy" "alb_logs" {
      bucket = "acme-alb-logs"
      policy = jsonencode({
        "Version": "2012-10-17",
        "Statement": [
          {
            "Sid": "AlbLogs",
            "Effect": "Allow",
            "Principal": {
              "Service": "logdelivery.elasticloadbalancing.amazonaws.com"
            },
            "Action": "s3:PutObject",
            "Resource": [
              "arn:aws:s3:::acme-alb-logs/eks/AWSLogs/111111111111/*",
              "arn:aws:s3:::acme-alb-logs/eks/AWSLogs/222222222222/*"
            ]
          }
        ]
      })
    }
    "#);
    ask(&cloud, &["policy", "s3://acme-alb-logs", "--account", ACCOUNT, "--offline", "--with-legacy"])
        .exits(2)
        .says("--region");
}

const TOLD: [&str; 6] = ["notifications", "s3://acme-alb-logs/eks", "--account", ACCOUNT, "--region", "eu-west-1"];

#[test]
fn what_lets_a_queue_be_told_is_printed() {
    let folder = Workspace::new();
    let printed = folder.run([&["bucket"], &TOLD[..]].concat()).done().stdout;
    let printed: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(printed["queue"]["QueueName"], "alb-logs");
    let terraform = folder.run([&["bucket"], &TOLD[..], &["--terraform", "--queue", "q"]].concat()).done().stdout;
    assert!(
        terraform.contains("name                       = \"q\"") && terraform.contains("eks/AWSLogs/"),
        "{terraform}"
    );
}

#[test]
fn a_queue_that_is_not_told_is_found() {
    let cloud = cloud(Bucket::default());
    let answer = ask(&cloud, &[&TOLD[..], &["--check"]].concat()).exits(1);
    assert!(answer.stdout.contains("✗ notification"), "{}", answer.stdout);
    let answer = ask(&cloud, &[&TOLD[..], &["--check", "--format", "json"]].concat()).exits(1);
    assert!(answer.stdout.contains("is not told of new logs below eks/AWSLogs/"), "{}", answer.stdout);
}
