//! `albstats inventory`: what is kept, over time, and that reports and queries find it.

use super::cloud::{Cloud, World};
use super::support::{Answer, Workspace, finish};

const KEPT: &str = ".local/share/albstats/inventory.json";

fn run(folder: &Workspace, cloud: &Cloud, args: &[&str]) -> Answer {
    let mut command = folder.command([&["inventory"], args].concat());
    cloud.environment(&mut command);
    finish(command, b"")
}

/// An ingress alone, a group, a Lambda function's target group; and a Network Load Balancer.
fn world() -> World {
    let mut world = World::default();
    let cluster = ("elbv2.k8s.aws/cluster", "prod");
    let shop = world.add_load_balancer("k8s-shop-web-1f2e3d4c5b", &[cluster, ("ingress.k8s.aws/stack", "shop/web")]);
    let edge = world.add_load_balancer("k8s-edge-0c1d2e3f4a", &[cluster, ("ingress.k8s.aws/stack", "edge")]);
    let of_shop = [("ingress.k8s.aws/stack", "shop/web"), ("ingress.k8s.aws/resource", "shop/web-checkout-api:http")];
    world.add_target_group("k8s-shop-checkout-0a1b2c3d4e", &shop, &of_shop);
    let of_edge = |resource| [("ingress.k8s.aws/stack", "edge"), ("ingress.k8s.aws/resource", resource)];
    world.add_target_group("k8s-blog-front-1a1b2c3d4e", &edge, &of_edge("blog/public-blog-front:80"));
    world.add_target_group("k8s-blog-aaaaaaaa-2a1b2c3d4e", &edge, &of_edge("blog/x-aaaaaaaa-aaaaaaaa:80"));
    world.add_target_group("k8s-legacy-reportin-3a1b2c3d4e", &edge, &[]);
    world.add_target_group("thumbnailer", "", &[]);
    let network = world.add_load_balancer("network", &[]);
    world.load_balancers.get_mut(&network).unwrap().kind = "network";
    world
}

#[test]
fn what_there_is_is_shown_and_kept() {
    let (folder, cloud) = (Workspace::new(), Cloud::start(world()));
    let answer = run(&folder, &cloud, &[]).done();
    insta::assert_snapshot!(answer.stdout, @r"
    Load balancers, and how well the names of their target groups are known

      LOAD BALANCER            CLUSTER  INGRESS     GROUPS  NAMED  GUESSED  UNNAMED
      k8s-edge-0c1d2e3f4a      prod     group edge       3      1        1        1
      k8s-shop-web-1f2e3d4c5b  prod     shop/web         1      1        0        0
      (no load balancer)                                 1      0        0        1
      total                                              5      2        1        2
    ");
    assert!(answer.stdout.lines().all(|line| line.chars().count() <= 80));
    assert!(answer.stderr.starts_with("2 load balancers and 5 target groups kept in /"), "{}", answer.stderr);
    let kept: serde_json::Value = serde_json::from_str(&folder.read(KEPT)).unwrap();
    assert_eq!(kept["version"], 1);
    let groups = kept["target_groups"].as_object().unwrap();
    let shop = groups.values().find(|group| group["name"] == "k8s-shop-checkout-0a1b2c3d4e").unwrap();
    let text = |name: &str| shop[name].as_str().unwrap();
    assert_eq!(
        ["namespace", "service", "ingress", "port", "derived"].map(text),
        ["shop", "checkout-api", "web", "http", "tags"]
    );
    assert!(cloud.actions().iter().all(|action| action.starts_with("Describe")));
    assert_eq!(folder.names_in(".local/share/albstats"), ["inventory.json", "inventory.lock"]);
}

#[test]
fn what_is_gone_stays_and_what_changed_is_replaced() {
    let (folder, cloud) = (Workspace::new(), Cloud::start(world()));
    run(&folder, &cloud, &["-o", "kept.json"]).done();
    let before: serde_json::Value = serde_json::from_str(&folder.read("kept.json")).unwrap();
    {
        let mut world = cloud.world();
        world.target_groups.retain(|_, group| !group.name.starts_with("k8s-shop"));
        world.load_balancers.retain(|_, one| !one.name.starts_with("k8s-shop"));
        let blog = world.target_groups.values_mut().find(|group| group.name.starts_with("k8s-blog-front")).unwrap();
        blog.tags.insert("ingress.k8s.aws/resource".to_owned(), "blog/other-front:81".to_owned());
        let edge = world.load_balancers.keys().next().unwrap().clone();
        world.add_target_group("new", &edge, &[]);
    }
    std::thread::sleep(std::time::Duration::from_millis(1100));
    run(&folder, &cloud, &["-o", "kept.json"]).done();
    let after: serde_json::Value = serde_json::from_str(&folder.read("kept.json")).unwrap();
    let group = |kept: &serde_json::Value, name: &str| {
        let groups = kept["target_groups"].as_object().unwrap();
        groups.values().find(|group| group["name"] == name).unwrap().clone()
    };
    let gone = "k8s-shop-checkout-0a1b2c3d4e";
    assert_eq!(group(&after, gone), group(&before, gone));
    let blog = group(&after, "k8s-blog-front-1a1b2c3d4e");
    assert_eq!((&blog["service"], &blog["ingress"], &blog["port"]), (&"front".into(), &"other".into(), &"81".into()));
    assert_eq!(blog["first_seen"], group(&before, "k8s-blog-front-1a1b2c3d4e")["first_seen"]);
    assert!(blog["last_seen"].as_str() > blog["first_seen"].as_str());
    assert_eq!(after["target_groups"].as_object().unwrap().len(), 6);
    assert_eq!(after["load_balancers"].as_object().unwrap().len(), 2);
    // Nothing was kept elsewhere.
    assert!(!folder.path(KEPT).exists());
}

#[test]
fn what_cannot_be_asked_stops_nobody_and_removes_nothing() {
    let (folder, cloud) = (Workspace::new(), Cloud::start(world()));
    run(&folder, &cloud, &[]).done();
    let before = folder.read(KEPT);
    cloud.world().denied.insert("DescribeTags".to_owned());
    let refused = run(&folder, &cloud, &[]).exits(2);
    refused.says("access denied: elasticloadbalancing:DescribeTags").says("no account could be queried");
    assert_eq!(folder.read(KEPT), before);
    cloud.world().denied.clear();
    folder.write(
        "albstats.toml",
        "[sources.good]\nfrom = [\"s3://a\"]\nregion = \"eu-west-1\"\n[sources.bad]\nfrom = [\"s3://b\"]\nprofile = \"none\"\n",
    );
    let answer = run(&folder, &cloud, &["--from", "good", "--from", "bad", "-o", "two.json"]).exits(3);
    answer.says("warning: profile none: ").says("kept in two.json");
    assert!(folder.read("two.json").contains("checkout-api"));
    run(&folder, &cloud, &["--from", "prod"]).exits(2).says("error: no such source: prod");
}

#[test]
fn a_file_that_is_no_inventory_is_left_alone() {
    let (folder, cloud) = (Workspace::new(), Cloud::start(world()));
    for (content, says) in [("{\"version\": 2}", "it has version 2"), ("garbage", "cannot read the inventory my.json")]
    {
        folder.write("my.json", content);
        run(&folder, &cloud, &["-o", "my.json"]).exits(2).says(says).says("hint: ");
        assert_eq!(folder.read("my.json"), content);
    }
    assert!(cloud.actions().is_empty());
}

#[test]
fn its_tables_are_for_programs() {
    let (folder, cloud) = (Workspace::new(), Cloud::start(world()));
    let rows = run(&folder, &cloud, &["--format", "csv", "-q"]).done();
    assert!(
        rows.stdout.starts_with("arn,namespace,service,ingress,route,port,cluster,name,derived\n"),
        "{}",
        rows.stdout
    );
    assert_eq!(rows.rows().len(), 5);
    run(&folder, &cloud, &["--table", "load_balancers", "-o", "elbs.ndjson"]).done();
    let last: serde_json::Value = serde_json::from_str(folder.read("elbs.ndjson").lines().last().unwrap()).unwrap();
    assert_eq!(
        (&last["elb"], &last["ingress"]),
        (&"app/k8s-shop-web-1f2e3d4c5b/0000000000000001".into(), &"web".into())
    );
    assert_eq!(folder.names_in(".local/share/albstats"), ["inventory.json", "inventory.lock"]);
}

#[test]
fn queries_and_reports_find_it() {
    let (folder, cloud) = (Workspace::new(), Cloud::start(world()));
    let arn = cloud.world().target_groups.keys().find(|arn| arn.contains("checkout")).unwrap().clone();
    folder.write(
        "shop.log",
        format!(
            "https 2026-11-20T10:00:01.000000Z app/k8s-shop-web-1f2e3d4c5b/0000000000000001 192.0.2.7:40000 10.0.0.1:8080 \
             0.000 0.020 0.001 200 200 100 200 \"GET https://shop.example.com:443/ HTTP/1.1\" \"curl/8.5\" - - {arn} \
             \"Root=1-a-b\"\n"
        ),
    );
    let join = "SELECT g.service, g.derived, b.ingress FROM requests r JOIN target_groups g ON r.target_group_arn = g.arn \
                JOIN load_balancers b ON r.elb = b.elb";
    let query =
        |flags: &[&str]| folder.run([&["query", "--format", "csv", "--from", "shop.log", join][..], flags].concat());
    query(&["-q"]).exits(2).says("hint: albstats inventory keeps that table");
    let report = || folder.run(["report", "latency", "--from", "shop.log"]).done().stdout;
    assert!(report().contains("shop/checkout… ~"), "{}", report());

    run(&folder, &cloud, &[]).done();
    let answer = query(&["-q"]).done();
    assert_eq!((answer.rows(), answer.stderr.as_str()), (vec!["checkout-api,tags,web"], ""));
    query(&["-v"]).done().says("notice: target groups are called as /");
    assert!(report().contains("shop/checkout-api"), "{}", report());
    // What is typed goes first; the file that is kept may be typed, too.
    folder.write("mine.csv", format!("arn,namespace,service\n{arn},my,own\n"));
    let mine = folder.run(["report", "latency", "--from", "shop.log", "--target-groups", "mine.csv"]).done();
    assert!(mine.stdout.contains("my/own"));
    query(&["-q", "--target-groups", KEPT]).done();

    folder.write(KEPT, "{\"version\": 7}");
    let warned = folder.run(["report", "latency", "--from", "shop.log"]).done().says("it has version 7");
    assert!(warned.stdout.contains("shop/checkout… ~"));
}

#[test]
fn it_is_kept_where_the_configuration_says() {
    let (folder, cloud) = (Workspace::new(), Cloud::start(world()));
    folder.write("albstats.toml", "inventory = \"data/inventory.json\"\n");
    run(&folder, &cloud, &[]).done().says("kept in data/inventory.json");
    let shown = folder.run(["config", "show"]).done().stdout;
    assert!(
        shown.lines().any(|line| line.split_whitespace().eq(["inventory", "data/inventory.json", "albstats.toml:1"])),
        "{shown}"
    );
    let mut command = folder.command(["inventory"]);
    cloud.environment(&mut command);
    command.env("ALBSTATS_INVENTORY", "other.json");
    finish(command, b"").done().says("kept in other.json");
}

#[test]
fn a_binding_tells_what_tags_do_not() {
    let (folder, cloud) = (Workspace::new(), Cloud::start(world()));
    let arn = cloud.world().target_groups.keys().find(|arn| arn.contains("aaaaaaaa")).unwrap().clone();
    let binding = |name: &str, spec: serde_json::Value| {
        serde_json::json!({
            "apiVersion": "elbv2.k8s.aws/v1beta1", "kind": "TargetGroupBinding",
            "metadata": { "namespace": "blog", "name": name }, "spec": spec
        })
    };
    let service = serde_json::json!({ "name": "aaaaaaaa-aaaaaaaa", "port": 80 });
    let list = serde_json::json!({ "kind": "List", "apiVersion": "v1", "items": [
        binding("one", serde_json::json!({ "targetGroupARN": arn, "serviceRef": service })),
        binding("two", serde_json::json!({ "targetGroupName": "thumbnailer", "serviceRef": { "name": "thumbs", "port": 80 } })),
    ] });
    folder.write("bindings.json", list.to_string());
    let rows = run(&folder, &cloud, &["--kubernetes", "prod=bindings.json", "--format", "json", "-q"]).done();
    let rows: serde_json::Value = serde_json::from_str(&rows.stdout).unwrap();
    let row = |name: &str| rows.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone();
    let blog = row("k8s-blog-aaaaaaaa-2a1b2c3d4e");
    assert_eq!((&blog["service"], &blog["ingress"]), (&"aaaaaaaa-aaaaaaaa".into(), &"x".into()));
    let thumbs = row("thumbnailer");
    assert_eq!((&thumbs["service"], &thumbs["cluster"]), (&"thumbs".into(), &"prod".into()));
    assert_eq!((&thumbs["derived"], &blog["derived"]), (&"binding".into(), &"binding".into()));
    run(&folder, &cloud, &["--kubernetes", "none.json"]).exits(2).says("cannot read none.json (--kubernetes)");
}
