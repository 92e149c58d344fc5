//! What is asked of endpoint slices: on which ports services reach a pod.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{list, tcp_port, text};

/// By namespace and pod.
#[derive(Debug, Default)]
pub(super) struct Slices {
    by_pod: BTreeMap<(String, String), Served>,
}

/// What slices say of a pod, together.
#[derive(Debug, Default)]
pub(super) struct Served {
    pub(super) ports: BTreeSet<u16>,
    pub(super) zone: Option<String>,
}

impl Slices {
    pub(super) fn take(&mut self, namespace: &str, slice: &Value) {
        let ports: BTreeSet<u16> = list(slice, "/ports").filter_map(|port| tcp_port(port, "port")).collect();
        for endpoint in list(slice, "/endpoints") {
            let is_pod = endpoint.pointer("/targetRef/kind").and_then(Value::as_str) == Some("Pod");
            let Some(name) = text(endpoint, "/targetRef/name").filter(|_| is_pod) else { continue };
            let served = self.by_pod.entry((namespace.to_owned(), name)).or_default();
            served.ports.extend(&ports);
            if served.zone.is_none() {
                served.zone = text(endpoint, "/zone");
            }
        }
    }

    /// None of a pod that is in no slice, or in none that tells a port.
    pub(super) fn of(&self, namespace: &str, pod: &str) -> Option<&Served> {
        self.by_pod.get(&(namespace.to_owned(), pod.to_owned())).filter(|served| !served.ports.is_empty())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_pod.is_empty()
    }
}
