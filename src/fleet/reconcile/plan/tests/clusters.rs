//! Clusters with what the AWS Load Balancer Controller itself makes of them (`tests/lbc/README.md`): nothing that it declares is
//! written, and little that it does not declare is left alone.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

use super::*;
use crate::fleet::aws::elbv2::keys;
use crate::fleet::kubernetes::{Clusters, Kubernetes};

/// What the controller makes of a stack.
#[derive(Debug, Deserialize)]
struct Controller {
    /// `built`, `error` (nothing is sent), `none` (the load balancer is taken away), `not-ours`
    outcome: String,
    /// What it sends, when it is built.
    attributes: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize)]
struct Made {
    kind: String,
    stack: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    region: String,
    controller: Controller,
}

#[derive(Debug, Deserialize)]
struct Cluster {
    #[serde(rename = "cluster")]
    name: String,
    items: Vec<Value>,
    load_balancers: Vec<Made>,
}

/// Kinds of log, by what was decided beside what the controller does.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    /// The controller sends a key of it, and it would be written.
    fights: usize,
    /// It is built without any of its keys, and it is left alone.
    cautious: usize,
    /// The controller cannot build it, and it would be written.
    while_broken: usize,
    /// The controller has no members for it any more, and it would be written.
    unowned: usize,
    /// All.
    kinds: usize,
}

impl Made {
    fn seen(&self, cluster: &str) -> Seen {
        let stack = match self.kind.as_str() {
            "ingress" => "ingress.k8s.aws/stack",
            "service" => "service.k8s.aws/stack",
            "gateway" => "gateway.k8s.aws.alb/stack",
            other => panic!("{other}"),
        };
        let mut seen = seen(&self.name);
        let tags = [("elbv2.k8s.aws/cluster", cluster), (stack, &self.stack)];
        seen.load_balancer.tags = tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        seen.load_balancer.dns_name = format!("{}-1.{}.elb.amazonaws.com", self.name, self.region);
        seen
    }

    fn count(&self, decisions: &[Decision], seen: &Seen, count: &mut Count) -> Vec<LogKind> {
        let sent = self.controller.attributes.clone().unwrap_or_default();
        let mut fought = Vec::new();
        for kind in LogKind::ALL {
            let decision = decisions.iter().find(|decision| decision.log == seen.log(kind)).unwrap();
            let writes = decision.write.is_some();
            let declares = keys(kind).iter().any(|key| sent.contains_key(key));
            count.kinds += 1;
            match self.controller.outcome.as_str() {
                "built" if declares && writes => {
                    fought.push(kind);
                    count.fights += 1;
                }
                "built" => count.cautious += usize::from(!declares && !writes),
                "error" => count.while_broken += usize::from(writes),
                "none" | "not-ours" => count.unowned += usize::from(writes),
                other => panic!("{other}"),
            }
        }
        fought
    }
}

impl Cluster {
    /// With why more may be declared than was read, if it may.
    fn decide(&self, doubt: Option<&str>) -> (Observed, Vec<Decision>) {
        let observed = look(self.load_balancers.iter().map(|made| made.seen(&self.name)).collect());
        let kubernetes = Kubernetes::read(&json!({ "kind": "List", "items": self.items }).to_string()).unwrap();
        let kubernetes = kubernetes.in_doubt(doubt.map(ToOwned::to_owned));
        let fleet: Vec<LoadBalancer> = observed.load_balancers.iter().map(|it| it.load_balancer.clone()).collect();
        let clusters = Clusters::of(vec![(Some(self.name.clone()), kubernetes)], &fleet).unwrap();
        let intents = clusters.intents(&fleet);
        let decisions = plan(&policy(), &intents, &observed, &History::new(NOW - 2 * HOUR), NOW);
        (observed, decisions)
    }

    /// What was decided, and each fight in words.
    fn judge(&self, count: &mut Count, fights: &mut Vec<String>) {
        let (observed, decisions) = self.decide(None);
        for (made, seen) in self.load_balancers.iter().zip(&observed.load_balancers) {
            let fought = made.count(&decisions, seen, count);
            fights.extend(fought.into_iter().map(|kind| format!("{} {}: {kind}", self.name, made.stack)));
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lbc")
}

fn clusters() -> Vec<Cluster> {
    let file = std::fs::File::open(folder().join("clusters.ndjson.gz")).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The small ones, by the names of their files.
fn cases() -> BTreeMap<String, Cluster> {
    let files = std::fs::read_dir(folder().join("cases")).unwrap().map(|file| file.unwrap().path());
    let case = |path: PathBuf| {
        let mut case: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let items = serde_json::from_value(case["items"].take()).unwrap();
        let mut made: Made = serde_json::from_value(case).unwrap();
        (made.name, made.region) = ("case".to_owned(), "eu-west-1".to_owned());
        (name.clone(), Cluster { name, items, load_balancers: vec![made] })
    };
    files.map(case).collect()
}

#[test]
fn nothing_that_the_controller_declares_is_written() {
    let (mut count, mut fights) = (Count::default(), Vec::new());
    for cluster in clusters() {
        cluster.judge(&mut count, &mut fights);
    }
    println!("{count:?}");
    assert_eq!(fights, [""; 0]);
    // What is left alone although it could be written, and the other way round: never more than this.
    assert!(count.kinds > 8_000 && count.cautious <= 72 && count.while_broken == 0 && count.unowned == 0, "{count:?}");
}

#[test]
fn the_controllers_flags_do_not_matter() {
    let (mut count, mut fights) = (Count::default(), Vec::new());
    for (_, cluster) in cases() {
        cluster.judge(&mut count, &mut fights);
    }
    println!("{count:?}");
    assert_eq!(fights, [""; 0]);
    assert!(count.kinds > 80 && count.cautious <= 4 && count.while_broken == 0 && count.unowned == 0, "{count:?}");
}

/// A picture that is too old writes nothing, and what it declares is left alone for the reason that it says.
#[test]
fn nothing_is_written_while_more_may_be_declared() {
    for cluster in clusters() {
        let (decided, doubted) = (cluster.decide(None).1, cluster.decide(Some("it is too old")).1);
        for (decided, doubted) in decided.iter().zip(&doubted) {
            assert_eq!(doubted.write, None, "{}: {:?}", cluster.name, doubted.log);
            match &doubted.state {
                State::Unread(why) => assert!(why.contains("it is too old"), "{}: {why}", cluster.name),
                state => assert_eq!(*state, decided.state, "{}: {:?}", cluster.name, doubted.log),
            }
        }
    }
}
