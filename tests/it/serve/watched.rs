//! What a server looks at by itself: alerts, metrics, and the demonstration that needs nothing.

use std::collections::BTreeSet;

use serde_json::json;

use super::server::{Server, logs};
use crate::cloud::{Bucket, Cloud, World};
use crate::ingest::bench::{Bench, eventually};
use crate::support::Workspace;
use crate::verify::{count, log_to, put};

/// A server with an alert about the last object of a bench.
fn with_alert(rule: &str) -> (Server, Bench<'static>) {
    let bench = Bench::in_folder();
    bench.put_hours(&[0, 1]);
    let folder = Workspace::new();
    let logs = bench.folder.path("logs").to_string_lossy().into_owned();
    let config = format!(
        "[sources.prod]\nfrom = [{logs:?}]\nlive = \"live\"\n[serve]\nstate = \"state\"\n[[alert]]\nname = \"mine\"\n{rule}\n"
    );
    folder.write("albstats.toml", &config);
    (Server::over(folder, &["--poll", "1s"]), bench)
}

#[test]
fn an_alert_fires_and_is_shown_and_counted() {
    let (server, _bench) =
        with_alert("sql = \"SELECT '<b>' || elb AS elb FROM requests GROUP BY 1\"\nwindow = \"10m\"");
    let state = || server.json("/api/v1/alerts")["alerts"][0]["rows"][0]["state"].clone();
    eventually("it fires", || state() == json!("firing"));
    let told = server.json("/api/v1/alerts");
    assert_eq!(told["history"][0]["state"], "firing");
    assert_eq!(told["alerts"][0]["rows"][0]["row"], "<b>app/shop/1");
    let page = server.get("/alerts").text();
    assert!(page.contains("&lt;b&gt;app/") && page.contains("1 firing"), "{page}");
    let metrics = server.get("/metrics").text();
    assert!(metrics.contains("albstats_alerts_firing{alert=\"mine\",severity=\"ticket\"} 1\n"), "{metrics}");
    eventually("it is said, and not of whom", || server.said().contains("alert mine is firing"));
    assert!(!server.said().contains("app/shop"));
    // It goes on where it was.
    let kept = std::fs::read_to_string(server.folder.path("state/alerts.json")).unwrap();
    assert!(kept.contains("\"mine\""));
}

#[test]
fn an_alert_that_cannot_be_judged_says_so() {
    let (server, _bench) = with_alert("report = \"errors\"\nfail_if = [\"no_such_column > 1\"]\nlate = \"1s\"");
    let why = || server.json("/api/v1/alerts")["alerts"][0]["cannot_tell"]["why"].as_str().map(str::to_owned);
    eventually("it cannot be told", || why().is_some_and(|why| why.contains("logs are complete up to")));
    assert!(server.get("/metrics").text().contains("albstats_alerts_untold{alert=\"mine\",severity=\"ticket\"} 1\n"));
}

#[test]
fn a_load_balancer_that_has_requests_and_writes_no_logs_is_told() {
    let mut world = World::default();
    world.buckets.insert("logs".to_owned(), Bucket::default());
    let silent = world.add_load_balancer("k8s-pay-silent", &[]);
    let fresh = world.add_load_balancer("k8s-shop-fresh", &[]);
    for elb in [&silent, &fresh] {
        log_to(&mut world, elb, "logs");
        count(&mut world, elb, &[(50, 400), (40, 20)]);
    }
    put(&mut world, &fresh, (0..120).step_by(5));
    let vended = world.add_load_balancer("k8s-media-vended", &[]);
    world.vended.insert(vended, vec!["ALB_ACCESS_LOGS"]);
    let cloud = Cloud::start(world);
    let folder = Workspace::new();
    folder.write(
        "albstats.toml",
        "[sources.prod]\nfrom = [\"s3://logs\"]\n[serve]\nstate = \"state\"\n[[alert]]\nname = \"not-logged\"\nevery = \"10s\"\n",
    );
    let server = Server::with_command(folder, &[], |command| cloud.environment(command));
    let alert = || server.json("/api/v1/alerts")["alerts"][0].clone();
    eventually("it fires", || alert()["rows"][0]["state"] == json!("firing"));
    let rows = alert()["rows"].clone();
    assert_eq!((rows.as_array().unwrap().len(), &rows[0]["row"]), (1, &json!("k8s-pay-silent")), "{rows}");
    assert!(rows[0]["found"].as_str().unwrap().starts_with("CloudWatch counts 420 requests "), "{rows}");
    // What cannot be asked changes nothing.
    cloud.world().denied.insert("GetMetricData".to_owned());
    eventually("it is told", || alert()["cannot_tell"]["why"].to_string().contains("cloudwatch:GetMetricData"));
    assert_eq!(alert()["rows"][0]["state"], json!("firing"));
    cloud.world().denied.clear();
    put(&mut cloud.world(), &silent, (0..120).step_by(5));
    eventually("it is over", || alert()["rows"] == json!([]));
    // What is printed is enough, and no more than is asked for.
    let printed = server.folder.run(["iam", "policy", "serve", "--bucket", "logs", "-q"]).done().stdout;
    let policy: serde_json::Value = serde_json::from_str(&printed).unwrap();
    let actions = policy["Statement"].as_array().unwrap().iter().flat_map(|it| it["Action"].as_array().unwrap());
    let printed: BTreeSet<&str> = actions.map(|action| action.as_str().unwrap().split_once(':').unwrap().1).collect();
    // What is said of the bucket's region needs no right; the right to an object is the right to its head.
    let right = |request: String| match request.as_str() {
        "HeadBucket" => None,
        "ListObjectsV2" => Some("ListBucket".to_owned()),
        "HeadObject" => Some("GetObject".to_owned()),
        _ => Some(request),
    };
    let asked: BTreeSet<String> = cloud.actions().into_iter().filter_map(right).collect();
    assert!(asked.iter().all(|action| printed.contains(action.as_str())), "{asked:?} of {printed:?}");
    let looks =
        ["Describe", "GetMetricData"].map(|start| printed.iter().filter(move |action| action.starts_with(start)));
    assert!(looks.into_iter().flatten().all(|action| asked.contains(*action)), "{printed:?} for {asked:?}");
}

#[test]
fn a_rule_that_makes_no_sense_is_told_with_its_place() {
    for (rule, told) in [
        ("report = \"erors\"\nfail_if = [\"x > 1\"]", "no report named erors"),
        ("source = \"lab\"", "no source lab is served"),
        (
            "report = \"errors\"\noptions = [\"--from=/other\"]\nfail_if = [\"errors > 1\"]",
            "--from=/other is not for alerts",
        ),
        ("sql = \"SELECT 1\"\nwindow = \"0s\"", "a length of time of 1s or more"),
        ("notify = [\"nobody\"]", "nobody is called so in [notify]"),
        ("report = \"errors\"\nsql = \"SELECT 1\"", "a report or sql, not both"),
    ] {
        let folder = logs();
        folder
            .write("albstats.toml", format!("[sources.prod]\nfrom = [\"logs\"]\n[[alert]]\nname = \"mine\"\n{rule}\n"));
        folder.run(["serve", "--listen", "0"]).exits(2).says("albstats.toml:").says(told);
    }
}

#[test]
fn metrics_are_in_the_format_that_was_asked_for() {
    let server = Server::start(&[]);
    let classic = server.get("/metrics").text();
    assert!(classic.contains("# TYPE albstats_queries_running gauge\n") && !classic.contains("# EOF"), "{classic}");
    let open = server.get_with("/metrics", "Accept: application/openmetrics-text\r\n").text();
    assert!(open.ends_with("# EOF\n"), "{open}");
}

#[test]
fn pages_and_their_files_are_small_for_who_takes_them_so() {
    let server = Server::start(&[]);
    let overview = "/?since=2026-11-20T10:00&until=2026-11-20T11:00";
    let page = server.get(overview).text();
    let style = page.split("href=\"/assets/").nth(1).unwrap().split('"').next().unwrap();
    for path in [overview.to_owned(), format!("/assets/{style}")] {
        let (whole, packed) = (server.get(&path), server.get_with(&path, "Accept-Encoding: gzip\r\n"));
        assert_eq!(
            (packed.field("content-encoding").as_deref(), whole.field("content-encoding")),
            (Some("gzip"), None),
            "{path}"
        );
        assert!(packed.body.len() * 2 < whole.body.len() && packed.body.starts_with(&[0x1f, 0x8b]), "{path}");
    }
}

#[test]
fn a_demonstration_needs_nothing_and_leaves_nothing() {
    let folder = Workspace::new();
    folder.write("tmp/.keep", "");
    let tmp = folder.path("tmp").to_string_lossy().into_owned();
    let server = Server::with_environment(folder, &["--demo"], &[("TMPDIR", &tmp)]);
    eventually("everything is taken in", || server.get("/readyz").status == 200);
    let overview = server.json("/api/v1/reports/overview?since=1h");
    assert!(overview["rows"].as_array().is_some_and(|rows| rows.len() > 5), "{overview}");
    assert_eq!(server.json("/api/v1/alerts")["alerts"].as_array().unwrap().len(), 8);
    let folder = server.folder.path("tmp");
    let left = |name: &str| {
        std::fs::read_dir(&folder).unwrap().flatten().any(|it| it.file_name().to_string_lossy().starts_with(name))
    };
    assert!(left("albstats-demo-"));
    let (kept, ended) = server.terminate_keeping();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(!left("albstats-demo-"), "the logs go with the server");
    drop(kept);
}
