//! What else keeps the controller from building a load balancer: schemes and ports that its ingresses do not agree on, or that
//! are none. Nothing is sent then, so that nobody knows what will be declared once it is mended.

use std::collections::{BTreeMap, BTreeSet};

use super::class::Member;
use crate::fleet::kubernetes::stack::Maker;

const SCHEME: &str = "alb.ingress.kubernetes.io/scheme";
const LISTEN_PORTS: &str = "alb.ingress.kubernetes.io/listen-ports";

/// Ports by protocol.
type Ports = BTreeMap<String, Option<i32>>;

/// Checks what the members say of their load balancer. Of Auto Mode it is not known whether it reads these annotations.
///
/// # Errors
/// Why it cannot be built.
pub(super) fn check(members: &[Member]) -> Result<(), String> {
    let members: Vec<&Member> = members.iter().filter(|member| member.maker == Maker::Controller).collect();
    for member in &members {
        listen_ports(member)?;
    }
    schemes(&members)
}

/// Each one's class goes before its annotation; all must say the same.
fn schemes(members: &[&Member]) -> Result<(), String> {
    let mut schemes = BTreeSet::new();
    for member in members {
        let of_class = member.parameters.map(|of| of.text("/spec/scheme")).transpose()?.flatten();
        schemes.extend(of_class.or(member.ingress.annotation(SCHEME)));
    }
    let schemes = Vec::from_iter(schemes);
    match schemes[..] {
        [] | ["internal" | "internet-facing"] => Ok(()),
        [unknown] => Err(format!("unknown scheme: {unknown}")),
        _ => Err(format!("conflicting scheme: {}", schemes.join(" | "))),
    }
}

/// A JSON list of `{"HTTP": 80}`, not empty, of ports that there are. `null` is what Go takes it for: nothing, or 0.
fn listen_ports(member: &Member) -> Result<(), String> {
    let Some(text) = member.ingress.annotation(LISTEN_PORTS) else { return Ok(()) };
    let wrong = |what: &str| format!("{what} listen-ports configuration of {}: {text}", member.ingress.full_name());
    let list: Option<Vec<Option<Ports>>> = serde_json::from_str(text).map_err(|_| wrong("malformed"))?;
    let list = list.filter(|list| !list.is_empty()).ok_or_else(|| wrong("empty"))?;
    let is_known = |(protocol, port): (&String, &Option<i32>)| {
        matches!(protocol.as_str(), "HTTP" | "HTTPS") && (1..=65535).contains(&port.unwrap_or(0))
    };
    if list.iter().flatten().flatten().all(is_known) { Ok(()) } else { Err(wrong("invalid")) }
}
