//! Several replicas and one Lease: one writes, whoever is killed, paused or ended.

use std::process::Command;
use std::time::{Duration, Instant};

use super::super::watching::{Watching, command_every, eventually, within};
use super::super::{Bench, all_on};
use super::server::Server;
use super::{begin, make};

/// A replica with a name and a history of its own.
fn replica(bench: &Bench, name: &str) -> Watching {
    let mut command = command_every(bench, "1h", &["--kubernetes", "live", "--lease", "shop/writer"]);
    command.env("XDG_STATE_HOME", bench.folder.path(name)).env("HOSTNAME", name);
    Watching(command.spawn().unwrap())
}

fn signal(replica: &Watching, signal: &str) {
    let id = replica.0.id().to_string();
    assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
}

/// Who holds the Lease; empty if nobody does.
fn holder(server: &Server) -> String {
    let found = server.kubectl(&[
        "get",
        "lease",
        "-n",
        "shop",
        "writer",
        "--ignore-not-found",
        "-o=jsonpath={.spec.holderIdentity}",
    ]);
    found.split('_').next().unwrap_or_default().to_owned()
}

#[test]
#[ignore = "needs a real API server: just kube"]
fn of_several_replicas_one_writes() {
    let (bench, server) = begin(&[]);
    make(&bench, &server, "first");
    let mut one = replica(&bench, "one");
    eventually("the first is on", || bench.logs("first") == all_on());
    assert_eq!(holder(&server), "one");
    let two = replica(&bench, "two");
    make(&bench, &server, "second");
    eventually("the second is on", || bench.logs("second") == all_on());
    std::thread::sleep(Duration::from_secs(10));
    assert_eq!((bench.writes(), holder(&server).as_str()), (6, "one"));

    // Killed, it cannot say so: the Lease has to run out.
    one.0.kill().unwrap();
    one.0.wait().unwrap();
    let killed = Instant::now();
    make(&bench, &server, "third");
    within(90, "the third is on", || bench.logs("third") == all_on());
    println!("written by another {:?} after the first was killed", killed.elapsed());
    assert!(killed.elapsed() > Duration::from_secs(20), "{:?}", killed.elapsed());
    assert_eq!((bench.writes(), holder(&server).as_str()), (9, "two"));

    // Paused, it comes back after another has begun, and sees that it leads no more.
    let mut three = replica(&bench, "three");
    std::thread::sleep(Duration::from_secs(10));
    signal(&two, "-STOP");
    make(&bench, &server, "fourth");
    within(90, "the fourth is on", || bench.logs("fourth") == all_on());
    signal(&two, "-CONT");
    make(&bench, &server, "fifth");
    eventually("the fifth is on", || bench.logs("fifth") == all_on());
    std::thread::sleep(Duration::from_secs(10));
    assert_eq!((bench.writes(), holder(&server).as_str()), (15, "three"));

    // Ended as Kubernetes does, it gives the Lease up.
    signal(&three, "-TERM");
    assert_eq!(three.0.wait().unwrap().code(), Some(0));
    assert_eq!(holder(&server), "");
    eventually("the other takes it at once", || holder(&server) == "two");
    make(&bench, &server, "sixth");
    eventually("the sixth is on", || bench.logs("sixth") == all_on());
    assert_eq!(bench.writes(), 18);
}

/// Who may not have it writes nothing, and says what has to be allowed.
#[test]
#[ignore = "needs a real API server: just kube"]
fn who_may_not_have_the_lease_writes_nothing() {
    let (bench, server) = begin(&[]);
    bench.cloud.world().add_load_balancer("other", &[]);
    let mut command = command_every(&bench, "1h", &["--kubernetes", "live:nobody", "--lease", "shop/writer"]);
    let mut watching = Watching(command.spawn().unwrap());
    std::thread::sleep(Duration::from_secs(10));
    assert_eq!((bench.writes(), holder(&server).as_str()), (0, ""));
    signal(&watching, "-TERM");
    let mut said = String::new();
    std::io::Read::read_to_string(&mut watching.0.stderr.take().unwrap(), &mut said).unwrap();
    let rule = "hint: a Role in shop with {apiGroups: [\"coordination.k8s.io\"], resources: [\"leases\"], verbs: [\"get\", \"create\", \"update\"]}";
    assert!(said.contains("the Lease shop/writer may not be taken: ") && said.contains(rule), "{said}");
    let without = bench.run(&["reconcile", "watch", "--kubernetes", "live", "--lease", "writer"]);
    without.exits(2).says("--lease writer: expected NAMESPACE/NAME");
    bench.folder.write("cluster.json", "{\"items\":[]}");
    bench
        .run(&["reconcile", "watch", "--kubernetes", "cluster.json", "--lease", "a/b"])
        .exits(2)
        .says("none is read itself");
}
