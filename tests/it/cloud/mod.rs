//! A small AWS on loopback: load balancers, target groups and buckets that the program changes, tests look at, and
//! anybody may change in between. It refuses what AWS refuses.
//!
//! `elbv2` (query protocol), `s3` (REST), `cloudwatch` (metrics, vended logs). The program reaches it through
//! `AWS_ENDPOINT_URL`. What is not known is answered with an error that names it.

mod cloudwatch;
mod elbv2;
mod s3;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};

use http::request::Parts;
use hyper::body::Bytes;

use super::loopback::{Answer, Loopback, decoded, escaped, pairs, respond, signed_region};

pub(crate) use super::loopback::REGION;
pub(crate) use elbv2::{LoadBalancer, TargetGroup};
pub(crate) use s3::{Bucket, allow, policy};

/// The account in which everything is, unless a test says otherwise.
pub(crate) const ACCOUNT: &str = "111111111111";

/// Everything there is.
#[derive(Default)]
pub(crate) struct World {
    /// By ARN.
    pub(crate) load_balancers: BTreeMap<String, LoadBalancer>,
    /// By ARN.
    pub(crate) target_groups: BTreeMap<String, TargetGroup>,
    /// By name.
    pub(crate) buckets: BTreeMap<String, Bucket>,
    /// How many requests load balancers had, by `app/NAME/ID`: in the five minutes that begin then, seconds.
    pub(crate) requests: BTreeMap<String, BTreeMap<i64, u64>>,
    /// Kinds of log that CloudWatch delivers, by ARN: `ALB_ACCESS_LOGS`.
    pub(crate) vended: BTreeMap<String, Vec<&'static str>>,
    /// Actions that are denied: `DescribeTags`, `GetBucketPolicy`, …
    pub(crate) denied: BTreeSet<String>,
    /// How many more requests of an action are throttled, and with which code.
    pub(crate) throttled: BTreeMap<String, (u32, &'static str)>,
    /// Every request, in order: its action, and what it was about, as the action's module writes it.
    pub(crate) asked: Vec<(String, String)>,
}

pub(crate) struct Cloud {
    server: Loopback,
    world: Arc<Mutex<World>>,
}

impl Cloud {
    pub(crate) fn start(world: World) -> Self {
        let world = Arc::new(Mutex::new(world));
        let shared = Arc::clone(&world);
        let server = Loopback::requests(move |parts, body| answer(&shared, parts, body));
        Self { server, world }
    }

    /// What there is now, to look at or to change.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Points a run of the program here.
    pub(crate) fn environment(&self, command: &mut Command) {
        command.envs(self.server.env("AKIDEXAMPLE", "none"));
    }

    /// The actions asked for so far, in order.
    pub(crate) fn actions(&self) -> Vec<String> {
        self.world().asked.iter().map(|(action, _)| action.clone()).collect()
    }

    /// What the requests of one action were about, in order.
    pub(crate) fn asked(&self, action: &str) -> Vec<String> {
        let world = self.world();
        world.asked.iter().filter(|(name, _)| name == action).map(|(_, about)| about.clone()).collect()
    }
}

/// Gives the request to the service it is for.
fn answer(world: &Mutex<World>, parts: &Parts, body: &Bytes) -> Answer {
    let mut world = world.lock().unwrap();
    let form = parts.headers.get("content-type").is_some_and(|kind| kind == "application/x-www-form-urlencoded");
    let credential = parts.headers.get("authorization").map_or("", |value| value.to_str().unwrap());
    let target = parts.headers.get("x-amz-target").map_or("", |value| value.to_str().unwrap());
    if parts.headers.contains_key("smithy-protocol") {
        cloudwatch::metrics(&mut world, body)
    } else if let Some(action) = target.strip_prefix("Logs_20140328.") {
        cloudwatch::logs(&mut world, action)
    } else if form && credential.contains("/elasticloadbalancing/") {
        elbv2::answer(&mut world, region(credential), body)
    } else {
        s3::answer(&mut world, parts, body)
    }
}

fn region(authorization: &str) -> &str {
    signed_region(authorization).unwrap_or(REGION)
}

/// Whether a request is refused whatever it says: the status, code and message of the refusal. Takes note of it.
pub(crate) fn refusal(world: &mut World, action: &str, about: String) -> Option<(u16, &'static str, String)> {
    world.asked.push((action.to_owned(), about));
    if world.denied.contains(action) {
        return Some((
            403,
            "AccessDenied",
            format!("User: arn:aws:iam::{ACCOUNT}:user/test is not authorized: {action}"),
        ));
    }
    let (left, code) = world.throttled.get_mut(action)?;
    *left = left.checked_sub(1)?;
    Some((400, *code, "Rate exceeded".to_owned()))
}

/// The part of the request that says where: for services that go by it.
pub(crate) fn path(parts: &Parts) -> (String, Vec<(String, String)>) {
    (decoded(parts.uri.path()), pairs(parts.uri.query().unwrap_or_default()))
}
