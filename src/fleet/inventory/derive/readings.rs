//! Readings of a target group's tags: every way to part names at a `-` that Kubernetes, the target group's name and what
//! else is known allow.

use super::{GATEWAY, INGRESS, SERVICE, tag};
use crate::fleet::aws::elbv2::Tags;
use crate::fleet::inventory::model::Purpose;
use crate::fleet::inventory::target_groups::{GeneratedName, How};
use crate::fleet::kubernetes::Binding;

/// What tags say; `None` if they say nothing about Kubernetes.
pub(super) fn of(name: Option<&GeneratedName>, tags: &Tags, bound: Option<&Binding>) -> Option<Purpose> {
    if let Some(resource) = tag(tags, &INGRESS, "resource") {
        let stack = tag(tags, &INGRESS, "stack");
        return ingress(resource, stack, name, bound).or_else(|| before_version_2(tags));
    }
    if let Some(resource) = tag(tags, &SERVICE, "resource") {
        return service(resource);
    }
    if let Some(resource) = tag(tags, &GATEWAY, "resource") {
        return gateway(resource, name, bound);
    }
    before_version_2(tags)
}

/// `NAMESPACE/INGRESS-SERVICE:PORT`. The stack of an ingress that is alone is `NAMESPACE/INGRESS`.
fn ingress(
    resource: &str,
    stack: Option<&str>,
    name: Option<&GeneratedName>,
    bound: Option<&Binding>,
) -> Option<Purpose> {
    let (namespace, rest) = resource.split_once('/').filter(|(namespace, _)| is_label(namespace))?;
    let (joined, port) = rest.rsplit_once(':')?;
    let alone = stack.and_then(|stack| stack.strip_prefix(namespace)?.strip_prefix('/'));
    let is_possible = |&(ingress, service): &(&str, &str)| match (alone, bound) {
        (Some(alone), _) => ingress == alone,
        (None, Some(bound)) => (namespace, service) == (bound.namespace.as_str(), bound.service.as_str()),
        (None, None) => name.is_none_or(|name| fits(name, namespace, service)),
    };
    let readings: Vec<_> = splits(joined)
        .filter(|(ingress, service)| is_subdomain(ingress) && is_label(service))
        .filter(is_possible)
        .collect();
    let (ingress, service, derived) = match readings[..] {
        [(ingress, service)] => (Some(ingress), Some(service), How::Tags),
        _ => (alone, None, How::Ambiguous),
    };
    let owned = |text: Option<&str>| text.map(ToOwned::to_owned);
    Some(Purpose {
        namespace: owned(Some(namespace)),
        service: owned(service),
        ingress: owned(ingress),
        port: owned(Some(port)),
        derived,
        ..Purpose::default()
    })
}

/// `NAMESPACE/SERVICE:PORT`
fn service(resource: &str) -> Option<Purpose> {
    let (namespace, rest) = resource.split_once('/')?;
    let (service, port) = rest.rsplit_once(':')?;
    (is_label(namespace) && is_label(service)).then(|| Purpose {
        namespace: Some(namespace.to_owned()),
        service: Some(service.to_owned()),
        port: Some(port.to_owned()),
        derived: How::Tags,
        ..Purpose::default()
    })
}

/// `NAMESPACE/GATEWAY:NAMESPACE-ROUTE:KIND-NAMESPACE-SERVICE:PORT`, perhaps with `-PORT` of the health checks. The name of
/// the target group is about the route.
fn gateway(resource: &str, name: Option<&GeneratedName>, bound: Option<&Binding>) -> Option<Purpose> {
    let parts: Vec<&str> = resource.split(':').collect();
    let [_, route, service, port] = parts[..] else { return None };
    let (_, service) = service.split_once('-')?;
    let routes: Vec<_> = splits(route)
        .filter(|(namespace, route)| is_label(namespace) && is_subdomain(route))
        .filter(|(namespace, route)| name.is_none_or(|name| fits(name, namespace, route)))
        .collect();
    let is_bound = |&(namespace, service): &(&str, &str)| {
        bound.is_none_or(|bound| (namespace, service) == (bound.namespace.as_str(), bound.service.as_str()))
    };
    let services: Vec<_> = splits(service)
        .filter(|(namespace, service)| is_label(namespace) && is_label(service))
        .filter(is_bound)
        .collect();
    let route = if let [route] = routes[..] { Some(route) } else { None };
    // A route to another namespace needs a ReferenceGrant there.
    let at_home = services.iter().find(|(namespace, _)| route.is_some_and(|(home, _)| home == *namespace));
    let (service, derived) = match (&services[..], at_home) {
        ([one], _) => (Some(*one), How::Tags),
        (_, Some(at_home)) => (Some(*at_home), How::Likely),
        _ => (None, How::Ambiguous),
    };
    Some(Purpose {
        namespace: service.map(|(namespace, _)| namespace.to_owned()),
        service: service.map(|(_, service)| service.to_owned()),
        route: route.map(|(namespace, route)| format!("{namespace}/{route}")),
        port: port.split('-').next().map(ToOwned::to_owned),
        derived,
        ..Purpose::default()
    })
}

/// Tags of the controller before version 2: one for each name.
fn before_version_2(tags: &Tags) -> Option<Purpose> {
    let text = |key: &str| tags.get(&format!("kubernetes.io/{key}")).cloned();
    let (namespace, ingress, service) = (text("namespace")?, text("ingress-name"), text("service-name"));
    let derived = if service.is_some() { How::Tags } else { How::Ambiguous };
    Some(Purpose {
        namespace: Some(namespace),
        service,
        ingress,
        port: text("service-port"),
        derived,
        ..Purpose::default()
    })
}

/// Both sides of each `-`.
fn splits(joined: &str) -> impl Iterator<Item = (&str, &str)> {
    joined.match_indices('-').map(|(at, _)| (&joined[..at], &joined[at + 1..]))
}

/// Whether the target group's name can be made of these.
fn fits(name: &GeneratedName, namespace: &str, service: &str) -> bool {
    (name.namespace, name.service) == (&GeneratedName::part(namespace), &GeneratedName::part(service))
}

/// What Kubernetes takes for the name of a namespace or service (RFC 1123).
fn is_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len()) && !text.starts_with('-') && !text.ends_with('-') && text.bytes().all(inner)
}

/// What Kubernetes takes for the name of an ingress or route: labels with dots between them.
fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_label)
}
