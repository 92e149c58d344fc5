//! What is asked of a node.

use std::net::IpAddr;

use serde_json::Value;

use super::{label, list, moment};

const ZONES: [&str; 2] = ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"];

#[derive(Debug)]
pub(super) struct Node {
    pub(super) zone: Option<String>,
    /// Those that an instance has in its network.
    pub(super) addresses: Vec<IpAddr>,
    /// Microseconds since the epoch.
    pub(super) created: Option<i64>,
}

impl Node {
    pub(super) fn read(object: &Value) -> Self {
        let address = |one: &Value| {
            let is_internal = one.get("type").and_then(Value::as_str) == Some("InternalIP");
            one.get("address")?.as_str()?.parse().ok().filter(|_| is_internal)
        };
        Self {
            zone: ZONES.iter().find_map(|name| label(object, name)),
            addresses: list(object, "/status/addresses").filter_map(address).collect(),
            created: object.pointer("/metadata/creationTimestamp").and_then(Value::as_str).and_then(moment),
        }
    }
}
