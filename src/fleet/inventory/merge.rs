//! What is seen now, added to what was seen before. Pure.

use super::bindings::Bindings;
use super::derive;
use super::model::{Inventory, KnownLoadBalancer, KnownTargetGroup};
use super::moment::Moment;
use crate::fleet::aws::elbv2::{LoadBalancer, LoadBalancerType, TargetGroup};

/// What one account has in one region, with tags.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Load balancers of every type.
    pub load_balancers: Vec<LoadBalancer>,
    pub target_groups: Vec<TargetGroup>,
}

impl Inventory {
    /// Takes over what is seen. What is not seen stays: logs still speak of it.
    pub fn merge(&mut self, seen: Seen, now: Moment, bindings: &Bindings) {
        for one in seen.load_balancers {
            if one.kind != LoadBalancerType::Application {
                continue;
            }
            let before = self.load_balancers.get(&one.arn);
            let known = KnownLoadBalancer {
                made_for: derive::load_balancer(&one.tags),
                first_seen: before.map_or(now, |before| before.first_seen),
                last_seen: now,
                name: one.name,
                tags: one.tags,
            };
            self.load_balancers.insert(one.arn, known);
        }
        for one in seen.target_groups {
            let before = self.target_groups.get(&one.arn);
            let purpose = derive::target_group(&one.name, &one.tags, bindings.of(&one));
            // A binding that was read once is not forgotten because it was not read again.
            let stronger = before.filter(|before| before.tags == one.tags && before.purpose.derived > purpose.derived);
            let known = KnownTargetGroup {
                purpose: stronger.map_or(purpose, |before| before.purpose.clone()),
                first_seen: before.map_or(now, |before| before.first_seen),
                last_seen: now,
                name: one.name,
                tags: one.tags,
                load_balancers: one.load_balancers,
            };
            self.target_groups.insert(one.arn, known);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::inventory::target_groups::How;
    use crate::fleet::kubernetes::Binding;

    const ARN: &str = "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web/1";

    fn seen(resource: &str) -> Seen {
        let tags = [("service.k8s.aws/resource".to_owned(), resource.to_owned())].into();
        let (arn, name, target_type) = (ARN.to_owned(), "web".to_owned(), "ip".to_owned());
        let group = TargetGroup { arn, name, target_type, load_balancers: Vec::new(), tags };
        Seen { target_groups: vec![group], ..Seen::default() }
    }

    #[test]
    fn what_a_binding_told_is_kept_until_the_tags_change() {
        let binding = Binding {
            target_group_arn: Some(ARN.to_owned()),
            namespace: "a".to_owned(),
            service: "bound".to_owned(),
            ..Binding::default()
        };
        let bindings: Bindings = [binding].into_iter().collect();
        let mut inventory = Inventory::default();
        let mut after = |resource: &str, time: i64, bindings: &Bindings| {
            inventory.merge(seen(resource), Moment::new(time * 1_000_000), bindings);
            let known = inventory.target_groups[ARN].clone();
            let seen = (known.first_seen.micros() / 1_000_000, known.last_seen.micros() / 1_000_000);
            (known.purpose.service.unwrap_or_default(), known.purpose.derived, seen)
        };
        let none = Bindings::default();
        assert_eq!(after("a/tagged:80", 1, &none), ("tagged".to_owned(), How::Tags, (1, 1)));
        assert_eq!(after("a/tagged:80", 2, &bindings), ("bound".to_owned(), How::Binding, (1, 2)));
        assert_eq!(after("a/tagged:80", 3, &none), ("bound".to_owned(), How::Binding, (1, 3)));
        assert_eq!(after("a/renamed:80", 4, &none), ("renamed".to_owned(), How::Tags, (1, 4)));
    }
}
