//! What is read of a cluster, as data: kinds by API group, and which of their fields nobody reads.

/// A kind of object, as the API server calls it.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// The API group; empty for the core's.
    pub group: &'static str,
    /// The name in the plural, as RBAC has it.
    pub plural: &'static str,
    /// Paths that are not kept: nobody reads them, and they are most of an object.
    pub(super) unread: &'static [&'static str],
}

impl Kind {
    const fn new(group: &'static str, plural: &'static str, unread: &'static [&'static str]) -> Self {
        Self { group, plural, unread }
    }

    /// `ingresses.networking.k8s.io`, as `kubectl` takes it.
    pub fn name(&self) -> String {
        if self.group.is_empty() { self.plural.to_owned() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// What a `ClusterRole` needs for it to be read, as YAML on one line.
    pub(super) fn rule(&self) -> String {
        format!("{{apiGroups: [\"{}\"], resources: [\"{}\"], verbs: [\"list\", \"watch\"]}}", self.group, self.plural)
    }
}

/// Everything that may declare something about a load balancer.
pub const DECLARATIONS: &[Kind] = &[
    Kind::new("networking.k8s.io", "ingresses", &["/spec/rules", "/spec/tls", "/spec/defaultBackend"]),
    Kind::new("networking.k8s.io", "ingressclasses", &[]),
    Kind::new("", "namespaces", &["/spec", "/status"]),
    Kind::new("", "services", &["/spec", "/status/conditions"]),
    Kind::new("elbv2.k8s.aws", "ingressclassparams", &[]),
    Kind::new("eks.amazonaws.com", "ingressclassparams", &[]),
    Kind::new(
        "gateway.networking.k8s.io",
        "gateways",
        &["/spec/listeners", "/status/listeners", "/status/attachedListenerSets", "/status/conditions"],
    ),
    Kind::new("gateway.networking.k8s.io", "gatewayclasses", &["/status"]),
    Kind::new("gateway.k8s.aws", "loadbalancerconfigurations", &["/status"]),
    Kind::new("gateway.eks.amazonaws.com", "loadbalancerconfigurations", &["/status"]),
    Kind::new("eks.amazonaws.com", "loadbalancerconfigurations", &["/status"]),
];

/// Whose the addresses of targets are, and which target group belongs to which service.
pub const RUNNING: &[Kind] = &[
    Kind::new("", "pods", &["/spec/volumes", "/spec/affinity", "/spec/tolerations"]),
    Kind::new("discovery.k8s.io", "endpointslices", &[]),
    Kind::new("", "nodes", &["/spec", "/status/images"]),
    Kind::new("", "services", &["/status"]),
    Kind::new("elbv2.k8s.aws", "targetgroupbindings", &["/status", "/spec/networking"]),
    Kind::new("eks.amazonaws.com", "targetgroupbindings", &["/status", "/spec/networking"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::kubernetes::kubectl;

    #[test]
    fn what_kubectl_is_asked_for_is_watched() {
        for (kinds, command) in [(DECLARATIONS, kubectl::command("FILE")), (RUNNING, kubectl::running_command())] {
            let known: Vec<String> = kinds.iter().map(Kind::name).collect();
            let asked = command.strip_prefix("for kinds in ").and_then(|rest| rest.split_once(';')).unwrap().0;
            for name in asked.split([' ', ',']).filter(|name| *name != "targetgroupconfigurations.gateway.k8s.aws") {
                assert!(known.iter().any(|known| known == name), "{name} of {command}");
            }
        }
    }

    #[test]
    fn a_rule_is_what_rbac_takes() {
        let rules = [&DECLARATIONS[0], &DECLARATIONS[2]].map(Kind::rule);
        assert_eq!(
            rules,
            [
                r#"{apiGroups: ["networking.k8s.io"], resources: ["ingresses"], verbs: ["list", "watch"]}"#,
                r#"{apiGroups: [""], resources: ["namespaces"], verbs: ["list", "watch"]}"#,
            ]
        );
    }
}
