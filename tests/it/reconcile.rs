//! `albstats reconcile` against a small AWS: what is written, what is not, and what is said about it.

#[cfg(unix)]
mod events;
mod hostile;
mod live;
#[cfg(unix)]
mod real_cluster;
mod watching;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::cloud::{Bucket, Cloud, World};
use super::support::{Answer, Workspace, finish};

const POLICY: &str = r#"
[reconcile]
bucket = "logs"
prefix = "eks"
describe_per_second = 10
modify_per_second = 3
[reconcile.select.prod]
names = ["*"]
"#;

struct Bench {
    folder: Workspace,
    cloud: Cloud,
}

impl Bench {
    /// A cloud with an open bucket and these load balancers.
    fn new(names: &[&str]) -> Self {
        let mut world = World::default();
        world.buckets.insert("logs".to_owned(), Bucket::default());
        for name in names {
            world.add_load_balancer(name, &[]);
        }
        let folder = Workspace::new();
        folder.write("albstats.toml", POLICY);
        Self { folder, cloud: Cloud::start(world) }
    }

    fn policy(&self, more: &str) -> &Self {
        self.folder.write("albstats.toml", POLICY.replace("[reconcile]\n", &format!("[reconcile]\n{more}\n")));
        self
    }

    fn run(&self, args: &[&str]) -> Answer {
        let mut command = self.folder.command(args);
        self.cloud.environment(&mut command);
        command.env("XDG_STATE_HOME", self.folder.path("state"));
        finish(command, b"")
    }

    fn plan(&self, more: &[&str]) -> Answer {
        self.run(&[&["reconcile", "plan", "-o", "plan.json"], more].concat())
    }

    fn apply(&self) -> Answer {
        self.run(&["reconcile", "apply", "plan.json"])
    }

    fn arn(&self, name: &str) -> String {
        let world = self.cloud.world();
        world.load_balancers.iter().find(|(_, one)| one.name == name).unwrap().0.clone()
    }

    /// The attributes about logs that are not as AWS made them, as `key=value`.
    fn logs(&self, name: &str) -> Vec<String> {
        let arn = self.arn(name);
        let world = self.cloud.world();
        let attributes = world.load_balancers[&arn].attributes.iter();
        let logs = attributes.filter(|(key, value)| key.contains("_logs.") && !["", "false"].contains(&value.as_str()));
        logs.map(|(key, value)| format!("{key}={value}")).collect()
    }

    fn writes(&self) -> usize {
        self.cloud.asked("ModifyLoadBalancerAttributes").len()
    }
}

/// All three logs, switched on as the policy says.
fn all_on() -> Vec<String> {
    ["access", "connection", "health_check"]
        .into_iter()
        .flat_map(|kind| ["bucket=logs", "enabled=true", "prefix=eks"].map(|part| format!("{kind}_logs.s3.{part}")))
        .collect()
}

#[test]
fn without_a_policy_it_says_how_to_write_one() {
    let bench = Bench::new(&["shop"]);
    bench.folder.write("albstats.toml", "");
    bench.plan(&[]).exits(2).says("no policy: albstats.toml has no [reconcile]\nhint: albstats reconcile --help");
    bench.folder.write("albstats.toml", "[reconcile]\nprefix = \"x\"\n");
    bench.plan(&[]).exits(2).says("albstats.toml:1:1: no bucket to log to");
    for (line, words) in [
        ("bucket = \"{acount}\"", "unknown placeholder"),
        ("bucket = \"Logs_\"", "expected a bucket's name"),
        ("bucket = \"b\"\nprefix = \"/x\"", "without a slash at the ends"),
        ("bucket = \"b\"\nprefix = \"AWSLogs/x\"", "AWSLogs, which AWS adds"),
        ("bucket = \"b\"\nkinds = [\"acess\"]", "not a kind of log"),
        ("bucket = \"b\"\nforeign = \"take\"", "expected leave or adopt"),
        ("bucket = \"b\"\nmodify_per_second = 100", "from 0.01 to 3"),
        ("bucket = \"b\"\n[[reconcile.exclude]]", "excludes nothing"),
        ("bucket = \"b\"\nselect.prod.names = [\"[\"]", "malformed pattern"),
        ("bucket = \"b\"\nbucket_owner = \"123\"", "12 digits"),
    ] {
        bench.folder.write("albstats.toml", format!("[reconcile]\n{line}\n"));
        bench.plan(&[]).exits(2).says(words).says("albstats.toml:");
    }
    assert_eq!(bench.cloud.actions(), [""; 0]);
}

#[test]
fn a_policy_that_selects_nothing_asks_nothing() {
    let bench = Bench::new(&["shop"]);
    bench.folder.write("albstats.toml", "[reconcile]\nbucket = \"logs\"\n");
    let answer = bench.plan(&[]).done();
    assert!(answer.stdout.contains("0 ALBs, 0 logs\n"), "{}", answer.stdout);
    assert!(
        answer.stdout.contains(": no ALBs, nothing is selected, all three kinds → s3://logs\n"),
        "{}",
        answer.stdout
    );
    assert_eq!(bench.cloud.actions(), [""; 0]);
    bench.folder.write("albstats.toml", "[reconcile]\nbucket = \"logs\"\n[reconcile.select.prod]\n");
    bench.plan(&[]).exits(2).says("reconcile.select.prod: it selects nothing");
    assert_eq!(bench.cloud.actions(), [""; 0]);
}

#[test]
fn a_plan_is_shown_and_then_written() {
    let bench = Bench::new(&["shop", "search"]);
    let answer = bench.plan(&[]).exits(1);
    assert!(answer.stdout.contains("2 ALBs, 6 logs: 6 to enable\n"), "{}", answer.stdout);
    assert!(answer.stdout.contains("access_logs.s3.bucket         \"\"    → logs\n"), "{}", answer.stdout);
    assert!(
        answer.stdout.contains(
            "next  albstats reconcile apply plan.json   (6 writes, less than a minute; only the keys above)\n"
        ),
        "{}",
        answer.stdout
    );
    assert_eq!(bench.writes(), 0, "a plan writes nothing");
    assert_eq!(bench.folder.names_in("."), ["albstats.toml", "plan.json"], "not even a history");

    let applied = bench.apply().done();
    assert!(applied.stdout.starts_with("6 written · 6 read back as on · 6 test objects seen\n"), "{}", applied.stdout);
    for name in ["shop", "search"] {
        assert_eq!(bench.logs(name), all_on());
    }
    let sent = bench.cloud.asked("ModifyLoadBalancerAttributes");
    assert_eq!(sent.len(), 6);
    // Nothing else of a load balancer was touched.
    let world = bench.cloud.world();
    assert!(world.load_balancers.values().all(|one| one.attributes["deletion_protection.enabled"] == "true"));
    drop(world);

    let again = bench.plan(&[]).done();
    assert!(again.stdout.contains("2 ALBs, 6 logs: 6 enabled\n"), "{}", again.stdout);
    assert_eq!(bench.writes(), 6, "there was nothing left to do");
}

#[test]
fn a_plan_is_refused_when_the_world_has_moved() {
    let bench = Bench::new(&["shop", "search"]);
    bench.plan(&[]).exits(1);
    let shop = bench.arn("shop");
    bench.cloud.world().set(&shop, &[("access_logs.s3.bucket", "team"), ("access_logs.s3.enabled", "true")]);
    let refused = bench.apply().exits(2).says("the world moved since the plan was made; nothing was written");
    assert!(refused.stderr.contains("/app/shop/") && refused.stderr.contains("access: was changed since"));
    assert_eq!(bench.writes(), 0);
    // A plan that somebody wrote by hand is no way around the rules.
    bench.plan(&[]).exits(1);
    let mut plan: Value = serde_json::from_str(&bench.folder.read("plan.json")).unwrap();
    plan["writes"] = json!([{
        "load_balancer": shop, "kind": "access", "canary": false,
        "before": { "enabled": true, "bucket": "team", "prefix": "" },
        "change": { "enable": { "bucket": "logs", "prefix": "eks" } },
    }]);
    bench.folder.write("plan.json", plan.to_string());
    bench.apply().exits(2).says("would not be written now: foreign: goes to s3://team");
    // Nor is one that was made before a cluster took it over.
    bench.plan(&[]).exits(1);
    let search = bench.arn("search");
    let cluster = ("elbv2.k8s.aws/cluster".to_owned(), "prod".to_owned());
    bench.cloud.world().load_balancers.get_mut(&search).unwrap().tags.extend([cluster]);
    bench.apply().exits(2).says("the plan has load balancers of prod, and what is declared there by now was not read");
    plan["made_at"] = json!("2026-11-01T00:00:00Z");
    bench.folder.write("plan.json", plan.to_string());
    bench.apply().exits(2).says("the plan was made at 2026-11-01").says("hint: make it again");
    bench.folder.write("plan.json", "{}");
    bench.apply().exits(2).says("plan.json: not a plan");
    assert_eq!(bench.writes(), 0);
}

#[test]
fn what_is_somebody_elses_is_left_alone() {
    let bench = Bench::new(&["foreign", "stopped", "excluded", "free"]);
    let (foreign, stopped) = (bench.arn("foreign"), bench.arn("stopped"));
    {
        let mut world = bench.cloud.world();
        world.add_load_balancer("opted", &[("albstats.io/logs", "disabled")]);
        world.set(&foreign, &[("access_logs.s3.bucket", "team"), ("access_logs.s3.enabled", "true")]);
        world.set(&stopped, &[("connection_logs.s3.bucket", "logs"), ("connection_logs.s3.prefix", "eks")]);
        let nlb = world.add_load_balancer("nlb", &[]);
        world.load_balancers.get_mut(&nlb).unwrap().kind = "network";
    }
    let excluding = format!("{POLICY}\n[[reconcile.exclude]]\nnames = [\"excl*\"]\n");
    bench.folder.write("albstats.toml", excluding);
    let answer = bench.plan(&["--all"]).exits(1);
    for words in [
        "5 ALBs, 15 logs: 7 to enable · 8 left alone",
        "foreign: goes to s3://team",
        "switched off by hand (false, bucket kept)",
        "excluded by name excl*",
        "opted out by tag albstats.io/logs=disabled",
    ] {
        assert!(answer.stdout.contains(words), "{words} in\n{}", answer.stdout);
    }
    bench.apply().done();
    assert_eq!(bench.logs("free"), all_on());
    assert_eq!(bench.logs("opted"), [""; 0]);
    assert_eq!(bench.logs("excluded"), [""; 0]);
    assert!(bench.logs("foreign").contains(&"access_logs.s3.bucket=team".to_owned()));
    assert!(!bench.logs("stopped").contains(&"connection_logs.s3.enabled=true".to_owned()));
}

fn ingress(namespace: &str, name: &str, attributes: Option<&str>) -> Value {
    let annotations =
        attributes.map(|attributes| json!({ "alb.ingress.kubernetes.io/load-balancer-attributes": attributes }));
    json!({
        "kind": "Ingress", "metadata": { "namespace": namespace, "name": name, "annotations": annotations },
        "spec": { "ingressClassName": "alb" },
    })
}

#[test]
fn a_plan_is_shown_in_any_format_and_kept_in_json() {
    let bench = Bench::new(&["a", "b", "c", "d", "e", "f", "g"]);
    let plan = |args: &[&str]| bench.run(&[&["reconcile", "plan"], args].concat()).exits(1).stdout;
    let kept = plan(&["--json"]);
    let writes = |text: &str| serde_json::from_str::<Value>(text).unwrap()["writes"].as_array().unwrap().len();
    assert_eq!((writes(&kept), writes(&plan(&["--format", "json"]))), (21, 21));
    let shown = plan(&[]);
    assert!(shown.contains("+ 3 more (--all)\n"), "{shown}");
    let next = "next  albstats reconcile plan -o plan.json\n      albstats reconcile apply plan.json   (21 writes";
    assert!(shown.contains(next), "{shown}");
    // Programs get every load balancer.
    let rows = plan(&["--format", "csv"]);
    assert!(rows.starts_with("action,load_balancer,account,logs,why\nenable,arn:aws:elasticloadbalancing:"), "{rows}");
    assert_eq!(rows.lines().count(), 8);
    assert_eq!(plan(&["-o", "plan.html"]), "");
    let page = bench.folder.read("plan.html");
    assert!(page.contains("<h1>policy albstats.toml:2: ALBs of prod") && page.contains(">g</td>"), "{page}");
    for name in ["kept.json", "kept", "kept.plan"] {
        assert!(plan(&["-o", name]).contains(&format!("albstats reconcile apply {name}   (21 writes")));
        assert_eq!(writes(&bench.folder.read(name)), 21);
    }
}

#[test]
fn what_kubernetes_declares_is_read_first() {
    let bench = Bench::new(&[]);
    {
        let mut world = bench.cloud.world();
        for name in ["web", "api"] {
            let stack = format!("shop/{name}");
            let tags = [("elbv2.k8s.aws/cluster", "prod"), ("ingress.k8s.aws/stack", stack.as_str())];
            world.add_load_balancer(&format!("k8s-shop-{name}-0123456789"), &tags);
        }
    }
    let unread = bench.plan(&[]).done();
    assert!(unread.stdout.contains("2 ALBs, 6 logs: 6 waiting for Kubernetes\n"), "{}", unread.stdout);
    assert!(unread.stdout.contains("note  Kubernetes was not read"), "{}", unread.stdout);
    bench.apply().done();
    assert_eq!(bench.writes(), 0);

    let off = "access_logs.s3.enabled=false";
    let class = json!({ "kind": "IngressClass", "metadata": { "name": "alb" }, "spec": { "controller": "ingress.k8s.aws/alb" } });
    let list =
        json!({ "kind": "List", "items": [ingress("shop", "web", Some(off)), ingress("shop", "api", None), class] });
    bench.folder.write("cluster.json", list.to_string());
    let read = bench.plan(&["--kubernetes", "prod=cluster.json", "--all"]).exits(1);
    assert!(read.stdout.contains("declared off by shop/web"), "{}", read.stdout);
    assert!(read.stdout.contains("prod, shop/api"), "{}", read.stdout);
    let next = "next  albstats reconcile apply plan.json --kubernetes prod=cluster.json\n        (5 writes";
    assert!(read.stdout.contains(next), "{}", read.stdout);
    bench.run(&["reconcile", "apply", "plan.json", "--kubernetes", "prod=cluster.json"]).done();
    assert_eq!(bench.logs("k8s-shop-api-0123456789"), all_on());
    assert_eq!(bench.logs("k8s-shop-web-0123456789"), all_on()[3..]);

    bench.folder.write("cluster.json", "{");
    bench.plan(&["--kubernetes", "prod=cluster.json"]).exits(2).says("cluster.json: not JSON");
    bench.policy("kubernetes = \"assume-undeclared\"").plan(&[]).exits(1);
}

/// What a plan says that Kubernetes declared is a record, and nothing is decided by it.
#[test]
fn a_plan_is_written_by_what_is_declared_now() {
    let bench = Bench::new(&[]);
    let tags = [("elbv2.k8s.aws/cluster", "prod"), ("ingress.k8s.aws/stack", "shop/web")];
    bench.cloud.world().add_load_balancer("web", &tags);
    let class = json!({ "kind": "IngressClass", "metadata": { "name": "alb" }, "spec": { "controller": "ingress.k8s.aws/alb" } });
    let declares =
        |web: Value| bench.folder.write("cluster.json", json!({ "items": [web, class.clone()] }).to_string());
    let apply = |more: &[&str]| bench.run(&[&["reconcile", "apply", "plan.json"], more].concat());
    let kubernetes = ["--kubernetes", "prod=cluster.json"];
    declares(ingress("shop", "web", None));
    bench.plan(&kubernetes).exits(1);
    apply(&["--state", "it's.json"])
        .exits(2)
        .says("hint: for kinds in ingresses.networking.k8s.io,")
        .says("; do kubectl get $kinds -A -o json; done > cluster.json\n")
        .says("hint: albstats reconcile apply plan.json --kubernetes cluster.json --state 'it'\\''s.json'\n");
    assert_eq!(bench.writes(), 0);
    // An Ingress that declares logs since, or opts out.
    declares(ingress("shop", "web", Some("access_logs.s3.enabled=false")));
    apply(&kubernetes).exits(2).says("access: would not be written now: declared off by shop/web");
    let mut out = ingress("shop", "web", None);
    out["metadata"]["annotations"] = json!({ "albstats.io/logs": "disabled" });
    declares(out);
    apply(&kubernetes)
        .exits(2)
        .says("would not be written now: opted out by annotation albstats.io/logs of Ingress shop/web");
    // Whoever edits the plan cannot say otherwise.
    let mut plan: Value = serde_json::from_str(&bench.folder.read("plan.json")).unwrap();
    for intent in [
        json!("not-kubernetes"),
        json!({ "declared": { "stack": "shop/web", "attributes": {}, "broken": null, "opt_outs": {} } }),
    ] {
        plan["intents"].as_object_mut().unwrap().values_mut().for_each(|it| *it = intent.clone());
        bench.folder.write("plan.json", plan.to_string());
        apply(&[]).exits(2).says("what is declared there by now was not read");
        apply(&kubernetes).exits(2).says("opted out by annotation");
    }
    assert_eq!(bench.writes(), 0);
    declares(ingress("shop", "web", None));
    apply(&kubernetes).done();
    assert_eq!(bench.logs("web"), all_on());
}

#[test]
fn what_is_declared_by_now_is_not_switched_off() {
    let bench = Bench::new(&[]);
    let tags = [("elbv2.k8s.aws/cluster", "prod"), ("ingress.k8s.aws/stack", "shop/web")];
    bench.cloud.world().add_load_balancer("web", &tags);
    let class = json!({ "kind": "IngressClass", "metadata": { "name": "alb" }, "spec": { "controller": "ingress.k8s.aws/alb" } });
    let declares = |attributes: Option<&str>| {
        let items = [ingress("shop", "web", attributes), class.clone()];
        bench.folder.write("cluster.json", json!({ "items": items }).to_string());
    };
    let kubernetes = ["--kubernetes", "prod=cluster.json"];
    declares(None);
    bench.plan(&kubernetes).exits(1);
    bench.run(&[&["reconcile", "apply", "plan.json"], &kubernetes[..]].concat()).done();
    let excluding = POLICY.replace("[reconcile]\n", "[reconcile]\non_removal = \"disable\"\n");
    bench.folder.write("albstats.toml", format!("{excluding}\n[[reconcile.exclude]]\nnames = [\"web\"]\n"));
    declares(Some("access_logs.s3.enabled=true,access_logs.s3.bucket=logs,access_logs.s3.prefix=eks"));
    let plan = bench.plan(&kubernetes).exits(1);
    assert!(
        plan.stdout.contains("2 to disable · 1 left alone") && plan.stdout.contains("declared by shop/web"),
        "{}",
        plan.stdout
    );
    // What nobody has read may be declared.
    let unread = bench.plan(&[]).done();
    assert!(unread.stdout.contains("3 waiting for Kubernetes"), "{}", unread.stdout);
    bench.apply().done();
    assert_eq!(bench.writes(), 3);
}

#[test]
fn a_bucket_that_refuses_is_asked_by_the_canary_alone() {
    let bench = Bench::new(&["a", "b", "c"]);
    bench.plan(&[]).exits(1);
    let denied = "Access Denied for bucket: logs. Please check S3bucket permission";
    let refuse = |refuses: Option<(&'static str, String)>| {
        bench.cloud.world().load_balancers.values_mut().for_each(|one| one.refuses.clone_from(&refuses));
    };
    refuse(Some(("InvalidConfigurationRequest", denied.to_owned())));
    let answer =
        bench.apply().exits(3).says(denied).says("fix: albstats bucket check s3://logs/eks --account 111111111111");
    assert_eq!(bench.writes(), 1, "{}", answer.stderr);
    assert!(answer.stderr.contains("not written: another log was refused there just now"));
    assert!(answer.stdout.starts_with("0 written, 9 not"), "{}", answer.stdout);

    let blocked = bench.plan(&[]).done();
    assert!(blocked.stdout.contains("9 blocked"), "{}", blocked.stdout);
    assert!(blocked.stdout.contains(denied), "{}", blocked.stdout);
    refuse(None);
    bench.plan(&["--retry"]).exits(1);
    bench.apply().done();
    assert_eq!(bench.logs("c"), all_on());
}

#[test]
fn throttling_passes_and_is_not_a_write() {
    let bench = Bench::new(&["a"]);
    let throttle = |action: &str, times, code| {
        bench.cloud.world().throttled.insert(action.to_owned(), (times, code));
    };
    throttle("DescribeTags", 2, "Throttling");
    throttle("DescribeLoadBalancers", 1, "ThrottlingException");
    bench.plan(&[]).exits(1);
    throttle("ModifyLoadBalancerAttributes", 2, "Throttling");
    bench.apply().done();
    assert_eq!(bench.logs("a"), all_on());
    assert_eq!(bench.writes(), 5);
}

/// While a request waits because it was throttled, the world goes on.
#[test]
fn what_changes_while_a_write_is_throttled_is_left_alone() {
    let declared = |world: &mut World, arn: &str| world.set(arn, &[("access_logs.s3.bucket", "theirs")]);
    let opted_out = |world: &mut World, arn: &str| {
        let tags = &mut world.load_balancers.get_mut(arn).unwrap().tags;
        tags.insert("albstats.io/logs".to_owned(), "disabled".to_owned());
    };
    let changes: [(&(dyn Fn(&mut World, &str) + Sync), &str); 2] =
        [(&declared, "it was changed in the meantime"), (&opted_out, "opted out by tag albstats.io/logs=disabled")];
    for (change, said) in changes {
        let bench = Bench::new(&["shop"]);
        bench.policy("kinds = [\"access\"]");
        bench.plan(&[]).exits(1);
        let shop = bench.arn("shop");
        bench.cloud.world().throttled.insert("ModifyLoadBalancerAttributes".to_owned(), (2, "Throttling"));
        let answer = std::thread::scope(|scope| {
            scope.spawn(|| {
                while bench.cloud.asked("ModifyLoadBalancerAttributes").is_empty() {
                    std::thread::sleep(std::time::Duration::from_millis(5));
                }
                change(&mut bench.cloud.world(), &shop);
            });
            bench.apply()
        });
        assert_eq!(bench.writes(), 1, "{}", answer.stdout);
        assert!(answer.stdout.contains(said) || answer.stderr.contains(said), "{}{}", answer.stdout, answer.stderr);
        assert!(!bench.logs("shop").contains(&"access_logs.s3.enabled=true".to_owned()));
    }
}

/// Of several selectors any will do, whichever of them wrote.
#[test]
fn what_another_selector_selects_is_not_given_up() {
    let bench = Bench::new(&["a-1", "b-1"]);
    let select = "[reconcile.select.first]\nnames = [\"a-*\"]\n[reconcile.select.second]\nnames = [\"b-*\"]\n";
    let policy = POLICY.replace("[reconcile.select.prod]\nnames = [\"*\"]\n", select);
    bench.folder.write("albstats.toml", policy.replace("[reconcile]\n", "[reconcile]\non_removal = \"disable\"\n"));
    bench.plan(&[]).exits(1);
    bench.apply().done();
    assert_eq!(bench.logs("b-1"), all_on());
    let plan = bench.plan(&[]).done();
    assert!(!plan.stdout.contains("to disable"), "{}", plan.stdout);
    assert!(!plan.stdout.contains("no selector selects it"), "{}", plan.stdout);
}

#[test]
fn tags_are_asked_for_in_twenties() {
    let names: Vec<String> = (0..45).map(|number| format!("elb-{number:02}")).collect();
    let bench = Bench::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    bench.folder.write("albstats.toml", POLICY.replace("names = [\"*\"]", "names = [\"elb-00\"]"));
    bench.plan(&[]).exits(1);
    let asked: Vec<usize> = bench.cloud.asked("DescribeTags").iter().map(|arns| arns.split(' ').count()).collect();
    assert_eq!(asked, [20, 20, 5]);
    assert_eq!(bench.cloud.asked("DescribeLoadBalancers").len(), 2, "two pages");
    assert_eq!(bench.cloud.asked("DescribeLoadBalancerAttributes").len(), 1, "only of what is selected");
}

#[test]
fn one_account_does_not_stop_another() {
    let bench = Bench::new(&["a"]);
    let other = "[reconcile.select.other]\nrole_arn = \"arn:aws:iam::222222222222:role/none\"\nnames = [\"*\"]\n";
    bench.folder.write("albstats.toml", format!("{POLICY}{other}"));
    let answer = bench.plan(&[]).exits(3).says("warning: other: ");
    assert!(answer.stdout.contains("1 ALB, 3 logs: 3 to enable"), "{}", answer.stdout);
    bench.apply().exits(3);
    assert_eq!(bench.logs("a"), all_on());
}

#[test]
fn who_may_not_look_is_told_what_is_missing() {
    let bench = Bench::new(&["a"]);
    bench.cloud.world().denied.insert("DescribeTags".to_owned());
    bench
        .plan(&[])
        .exits(2)
        .says("access denied: elasticloadbalancing:DescribeTags")
        .says("hint: albstats iam policy reconcile-plan");
    bench.cloud.world().denied.clear();
    bench.plan(&[]).exits(1);
    bench.cloud.world().denied.insert("ModifyLoadBalancerAttributes".to_owned());
    bench.apply().exits(3).says("fix: albstats iam policy reconcile-apply");
    assert_eq!(bench.writes(), 1, "one refusal is enough");
    let blocked = bench.plan(&[]).done();
    assert!(
        blocked.stdout.contains("access denied: elasticloadbalancing:ModifyLoadBalancerAttributes"),
        "{}",
        blocked.stdout
    );
}

/// A plan of nothing, made while nobody could be asked, would take the place of one that has something to do.
#[test]
fn a_plan_stays_when_no_account_can_be_asked() {
    let bench = Bench::new(&["shop"]);
    bench.plan(&[]).exits(1);
    let before = bench.folder.read("plan.json");
    bench.cloud.world().denied.insert("DescribeLoadBalancers".to_owned());
    let refused = bench.plan(&[]).exits(2).says("error: no account could be asked; plan.json stays as it is\n");
    assert!(refused.stdout.is_empty(), "{}", refused.stdout);
    bench.run(&["reconcile", "plan"]).exits(2).says("error: no account could be asked\n");
    bench.cloud.world().denied.clear();
    assert_eq!(bench.folder.read("plan.json"), before);
    bench.apply().done();
    assert_eq!(bench.logs("shop"), all_on());
}

/// What is left out is said with its number, and nothing is done to it; the others go on.
#[test]
fn a_load_balancer_that_cannot_be_looked_at_is_left_out_alone() {
    let bench = Bench::new(&["a", "b", "c"]);
    let hide = |name: &str, hidden: bool| {
        let arn = bench.arn(name);
        bench.cloud.world().load_balancers.get_mut(&arn).unwrap().hidden = hidden;
    };
    hide("b", true);
    let said = "1 load balancer was left out, since it could not be looked at: b: access denied: \
                elasticloadbalancing:DescribeLoadBalancerAttributes";
    let plan = bench.plan(&[]).exits(3).says(said).says("hint: albstats iam policy reconcile-plan");
    assert!(plan.stdout.contains("2 ALBs, 6 logs: 6 to enable"), "{}", plan.stdout);
    bench.apply().exits(3).says(said);
    assert_eq!((bench.logs("a"), bench.logs("b"), bench.logs("c")), (all_on(), vec![], all_on()));
    // What was written to one is not forgotten while it cannot be seen.
    hide("b", false);
    bench.plan(&[]).exits(1);
    hide("a", true);
    bench.apply().exits(3).says("1 load balancer was left out");
    hide("a", false);
    bench.run(&["reconcile", "forget", "a"]).done().says("forgot 3 logs of a");
    // After a few in a row nobody is asked any more.
    let names: Vec<String> = (0..9).map(|number| format!("x{number}")).collect();
    for name in &names {
        bench.cloud.world().add_load_balancer(name, &[]);
        hide(name, true);
    }
    let before = bench.cloud.asked("DescribeLoadBalancerAttributes").len();
    bench
        .plan(&[])
        .exits(3)
        .says("9 load balancers were left out, since they could not be looked at: x0, x1, x2 and 6 more: ");
    assert_eq!(bench.cloud.asked("DescribeLoadBalancerAttributes").len() - before, 3 + 5);
}

/// The policies that are printed allow what is asked for, and nothing else.
#[test]
fn policies_allow_exactly_what_is_asked_for() {
    let bench = Bench::new(&["new", "silent"]);
    bench.policy("bucket_owner = \"111111111111\"");
    let silent = bench.arn("silent");
    let on: Vec<(String, String)> = all_on()
        .iter()
        .map(|pair| pair.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())).unwrap())
        .collect();
    let on: Vec<(&str, &str)> = on.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    bench.cloud.world().set(&silent, &on);
    bench.cloud.world().vended.insert(silent.clone(), vec!["ALB_ACCESS_LOGS"]);
    let actions = |purpose: &str| -> BTreeSet<String> {
        let printed = bench.run(&["iam", "policy", purpose, "--bucket", "logs", "--prefix", "eks"]).done().stdout;
        let policy: Value = serde_json::from_str(&printed).unwrap();
        let statements = policy["Statement"].as_array().unwrap().iter();
        let actions = statements.flat_map(|one| one["Action"].as_array().unwrap());
        actions.map(|action| action.as_str().unwrap().to_owned()).collect()
    };
    let asked = || -> BTreeSet<String> {
        let of_service = |action: String| match action.as_str() {
            "HeadBucket" | "ListObjectsV2" => "s3:ListBucket".to_owned(),
            "GetMetricData" => format!("cloudwatch:{action}"),
            "DescribeDeliveries" | "DescribeDeliverySources" => format!("logs:{action}"),
            _ if action.contains("LoadBalancer") || action == "DescribeTags" => {
                format!("elasticloadbalancing:{action}")
            }
            _ => format!("s3:{action}"),
        };
        bench.cloud.actions().into_iter().map(of_service).collect()
    };
    bench.plan(&[]).exits(1);
    assert_eq!(asked(), actions("reconcile-plan"));
    bench.apply().done();
    assert_eq!(asked(), actions("reconcile-apply"));
    bench.cloud.world().asked.clear();
    bench.run(&["inventory"]).done();
    let target_groups = |action: String| format!("elasticloadbalancing:{action}");
    assert_eq!(
        bench.cloud.actions().into_iter().map(target_groups).collect::<BTreeSet<_>>(),
        actions("inventory"),
        "what the inventory asks for"
    );
}

/// Who may list only below the prefix may not ask for the bucket's head; whose it is is seen all the same.
#[test]
fn whose_a_bucket_is_is_seen_without_the_right_to_list_all_of_it() {
    let bench = Bench::new(&["shop"]);
    bench.cloud.world().denied.insert("HeadBucket".to_owned());
    bench.policy("bucket_owner = \"222222222222\"");
    let plan = bench.plan(&[]).done();
    assert!(plan.stdout.contains("does not belong to account 222222222222"), "{}", plan.stdout);
    bench.policy("bucket_owner = \"111111111111\"");
    bench.plan(&[]).exits(1);
}

/// What is to be typed next is about the same, whatever flags that took.
#[test]
fn what_comes_next_has_the_flags_of_what_was_typed() {
    let bench = Bench::new(&["shop"]);
    bench.folder.write("my conf.toml", POLICY);
    bench.folder.write("albstats.toml", "");
    let flags = ["--config", "my conf.toml", "--state", "it's.json"];
    let typed = "--state 'it'\\''s.json' --config 'my conf.toml'";
    let plan = bench.run(&[&["reconcile", "plan", "-o", "plan.json"], &flags[..]].concat()).exits(1);
    assert!(plan.stdout.contains(&format!("albstats reconcile apply plan.json {typed}")), "{}", plan.stdout);
    let shown = bench.run(&[&["reconcile", "plan"], &flags[..]].concat()).exits(1);
    assert!(shown.stdout.contains(&format!("albstats reconcile plan -o plan.json {typed}")), "{}", shown.stdout);
    let applied = bench.run(&[&["reconcile", "apply", "plan.json"], &flags[..]].concat()).done();
    assert!(applied.stdout.contains(&format!("albstats reconcile plan {typed}")), "{}", applied.stdout);
}

/// What a cluster declared last week says nothing of today.
#[test]
fn a_file_that_is_too_old_lets_nothing_be_written() {
    let bench = Bench::new(&[]);
    let tags = [("elbv2.k8s.aws/cluster", "prod"), ("ingress.k8s.aws/stack", "shop/web")];
    bench.cloud.world().add_load_balancer("web", &tags);
    let class = json!({ "kind": "IngressClass", "metadata": { "name": "alb" }, "spec": { "controller": "ingress.k8s.aws/alb" } });
    bench.folder.write("c.json", json!({ "items": [ingress("shop", "web", None), class] }).to_string());
    bench.plan(&["--kubernetes", "prod=c.json"]).exits(1);
    let two_days = std::time::Duration::from_hours(48);
    let aged = std::time::SystemTime::now() - two_days;
    std::fs::File::options().write(true).open(bench.folder.path("c.json")).unwrap().set_modified(aged).unwrap();
    let apply = bench.run(&["reconcile", "apply", "plan.json", "--kubernetes", "prod=c.json"]).exits(2);
    apply.says("c.json was written at ").says("what was declared since is not in it: make it again");
    let plan = bench.plan(&["--kubernetes", "prod=c.json"]).done();
    assert!(plan.stdout.contains("3 waiting for Kubernetes"), "{}", plan.stdout);
    assert_eq!(bench.writes(), 0);
}

#[test]
fn what_is_removed_is_switched_off_alone() {
    let bench = Bench::new(&["shop"]);
    bench.plan(&[]).exits(1);
    bench.apply().done();
    bench.policy("on_removal = \"disable\"");
    let shop = bench.arn("shop");
    bench
        .cloud
        .world()
        .load_balancers
        .get_mut(&shop)
        .unwrap()
        .tags
        .insert("albstats.io/logs".to_owned(), "disabled".to_owned());
    // Somebody moved one of them meanwhile: it is not ours any more.
    bench.cloud.world().set(&shop, &[("connection_logs.s3.prefix", "theirs")]);
    let plan = bench.plan(&[]).exits(1);
    assert!(plan.stdout.contains("2 to disable · 1 left alone"), "{}", plan.stdout);
    bench.apply().done();
    let sent = bench.cloud.asked("ModifyLoadBalancerAttributes");
    assert_eq!(
        sent[3..],
        [format!("{shop} access_logs.s3.enabled=false"), format!("{shop} health_check_logs.s3.enabled=false")]
    );
}

#[test]
fn what_was_undone_twice_is_left_until_it_is_forgotten() {
    let bench = Bench::new(&["shop"]);
    bench.policy("manual_disable = \"repair\"\nkinds = [\"access\"]");
    let shop = bench.arn("shop");
    let undo = || bench.cloud.world().set(&shop, &[("access_logs.s3.enabled", "false")]);
    for _ in 0..2 {
        bench.plan(&[]).exits(1);
        bench.apply().done();
        undo();
    }
    let contended = bench.plan(&[]).done();
    assert!(contended.stdout.contains("1 contended"), "{}", contended.stdout);
    assert!(contended.stdout.contains("albstats reconcile forget shop"), "{}", contended.stdout);
    assert_eq!(bench.writes(), 2);
    // Of another history, that one: the command works as it stands.
    std::fs::copy(bench.folder.path("state/albstats/reconcile.json"), bench.folder.path("it's kept.json")).unwrap();
    let other = bench.plan(&["--state", "it's kept.json"]).done().stdout;
    let other = other.split_whitespace().filter(|word| *word != "\\").collect::<Vec<_>>().join(" ");
    assert!(other.contains(r"albstats reconcile forget shop --state 'it'\''s kept.json'"), "{other}");
    bench.run(&["reconcile", "forget", "shop", "--state", "it's kept.json"]).done().says("forgot 1 logs of shop");
    bench.run(&["reconcile", "forget", "shop"]).done().says("forgot 1 logs of shop");
    bench.run(&["reconcile", "forget", "shop"]).exits(2).says("nothing was ever written to shop");
    // What was forgotten was switched off by hand, as far as anybody knows.
    assert!(bench.plan(&[]).done().stdout.contains("switched off by hand"));
}

#[test]
fn a_history_that_cannot_be_read_stops_everything() {
    let bench = Bench::new(&["shop"]);
    bench.folder.write("state/albstats/reconcile.json", "{\"version\": 9}");
    bench.plan(&[]).exits(2).says("it is of version 9, this program knows version 1");
    bench.folder.write("state/albstats/reconcile.json", "oops");
    bench.plan(&[]).exits(2).says("not a history").says("hint: move it away");
    assert_eq!(bench.writes(), 0);
}

#[test]
fn the_same_as_yaml() {
    let bench = Bench::new(&["shop"]);
    let answer = bench.run(&["reconcile", "suggest"]).done();
    assert!(answer.stdout.contains("kind: IngressClassParams") && answer.stdout.contains("access_logs.s3.prefix=eks"));
    bench.policy("").folder.write("albstats.toml", POLICY.replace("\"eks\"", "\"{name}\""));
    bench.run(&["reconcile", "suggest"]).exits(2).says("hint: --elb NAME");
    let of_shop = bench.run(&["reconcile", "suggest", "--elb", "shop"]).done();
    assert!(of_shop.stdout.contains("value: \"shop\""), "{}", of_shop.stdout);
    bench.run(&["reconcile", "suggest", "--elb", "none"]).exits(2).says("Load balancers '[none]' not found");
}
