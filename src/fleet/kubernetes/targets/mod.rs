//! Which address and port was whose: pods behind target groups of type `ip`, and node ports behind those of type `instance`.
//!
//! Of pods, endpoint slices and nodes no more is kept than what is asked here: a busy cluster has a hundred thousand of them, of ten
//! kilobytes each. What is kept over time is not decided here.

mod node_ports;
mod nodes;
mod pod;
mod slices;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::IpAddr;

use alblog::time;
use serde_json::Value;

use super::objects::Objects;
use nodes::Node;
use pod::Pod;
use slices::Slices;

/// An address and port, and who has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub ip: IpAddr,
    pub port: u16,
    /// Of the pod; of a node port: of its service.
    pub namespace: String,
    /// None of a node port: its service has several.
    pub pod: Option<String>,
    /// `Deployment/cart-api`; of a node port `Service/cart-api`.
    pub workload: Option<String>,
    pub node: Option<String>,
    /// Availability zone of the node.
    pub zone: Option<String>,
    pub version: Option<String>,
    /// Since when, if it is told; microseconds since the epoch.
    pub from: Option<i64>,
    /// When it ended, or will have ended, if it is told; microseconds since the epoch.
    pub ends: Option<i64>,
    /// Whether it has the address now: a pod that ended keeps it in its status, while another may have it already.
    pub is_held: bool,
}

/// What was read of pods, endpoint slices and nodes.
#[derive(Debug, Default)]
pub(super) struct Running {
    /// By namespace and name.
    pods: BTreeMap<(String, String), Pod>,
    slices: Slices,
    /// By name.
    nodes: BTreeMap<String, Node>,
}

impl Running {
    /// Takes what is asked of an object, if it is of these kinds. Of two of one name the last counts.
    pub(super) fn take(&mut self, kind: &str, namespace: &str, name: &str, object: &Value) -> bool {
        match kind {
            "Pod" => {
                self.pods.insert((namespace.to_owned(), name.to_owned()), Pod::read(name, object));
            }
            "EndpointSlice" => self.slices.take(namespace, object),
            "Node" => {
                self.nodes.insert(name.to_owned(), Node::read(object));
            }
            _ => return false,
        }
        true
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pods.is_empty() && self.slices.is_empty() && self.nodes.is_empty()
    }
}

/// Every address and port that was told of; none if no pods were read, for then nothing is known of what is not there.
///
/// A pod's ports are those that endpoint slices have of it; of a pod that is in none, those that its containers declare.
pub(super) fn endpoints(objects: &Objects) -> Option<Vec<Endpoint>> {
    let running = objects.running();
    if running.pods.is_empty() {
        return None;
    }
    let of_pods = running.pods.iter().flat_map(|((namespace, name), pod)| {
        let served = running.slices.of(namespace, name);
        let ports = served.map_or_else(|| pod.declared_ports(), |served| served.ports.clone());
        let node = pod.node.as_deref().and_then(|node| running.nodes.get(node));
        let zone = node.and_then(|node| node.zone.clone()).or_else(|| served.and_then(|served| served.zone.clone()));
        let addresses = pod.addresses.iter().flat_map(move |ip| ports.clone().into_iter().map(move |port| (*ip, port)));
        addresses.map(move |(ip, port)| Endpoint {
            ip,
            port,
            namespace: namespace.clone(),
            pod: Some(name.clone()),
            workload: Some(pod.workload.clone()),
            node: pod.node.clone(),
            zone: zone.clone(),
            version: pod.version(port),
            from: pod.from,
            ends: pod.ends,
            is_held: !pod.has_ended,
        })
    });
    Some(of_pods.chain(node_ports::endpoints(objects, &running.nodes)).collect())
}

/// Text at a path, unless it is empty.
fn text(object: &Value, path: &str) -> Option<String> {
    object.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty()).map(ToOwned::to_owned)
}

/// A label, whose name may hold `/`.
fn label(object: &Value, name: &str) -> Option<String> {
    let value = object.pointer("/metadata/labels")?.get(name)?.as_str();
    value.filter(|value| !value.is_empty()).map(ToOwned::to_owned)
}

/// Members of a list; none where there is none.
fn list<'a>(object: &'a Value, path: &str) -> impl Iterator<Item = &'a Value> {
    object.pointer(path).and_then(Value::as_array).into_iter().flatten()
}

/// A moment in text, in microseconds since the epoch.
fn moment(text: &str) -> Option<i64> {
    time::parse(text.as_bytes())
}

/// A port of TCP, which is what load balancers speak; so is one whose protocol is not said.
fn tcp_port(port: &Value, name: &str) -> Option<u16> {
    let protocol = port.get("protocol").and_then(Value::as_str).unwrap_or("TCP");
    let number = u16::try_from(port.get(name)?.as_u64()?).ok()?;
    (protocol == "TCP").then_some(number)
}
