//! In which cluster and namespace the targets of a target group are.

use std::collections::HashMap;

use super::history::Target;
use crate::fleet::inventory::model::{Inventory, Purpose};
use crate::fleet::inventory::target_groups::How;

/// Where the targets of a target group are; what is not known may be anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    cluster: Option<String>,
    namespace: Option<String>,
}

/// The places of all target groups that are known.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    /// By ARN, and by name.
    by_id: HashMap<String, Place>,
}

impl Places {
    pub(super) fn of(inventory: &Inventory) -> Self {
        let mut by_id: HashMap<String, Place> = HashMap::new();
        for (arn, group) in &inventory.target_groups {
            let place = Place::of(&group.purpose);
            // Logs of health checks have the name alone, which several accounts and regions may have.
            let of_name = by_id.entry(group.name.clone());
            of_name.and_modify(|known| *known = known.and(&place)).or_insert_with(|| place.clone());
            by_id.insert(arn.clone(), place);
        }
        Self { by_id }
    }

    /// None of a target group that is not known.
    pub(super) fn get(&self, target_group: &str) -> Option<&Place> {
        self.by_id.get(target_group)
    }
}

impl Place {
    fn of(purpose: &Purpose) -> Self {
        // A namespace that is guessed is cut short.
        let namespace = purpose.namespace.clone().filter(|_| purpose.derived >= How::Tags);
        Self { cluster: purpose.cluster.clone(), namespace }
    }

    /// What two target groups of one name have in common.
    fn and(&self, other: &Self) -> Self {
        let alike = |one: &Option<String>, other: &Option<String>| one.clone().filter(|_| one == other);
        Self { cluster: alike(&self.cluster, &other.cluster), namespace: alike(&self.namespace, &other.namespace) }
    }

    /// Whether a target can be of it. A cluster that is not known may be this one.
    pub(super) fn has(&self, target: &Target) -> bool {
        let is = |wanted: &Option<String>, text: &str| wanted.as_deref().is_none_or(|wanted| wanted == text);
        (target.cluster.is_empty() || is(&self.cluster, &target.cluster)) && is(&self.namespace, &target.namespace)
    }
}
