//! Ingresses: which of them make one load balancer, and what they declare together.
//!
//! As the controller's `pkg/ingress` does: group by class parameters or annotation, members by order and name, attributes of all
//! members without contradiction, and over them those of the first member's class.

use std::collections::BTreeMap;

use super::intent::Declaration;
use super::objects::{Object, Objects};
use super::opt_out;
use super::stack::Maker;

use class::{Doubt, Member, classify};

mod class;

const ATTRIBUTES: &str = "alb.ingress.kubernetes.io/load-balancer-attributes";
const GROUP: &str = "alb.ingress.kubernetes.io/group.name";
const ORDER: &str = "alb.ingress.kubernetes.io/group.order";

/// What the ingresses of a stack declare: `namespace/name` of one, or a group's name. `None` if there are none.
pub(super) fn declaration(objects: &Objects, maker: Maker, stack: &str) -> Option<Declaration> {
    let alone = stack.contains('/');
    let called = if alone { stack.to_owned() } else { format!("group \"{stack}\"") };
    let (mut members, mut broken, mut asked) = (Vec::new(), None, Vec::new());
    for ingress in objects.of_kind("Ingress").filter(|ingress| !ingress.is_being_deleted()) {
        let member = classify(objects, ingress);
        match member.and_then(|member| Ok((member, member.map(|member| group(&member)).transpose()?.flatten()))) {
            Ok((Some(member), Some(name))) if member.maker == maker && name == stack => {
                asked.extend([Some(ingress), member.class, member.parameters]);
                members.push(member);
            }
            Ok(_) => {}
            // What may be a member: nobody knows then what is declared.
            Err(doubt) => {
                let named = ingress.full_name() == stack || ingress.annotation(GROUP) == Some(stack);
                if named || doubt.of_any_group && !alone {
                    asked.push(Some(ingress));
                    broken.get_or_insert(doubt.why);
                }
            }
        }
    }
    if members.is_empty() && broken.is_none() {
        return None;
    }
    let opt_outs = asked.into_iter().flatten().flat_map(opt_out::of).collect();
    let sent = broken.map_or_else(|| sent(members), Err);
    Some(Declaration::of(called, sent, opt_outs))
}

/// The stack that an ingress belongs to; `None` if no controller of ours makes one, or if that cannot be told.
pub(super) fn stack_of(objects: &Objects, ingress: &Object) -> Option<(Maker, String)> {
    let member = classify(objects, ingress).ok()??;
    Some((member.maker, group(&member).ok()??))
}

/// The group's name, or `namespace/name` of an ingress alone. `None` for a name that is none: it belongs nowhere then.
fn group(member: &Member) -> Result<Option<String>, Doubt> {
    let of_class = match member.parameters {
        Some(parameters) if parameters.field("/spec/group").map_err(Doubt::of_any_group)?.is_some() => {
            Some(parameters.text("/spec/group/name").map_err(Doubt::of_any_group)?.unwrap_or_default())
        }
        _ => None,
    };
    // Auto Mode knows no groups by annotation.
    let annotated = member.ingress.annotation(GROUP).filter(|_| member.maker == Maker::Controller);
    Ok(match of_class.or(annotated) {
        Some(name) => is_group_name(name).then(|| name.to_owned()),
        None => Some(member.ingress.full_name()),
    })
}

/// At most 63 small letters, digits, `-` and `.`, the first and last of them a letter or digit.
fn is_group_name(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = [name.bytes().next(), name.bytes().last()];
    name.len() <= 63
        && name.bytes().all(|byte| inner(byte) || byte == b'-' || byte == b'.')
        && ends.iter().all(|byte| byte.is_some_and(inner))
}

/// What the controller sends for the members, in whatever order.
fn sent(members: Vec<Member>) -> Result<BTreeMap<String, String>, String> {
    let members = sorted(members)?;
    let attributes = attributes(&members)?;
    tags(&members)?;
    Ok(attributes)
}

/// Members by order, then by name.
fn sorted(members: Vec<Member>) -> Result<Vec<Member>, String> {
    let ordered = members.into_iter().map(|member| {
        let order = member.ingress.annotation(ORDER).unwrap_or("0");
        match order.parse::<i64>() {
            Ok(number @ -1000..=1000) => Ok((number, member.ingress.full_name(), member)),
            _ => Err(format!("group order of {} must be within [-1000:1000]: {order}", member.ingress.full_name())),
        }
    });
    let mut ordered: Vec<_> = ordered.collect::<Result<_, _>>()?;
    ordered.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    Ok(ordered.into_iter().map(|(_, _, member)| member).collect())
}

/// What the controller sends for sorted members.
fn attributes(members: &[Member]) -> Result<BTreeMap<String, String>, String> {
    let first = members.first().and_then(|member| member.parameters);
    let of_class = first.map(|first| first.pairs("/spec/loadBalancerAttributes")).transpose()?.unwrap_or_default();
    let mut merged = BTreeMap::new();
    for member in members {
        for (key, value) in member.ingress.map_annotation(ATTRIBUTES)? {
            match merged.get(&key) {
                Some(other) if *other != value && !of_class.contains_key(&key) => {
                    return Err(format!("conflicting load balancer attributes {key}: {other} | {value}"));
                }
                _ => drop(merged.insert(key, value)),
            }
        }
    }
    merged.extend(of_class);
    Ok(merged)
}

/// Nothing is sent either when members want different tags: each one's class goes before its annotation.
fn tags(members: &[Member]) -> Result<(), String> {
    let mut merged = BTreeMap::new();
    for member in members {
        let mut tags = member.ingress.map_annotation(opt_out::TAGS)?;
        tags.extend(member.parameters.map(|of| of.pairs("/spec/tags")).transpose()?.unwrap_or_default());
        for (key, value) in tags {
            match merged.get(&key) {
                Some(other) if *other != value => return Err(format!("conflicting tag {key}: {other} | {value}")),
                _ => drop(merged.insert(key, value)),
            }
        }
    }
    Ok(())
}
