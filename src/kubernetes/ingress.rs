//! Ingresses: which of them make one load balancer, and what they declare together.
//!
//! As the controller's `pkg/ingress` does: group by class parameters or annotation, members by order and name, attributes of all
//! members without contradiction, and over them those of the first member's class.

use std::collections::BTreeMap;

use super::annotations::string_map;
use super::intent::Declaration;
use super::objects::{Object, Objects};
use super::opt_out;

const CLASS: &str = "kubernetes.io/ingress.class";
const DEFAULT_CLASS: &str = "ingressclass.kubernetes.io/is-default-class";
const CONTROLLERS: [&str; 2] = ["ingress.k8s.aws/alb", "eks.amazonaws.com/alb"];
const PARAMETERS: [&str; 2] = ["elbv2.k8s.aws", "eks.amazonaws.com"];
const ATTRIBUTES: &str = "alb.ingress.kubernetes.io/load-balancer-attributes";
const GROUP: &str = "alb.ingress.kubernetes.io/group.name";
const ORDER: &str = "alb.ingress.kubernetes.io/group.order";

/// An ingress that the controller manages.
#[derive(Debug, Clone, Copy)]
struct Member<'a> {
    ingress: &'a Object,
    /// Its class, unless an old annotation names it.
    class: Option<&'a Object>,
    parameters: Option<&'a Object>,
}

/// What the ingresses of a stack declare: `namespace/name` of one, or a group's name. `None` if there are none.
pub(super) fn declaration(objects: &Objects, stack: &str) -> Option<Declaration> {
    let called = if stack.contains('/') { stack.to_owned() } else { format!("group \"{stack}\"") };
    let mut members = Vec::new();
    for ingress in objects.of_kind("Ingress").filter(|ingress| !ingress.is_being_deleted()) {
        let may_be_member = ingress.full_name() == stack || ingress.annotation(GROUP) == Some(stack);
        match classify(objects, ingress) {
            Ok(member) => members.extend(member.filter(|member| group(member) == stack)),
            // Whose class is not known may be a member: then nobody knows what is declared.
            Err(broken) if may_be_member => {
                return Some(Declaration { stack: called, broken: Some(broken), ..Declaration::default() });
            }
            Err(_) => {}
        }
    }
    if members.is_empty() {
        return None;
    }
    let mut opt_outs = opt_out::OptOuts::new();
    for member in &members {
        let objects = [Some(member.ingress), member.class, member.parameters];
        opt_outs.extend(objects.into_iter().flatten().flat_map(opt_out::of));
    }
    let (attributes, broken) = match sorted(members).and_then(|members| attributes(&members)) {
        Ok(attributes) => (attributes, None),
        Err(broken) => (BTreeMap::new(), Some(broken)),
    };
    Some(Declaration { stack: called, attributes, broken, opt_outs })
}

/// The ingress as a member of some group; `None` if another controller's.
///
/// # Errors
/// When its class or the class's parameters are not there.
fn classify<'a>(objects: &'a Objects, ingress: &'a Object) -> Result<Option<Member<'a>>, String> {
    // The annotation goes before the field, and comes without parameters.
    if let Some(class) = ingress.annotation(CLASS) {
        return Ok((class == "alb").then_some(Member { ingress, class: None, parameters: None }));
    }
    let class = if let Some(name) = ingress.text("/spec/ingressClassName") {
        let found = objects.get("IngressClass", "", name);
        found.ok_or_else(|| format!("IngressClass {name} of {} was not read", ingress.full_name()))?
    } else {
        let is_default = |class: &&Object| class.annotation(DEFAULT_CLASS) == Some("true");
        let Some(class) = objects.of_kind("IngressClass").find(is_default) else { return Ok(None) };
        class
    };
    if !class.text("/spec/controller").is_some_and(|controller| CONTROLLERS.contains(&controller)) {
        return Ok(None);
    }
    Ok(Some(Member { ingress, class: Some(class), parameters: parameters(objects, class)? }))
}

/// The parameters of a class, if it has any.
///
/// # Errors
/// When they are of another kind, or not there.
fn parameters<'a>(objects: &'a Objects, class: &Object) -> Result<Option<&'a Object>, String> {
    if class.value.pointer("/spec/parameters").is_none_or(serde_json::Value::is_null) {
        return Ok(None);
    }
    let ours = class.text("/spec/parameters/kind") == Some("IngressClassParams")
        && class.text("/spec/parameters/apiGroup").is_some_and(|group| PARAMETERS.contains(&group));
    let name = class.text("/spec/parameters/name").filter(|_| ours);
    let name = name.ok_or_else(|| format!("IngressClass {} references unknown parameters", class.name))?;
    let found = objects.get("IngressClassParams", "", name);
    found.map(Some).ok_or_else(|| format!("IngressClassParams {name} of class {} was not read", class.name))
}

/// The group's name, or `namespace/name` of an ingress alone.
fn group(member: &Member) -> String {
    let of_class = member.parameters.and_then(|parameters| parameters.text("/spec/group/name"));
    let name = of_class.or_else(|| member.ingress.annotation(GROUP));
    name.map_or_else(|| member.ingress.full_name(), ToOwned::to_owned)
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
        let Some(text) = member.ingress.annotation(ATTRIBUTES) else { continue };
        for (key, value) in string_map(text)? {
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
