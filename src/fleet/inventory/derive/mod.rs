//! What tags and a name say about Kubernetes. Pure.
//!
//! The AWS Load Balancer Controller, EKS Auto Mode and the old ALB ingress controller write down in tags for what they make
//! load balancers and target groups. A target group's tag joins names with `-`, which may stand in the names too: such a
//! tag has several readings, of which those are left that fit the target group's own name. Where several are left, none is
//! taken for true.
//!
//! Source of the formats: the controller's `pkg/deploy/tracking/provider.go`, `pkg/ingress/model_build_target_group.go`,
//! `pkg/gateway/model/model_build_target_group.go`.

mod readings;
#[cfg(test)]
mod tests;

use super::model::{MadeFor, Purpose};
use crate::fleet::aws::elbv2::Tags;
use crate::fleet::inventory::target_groups::{GeneratedName, How};
use crate::fleet::kubernetes::{Binding, cluster_of};

/// What precedes `/stack` and `/resource`, of the controller and of EKS Auto Mode.
const INGRESS: [&str; 2] = ["ingress.k8s.aws", "ingress.eks.amazonaws.com"];
const SERVICE: [&str; 2] = ["service.k8s.aws", "service.eks.amazonaws.com"];
const GATEWAY: [&str; 4] =
    ["gateway.k8s.aws.alb", "gateway.eks.amazonaws.com.alb", "gateway.k8s.aws.nlb", "gateway.eks.amazonaws.com.nlb"];

/// For what a load balancer was made.
pub fn load_balancer(tags: &Tags) -> MadeFor {
    let made_for = MadeFor { cluster: cluster(tags), ..MadeFor::default() };
    let of = |name: &str| Some(name.to_owned());
    if let Some(stack) = tag(tags, &INGRESS, "stack") {
        return match stack.split_once('/') {
            Some((namespace, ingress)) => MadeFor { namespace: of(namespace), ingress: of(ingress), ..made_for },
            None => MadeFor { ingress_group: of(stack), ..made_for },
        };
    }
    if let Some((namespace, gateway)) = tag(tags, &GATEWAY, "stack").and_then(|stack| stack.split_once('/')) {
        return MadeFor { namespace: of(namespace), gateway: of(gateway), ..made_for };
    }
    // The controller before version 2.
    match (tags.get("kubernetes.io/namespace"), tags.get("kubernetes.io/ingress-name")) {
        (Some(namespace), Some(ingress)) => MadeFor { namespace: of(namespace), ingress: of(ingress), ..made_for },
        _ => made_for,
    }
}

/// What a target group is for: by the service it is bound to, its tags, and as a last resort its name.
pub fn target_group(name: &str, tags: &Tags, bound: Option<&Binding>) -> Purpose {
    let name = GeneratedName::parse(name);
    let by_tags = readings::of(name.as_ref(), tags, bound);
    let purpose = match (bound, by_tags, name) {
        (Some(bound), by_tags, _) => {
            let by_tags = by_tags.unwrap_or_default();
            Purpose {
                namespace: Some(bound.namespace.clone()),
                service: Some(bound.service.clone()),
                ingress: bound.ingress.clone().or(by_tags.ingress),
                port: bound.port.clone().or(by_tags.port),
                derived: How::Binding,
                ..by_tags
            }
        }
        (None, Some(by_tags), _) => by_tags,
        (None, None, Some(name)) => Purpose {
            namespace: Some(name.namespace.to_owned()),
            service: Some(name.service.to_owned()),
            derived: How::Guess,
            ..Purpose::default()
        },
        (None, None, None) => Purpose::default(),
    };
    let cluster = cluster(tags).or_else(|| bound.and_then(|bound| bound.cluster.clone()));
    Purpose { cluster, ..purpose }
}

pub(super) fn cluster(tags: &Tags) -> Option<String> {
    cluster_of(tags).filter(|name| !name.is_empty()).map(ToOwned::to_owned)
}

/// The value of `…/stack` or `…/resource`, whoever wrote it.
fn tag<'a>(tags: &'a Tags, makers: &[&str], what: &str) -> Option<&'a str> {
    makers.iter().find_map(|maker| tags.get(&format!("{maker}/{what}"))).map(String::as_str)
}
