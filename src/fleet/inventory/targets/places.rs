//! In which cluster and namespace the targets of a target group are.

use std::borrow::Cow;
use std::collections::HashMap;

use super::history::Target;
use crate::fleet::inventory::model::{Inventory, Purpose};
use crate::fleet::inventory::target_groups::{GeneratedName, How, target_group_name};

/// Where the targets of a target group are; what is not known may be anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    cluster: Option<String>,
    namespace: Option<String>,
    /// What the controller left of the namespace in the group's name.
    cut: Option<String>,
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
            let place = Place::of(&group.purpose, &group.name);
            // Logs of health checks have the name alone, which several accounts and regions may have.
            let of_name = by_id.entry(group.name.clone());
            of_name.and_modify(|known| *known = known.and(&place)).or_insert_with(|| place.clone());
            by_id.insert(arn.clone(), place);
        }
        Self { by_id }
    }

    /// Of a target group that is not known, what its name tells.
    pub(super) fn get(&self, target_group: &str) -> Cow<'_, Place> {
        self.by_id.get(target_group).map_or_else(|| Cow::Owned(Place::named(target_group)), Cow::Borrowed)
    }
}

impl Place {
    fn of(purpose: &Purpose, name: &str) -> Self {
        // A namespace that is guessed is cut short.
        let namespace = purpose.namespace.clone().filter(|_| purpose.derived >= How::Tags);
        Self { cluster: purpose.cluster.clone(), namespace, ..Self::named(name) }
    }

    /// What a target group's name or ARN tells.
    fn named(group: &str) -> Self {
        let name = target_group_name(group).unwrap_or(group);
        let cut = GeneratedName::parse(name).map(|name| name.namespace.to_owned());
        Self { cut, ..Self::default() }
    }

    /// Whether anything is known of where the targets are, but for what a name tells.
    pub(super) fn is_known(&self) -> bool {
        self.cluster.is_some() || self.namespace.is_some()
    }

    /// What two target groups of one name have in common.
    fn and(&self, other: &Self) -> Self {
        let alike = |one: &Option<String>, other: &Option<String>| one.clone().filter(|_| one == other);
        Self {
            cluster: alike(&self.cluster, &other.cluster),
            namespace: alike(&self.namespace, &other.namespace),
            cut: alike(&self.cut, &other.cut),
        }
    }

    /// Whether a target can be of it. A cluster that is not known may be this one.
    pub(super) fn has(&self, target: &Target) -> bool {
        let is = |wanted: &Option<String>, text: &str| wanted.as_deref().is_none_or(|wanted| wanted == text);
        let is_cut = || self.cut.as_ref().is_none_or(|cut| *cut == GeneratedName::part(&target.namespace));
        (target.cluster.is_empty() || is(&self.cluster, &target.cluster))
            && is(&self.namespace, &target.namespace)
            && is_cut()
    }
}
