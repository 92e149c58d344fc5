//! Pods over time: what `albstats inventory --kubernetes` keeps of them, and reports that name who had an address then.

use std::collections::BTreeMap;
use std::fs::File;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use super::cloud::{Cloud, World};
use super::support::{Answer, Workspace, finish};

/// 2026-11-20 10:00 UTC, seconds since the epoch.
const TEN: u64 = 1_795_168_800;
const KEPT: &str = ".local/share/albstats/inventory.targets.parquet";

/// `2026-11-20T10:05:00Z`, for seconds after ten.
fn at(second: i64) -> String {
    let second = second + 10 * 3600;
    format!("2026-11-20T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

/// A pod of the deployment `web` in `shop`.
fn pod(name: &str, ip: &str, version: &str, from: i64) -> Value {
    json!({
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {
            "namespace": "shop", "name": name,
            "labels": { "pod-template-hash": version.replace('.', ""), "app.kubernetes.io/version": version },
            "ownerReferences": [{ "kind": "ReplicaSet", "name": format!("web-{}", version.replace('.', "")), "controller": true }],
        },
        "spec": { "nodeName": "node-a", "containers": [{ "image": "web:0", "ports": [{ "containerPort": 8080 }] }] },
        "status": { "phase": "Running", "podIP": ip, "startTime": at(from) },
    })
}

fn slice(pods: &[&Value]) -> Value {
    let endpoint = |pod: &&Value| json!({ "addresses": [pod["status"]["podIP"]], "targetRef": { "kind": "Pod", "name": pod["metadata"]["name"] } });
    json!({
        "kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1", "metadata": { "namespace": "shop", "name": "web-x" },
        "ports": [{ "port": 8080 }], "endpoints": pods.iter().map(endpoint).collect::<Vec<_>>(),
    })
}

fn node() -> Value {
    json!({
        "kind": "Node", "apiVersion": "v1",
        "metadata": { "name": "node-a", "labels": { "topology.kubernetes.io/zone": "eu-west-1a" } },
        "status": { "addresses": [{ "type": "InternalIP", "address": "10.0.9.1" }] },
    })
}

/// A load balancer with a target group `shop/web` in a cluster, an inventory, and logs.
struct Scene {
    folder: Workspace,
    cloud: Cloud,
    /// By cluster.
    groups: BTreeMap<&'static str, String>,
    lines: String,
    serial: u32,
}

impl Scene {
    fn new(clusters: &[&'static str]) -> Self {
        let mut world = World::default();
        let mut groups = BTreeMap::new();
        for (number, cluster) in clusters.iter().enumerate() {
            let tags = [("elbv2.k8s.aws/cluster", *cluster), ("ingress.k8s.aws/stack", "shop/web")];
            let elb = world.add_load_balancer(&format!("k8s-shop-web-{number}a1b2c3d4e"), &tags);
            let resource = [tags[0], tags[1], ("ingress.k8s.aws/resource", "shop/web-web:http")];
            let name = format!("k8s-shop-web-{number}f1b2c3d4e");
            groups.insert(*cluster, world.add_target_group(&name, &elb, &resource));
        }
        Self { folder: Workspace::new(), cloud: Cloud::start(world), groups, lines: String::new(), serial: 0 }
    }

    /// A look at a cluster at that second after ten.
    fn look(&self, cluster: &str, second: u64, objects: &[Value]) -> Answer {
        let name = format!("{cluster}-{second}.json");
        self.folder.write(&name, json!({ "kind": "List", "items": objects }).to_string());
        let file = File::options().write(true).open(self.folder.path(&name)).unwrap();
        file.set_modified(UNIX_EPOCH + Duration::from_secs(TEN + second)).unwrap();
        self.inventory(&["--kubernetes", &format!("{cluster}={name}")]).done()
    }

    fn inventory(&self, args: &[&str]) -> Answer {
        let mut command = self.folder.command([&["inventory"], args].concat());
        self.cloud.environment(&mut command);
        finish(command, b"")
    }

    /// A request that is answered at that second after ten.
    fn request(&mut self, cluster: &str, second: i64, target: &str, status: u16) {
        self.serial += 1;
        let (time, arn, serial) = (at(second).replace('Z', ".000000Z"), &self.groups[cluster], self.serial);
        let line = format!(
            "https {time} app/k8s-shop-web-0a1b2c3d4e/50dc6c495c0c9188 192.0.2.{client}:40000 {target} 0.000 0.020 0.000 \
             {status} {status} 100 200 \"GET https://shop.example.com:443/cart/{serial} HTTP/1.1\" \"curl/8.5\" - - {arn} \
             \"Root=1-6b02589c-{serial:024x}\" \"shop.example.com\" \"-\" 3 {time} \"forward\" \"-\" \"-\" \"{target}\" \
             \"{status}\" \"-\" \"-\" TID_{serial} \"-\" \"-\" \"-\"\n",
            client = serial % 200 + 1,
        );
        self.lines.push_str(&line);
    }

    fn report(&self, args: &[&str]) -> Answer {
        self.folder.write("shop.log", &self.lines);
        self.folder.run([&["report"], args, &["--from", "shop.log"]].concat())
    }

    /// What a report says, on one line.
    fn words(&self, args: &[&str]) -> String {
        self.report(args).done().stdout.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn rows(&self, args: &[&str]) -> Vec<Value> {
        let answer = self.report(&[args, &["--format", "ndjson"]].concat()).done();
        answer.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn csv(&self, sql: &str) -> Vec<String> {
        self.folder.write("shop.log", &self.lines);
        let answer = self.folder.run(["query", "-q", "--format", "csv", "--from", "shop.log", sql]).done();
        answer.rows().into_iter().map(ToOwned::to_owned).collect()
    }
}

/// Three pods of 1.41, beside which three of 1.42 come at 10:10, and answer some requests with 500. The old ones go at 10:30.
fn rollout() -> Scene {
    let mut scene = Scene::new(&["prod"]);
    let old: Vec<Value> =
        (1..=3).map(|n| pod(&format!("web-141-{n}"), &format!("10.0.1.{n}"), "1.41", -7200)).collect();
    let new: Vec<Value> = (1..=3).map(|n| pod(&format!("web-142-{n}"), &format!("10.0.2.{n}"), "1.42", 600)).collect();
    let with = |pods: &[Value]| [pods, &[slice(&pods.iter().collect::<Vec<_>>()), node()]].concat();
    scene.look("prod", 300, &with(&old));
    scene.look("prod", 1500, &with(&[&old[..], &new[..]].concat()));
    scene.look("prod", 2400, &with(&new));
    for second in 0..2400 {
        let number = second % 3 + 1;
        if second < 1800 {
            scene.request("prod", second, &format!("10.0.1.{number}:8080"), 200);
        }
        if second >= 600 {
            let status = if second % 5 == 0 { 500 } else { 200 };
            scene.request("prod", second, &format!("10.0.2.{number}:8080"), status);
        }
    }
    scene
}

#[test]
fn a_version_that_fails_is_named() {
    let scene = rollout();
    let why = scene.words(&["why"]);
    assert!(why.contains("likely version 1.42: 20.0 % of the requests of its 3 pods fail, of all others 0 %"), "{why}");
    assert!(why.contains("all 360 failures are on pods of version 1.42; 1.41: 0 of 1,800 requests"), "{why}");
    assert!(why.contains("kubectl -n shop describe pod web-142-1"), "{why}");
    assert!(why.contains("kubectl -n shop logs web-142-1 --previous"), "{why}");
    assert!(why.contains("albstats report errors --by version"), "{why}");
    assert!(why.contains("looked at last at 2026-11-20 10:40 UTC"), "{why}");

    let by = |what: &str| -> Vec<(String, u64, u64)> {
        let row = |row: &Value| {
            (
                row["name"].as_str().unwrap().to_owned(),
                row["errors"].as_u64().unwrap(),
                row["requests"].as_u64().unwrap(),
            )
        };
        scene.rows(&["errors", "--by", what]).iter().map(row).collect()
    };
    let named = |name: &str, errors, requests| (name.to_owned(), errors, requests);
    assert_eq!(
        by("version"),
        [named("shop/Deployment/web 1.42", 360, 1800), named("shop/Deployment/web 1.41", 0, 1800)]
    );
    assert_eq!(by("workload"), [named("shop/Deployment/web", 360, 3600)]);
    assert_eq!(by("zone"), [named("eu-west-1a", 360, 3600)]);
    assert_eq!(by("pod").len(), 6);
    let targets = scene.report(&["targets"]).done().stdout;
    assert!(targets.contains("web-142-1") && targets.contains("VERSION"), "{targets}");
    let trace = scene.words(&["trace", "1-6b02589c-00000000000000000000025a"]);
    assert!(trace.contains("web-142-1 (10.0.2.1:8080)"), "{trace}");
}

/// What ` ~` says on a screen, a column says to programs.
#[test]
fn pods_that_are_presumed_are_told_in_every_format() {
    let mut scene = rollout();
    // After the last look.
    scene.request("prod", 2460, "10.0.2.1:8080", 500);
    let presumed = |args: &[&str], name: &str| -> BTreeMap<String, Value> {
        let rows = scene.rows(args);
        rows.into_iter().map(|row| (row[name].as_str().unwrap().to_owned(), row["presumed"].clone())).collect()
    };
    for (args, name) in [(&["errors", "--by", "pod"][..], "name"), (&["targets"], "target_pod")] {
        let told = presumed(args, name);
        assert_eq!(told["shop/web-142-1"], json!("yes"), "{args:?}: {told:?}");
        assert_eq!(told["shop/web-142-2"], Value::Null, "{args:?}: {told:?}");
    }
    let screen = scene.words(&["errors", "--by", "pod"]);
    assert!(screen.contains("shop/web-142-1 ~") && !screen.contains("shop/web-142-2 ~"), "{screen}");
}

#[test]
fn without_an_inventory_addresses_are_named() {
    let scene = rollout();
    scene.report(&["why"]).done();
    std::fs::remove_file(scene.folder.path(KEPT)).unwrap();
    let targets = scene.report(&["targets"]).done().stdout;
    assert!(!targets.contains("POD") && targets.contains("10.0.2.1:8080"), "{targets}");
    let refused = scene.report(&["errors", "--by", "pod"]).exits(2);
    refused.says("--by pod: nothing is known of pods").says("| albstats inventory --kubernetes CLUSTER=-");
    scene.folder.write(KEPT, "garbage");
    let warned =
        scene.report(&["targets"]).done().says("warning: cannot read the targets in ").says("hint: move it away");
    assert_eq!(warned.stdout, targets);
    // Whoever asks for the table itself is told that there is none.
    scene
        .folder
        .run(["query", "-q", "--from", "shop.log", "SELECT count(*) FROM targets"])
        .exits(2)
        .says("cannot read the targets");
    assert_eq!(scene.csv("SELECT count(*) FROM requests"), ["3600"]);
}

#[test]
fn an_address_that_another_pod_gets_is_two_rows() {
    let mut scene = Scene::new(&["prod"]);
    let (first, second) = (pod("web-a", "10.0.1.1", "1", -600), pod("web-b", "10.0.1.1", "2", 1200));
    let other = pod("web-c", "10.0.1.2", "1", -600);
    let with = |one: &Value| [one.clone(), other.clone(), slice(&[one, &other])];
    // Read the wrong way around.
    scene.look("prod", 2400, &with(&second));
    scene.look("prod", 900, &with(&first));
    for second in 0..2400 {
        scene.request("prod", second, "10.0.1.2:8080", 200);
        if !(1000..1300).contains(&second) {
            scene.request("prod", second, "10.0.1.1:8080", if second > 1300 && second % 4 == 0 { 502 } else { 200 });
        }
    }
    let row = |row: &Value| {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        (text("target"), text("target_pod"), text("version"), row["errors"].as_u64().unwrap())
    };
    let rows: Vec<_> = scene.rows(&["targets"]).iter().map(row).collect();
    let named = |target: &str, pod: &str, version: &str, errors| {
        (target.to_owned(), pod.to_owned(), version.to_owned(), errors)
    };
    assert_eq!(rows[0], named("10.0.1.1:8080", "shop/web-b", "2", 274));
    assert!(rows.contains(&named("10.0.1.1:8080", "shop/web-a", "1", 0)), "{rows:?}");
    assert!(rows.contains(&named("10.0.1.2:8080", "shop/web-c", "1", 0)), "{rows:?}");
    let targets = scene.report(&["targets"]).done().stdout;
    assert!(targets.contains("failing  web-b (10.0.1.1:8080, version 2) of shop/web: 274 of its"), "{targets}");
    let why = scene.words(&["why"]);
    assert!(why.contains("one sick pod, web-b (10.0.1.1)"), "{why}");
    assert!(why.contains("all 274 failures are on the only pod of version 2"), "{why}");
    // What is kept: each its own time, the first up to when it was looked for in vain or another had its address.
    assert_eq!(
        scene.csv("SELECT pod, \"from\", last_seen, until FROM targets WHERE ip = '10.0.1.1' ORDER BY pod"),
        [
            "web-a,2026-11-20T09:50:00.000000Z,2026-11-20T10:15:00.000000Z,2026-11-20T10:20:00.000000Z",
            "web-b,2026-11-20T10:20:00.000000Z,2026-11-20T10:40:00.000000Z,",
        ]
    );
    assert_eq!(
        scene.csv(
            "SELECT holder_of('pod', target_group_arn, target_ip, target_port, time) AS pod, count(*) FROM requests \
             WHERE target_ip = '10.0.1.1' GROUP BY 1 ORDER BY 1"
        ),
        ["shop/web-a,1000", "shop/web-b,1100"]
    );
}

#[test]
fn clusters_with_the_same_addresses_are_told_apart() {
    let mut scene = Scene::new(&["prod", "test"]);
    scene.look("prod", 1200, &[pod("in-prod", "10.0.1.1", "1", -600)]);
    scene.look("test", 1200, &[pod("in-test", "10.0.1.1", "1", -600)]);
    scene
        .groups
        .insert("unknown", "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/other/0123456789abcdef".to_owned());
    for second in 0..60 {
        for cluster in ["prod", "test", "unknown"] {
            scene.request(cluster, second, "10.0.1.1:8080", 200);
        }
    }
    let names: BTreeMap<String, u64> = scene
        .rows(&["errors", "--by", "pod"])
        .iter()
        .map(|row| (row["name"].as_str().unwrap().to_owned(), row["requests"].as_u64().unwrap()))
        .collect();
    let expected = [("(none)", 60), ("shop/in-prod", 60), ("shop/in-test", 60)];
    assert_eq!(names, expected.map(|(name, count)| (name.to_owned(), count)).into());
    // Of which cluster a file is must be said.
    scene.folder.write("unsaid.json", json!({ "items": [pod("x", "10.0.0.9", "1", 0)] }).to_string());
    scene
        .inventory(&["--kubernetes", "unsaid.json"])
        .exits(2)
        .says("which cluster are these pods of?")
        .says("CLUSTER=FILE");
}

#[test]
fn hostile_names_are_harmless() {
    let mut scene = Scene::new(&["prod"]);
    let evil = "x\u{1b}[31m\n`reboot`\u{202e}<script>";
    let mut bad = pod(evil, "10.0.1.1", "1.0", -600);
    bad["metadata"]["labels"]["app.kubernetes.io/version"] = evil.into();
    bad["metadata"]["namespace"] = "shop".into();
    let good = pod("web-b", "10.0.1.2", "1.0", -600);
    scene.look("prod", 2400, &[bad, good]);
    for second in 0..1200 {
        let status = if second > 300 && second % 3 == 0 { 500 } else { 200 };
        scene.request("prod", second, "10.0.1.1:8080", status);
        scene.request("prod", second, "10.0.1.2:8080", 200);
    }
    for args in [&["why"][..], &["targets"], &["errors", "--by", "version"], &["why", "-o", "why.html"]] {
        let answer = scene.report(args).done();
        let text = answer.stdout + &if args.contains(&"-o") { scene.folder.read("why.html") } else { String::new() };
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
        // A page has scripts of its own, which no name follows.
        assert!(!args.contains(&"-o") || !text.contains("\\xAE<script>"), "{text}");
        let is_typed = |line: &str| line.contains("kubectl") && line.contains("reboot");
        assert!(args.contains(&"-o") || !text.lines().any(is_typed), "{text}");
    }
}

#[test]
fn a_node_port_has_a_node_and_a_service() {
    let mut scene = Scene::new(&["prod"]);
    let service = json!({
        "kind": "Service", "apiVersion": "v1", "metadata": { "namespace": "shop", "name": "web", "creationTimestamp": at(-9000) },
        "spec": { "ports": [{ "name": "http", "port": 80, "nodePort": 30080 }] },
    });
    let binding = json!({
        "kind": "TargetGroupBinding", "apiVersion": "elbv2.k8s.aws/v1beta1", "metadata": { "namespace": "shop", "name": "b" },
        "spec": { "targetType": "instance", "targetGroupARN": scene.groups["prod"], "serviceRef": { "name": "web", "port": "http" } },
    });
    scene.look("prod", 2400, &[node(), service, binding, pod("web-a", "10.0.1.1", "1", -600)]);
    scene.request("prod", 60, "10.0.9.1:30080", 200);
    let names = |by: &str| scene.rows(&["errors", "--by", by])[0]["name"].as_str().unwrap().to_owned();
    assert_eq!([names("workload"), names("zone"), names("pod")], ["shop/Service/web", "eu-west-1a", "(none)"]);
    let targets = scene.inventory(&["--table", "targets", "--format", "csv", "-q"]).done();
    assert_eq!(targets.rows().len(), 2, "{}", targets.stdout);
    let kept = scene.inventory(&["--keep-pods", "1h", "-o", "other.json"]).done();
    assert!(kept.stderr.contains("kept in other.json"), "{}", kept.stderr);
}

#[test]
fn pods_are_kept_although_no_account_can_be_asked() {
    let scene = Scene::new(&["prod"]);
    scene.cloud.world().denied.insert("DescribeLoadBalancers".to_owned());
    scene.folder.write("pods.json", json!({ "items": [pod("web-a", "10.0.1.1", "1", 0)] }).to_string());
    let answer = scene.inventory(&["--kubernetes", "prod=pods.json"]).exits(3);
    answer.says("access denied").says("1 target kept in /");
    assert!(scene.folder.path(KEPT).exists());
    scene.folder.write("none.json", "{\"items\": [{\"kind\": \"Pod\"");
    scene.inventory(&["--kubernetes", "none.json"]).exits(2).says("not JSON");
}

#[test]
fn the_table_is_described() {
    let folder = Workspace::new();
    let text = folder.run(["schema", "targets"]).done().stdout;
    assert!(text.starts_with("targets: one row is a time in which an address and port was one pod's"), "{text}");
    assert!(text.contains("  last_seen  timestamp"), "{text}");
    folder.run(["schema", "targets", "--format", "athena"]).exits(2).says("albstats inventory keeps it");
}

#[test]
fn a_made_up_deploy_with_one_bad_pod_is_told_by_its_name() {
    let scene = Scene::new(&["prod"]);
    let folder = &scene.folder;
    let generated = [
        "generate",
        "logs",
        "--truth",
        "truth.json",
        "--seed",
        "1",
        "--noise",
        "0.12",
        "--rps",
        "12",
        "--duration",
        "60m",
    ];
    folder.run([&generated[..], &["--incident", "bad-pod-after-deploy"]].concat()).done();
    let truths: Vec<Value> = serde_json::from_str(&folder.read("truth.json")).unwrap();
    let (ip, _) = truths[0]["who"]["target"].as_str().unwrap().rsplit_once(':').unwrap();
    let named = |ip: &str| format!("web-{}", ip.replace('.', "-"));
    // Whoever has requests is a pod; those of the deploy come later, and have another version.
    let sql = "SELECT target_ip, target_port, split_part(max(target_group_arn), '-', 4) AS namespace, min(time) AS first, \
               min(time) > (SELECT min(time) FROM requests) + INTERVAL '5' MINUTE AS is_new \
               FROM requests WHERE target_ip IS NOT NULL GROUP BY 1, 2";
    let rows = folder.run(["query", "-q", "--format", "csv", "--from", "logs", sql]).done();
    let pods: Vec<Value> = rows
        .rows()
        .iter()
        .map(|row| {
            let [ip, port, namespace, first, is_new] = row.split(',').collect::<Vec<_>>()[..] else { panic!("{row}") };
            let mut one = pod(&named(ip), ip, if is_new == "true" { "1.42" } else { "1.41" }, 0);
            one["status"]["startTime"] = format!("{}Z", &first[..19]).into();
            one["metadata"]["namespace"] = namespace.into();
            one["spec"]["containers"][0]["ports"][0]["containerPort"] = port.parse::<u16>().unwrap().into();
            one
        })
        .collect();
    folder.write("pods.json", json!({ "items": pods }).to_string());
    scene.inventory(&["--kubernetes", "prod=pods.json"]).done();
    for report in ["overview", "targets", "why"] {
        let text = folder.run(["report", report, "--from", "logs"]).done().stdout;
        assert!(text.contains(&named(ip)), "{report}: {ip} is not named: {text}");
    }
}
