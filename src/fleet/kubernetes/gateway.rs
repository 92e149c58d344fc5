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
    let gateway = objects.get("Gateway", namespace, name).filter(|gateway| !gateway.is_being_deleted())?;
    let (asked, sent) = match found(objects, gateway) {
        Ok((class, [of_class, own])) => (vec![Some(gateway), Some(class), of_class, own], merged(of_class, own)),
        Err(broken) => (vec![Some(gateway)], Err(broken)),
    };
    let opt_outs = asked.into_iter().flatten().flat_map(opt_out::of).collect();
    Some(Declaration::of(format!("gateway {stack}"), sent, opt_outs))
}

/// The gateway's class, and the configurations of the class and of the gateway, if there are any.
type Found<'a> = (&'a Object, [Option<&'a Object>; 2]);

fn found<'a>(objects: &'a Objects, gateway: &Object) -> Result<Found<'a>, String> {
    let class = gateway.checked()?.text("/spec/gatewayClassName")?;
    let class = class.and_then(|name| objects.get("GatewayClass", "", name));
    let class = class.ok_or_else(|| format!("the GatewayClass of gateway {} was not read", gateway.full_name()))?;
    // A class lies in no namespace and says where its configuration is; a gateway's is beside it.
    let namespace = class.checked()?.text("/spec/parametersRef/namespace")?.unwrap_or_default();
    let of_class = configuration(objects, class, "/spec/parametersRef", namespace)?;
    let own = configuration(objects, gateway, "/spec/infrastructure/parametersRef", &gateway.namespace)?;
    Ok((class, [of_class, own]))
}

/// The configuration that an object refers to at a path, if it refers to one.
fn configuration<'a>(
    objects: &'a Objects,
    of: &Object,
    path: &str,
    namespace: &str,
) -> Result<Option<&'a Object>, String> {
    if of.field(path)?.is_none() {
        return Ok(None);
    }
    let kind = of.text(&format!("{path}/kind"))?;
    let name = of.text(&format!("{path}/name"))?.filter(|_| kind == Some(CONFIGURATION));
    let whose = format!("{} {}", of.kind, of.full_name());
    let name = name.ok_or_else(|| format!("{whose} references unknown parameters"))?;
    let found = objects.get(CONFIGURATION, namespace, name);
    found.ok_or_else(|| format!("{CONFIGURATION} {name} of {whose} was not read"))?.checked().map(Some)
}

fn merged(of_class: Option<&Object>, own: Option<&Object>) -> Result<BTreeMap<String, String>, String> {
    let attributes =
        |of: Option<&Object>| of.map_or_else(|| Ok(BTreeMap::new()), |of| of.pairs("/spec/loadBalancerAttributes"));
    let mode = of_class.map(|class| class.text("/spec/mergingMode")).transpose()?.flatten();
    let (second, first) = if mode == Some("prefer-gateway") { (of_class, own) } else { (own, of_class) };
    let mut merged = attributes(second)?;
    merged.extend(attributes(first)?);
    Ok(merged)
}
