//! What is kept of load balancers and target groups. Plain data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::moment::Moment;
use crate::fleet::aws::elbv2::Tags;
use crate::fleet::inventory::target_groups::How;

/// What a target group is for, in terms of Kubernetes. Of a guess, namespace and service are cut to eight characters and
/// without `-`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Purpose {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// Namespace of the service; of an ingress too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The ingress, in the service's namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ingress: Option<String>,
    /// `namespace/name` of the route of a gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// Number or name of the service's port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<String>,
    /// How all this was found out.
    pub derived: How,
}

/// For what the controller made a load balancer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MadeFor {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// Namespace of the ingress or gateway; a group of ingresses has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The ingress, if it is alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ingress: Option<String>,
    /// The group of ingresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ingress_group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<String>,
}

/// An Application Load Balancer that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownLoadBalancer {
    pub name: String,
    #[serde(default)]
    pub tags: Tags,
    /// For what it was made.
    #[serde(flatten)]
    pub made_for: MadeFor,
    /// When it was seen first.
    pub first_seen: Moment,
    /// When it was seen last.
    pub last_seen: Moment,
}

/// A target group that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownTargetGroup {
    pub name: String,
    #[serde(default)]
    pub tags: Tags,
    /// ARNs of the load balancers that sent requests to it when it was seen last.
    #[serde(default)]
    pub load_balancers: Vec<String>,
    /// What it is for.
    #[serde(flatten)]
    pub purpose: Purpose,
    /// When it was seen first.
    pub first_seen: Moment,
    /// When it was seen last.
    pub last_seen: Moment,
}

/// Everything that was ever seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    #[serde(default)]
    pub load_balancers: BTreeMap<String, KnownLoadBalancer>,
    #[serde(default)]
    pub target_groups: BTreeMap<String, KnownTargetGroup>,
}
