//! Rules one by one in `cases`, and what must hold in every world in `worlds`.

mod cases;
mod clusters;
mod worlds;

use std::collections::{BTreeMap, BTreeSet};

use alblog::LogKind;
use alblog::time::HOUR;

use super::*;
use crate::base::config::{Matcher, Selector};
use crate::fleet::aws::elbv2::{LoadBalancer, LoadBalancerType, LogSettings, Tags};
use crate::fleet::kubernetes::intent::Declaration;
use crate::fleet::reconcile::observed::{Preflight, Proof, Seen};

/// The beginning of the worlds; microseconds since the epoch.
const NOW: i64 = 20_000 * 24 * HOUR;

/// Every Application Load Balancer of one account, to one bucket.
fn policy() -> LogPolicy {
    let any = glob::Pattern::new("*").unwrap();
    let matcher = Matcher { names: vec![any], ..Matcher::default() };
    let select = [("prod".to_owned(), Selector { matcher, ..Selector::default() })].into();
    LogPolicy { select, bucket: "logs".to_owned(), prefix: "eks".to_owned(), ..LogPolicy::default() }
}

fn off() -> LogSettings {
    LogSettings::default()
}

fn on(bucket: &str, prefix: &str) -> LogSettings {
    LogSettings { enabled: true, bucket: bucket.to_owned(), prefix: prefix.to_owned() }
}

/// A load balancer as AWS makes it.
fn seen(name: &str) -> Seen {
    let load_balancer = LoadBalancer {
        arn: format!("arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/app/{name}/1"),
        name: name.to_owned(),
        dns_name: String::new(),
        kind: LoadBalancerType::Application,
        tags: Tags::new(),
    };
    Seen {
        load_balancer,
        account: "prod".to_owned(),
        logs: LogKind::ALL.map(|kind| (kind, off())).into(),
        vended: BTreeSet::new(),
        proof: BTreeMap::new(),
    }
}

/// A look at these load balancers, with a bucket that takes their logs.
fn look(load_balancers: Vec<Seen>) -> Observed {
    let preflights = load_balancers.iter().map(|seen| (seen.delivery("logs", "eks"), Preflight::Ready)).collect();
    Observed { load_balancers, preflights, ..Observed::default() }
}

/// None of them was made by Kubernetes.
fn intents(observed: &Observed) -> BTreeMap<String, Intent> {
    observed.load_balancers.iter().map(|seen| (seen.load_balancer.arn.clone(), Intent::NotKubernetes)).collect()
}
