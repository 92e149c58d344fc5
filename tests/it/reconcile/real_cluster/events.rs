//! Events as a real API server takes them and `kubectl` shows them.

use serde_json::Value;

use super::super::watching::{Watching, command_every, eventually, within};
use super::super::{Bench, all_on};
use super::server::{Server, kinds};
use super::{begin, make};

/// What `kubectl describe` shows of an ingress, its spaces as one.
fn described(server: &Server, name: &str) -> String {
    let text = server.kubectl(&["describe", "ingress", "-n", "shop", name]);
    let events = text.split_once("\nEvents:").map_or("", |(_, events)| events);
    events.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Events of ours: of which object, reason, how often, and by whom.
fn events(server: &Server) -> Vec<(String, String, i64, String)> {
    let list: Value =
        serde_json::from_str(&server.kubectl(&["get", "events.events.k8s.io", "-A", "-o", "json"])).unwrap();
    let ours =
        list["items"].as_array().unwrap().iter().filter(|it| it["reportingController"] == "albstats.io/reconciler");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut events: Vec<_> = ours
        .map(|it| {
            let count = it["series"]["count"].as_i64().unwrap_or(1);
            (text(&it["regarding"]["name"]), text(&it["reason"]), count, text(&it["reportingInstance"]))
        })
        .collect();
    events.sort();
    events
}

fn replica(bench: &Bench, name: &str, more: &[&str]) -> Watching {
    let mut command = command_every(bench, "1s", &[&["--events"], more].concat());
    command.env("XDG_STATE_HOME", bench.folder.path(name)).env("HOSTNAME", name);
    Watching(command.spawn().unwrap())
}

#[test]
#[ignore = "needs a real API server: just kube"]
fn kubectl_describe_shows_them() {
    let (bench, server) = begin(&[]);
    make(&bench, &server, "web");
    let one = replica(&bench, "one", &["--kubernetes", "live"]);
    let on = "albstats.io/reconciler web: access, connection, health-check logs go to s3://logs/eks";
    eventually("that it is on is shown", || described(&server, "web").contains(on));
    assert!(described(&server, "web").contains("Normal LogsEnabled"), "{}", described(&server, "web"));
    println!("{}", server.kubectl(&["describe", "ingress", "-n", "shop", "web"]));

    bench.cloud.world().denied.insert("ModifyLoadBalancerAttributes".to_owned());
    make(&bench, &server, "stuck");
    let stuck = "albstats.io/reconciler stuck: access, connection, health-check logs cannot be switched on: ";
    eventually("what is in the way is shown", || described(&server, "stuck").contains(stuck));
    let shown = server.kubectl(&["events", "-n", "shop", "--for", "ingress/stuck"]);
    assert!(shown.contains("LogsBlocked") && shown.contains("fix: albstats iam policy reconcile-apply"), "{shown}");
    println!("{shown}");

    // Another that knows nothing of it tells nothing new.
    let blocked = ("stuck".to_owned(), "LogsBlocked".to_owned(), 1, "one".to_owned());
    let enabled = ("web".to_owned(), "LogsEnabled".to_owned(), 1, "one".to_owned());
    drop(one);
    let _two = replica(&bench, "two", &["--kubernetes", "live"]);
    std::thread::sleep(std::time::Duration::from_secs(8));
    assert_eq!(events(&server), [blocked, enabled.clone()]);
    // What ends and comes back is the same Event once more.
    let arn = bench.arn("stuck");
    bench
        .cloud
        .world()
        .load_balancers
        .get_mut(&arn)
        .unwrap()
        .tags
        .insert("albstats.io/logs".to_owned(), "disabled".to_owned());
    std::thread::sleep(std::time::Duration::from_secs(8));
    bench.cloud.world().load_balancers.get_mut(&arn).unwrap().tags.remove("albstats.io/logs");
    eventually("it is shown as a series", || described(&server, "stuck").contains("(x2 over "));
    println!("{}", server.kubectl(&["describe", "ingress", "-n", "shop", "stuck"]));
    assert_eq!(events(&server), [("stuck".to_owned(), "LogsBlocked".to_owned(), 2, "one".to_owned()), enabled]);
}

/// The rule that is printed is enough, and each verb of it is needed.
#[test]
#[ignore = "needs a real API server: just kube"]
fn the_right_that_is_missing_is_named_and_enough() {
    let (bench, server) = begin(&[]);
    make(&bench, &server, "web");
    let grant = |name: &str, rules: &str| {
        let meta = "apiVersion: rbac.authorization.k8s.io/v1";
        server.apply_yaml(&format!(
            "{meta}\nkind: ClusterRole\nmetadata: {{name: {name}}}\nrules: [{rules}]\n---\n{meta}\nkind: ClusterRoleBinding\n\
             metadata: {{name: {name}}}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {name}}}\n\
             subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: User, name: nobody}}]\n"
        ));
    };
    let reads = kinds().into_iter().map(|(plural, group, _)| {
        format!("{{apiGroups: [\"{group}\"], resources: [\"{plural}\"], verbs: [\"list\", \"watch\"]}}")
    });
    grant("reader", &reads.collect::<Vec<_>>().join(", "));
    let rule = |verbs: &str| format!("{{apiGroups: [\"events.k8s.io\"], resources: [\"events\"], verbs: [{verbs}]}}");
    let mut watching = replica(&bench, "one", &["--kubernetes", "live:nobody"]);
    eventually("it is on", || bench.logs("web") == all_on());
    std::thread::sleep(std::time::Duration::from_secs(5));
    assert_eq!(events(&server), []);
    grant("teller", &rule("\"create\""));
    within(90, "it is told", || events(&server).len() == 1);
    watching.0.kill().unwrap();
    let mut said = String::new();
    std::io::Read::read_to_string(&mut watching.0.stderr.take().unwrap(), &mut said).unwrap();
    let named = format!("hint: a ClusterRole with {}\n", rule("\"create\", \"patch\""));
    assert!(said.contains("warning: Events in shop may not be written: ") && said.contains(&named), "{said}");

    // What is there cannot be looked at without the other verb.
    let mut watching = replica(&bench, "one", &["--kubernetes", "live:nobody"]);
    std::thread::sleep(std::time::Duration::from_secs(8));
    watching.0.kill().unwrap();
    let mut said = String::new();
    std::io::Read::read_to_string(&mut watching.0.stderr.take().unwrap(), &mut said).unwrap();
    assert!(said.contains("cannot patch resource \"events\"") && said.contains(&named), "{said}");
    grant("teller", &rule("\"create\", \"patch\""));
    let mut watching = replica(&bench, "one", &["--kubernetes", "live:nobody"]);
    make(&bench, &server, "late");
    within(60, "the late one is told", || events(&server).len() == 2);
    watching.0.kill().unwrap();
    let mut said = String::new();
    std::io::Read::read_to_string(&mut watching.0.stderr.take().unwrap(), &mut said).unwrap();
    assert!(!said.contains("Events in shop"), "{said}");
}

/// Of several replicas the one tells that writes.
#[test]
#[ignore = "needs a real API server: just kube"]
fn who_holds_the_lease_tells() {
    let (bench, server) = begin(&[]);
    let lease = ["--kubernetes", "live", "--lease", "shop/writer"];
    let mut one = replica(&bench, "one", &lease);
    make(&bench, &server, "first");
    eventually("the first is told", || events(&server).len() == 1);
    let _two = replica(&bench, "two", &lease);
    make(&bench, &server, "second");
    eventually("the second is told", || events(&server).len() == 2);
    one.0.kill().unwrap();
    one.0.wait().unwrap();
    make(&bench, &server, "third");
    within(90, "the third is told", || events(&server).len() == 3);
    let told: Vec<(String, i64, String)> =
        events(&server).into_iter().map(|(name, _, count, by)| (name, count, by)).collect();
    let of = |name: &str, by: &str| (name.to_owned(), 1, by.to_owned());
    assert_eq!(told, [of("first", "one"), of("second", "one"), of("third", "two")]);
}
