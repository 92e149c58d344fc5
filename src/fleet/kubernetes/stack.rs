//! Whose a load balancer is, by the tags that controllers put on it.
//!
//! The AWS Load Balancer Controller (`pkg/deploy/tracking`), EKS Auto Mode, and the first version of the controller.

use crate::fleet::aws::elbv2::Tags;

/// Who makes load balancers for ingresses. A cluster may have both, each with classes and groups of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Maker {
    /// The AWS Load Balancer Controller.
    Controller,
    AutoMode,
}

impl Maker {
    /// By the `controller` of an `IngressClass`.
    pub(super) fn of_class(controller: &str) -> Option<Self> {
        match controller {
            "ingress.k8s.aws/alb" => Some(Self::Controller),
            "eks.amazonaws.com/alb" => Some(Self::AutoMode),
            _ => None,
        }
    }

    /// The API group of its `IngressClassParams`.
    pub(super) fn parameters(self) -> &'static str {
        match self {
            Self::Controller => "elbv2.k8s.aws",
            Self::AutoMode => "eks.amazonaws.com",
        }
    }

    /// API groups of its `LoadBalancerConfigurations`.
    pub(super) fn configurations(self) -> &'static [&'static str] {
        match self {
            Self::Controller => &["gateway.k8s.aws"],
            Self::AutoMode => &["gateway.eks.amazonaws.com", "eks.amazonaws.com"],
        }
    }

    /// Whether the `controllerName` of a `GatewayClass` is its own.
    pub(super) fn is_of_gateways(self, controller: &str) -> bool {
        let domain = controller.split('/').next().unwrap_or_default();
        self.configurations().contains(&domain)
    }
}

/// What a load balancer was made for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stack {
    /// `namespace/name` of an ingress, or a group's name.
    Ingress(Maker, String),
    /// `namespace/name`
    Service(String),
    /// `namespace/name`
    Gateway(Maker, String),
}

/// A stack of a name, and the tag that says so.
type StackTag = (&'static str, fn(String) -> Stack);

const STACKS: [StackTag; 8] = [
    ("ingress.k8s.aws/stack", |name| Stack::Ingress(Maker::Controller, name)),
    ("ingress.eks.amazonaws.com/stack", |name| Stack::Ingress(Maker::AutoMode, name)),
    ("service.k8s.aws/stack", Stack::Service),
    ("service.eks.amazonaws.com/stack", Stack::Service),
    ("gateway.k8s.aws.alb/stack", |name| Stack::Gateway(Maker::Controller, name)),
    ("gateway.k8s.aws.nlb/stack", |name| Stack::Gateway(Maker::Controller, name)),
    ("gateway.eks.amazonaws.com.alb/stack", |name| Stack::Gateway(Maker::AutoMode, name)),
    ("gateway.eks.amazonaws.com.nlb/stack", |name| Stack::Gateway(Maker::AutoMode, name)),
];
const CLUSTERS: [&str; 3] = ["elbv2.k8s.aws/cluster", "eks:eks-cluster-name", "ingress.k8s.aws/cluster"];
/// The cluster's name follows; the value is `owned`.
const OWNED: &str = "kubernetes.io/cluster/";

/// The cluster that made a load balancer or target group, if its tags tell of one.
pub fn cluster_of(tags: &Tags) -> Option<&str> {
    let named = CLUSTERS.iter().find_map(|name| tags.get(*name)).map(String::as_str);
    named.or_else(|| {
        let mut owned = tags.iter().filter(|(_, value)| *value == "owned");
        owned.find_map(|(name, _)| name.strip_prefix(OWNED))
    })
}

/// What a load balancer was made for, if its tags tell.
pub(super) fn stack_of(tags: &Tags) -> Option<Stack> {
    let named = STACKS.iter().find_map(|(name, stack)| Some(stack(tags.get(*name)?.clone())));
    named.or_else(|| {
        let (namespace, name) = (tags.get("kubernetes.io/namespace")?, tags.get("kubernetes.io/ingress-name")?);
        Some(Stack::Ingress(Maker::Controller, format!("{namespace}/{name}")))
    })
}

/// What it is called in messages: `namespace/name`, or a group's name.
impl std::fmt::Display for Stack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Ingress(_, name) | Self::Service(name) | Self::Gateway(_, name)) = self;
        f.write_str(name)
    }
}
