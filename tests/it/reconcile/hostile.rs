//! Whoever may annotate an Ingress, tag a load balancer or name a statement of a policy must not write on the screen of
//! whoever looks at the fleet.

use serde_json::json;

use super::super::cloud::{ACCOUNT, allow, policy};
use super::{Bench, ingress};

/// Colours, a link, C1, right-to-left, what cannot be seen, and lines that look like ours.
const HOSTILE: &str = "x\u{1b}[31mRED\u{1b}]8;;http://evil/\u{7}link\u{1b}]8;;\u{7}\u{9b}31m\u{202e}RTL\u{200b}\u{2066}\n\
                       + forged\r\nnext  rm -rf ~\n  ✓ forged";

/// The same as far as XML, in which AWS answers, can hold it.
const HOSTILE_TAG: &str = "x\u{9b}31mRED\u{202e}RTL\u{200b}\u{2066}\n+ forged\nnext  rm -rf ~\n  ✓ forged";

/// Checks that nothing but text is there, and that what pretends to be lines is none.
fn assert_harmless(stdout: &str) {
    let is_harmful = |char: char| {
        char != '\n' && char.is_control()
            || matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
    };
    let harmful: Vec<char> = stdout.chars().filter(|char| is_harmful(*char)).collect();
    assert!(harmful.is_empty(), "{harmful:?} in\n{stdout:?}");
    let is_forged = |line: &&str| {
        let line = line.trim_start();
        line.starts_with("+ forged")
            || line.starts_with("✓ forged")
            || line.contains("rm -rf") && line.starts_with("next")
    };
    assert_eq!(stdout.lines().find(is_forged), None, "{stdout}");
}

#[test]
fn texts_of_others_are_no_screen() {
    let bench = Bench::new(&[]);
    let cluster = ("elbv2.k8s.aws/cluster", "prod");
    {
        let mut world = bench.cloud.world();
        for name in ["out", "declared", "broken"] {
            let stack = format!("shop/{name}");
            world.add_load_balancer(
                &format!("k8s-shop-{name}-0123456789"),
                &[cluster, ("ingress.k8s.aws/stack", &stack)],
            );
        }
        world.add_load_balancer("tagged", &[("albstats.io/logs", HOSTILE_TAG)]);
        let odd = world.add_load_balancer(
            "odd",
            &[("elbv2.k8s.aws/cluster", HOSTILE_TAG), ("ingress.k8s.aws/stack", HOSTILE_TAG)],
        );
        world.set(&odd, &[("access_logs.s3.bucket", HOSTILE_TAG), ("access_logs.s3.enabled", "true")]);
        let sid = json!({ "Sid": HOSTILE, "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::logs/*" });
        let statements = [allow(&format!("arn:aws:s3:::logs/eks/AWSLogs/{ACCOUNT}/*")), sid];
        world.buckets.get_mut("logs").unwrap().policy = Some(policy(&statements));
    }
    let mut out = ingress("shop", "out", None);
    out["metadata"]["annotations"] = json!({ "albstats.io/logs": format!("disabled{HOSTILE}") });
    let declared =
        format!("access_logs.s3.enabled=true,access_logs.s3.bucket={HOSTILE},access_logs.s3.prefix={HOSTILE}");
    let class = json!({ "kind": "IngressClass", "metadata": { "name": "alb" }, "spec": { "controller": "ingress.k8s.aws/alb" } });
    let items =
        json!([out, ingress("shop", "declared", Some(&declared)), ingress("shop", "broken", Some(HOSTILE)), class]);
    bench.folder.write("cluster.json", json!({ "kind": "List", "items": items }).to_string());

    let plan = bench.plan(&["--kubernetes", "prod=cluster.json", "--all"]);
    for known in ["opted out by annotation", "opted out by tag", "foreign: goes to"] {
        assert!(plan.stdout.contains(known), "{known} in\n{}", plan.stdout);
    }
    assert!(plan.stdout.contains(r"x\x1B[31mRED\x1B]8;;http://evil/\x07link"), "{}", plan.stdout);
    assert_harmless(&plan.stdout);
    let page = bench.run(&["reconcile", "plan", "--kubernetes", "prod=cluster.json", "--format", "html"]).stdout;
    assert!(page.contains(r"\x1B[31mRED") && !page.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\u{200b}', '\u{7}']));

    let inventory = bench.run(&["inventory", "--region", "eu-west-1"]).done();
    assert!(inventory.stdout.contains(r"x\xC2\x9B31mRED\xE2\x80\xAERTL"), "{}", inventory.stdout);
    assert_harmless(&inventory.stdout);

    let check = bench.run(&["bucket", "check", "s3://logs/eks", "--account", ACCOUNT]).exits(1);
    assert!(check.stdout.contains(r"x\x1B[31mRED"), "{}", check.stdout);
    assert_harmless(&check.stdout);
}
