//! Which objects load balancers are made for: Ingresses, Gateways and Services whose people are to be told about them.

use std::collections::BTreeMap;

use super::Kubernetes;
use super::clusters::{Clusters, owners, stack_with};
use super::objects::Object;
use super::stack::{Stack, cluster_of, stack_of};
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
        let indexes: BTreeMap<&str, Index> =
            self.watched().map(|(name, of, number)| (name, Index::of(of, number))).collect();
        let found = load_balancers.into_iter().map(|one| {
            let mut owners: Vec<Owner> = match cluster_of(&one.tags) {
                Some(cluster) => indexes.get(cluster).into_iter().flat_map(|index| index.owners(one)).collect(),
                // Tags can be taken away; the status still tells whose it is.
                None => indexes.values().flat_map(|index| index.in_status(one)).collect(),
            };
            owners.sort();
            owners.dedup();
            (one.arn.clone(), owners)
        });
        found.filter(|(_, owners)| !owners.is_empty()).collect()
    }
}

/// Objects of one cluster, as load balancers name them.
struct Index<'a> {
    number: usize,
    by_stack: BTreeMap<Stack, Vec<&'a Object>>,
    by_hostname: BTreeMap<String, Vec<&'a Object>>,
}

impl<'a> Index<'a> {
    fn of(kubernetes: &'a Kubernetes, number: usize) -> Self {
        let mut index = Self { number, by_stack: BTreeMap::new(), by_hostname: BTreeMap::new() };
        let objects = &kubernetes.objects;
        for object in owners(objects).filter(|object| !object.is_being_deleted()) {
            if let Some(stack) = stack_with(objects, object) {
                index.by_stack.entry(stack).or_default().push(object);
            }
            for hostname in object.hostnames() {
                index.by_hostname.entry(hostname).or_default().push(object);
            }
        }
        index
    }

    fn owners(&self, load_balancer: &LoadBalancer) -> Vec<Owner> {
        let Some(stack) = stack_of(&load_balancer.tags) else { return self.in_status(load_balancer) };
        let dns_name = load_balancer.dns_name.to_lowercase();
        // Who has another one's name in the status has just come from that, or is an object of another cluster.
        let is_its = |object: &&Object| {
            let names = object.hostnames();
            names.is_empty() || names.contains(&dns_name)
        };
        let of_stack = self.by_stack.get(&stack).into_iter().flatten().copied();
        of_stack.filter(is_its).filter_map(|object| self.owner(object)).collect()
    }

    /// Those in whose status a load balancer stands.
    fn in_status(&self, load_balancer: &LoadBalancer) -> Vec<Owner> {
        let named = self.by_hostname.get(&load_balancer.dns_name.to_lowercase());
        named.into_iter().flatten().filter_map(|object| self.owner(object)).collect()
    }

    /// `None` of an object without a uid: nobody could tell which one is meant.
    fn owner(&self, object: &Object) -> Option<Owner> {
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
