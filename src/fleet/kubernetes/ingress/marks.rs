//! The controller's finalizers: it puts that of a stack on every member before it builds, and takes it off when the member
//! has left. Who carries it was a member; whether it is one still, only its class says.

use crate::fleet::kubernetes::objects::{Object, Objects};
use crate::fleet::kubernetes::stack::Maker;

/// Of an ingress alone.
const ALONE: &str = "ingress.k8s.aws/resources";
/// What a group's name stands behind.
const OF_GROUP: &str = "group.ingress.k8s.aws/";
const CLASS: &str = "kubernetes.io/ingress.class";
/// Classes that other controllers take by their own defaults: nobody starts this one with them.
const OTHERS: [&str; 10] = [
    "ambassador",
    "azure/application-gateway",
    "cilium",
    "contour",
    "gce",
    "gce-internal",
    "haproxy",
    "kong",
    "nginx",
    "traefik",
];

/// The stacks that the controller has marked an ingress as a member of.
pub(super) fn stacks(ingress: &Object) -> impl Iterator<Item = String> {
    ingress.finalizers().filter_map(|finalizer| match finalizer.strip_prefix(OF_GROUP) {
        Some(group) => Some(group.to_owned()),
        None => (finalizer == ALONE).then(|| ingress.full_name()),
    })
}

/// Whether the controller has marked an ingress as a member of a stack.
pub(super) fn is_marked(ingress: &Object, stack: &str) -> bool {
    stacks(ingress).any(|marked| marked == stack)
}

/// Whether it was a member of another stack, and is none of this one yet: what stands in its status is of that other.
pub(in crate::fleet::kubernetes) fn is_of_another(ingress: &Object, stack: &str) -> bool {
    let ours = |finalizer: &str| finalizer == ALONE || finalizer.starts_with(OF_GROUP);
    ingress.finalizers().any(ours) && !is_marked(ingress, stack)
}

/// Whether an ingress that the controller does not take by default is marked, and annotated with a class that may be its own: then
/// the controller was started with that class, or it is about to take the load balancer away.
pub(super) fn is_kept(objects: &Objects, ingress: &Object, stack: &str) -> bool {
    let may_be_its_own = |class: &str| !class.is_empty() && !is_of_others(objects, class);
    is_marked(ingress, stack) && ingress.annotation(CLASS).is_some_and(may_be_its_own)
}

/// Whether a class that an annotation names is surely another controller's: the cluster has it as that, or everybody knows it.
fn is_of_others(objects: &Objects, class: &str) -> bool {
    let named = objects.get("IngressClass", "", class);
    let controller = named.and_then(|class| class.text("/spec/controller").ok().flatten());
    controller.is_some_and(|controller| Maker::of_class(controller).is_none()) || OTHERS.contains(&class)
}

/// Why the controller does not take an ingress by default.
pub(super) fn why_not(objects: &Objects, ingress: &Object) -> String {
    let name = ingress.full_name();
    match ingress.annotation(CLASS) {
        Some(class) if is_of_others(objects, class) => {
            format!("{CLASS} of {name} is \"{class}\", which is another controller's")
        }
        Some(class) => {
            format!("{CLASS} of {name} is \"{class}\": only a controller with --ingress-class={class} takes it")
        }
        None => format!(
            "{name} has no class, and no IngressClass is the default: only a controller with --ingress-class= takes it"
        ),
    }
}

/// Whether it says that its load balancer must not be deleted: then the controller deletes neither, and builds nothing.
pub(super) fn is_protected(ingress: &Object) -> bool {
    let attributes = ingress.map_annotation(super::ATTRIBUTES).unwrap_or_default();
    attributes.get("deletion_protection.enabled").is_some_and(|value| value == "true")
}
