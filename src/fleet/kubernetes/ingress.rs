//! Ingresses: which of them make one load balancer, and what they declare together.
//!
//! As the controller's `pkg/ingress` does: group by class parameters or annotation, members by order and name, attributes of all
//! members without contradiction, and over them those of the first member's class. Who is a member rests on flags of the
//! controller as well, which nothing in the cluster shows: whoever may be one has a say in what is left alone.

use std::collections::BTreeMap;

use super::intent::{Declaration, Undeclared};
use super::objects::{Object, Objects};
use super::opt_out;
use super::stack::Maker;

use class::{Doubt, Member, Reading, classify};

mod build;
mod class;
mod index;
mod marks;
mod selector;

pub(super) use index::Index;
pub(super) use marks::is_of_another;

const ATTRIBUTES: &str = "alb.ingress.kubernetes.io/load-balancer-attributes";
const GROUP: &str = "alb.ingress.kubernetes.io/group.name";
const ORDER: &str = "alb.ingress.kubernetes.io/group.order";

/// What the ingresses of a stack declare: `namespace/name` of one, or a group's name. Only those are looked at that may have a
/// say, in the order of all.
///
/// # Errors
/// When none of them is the controller's, as far as the cluster shows: why.
pub(super) fn declaration<'a>(
    objects: &'a Objects,
    ingresses: impl Iterator<Item = &'a Object>,
    maker: Maker,
    stack: &str,
) -> Result<Declaration, Undeclared> {
    let mut group = Group { maker, stack, members: Vec::new(), possible: Vec::new(), asked: Vec::new(), broken: None };
    for ingress in ingresses {
        group.look_at(objects, ingress);
    }
    group.declaration(objects)
}

/// Whose an ingress is, and the stack that it is taken into.
fn taken<'a>(objects: &'a Objects, ingress: &'a Object) -> Result<(Reading<'a>, Option<String>), Doubt<'a>> {
    let reading = classify(objects, ingress)?;
    let stack = reading.taken.map(|member| group(&member)).transpose()?.flatten();
    Ok((reading, stack))
}

/// The ingresses of a stack, as they are found.
struct Group<'a> {
    maker: Maker,
    stack: &'a str,
    members: Vec<Member<'a>>,
    /// Who would be a member if the controller had other flags.
    possible: Vec<Member<'a>>,
    /// In doubt, and asked whether they opt out.
    asked: Vec<&'a Object>,
    broken: Option<String>,
}

impl<'a> Group<'a> {
    fn look_at(&mut self, objects: &'a Objects, ingress: &'a Object) {
        let marked = self.maker == Maker::Controller && marks::is_marked(ingress, self.stack);
        if ingress.is_being_deleted() {
            if marked && marks::is_protected(ingress) {
                self.breaks(format!(
                    "deletion_protection is enabled, cannot delete the ingress: {}",
                    ingress.full_name()
                ));
            }
            return;
        }
        let alone = is_of_one(self.stack);
        let is_this = ingress.full_name() == self.stack;
        match taken(objects, ingress) {
            Ok((reading, stack)) => {
                let (maker, possible) = (self.maker, reading.possible.into_iter().filter(|it| self.is_of(it)));
                let possible: Vec<Member> = possible.collect();
                self.possible.extend(possible);
                self.members
                    .extend(reading.taken.filter(|it| it.maker == maker && stack.as_deref() == Some(self.stack)));
            }
            // What may be a member: nobody knows then what is declared.
            Err(Doubt::Invalid(why)) if marked || is_this => self.doubts(ingress, why),
            Err(Doubt::Unsure(member, why)) if marked || self.is_of(&member) => {
                self.possible.push(member);
                self.doubts(ingress, why);
            }
            Err(Doubt::Unread(why)) if is_this || !alone => self.doubts(ingress, why),
            Err(Doubt::Stops(why)) => self.breaks(why),
            Err(Doubt::Invalid(_) | Doubt::Unsure(..) | Doubt::Unread(_)) => {}
        }
    }

    fn is_of(&self, member: &Member) -> bool {
        member.maker == self.maker && group(member).is_ok_and(|name| name.as_deref() == Some(self.stack))
    }

    fn breaks(&mut self, why: String) {
        self.broken.get_or_insert(why);
    }

    fn doubts(&mut self, ingress: &'a Object, why: String) {
        self.asked.push(ingress);
        self.breaks(why);
    }

    fn declaration(self, objects: &Objects) -> Result<Declaration, Undeclared> {
        let Self { stack, members, possible, mut asked, broken, .. } = self;
        if members.is_empty()
            && broken.is_none()
            && !possible.iter().any(|it| marks::is_kept(objects, it.ingress, stack))
        {
            return Err(possible
                .first()
                .map_or(Undeclared::NotRead, |it| Undeclared::NotTaken(marks::why_not(objects, it.ingress))));
        }
        let all: Vec<Member> = members.iter().chain(&possible).copied().collect();
        asked.extend(all.iter().flat_map(|it| [Some(it.ingress), it.class, it.parameters]).flatten());
        let opt_outs = asked.into_iter().flat_map(opt_out::of).collect();
        let named = named(&all);
        let sent = broken.map_or_else(|| named.as_ref().map_err(Clone::clone).and_then(|_| sent(members)), Err);
        let called = if is_of_one(stack) { stack.to_owned() } else { format!("group \"{stack}\"") };
        Ok(Declaration { named: named.unwrap_or_default(), ..Declaration::of(called, sent, opt_outs) })
    }
}

/// Every attribute that any of them names, and where.
fn named(members: &[Member]) -> Result<BTreeMap<String, String>, String> {
    let mut named = BTreeMap::new();
    for member in members {
        // An annotation that cannot be read stops the controller if it counts, and names nothing if it does not.
        let own = member.ingress.map_annotation(ATTRIBUTES).unwrap_or_default();
        let by = format!("Ingress {}", member.ingress.full_name());
        named.extend(own.into_keys().map(|key| (key, by.clone())));
        let Some(parameters) = member.parameters else { continue };
        let by = format!("IngressClassParams {}", parameters.name);
        named.extend(parameters.pairs("/spec/loadBalancerAttributes")?.into_keys().map(|key| (key, by.clone())));
    }
    Ok(named)
}

/// The stack that an ingress belongs to; `None` if no controller of ours makes one, or if that cannot be told.
pub(super) fn stack_of(objects: &Objects, ingress: &Object) -> Option<(Maker, String)> {
    let reading = classify(objects, ingress).ok()?;
    let member = reading.taken.or_else(|| reading.possible.first().copied())?;
    Some((member.maker, group(&member).ok()??))
}

/// The group's name, or `namespace/name` of an ingress alone. `None` for a name that is none: it belongs nowhere then.
fn group<'a>(member: &Member) -> Result<Option<String>, Doubt<'a>> {
    let of_class = match member.parameters {
        Some(parameters) if parameters.field("/spec/group").map_err(Doubt::Unread)?.is_some() => {
            Some(parameters.text("/spec/group/name").map_err(Doubt::Unread)?.unwrap_or_default())
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

/// Whether a stack is of one ingress alone: a group's name has no slash.
fn is_of_one(stack: &str) -> bool {
    stack.contains('/')
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
    build::check(&members)?;
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
