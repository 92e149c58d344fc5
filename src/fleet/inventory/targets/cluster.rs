//! Which cluster was looked at, where nobody said so: what `kubectl` prints does not tell.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use crate::base::message::Message;
use crate::fleet::inventory::model::Inventory;
use crate::fleet::kubernetes::Binding;

/// That of the target groups that its bindings name; else the only one of the inventory. Empty if the inventory has none.
///
/// # Errors
/// When it can be several.
pub fn cluster_of(bindings: &[Binding], inventory: &Inventory) -> Result<String> {
    let bound: BTreeSet<&str> = bindings.iter().filter_map(|binding| binding.target_group_arn.as_deref()).collect();
    let of_groups = |is_bound: bool| -> BTreeSet<&str> {
        let groups = inventory.target_groups.iter().filter(|(arn, _)| !is_bound || bound.contains(arn.as_str()));
        groups.filter_map(|(_, group)| group.purpose.cluster.as_deref()).collect()
    };
    let mut found = of_groups(true);
    if found.is_empty() && !bound.is_empty() && !of_groups(false).is_empty() {
        let names = Vec::from_iter(of_groups(false)).join(", ");
        bail!(
            Message::new(format_args!(
                "which cluster are these pods of? their target groups are none of those of {names}"
            ))
            .hint("--kubernetes CLUSTER=FILE")
        );
    }
    if found.is_empty() {
        let of_load_balancers = inventory.load_balancers.values().filter_map(|one| one.made_for.cluster.as_deref());
        found = of_groups(false);
        found.extend(of_load_balancers);
    }
    if found.len() > 1 {
        let names = Vec::from_iter(found).join(", ");
        bail!(
            Message::new(format_args!("which cluster are these pods of? they could be of {names}"))
                .hint("--kubernetes CLUSTER=FILE")
        );
    }
    Ok(found.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::inventory::Moment;
    use crate::fleet::inventory::model::{KnownTargetGroup, Purpose};

    #[test]
    fn bindings_tell_the_cluster_and_so_does_being_the_only_one() {
        let mut inventory = Inventory::default();
        let binding = |arn: &str| Binding { target_group_arn: Some(arn.to_owned()), ..Binding::default() };
        let of = |inventory: &Inventory, arn: &str| cluster_of(&[binding(arn)], inventory);
        assert_eq!(of(&inventory, "arn:1").unwrap(), "");
        for (arn, cluster) in [("arn:1", "prod"), ("arn:2", "test")] {
            let at = Moment::new(0);
            let known = KnownTargetGroup {
                name: arn.to_owned(),
                tags: std::collections::BTreeMap::new(),
                load_balancers: Vec::new(),
                purpose: Purpose { cluster: Some(cluster.to_owned()), ..Purpose::default() },
                first_seen: at,
                last_seen: at,
            };
            inventory.target_groups.insert(arn.to_owned(), known);
            assert_eq!(of(&inventory, arn).unwrap(), cluster);
        }
        let error = of(&inventory, "arn:3").unwrap_err().to_string();
        assert!(error.contains("none of those of prod, test"), "{error}");
        let error = cluster_of(&[], &inventory).unwrap_err().to_string();
        assert!(error.contains("they could be of prod, test"), "{error}");
    }
}
