//! From a fleet that logs nothing to a report that names its services: enable, deliver, ask.

use std::collections::BTreeMap;

use serde_json::json;

use super::cloud::{ACCOUNT, Bucket, Cloud, REGION, World};
use super::logs::gzip;
use super::support::{Answer, Workspace, finish};

const POLICY: &str = "
[reconcile]
bucket = \"logs\"
prefix = \"eks/{cluster}\"
describe_per_second = 10
modify_per_second = 3
[reconcile.select.prod]
clusters = [\"prod\"]
";

/// Namespace and service of each target group, by the ingress of its load balancer.
const SERVICES: [(&str, &str, &str); 4] = [
    ("shop", "web", "checkout-api"),
    ("shop", "web", "frontend"),
    ("search", "public", "query-svc"),
    ("auth", "login", "dex"),
];

struct Fleet {
    folder: Workspace,
    cloud: Cloud,
    /// ARNs of target groups and their load balancers.
    target_groups: BTreeMap<String, String>,
}

impl Fleet {
    fn new() -> Self {
        let mut world = World::default();
        world.buckets.insert("logs".to_owned(), Bucket::default());
        let mut load_balancers = BTreeMap::new();
        let mut target_groups = BTreeMap::new();
        for (number, (namespace, ingress, service)) in SERVICES.into_iter().enumerate() {
            let stack = format!("{namespace}/{ingress}");
            let cluster = ("elbv2.k8s.aws/cluster", "prod");
            let elb = load_balancers.entry(stack.clone()).or_insert_with(|| {
                world.add_load_balancer(
                    &format!("k8s-{namespace}-{ingress}-000000000{number}"),
                    &[cluster, ("ingress.k8s.aws/stack", &stack)],
                )
            });
            let part = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).take(8).collect::<String>();
            let name = format!("k8s-{}-{}-111111111{number}", part(namespace), part(service));
            let resource = format!("{stack}-{service}:80");
            let tags =
                [cluster, ("ingress.k8s.aws/stack", stack.as_str()), ("ingress.k8s.aws/resource", resource.as_str())];
            target_groups.insert(world.add_target_group(&name, elb, &tags), elb.clone());
        }
        let folder = Workspace::new();
        folder.write("albstats.toml", POLICY);
        Self { folder, cloud: Cloud::start(world), target_groups }
    }

    fn run(&self, args: &[&str]) -> Answer {
        let mut command = self.folder.command(args);
        self.cloud.environment(&mut command);
        finish(command, b"")
    }

    /// What kubectl would print.
    fn kubernetes(&self) {
        let ingress = |(namespace, name, _): (&str, &str, &str)| json!({ "kind": "Ingress", "metadata": { "namespace": namespace, "name": name }, "spec": { "ingressClassName": "alb" } });
        let class = json!({ "kind": "IngressClass", "metadata": { "name": "alb" }, "spec": { "controller": "ingress.k8s.aws/alb" } });
        let items: Vec<_> = SERVICES.into_iter().map(ingress).chain([class]).collect();
        self.folder.write("cluster.json", json!({ "kind": "List", "items": items }).to_string());
    }

    /// Every load balancer writes what it had, where it was told to: ten requests for each target group.
    fn deliver(&self) {
        let mut world = self.cloud.world();
        let mut texts: BTreeMap<&String, String> = BTreeMap::new();
        for (target_group, elb) in &self.target_groups {
            let name = elb.split(":loadbalancer/").nth(1).unwrap();
            let lines = (0..10).map(|second| {
                format!(
                    "https 2026-11-20T10:00:0{second}.000000Z {name} 192.0.2.7:40000 10.0.0.1:8080 0.000 0.020 0.000 200 200 \
                     100 200 \"GET https://shop.example.com:443/ HTTP/1.1\" \"curl/8.5\" - - {target_group} \"Root=1-a-b\" \
                     \"-\" \"-\" 3 2026-11-20T10:00:0{second}.000000Z \"forward\" \"-\" \"-\" \"10.0.0.1:8080\" \"200\" \"-\" \"-\"\n"
                )
            });
            texts.entry(elb).or_default().extend(lines);
        }
        for (elb, text) in texts {
            let attributes = world.load_balancers[elb].attributes.clone();
            let (bucket, prefix) = (&attributes["access_logs.s3.bucket"], &attributes["access_logs.s3.prefix"]);
            let name = elb.split(":loadbalancer/").nth(1).unwrap().replace('/', ".");
            let key = format!(
                "{prefix}/AWSLogs/{ACCOUNT}/elasticloadbalancing/{REGION}/2026/11/20/{ACCOUNT}_elasticloadbalancing_{REGION}_\
                 {name}_20261120T1005Z_203.0.113.4_2ab3c4d5.log.gz"
            );
            world.buckets.get_mut(bucket).unwrap().objects.insert(key, gzip(text));
        }
    }
}

#[test]
fn a_fleet_that_logs_nothing_is_reported_by_the_names_of_its_services() {
    let fleet = Fleet::new();
    fleet.kubernetes();
    let plan = fleet.run(&["reconcile", "plan", "--kubernetes", "prod=cluster.json", "-o", "plan.json"]).exits(1);
    assert!(plan.stdout.contains("3 ALBs, 9 logs: 9 to enable\n"), "{}", plan.stdout);
    fleet
        .run(&["reconcile", "apply", "plan.json", "--kubernetes", "prod=cluster.json"])
        .done()
        .says("health-check: written");
    fleet.deliver();
    fleet.run(&["inventory", "--kubernetes", "prod=cluster.json"]).done();

    let window = ["--from", "s3://logs/eks/prod", "--since", "2026-11-20T10:00", "--until", "2026-11-20T11:00"];
    let sql = "SELECT l.namespace || '/' || l.ingress AS ingress, t.namespace || '/' || t.service AS service, count(*) AS n \
               FROM requests r JOIN target_groups t ON t.arn = r.target_group_arn JOIN load_balancers l ON l.elb = r.elb \
               GROUP BY 1, 2 ORDER BY 2";
    let asked = fleet.run(&[&["query"][..], &window, &["--format", "csv", sql]].concat()).done();
    assert_eq!(
        asked.rows(),
        [
            "auth/login,auth/dex,10",
            "search/public,search/query-svc,10",
            "shop/web,shop/checkout-api,10",
            "shop/web,shop/frontend,10",
        ]
    );
    let report = fleet.run(&[&["report", "latency"][..], &window].concat()).done();
    for (namespace, _, service) in SERVICES {
        let line = report.stdout.lines().find(|line| line.contains(&format!("{namespace}/{service}")));
        assert!(line.is_some_and(|line| line.contains("10") && !line.contains('~')), "{service} in\n{}", report.stdout);
    }
    // Now that logs are there, the plan says so, and there is nothing left to do.
    let again = fleet.run(&["reconcile", "plan", "--kubernetes", "prod=cluster.json"]).done();
    assert!(again.stdout.contains("3 ALBs, 9 logs: 9 enabled\n"), "{}", again.stdout);
}
