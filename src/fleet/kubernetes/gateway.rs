//! Gateways: their configuration, that of their class, and which of them goes before the other.
//!
//! As the controller's `pkg/gateway` merges them: attribute by attribute; the class first, unless it says otherwise.

use std::collections::BTreeMap;

use super::intent::{Declaration, Undeclared};
use super::objects::{Object, Objects};
use super::opt_out;
use super::stack::Maker;

const CONFIGURATION: &str = "LoadBalancerConfiguration";

/// What a gateway declares, by `namespace/name`.
///
/// # Errors
/// When it was not read, or its class is of another controller.
pub(super) fn declaration(objects: &Objects, maker: Maker, stack: &str) -> Result<Declaration, Undeclared> {
    let (namespace, name) = stack.split_once('/').ok_or(Undeclared::NotRead)?;
    let gateway = objects.get("Gateway", namespace, name).filter(|gateway| !gateway.is_being_deleted());
    let gateway = gateway.ok_or(Undeclared::NotRead)?;
    let class = class(objects, gateway);
    if let Ok(class) = &class
        && let Ok(Some(controller)) = class.text("/spec/controllerName")
        && !maker.is_of_gateways(controller)
    {
        let why = format!("GatewayClass {} of gateway {stack} is of another controller, {controller}", class.name);
        return Err(Undeclared::NotTaken(why));
    }
    let found = class.and_then(|class| Ok((class, configurations(objects, maker, gateway, class)?)));
    let (asked, sent) = match found {
        Ok((class, [of_class, own])) => (vec![Some(gateway), Some(class), of_class, own], merged(of_class, own)),
        Err(broken) => (vec![Some(gateway)], Err(broken)),
    };
    let opt_outs = asked.into_iter().flatten().flat_map(opt_out::of).collect();
    Ok(Declaration::of(format!("gateway {stack}"), sent, opt_outs))
}

fn class<'a>(objects: &'a Objects, gateway: &Object) -> Result<&'a Object, String> {
    let class = gateway.checked()?.text("/spec/gatewayClassName")?;
    let class = class.and_then(|name| objects.get("GatewayClass", "", name));
    class.ok_or_else(|| format!("the GatewayClass of gateway {} was not read", gateway.full_name()))
}

/// The configurations of the class and of the gateway, if there are any.
fn configurations<'a>(
    objects: &'a Objects,
    maker: Maker,
    gateway: &Object,
    class: &Object,
) -> Result<[Option<&'a Object>; 2], String> {
    // A class lies in no namespace and says where its configuration is; a gateway's is beside it.
    let namespace = class.checked()?.text("/spec/parametersRef/namespace")?.unwrap_or_default();
    let of_class = configuration(objects, maker, class, "/spec/parametersRef", namespace)?;
    let own = configuration(objects, maker, gateway, "/spec/infrastructure/parametersRef", &gateway.namespace)?;
    Ok([of_class, own])
}

/// The configuration that an object refers to at a path, if it refers to one: by its name, whatever kind is said beside it.
fn configuration<'a>(
    objects: &'a Objects,
    maker: Maker,
    of: &Object,
    path: &str,
    namespace: &str,
) -> Result<Option<&'a Object>, String> {
    if of.field(path)?.is_none() {
        return Ok(None);
    }
    let whose = format!("{} {}", of.kind, of.full_name());
    let name = of.text(&format!("{path}/name"))?.ok_or_else(|| format!("{whose} references unknown parameters"))?;
    let found = objects.get_of(maker.configurations(), CONFIGURATION, namespace, name);
    found.ok_or_else(|| format!("{CONFIGURATION} {name} of {whose} was not read"))?.checked().map(Some)
}

/// Attribute by attribute. Of a key that stands twice in the configuration that goes before the last counts; in the other the
/// first, when there are two.
fn merged(of_class: Option<&Object>, own: Option<&Object>) -> Result<BTreeMap<String, String>, String> {
    const ATTRIBUTES: &str = "/spec/loadBalancerAttributes";
    let mode = of_class.map(|class| class.text("/spec/mergingMode")).transpose()?.flatten();
    let (second, first) = if mode == Some("prefer-gateway") { (of_class, own) } else { (own, of_class) };
    let mut merged = first.map(|first| first.pairs(ATTRIBUTES)).transpose()?.unwrap_or_default();
    for (key, value) in second.map(|second| second.list(ATTRIBUTES)).transpose()?.unwrap_or_default() {
        if first.is_some() {
            merged.entry(key).or_insert(value);
        } else {
            merged.insert(key, value);
        }
    }
    Ok(merged)
}
