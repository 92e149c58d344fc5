//! Load balancers by name and pattern, and what is said of names that nothing has.

use super::logs::{access, gzip};
use super::s3::S3Server;
use super::support::Workspace;

fn fleet() -> Workspace {
    let folder = Workspace::new();
    for name in ["k8s-shop-1f2e3d4c", "k8s-ship-1f2e3d4c", "legacy"] {
        let line = access("2026-11-20T10:01:00.000000Z", 200).replace("app/shop/", &format!("app/{name}/"));
        let object = format!(
            "logs/123456789012_elasticloadbalancing_eu-west-1_app.{name}.50dc6c495c0c9188_20261120T1005Z_203.0.113.4_r.log.gz"
        );
        folder.write(&object, gzip(&line));
    }
    folder
}

#[test]
fn a_pattern_is_all_that_fit() {
    let folder = fleet();
    let count = |elb: &[&str]| -> String {
        let flags = elb.iter().flat_map(|elb| ["--elb", elb]);
        let args = ["query", "-q", "--from", "logs", "--format", "csv"].into_iter().chain(flags);
        folder.run(args.chain(["SELECT count(*) FROM requests"])).done().value()
    };
    for (elb, rows) in [
        (&["k8s-*"][..], "2"),
        (&["*"], "3"),
        (&["*1f2e*"], "2"),
        (&["legacy", "k8s-shop-*"], "2"),
        (&["app/k8s-sh*p-*/50dc6c495c0c9188"], "2"),
    ] {
        assert_eq!(count(elb), rows, "{elb:?}");
    }
    // The same in a report and over an export.
    let report = folder.run(["report", "errors", "--from", "logs", "--elb", "k8s-*", "--format", "json"]).done();
    assert!(report.stdout.contains("\"requests\":2") || report.stdout.contains("\"requests\": 2"), "{}", report.stdout);
    let to_lake = ["export", "-q", "--from", "logs", "--to", "lake", "--since", "2026-11-20", "--settle", "0s"];
    folder.run(to_lake).done();
    for (elb, rows) in [("k8s-*", "2"), ("app/leg*", "1"), ("k8s_*", "0")] {
        let sql = "SELECT count(*) FROM requests";
        let answer = folder.run(["query", "-q", "--from", "lake", "--format", "csv", "--elb", elb, sql]).done();
        assert_eq!(answer.value(), rows, "{elb}");
    }
}

#[test]
fn a_name_that_nothing_has_is_met_with_the_nearest() {
    let folder = fleet();
    let run = |command: &[&str]| {
        folder
            .run(command.iter().chain(&["--from", "logs", "--elb", "k8s-shp"]))
            .exits(2)
            .says("error: no load balancer is called k8s-shp: nearest k8s-ship-1f2e3d4c, k8s-shop-1f2e3d4c, legacy")
    };
    for command in [&["query", "SELECT 1 FROM requests"][..], &["report", "errors"], &["fetch", "--to", "copy"]] {
        let answer = run(command);
        // A longer window would not help.
        assert!(!answer.stderr.contains("--since"), "{}", answer.stderr);
    }
    let pattern = ["query", "--from", "logs", "--elb", "x-*", "SELECT 1 FROM requests"];
    folder.run(pattern).exits(2).says("error: no load balancer's name fits x-*: nearest ");
}

/// Of a bucket, objects whose names do not begin as they should are not even listed.
#[test]
fn a_name_that_nothing_in_a_bucket_has_is_met_with_the_nearest() {
    let server = S3Server::start();
    let day = "AWSLogs/123456789012/elasticloadbalancing/eu-west-1/2026/11/20/";
    server.put_folder("logs", day, &fleet().path("logs"));
    let hour = ["--since", "2026-11-20T10:00", "--until", "2026-11-20T11:00"];
    for command in [&["query", "SELECT 1 FROM requests"][..], &["report", "errors"], &["fetch", "--to", "copy"]] {
        let command = [command, &["--from", "s3://logs", "--elb", "k8s-shp"], &hour].concat();
        server.run(&Workspace::new(), command).exits(2).says(
            "error: no load balancer is called k8s-shp: nearest k8s-ship-1f2e3d4c, k8s-shop-1f2e3d4c, legacy\n\
             hint: one of these; or an earlier --since, for one that wrote nothing in this window",
        );
    }
}

/// Of several that were asked for, one may be misspelled: the rest is no answer about it.
#[test]
fn a_name_among_others_that_nothing_has_is_said() {
    let folder = fleet();
    let missed = "warning: no load balancer is called k8s-shp: nearest k8s-ship-1f2e3d4c, k8s-shop-1f2e3d4c, legacy\n";
    let sql = "SELECT count(*) FROM requests";
    for elbs in [&["--elb", "legacy,k8s-shp"][..], &["--elb", "k8s-shp", "--elb", "legacy"]] {
        for command in [&["query", sql][..], &["report", "errors"], &["objects"], &["fetch", "--to", "copy"]] {
            folder.run([command, &["-q", "--from", "logs"], elbs].concat()).done().says(missed);
        }
    }
    let there = folder.run(["query", "--from", "logs", "--elb", "legacy,k8s-*", sql]).done();
    assert!(!there.stderr.contains("warning"), "{}", there.stderr);
    // Over an export, too.
    let to_lake = ["export", "-q", "--from", "logs", "--to", "lake", "--since", "2026-11-20", "--settle", "0s"];
    folder.run(to_lake).done();
    for command in [&["query", sql][..], &["report", "errors"]] {
        for elbs in ["legacy,k8s-shp", "k8s-shp"] {
            folder.run([command, &["-q", "--from", "lake", "--elb", elbs]].concat()).says(missed);
        }
        let there = folder.run([command, &["-q", "--from", "lake", "--elb", "legacy"]].concat());
        assert!(!there.stderr.contains("warning"), "{}", there.stderr);
    }
}

#[test]
fn a_window_without_logs_says_where_they_are() {
    let folder = fleet();
    for command in [&["query", "SELECT 1 FROM requests"][..], &["report", "errors"]] {
        let answer = folder.run(command.iter().chain(&["--from", "logs", "--since", "2026-11-21"])).exits(2);
        answer
            .says("error: none of the logs is of this time: they reach from 2026-11-20 10:00 to 2026-11-20 10:05 UTC")
            .says("hint: --since 2026-11-20T10:00:00Z --until 2026-11-20T10:05:00Z");
    }
}

#[test]
fn hosts_and_groups_that_nothing_has_are_met_with_the_nearest() {
    let folder = fleet();
    for (flag, typed, text) in [
        ("--host", "shp.example.com", "warning: no host is called shp.example.com: nearest shop.example.com"),
        ("--target-group", "crt", "warning: no target group is called crt: nearest cart"),
        ("--service", "a/cart", "warning: no service is called a/cart: nearest cart"),
    ] {
        let args = ["report", "latency", "--from", "logs", "--format", "csv", flag, typed];
        folder.run(args).done().says(text);
    }
    // One that is there, and has no rows for another reason.
    let args = ["report", "latency", "--from", "logs", "--format", "csv", "--host", "shop.example.com"];
    let there = folder.run(args.into_iter().chain(["--path", "/nothing"])).done();
    assert!(!there.stderr.contains("warning"), "{}", there.stderr);
}
