//! What is asked of a pod.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::Value;

use super::{label, list, moment, tcp_port, text};

#[derive(Debug)]
pub(super) struct Pod {
    pub(super) addresses: BTreeSet<IpAddr>,
    pub(super) node: Option<String>,
    pub(super) workload: String,
    /// Since when it has its addresses; microseconds since the epoch.
    pub(super) from: Option<i64>,
    /// When it ended, or must have ended.
    pub(super) ends: Option<i64>,
    /// Whether nothing of it runs any more.
    pub(super) has_ended: bool,
    /// By its label.
    labelled: Option<String>,
    containers: Vec<Container>,
}

#[derive(Debug)]
struct Container {
    version: Option<String>,
    ports: BTreeSet<u16>,
}

impl Pod {
    pub(super) fn read(name: &str, object: &Value) -> Self {
        let listed = list(object, "/status/podIPs").filter_map(|one| one.get("ip").and_then(Value::as_str));
        let alone = object.pointer("/status/podIP").and_then(Value::as_str);
        let has_ended = matches!(text(object, "/status/phase").as_deref(), Some("Succeeded" | "Failed"));
        Self {
            addresses: listed.chain(alone).filter_map(|ip| ip.parse().ok()).collect(),
            node: text(object, "/spec/nodeName"),
            workload: workload(name, object),
            from: from(object),
            ends: if has_ended { finished(object) } else { at(object, "/metadata/deletionTimestamp") },
            has_ended,
            labelled: label(object, "app.kubernetes.io/version"),
            containers: containers(object).map(Container::read).collect(),
        }
    }

    /// Ports that its containers declare, which not all do.
    pub(super) fn declared_ports(&self) -> BTreeSet<u16> {
        self.containers.iter().flat_map(|container| container.ports.iter().copied()).collect()
    }

    /// Its label `app.kubernetes.io/version`, else the tag of the image of the container that declares the port, else of the first.
    pub(super) fn version(&self, port: u16) -> Option<String> {
        let serving = self.containers.iter().find(|container| container.ports.contains(&port));
        let container = serving.or(self.containers.first());
        self.labelled.clone().or_else(|| container?.version.clone())
    }
}

impl Container {
    fn read(container: &Value) -> Self {
        let image = container.get("image").and_then(Value::as_str).unwrap_or_default();
        let ports = list(container, "/ports").filter_map(|port| tcp_port(port, "containerPort"));
        Self { version: version_of(image), ports: ports.collect() }
    }
}

/// Containers, and those of init that stay beside them.
fn containers(object: &Value) -> impl Iterator<Item = &Value> {
    let stays = |container: &&Value| container.get("restartPolicy").and_then(Value::as_str) == Some("Always");
    list(object, "/spec/containers").chain(list(object, "/spec/initContainers").filter(stays))
}

/// The tag of an image, else the begin of its digest: of `registry:5000/cart:1.42@sha256:…`, `1.42`.
fn version_of(image: &str) -> Option<String> {
    const DIGITS: usize = 12;
    let (named, digest) = image.split_once('@').map_or((image, None), |(named, digest)| (named, Some(digest)));
    let last = named.rsplit('/').next().unwrap_or(named);
    let tag = last.split_once(':').map(|(_, tag)| tag).filter(|tag| !tag.is_empty());
    let digest = || digest.and_then(|digest| digest.split_once(':')).map(|(_, digits)| digits.chars().take(DIGITS));
    tag.map(ToOwned::to_owned)
        .or_else(|| digest().map(Iterator::collect))
        .filter(|version: &String| !version.is_empty())
}

/// Since when it has its addresses: since its sandbox is there, which newer clusters tell; else since it was started.
fn from(object: &Value) -> Option<i64> {
    let has_address = |one: &&Value| {
        let is = |name: &str, value: &str| one.get(name).and_then(Value::as_str) == Some(value);
        is("type", "PodReadyToStartContainers") && is("status", "True")
    };
    let condition = list(object, "/status/conditions").find(has_address);
    let since = condition.and_then(|it| moment(it.get("lastTransitionTime")?.as_str()?));
    since.or_else(|| at(object, "/status/startTime")).or_else(|| at(object, "/metadata/creationTimestamp"))
}

/// When the last of its containers ended.
fn finished(object: &Value) -> Option<i64> {
    let statuses = list(object, "/status/containerStatuses").chain(list(object, "/status/initContainerStatuses"));
    statuses.filter_map(|status| at(status, "/state/terminated/finishedAt")).max()
}

fn at(object: &Value, path: &str) -> Option<i64> {
    moment(object.pointer(path)?.as_str()?)
}

/// `Deployment/cart-api`: whose pod it is. A `ReplicaSet` is called as its `Deployment` with the hash of the template behind, a `Job`
/// as its `CronJob` with a number of minutes behind.
fn workload(name: &str, object: &Value) -> String {
    let owners = || list(object, "/metadata/ownerReferences");
    let controls = |owner: &&Value| owner.get("controller").and_then(Value::as_bool) == Some(true);
    let Some(owner) = owners().find(controls).or_else(|| owners().next()) else { return format!("Pod/{name}") };
    let of = |field: &str| owner.get(field).and_then(Value::as_str).unwrap_or_default();
    let (kind, owner) = (of("kind"), of("name"));
    let without = |label_name: &str| {
        let hash = label(object, label_name)?;
        owner.strip_suffix(&hash)?.strip_suffix('-').filter(|name| !name.is_empty())
    };
    match kind {
        "ReplicaSet" => match (without("pod-template-hash"), without("rollouts-pod-template-hash")) {
            (Some(name), _) => format!("Deployment/{name}"),
            (None, Some(name)) => format!("Rollout/{name}"),
            (None, None) => format!("ReplicaSet/{owner}"),
        },
        "Job" => match owner.rsplit_once('-') {
            Some((name, minutes)) if is_minutes(minutes) => format!("CronJob/{name}"),
            _ => format!("Job/{owner}"),
        },
        _ => format!("{kind}/{owner}"),
    }
}

/// Minutes since the epoch, which have eight digits until 2160.
fn is_minutes(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit())
}
