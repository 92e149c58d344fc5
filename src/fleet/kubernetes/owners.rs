//! Which objects load balancers are made for: Ingresses, Gateways and Services whose people are to be told about them.

use std::collections::BTreeMap;

use super::clusters::Clusters;
use super::index::{Index, own_names};
use super::objects::Object;
use super::stack::{cluster_of, stack_of};
use crate::fleet::aws::elbv2::LoadBalancer;

/// An object that a load balancer is made for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// The number of its cluster among those that are watched.
    pub cluster: usize,
    /// `networking.k8s.io/v1`
    pub api_version: String,
    /// `Ingress`, `Gateway` or `Service`.
    pub kind: String,
    pub namespace: String,
    pub name: String,
    /// Which of all objects that ever had this name it is.
    pub uid: String,
}

impl Clusters {
    /// The objects that each load balancer is made for, by its ARN; of clusters that are watched, and none that is being deleted. All
    /// ingresses of a group are.
    pub fn owners<'a>(
        &self,
        load_balancers: impl IntoIterator<Item = &'a LoadBalancer>,
    ) -> BTreeMap<String, Vec<Owner>> {
        let indexes: BTreeMap<&str, Told<'_>> =
            self.watched().map(|(name, of, number)| (name, Told { number, index: Index::of(&of.objects) })).collect();
        let found = load_balancers.into_iter().map(|one| {
            let mut owners: Vec<Owner> = match cluster_of(&one.tags) {
                Some(cluster) => indexes.get(cluster).into_iter().flat_map(|told| told.owners(one)).collect(),
                // Tags can be taken away; the status still tells whose it is.
                None => indexes.values().flat_map(|told| told.in_status(one)).collect(),
            };
            owners.sort();
            owners.dedup();
            (one.arn.clone(), owners)
        });
        found.filter(|(_, owners)| !owners.is_empty()).collect()
    }
}

/// A cluster whose people are told.
struct Told<'a> {
    number: usize,
    index: Index<'a>,
}

impl Told<'_> {
    fn owners(&self, load_balancer: &LoadBalancer) -> Vec<Owner> {
        let Some(stack) = stack_of(&load_balancer.tags) else { return self.in_status(load_balancer) };
        let dns_name = load_balancer.dns_name.to_lowercase();
        // Who has another one's name in the status has just come from that, or is an object of another cluster.
        let is_its = |object: &&Object| {
            let names = own_names(object);
            names.is_empty() || names.contains(&dns_name)
        };
        self.index.of_stack(&stack).filter(is_its).filter_map(|object| self.owner(object)).collect()
    }

    fn in_status(&self, load_balancer: &LoadBalancer) -> Vec<Owner> {
        self.index.in_status(load_balancer).filter_map(|object| self.owner(object)).collect()
    }

    /// `None` of an object that is being deleted, or without a uid: nobody could tell which one is meant.
    fn owner(&self, object: &Object) -> Option<Owner> {
        if object.is_being_deleted() {
            return None;
        }
        let text = |path: &str| object.value.pointer(path).and_then(serde_json::Value::as_str).map(ToOwned::to_owned);
        Some(Owner {
            cluster: self.number,
            api_version: text("/apiVersion")?,
            kind: object.kind.clone(),
            namespace: object.namespace.clone(),
            name: object.name.clone(),
            uid: text("/metadata/uid")?,
        })
    }
}
