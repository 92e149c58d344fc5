//! Gateways: their configuration, that of their class, and which of them goes before the other.
//!
//! As the controller's `pkg/gateway` merges them: attribute by attribute; the class first, unless it says otherwise.

use std::collections::BTreeMap;

use super::intent::Declaration;
use super::objects::{Object, Objects};
use super::opt_out;

const CONFIGURATION: &str = "LoadBalancerConfiguration";

/// What a gateway declares, by `namespace/name`; `None` if it was not read.
pub(super) fn declaration(objects: &Objects, stack: &str) -> Option<Declaration> {
    let (namespace, name) = stack.split_once('/')?;
    let gateway = objects.get("Gateway", namespace, name)?;
    let called = format!("gateway {stack}");
    let (class, configurations) = match configurations(objects, gateway) {
        Ok(found) => found,
        Err(broken) => return Some(Declaration { stack: called, broken: Some(broken), ..Declaration::default() }),
    };
    let [of_class, own] = configurations;
    let asked = [Some(gateway), Some(class), of_class, own];
    let opt_outs = asked.into_iter().flatten().flat_map(opt_out::of).collect();
    let (attributes, broken) = match merged(of_class, own) {
        Ok(attributes) => (attributes, None),
        Err(broken) => (BTreeMap::new(), Some(broken)),
    };
    Some(Declaration { stack: called, attributes, broken, opt_outs })
}

/// The gateway's class, and the configurations of the class and of the gateway, if there are any.
type Found<'a> = (&'a Object, [Option<&'a Object>; 2]);

fn configurations<'a>(objects: &'a Objects, gateway: &Object) -> Result<Found<'a>, String> {
    let of = gateway.full_name();
    let class = gateway.text("/spec/gatewayClassName").and_then(|name| objects.get("GatewayClass", "", name));
    let class = class.ok_or_else(|| format!("the GatewayClass of gateway {of} was not read"))?;
    let configuration = |of: &Object, path: &str, namespace: Option<&str>| match of.text(&format!("{path}/name")) {
        None => Ok(None),
        Some(_) if of.text(&format!("{path}/kind")) != Some(CONFIGURATION) => {
            Err(format!("{} {} references unknown parameters", of.kind, of.full_name()))
        }
        Some(name) => {
            let found = objects.get(CONFIGURATION, namespace.unwrap_or_default(), name);
            found
                .map(Some)
                .ok_or_else(|| format!("{CONFIGURATION} {name} of {} {} was not read", of.kind, of.full_name()))
        }
    };
    let of_class = configuration(class, "/spec/parametersRef", class.text("/spec/parametersRef/namespace"))?;
    let own = configuration(gateway, "/spec/infrastructure/parametersRef", Some(&gateway.namespace))?;
    Ok((class, [of_class, own]))
}

fn merged(of_class: Option<&Object>, own: Option<&Object>) -> Result<BTreeMap<String, String>, String> {
    let attributes =
        |of: Option<&Object>| of.map_or_else(|| Ok(BTreeMap::new()), |of| of.pairs("/spec/loadBalancerAttributes"));
    let gateway_first = of_class.and_then(|class| class.text("/spec/mergingMode")) == Some("prefer-gateway");
    let (mut attributes, first) = if gateway_first {
        (attributes(of_class)?, attributes(own)?)
    } else {
        (attributes(own)?, attributes(of_class)?)
    };
    attributes.extend(first);
    Ok(attributes)
}
