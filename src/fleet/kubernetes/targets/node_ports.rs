//! Targets of type `instance`: logs name the address of a node and the port by which it hands on to a service.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::nodes::Node;
use super::{Endpoint, list, moment};
use crate::fleet::kubernetes::objects::{Object, Objects};

/// A service of which a target group has the node port.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct NodePort<'o> {
    namespace: &'o str,
    service: &'o str,
    port: u16,
    /// When the service was made; microseconds since the epoch.
    created: Option<i64>,
}

/// Every node, with every node port that a target group is bound to.
pub(super) fn endpoints(objects: &Objects, nodes: &BTreeMap<String, Node>) -> Vec<Endpoint> {
    let ports: BTreeSet<NodePort<'_>> =
        objects.of_kind("TargetGroupBinding").filter_map(|binding| node_port(objects, binding)).collect();
    let of_node = |(name, node): (&String, &Node)| -> Vec<Endpoint> {
        let at = node.addresses.iter().flat_map(|ip| ports.iter().map(move |port| (*ip, port)));
        let endpoint = |(ip, port): (_, &NodePort<'_>)| Endpoint {
            ip,
            port: port.port,
            namespace: port.namespace.to_owned(),
            pod: None,
            workload: Some(format!("Service/{}", port.service)),
            node: Some(name.clone()),
            zone: node.zone.clone(),
            version: None,
            from: node.created.max(port.created),
            ends: None,
            is_held: true,
        };
        at.map(endpoint).collect()
    };
    nodes.iter().flat_map(of_node).collect()
}

fn node_port<'o>(objects: &'o Objects, binding: &'o Object) -> Option<NodePort<'o>> {
    let text = |path: &str| binding.value.pointer(path).and_then(Value::as_str);
    if text("/spec/targetType") != Some("instance") {
        return None;
    }
    let service = objects.get("Service", &binding.namespace, text("/spec/serviceRef/name")?)?;
    let wanted = binding.value.pointer("/spec/serviceRef/port")?;
    let is_wanted = |port: &&Value| [port.get("port"), port.get("name")].contains(&Some(wanted));
    let port = list(&service.value, "/spec/ports").find(is_wanted)?.get("nodePort")?.as_u64()?;
    let created = service.value.pointer("/metadata/creationTimestamp").and_then(Value::as_str);
    Some(NodePort {
        namespace: &service.namespace,
        service: &service.name,
        port: u16::try_from(port).ok()?,
        created: created.and_then(moment),
    })
}
