//! Which target group is bound to which service: what `TargetGroupBinding`s say. Pure.

use std::collections::BTreeMap;

use super::derive::cluster;
use crate::fleet::aws::elbv2::TargetGroup;
use crate::fleet::kubernetes::Binding;

/// Whether a binding can be of this target group's cluster.
fn is_of_cluster(binding: &Binding, group: &TargetGroup) -> bool {
    let clusters = (&binding.cluster, cluster(&group.tags));
    !matches!(clusters, (Some(read_from), Some(tagged)) if *read_from != tagged)
}

/// All bindings, by target group.
#[derive(Debug, Clone, Default)]
pub struct Bindings {
    by_arn: BTreeMap<String, Vec<Binding>>,
    by_name: BTreeMap<String, Vec<Binding>>,
}

impl Bindings {
    /// The binding of a target group: by ARN, else by name. None if there are several, and they are of several services.
    pub fn of(&self, group: &TargetGroup) -> Option<&Binding> {
        let bindings = self.by_arn.get(&group.arn).or_else(|| self.by_name.get(&group.name))?;
        let mut bindings = bindings.iter().filter(|binding| is_of_cluster(binding, group));
        let first = bindings.next()?;
        let service = |binding: &Binding| (binding.namespace.clone(), binding.service.clone());
        bindings.all(|other| service(other) == service(first)).then_some(first)
    }
}

impl FromIterator<Binding> for Bindings {
    fn from_iter<I: IntoIterator<Item = Binding>>(bindings: I) -> Self {
        let mut all = Self::default();
        for binding in bindings {
            // A name is of one account and region; an ARN says which.
            if let Some(arn) = &binding.target_group_arn {
                all.by_arn.entry(arn.clone()).or_default().push(binding);
            } else if let Some(name) = &binding.target_group_name {
                all.by_name.entry(name.clone()).or_default().push(binding);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::aws::elbv2::Tags;

    fn group(arn: &str, name: &str, cluster: &str) -> TargetGroup {
        let tags: Tags = [("elbv2.k8s.aws/cluster".to_owned(), cluster.to_owned())].into();
        let (arn, name, target_type) = (arn.to_owned(), name.to_owned(), "ip".to_owned());
        TargetGroup { arn, name, target_type, load_balancers: Vec::new(), tags }
    }

    #[test]
    fn found_by_arn_or_by_a_name_that_says_which() {
        let binding = |arn: Option<&str>, name: Option<&str>, cluster: Option<&str>, service: &str| Binding {
            target_group_arn: arn.map(ToOwned::to_owned),
            target_group_name: name.map(ToOwned::to_owned),
            cluster: cluster.map(ToOwned::to_owned),
            namespace: "shop".to_owned(),
            service: service.to_owned(),
            ..Binding::default()
        };
        let bindings: Bindings = [
            binding(Some("arn:1"), Some("web"), None, "cart"),
            binding(None, Some("web"), Some("prod"), "front"),
            binding(None, Some("web"), Some("test"), "other"),
            binding(None, Some("api"), None, "one"),
            binding(None, Some("api"), None, "two"),
        ]
        .into_iter()
        .collect();
        let found = |arn: &str, name: &str, cluster: &str| {
            bindings.of(&group(arn, name, cluster)).map(|binding| binding.service.clone())
        };
        assert_eq!(found("arn:1", "x", "").as_deref(), Some("cart"));
        assert_eq!(found("arn:2", "web", "prod").as_deref(), Some("front"));
        assert_eq!(found("arn:2", "web", "test").as_deref(), Some("other"));
        assert_eq!(found("arn:2", "web", ""), None);
        assert_eq!(found("arn:2", "api", ""), None);
        assert_eq!(found("arn:2", "none", ""), None);
    }
}
