//! Several clusters, and which of them a load balancer belongs to.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};

use super::intent::{Declaration, Intent};
use super::objects::{Object, Objects};
use super::stack::{Stack, cluster_of, stack_of};
use super::{Kubernetes, gateway, ingress, service};
use crate::aws::elbv2::LoadBalancer;

/// What was read of each cluster.
#[derive(Debug, Default)]
pub struct Clusters {
    /// By name; the name is empty where no load balancer carries any.
    by_name: BTreeMap<String, Kubernetes>,
}

impl Clusters {
    /// Finds out which cluster each file is of, where that was not said: the JSON does not tell. It is the cluster of the
    /// load balancers whose DNS names stand in its objects' status, else the only one there is.
    ///
    /// # Errors
    /// When it cannot be told, or two files are of one cluster.
    pub fn of(files: Vec<(Option<String>, Kubernetes)>, fleet: &[LoadBalancer]) -> Result<Self> {
        let mut by_name = BTreeMap::new();
        for (named, kubernetes) in files {
            let name = match named {
                Some(name) => name,
                None => guessed(&kubernetes.objects, fleet)?,
            };
            if by_name.insert(name.clone(), kubernetes).is_some() {
                bail!("two files are of one cluster, {name}\nhint: --kubernetes CLUSTER=FILE");
            }
        }
        Ok(Self { by_name })
    }

    /// What is declared about a load balancer.
    pub fn intent(&self, load_balancer: &LoadBalancer) -> Intent {
        let Some(cluster) = cluster_of(&load_balancer.tags) else {
            // Tags can be taken away; the status still tells whose it is.
            let found = self.by_name.values().find_map(|kubernetes| by_hostname(&kubernetes.objects, load_balancer));
            return found.unwrap_or(Intent::NotKubernetes);
        };
        let Some(Kubernetes { objects }) = self.by_name.get(cluster) else {
            let why = if self.by_name.is_empty() {
                "Kubernetes was not read".to_owned()
            } else {
                format!("cluster {cluster} was not read")
            };
            return Intent::Unread(why);
        };
        let declared = stack_of(&load_balancer.tags).map(|stack| (declaration(objects, &stack), stack));
        match declared {
            Some((Some(declaration), _)) => Intent::Declared(declaration),
            Some((None, Stack::Ingress(name) | Stack::Service(name) | Stack::Gateway(name))) => {
                Intent::Unread(format!("{name} is not among what was read of cluster {cluster}"))
            }
            None => by_hostname(objects, load_balancer).unwrap_or_else(|| {
                Intent::Unread(format!("its tags do not tell what in cluster {cluster} it was made for"))
            }),
        }
    }
}

fn declaration(objects: &Objects, stack: &Stack) -> Option<Declaration> {
    match stack {
        Stack::Ingress(name) => ingress::declaration(objects, name),
        Stack::Service(name) => service::declaration(objects, name),
        Stack::Gateway(name) => gateway::declaration(objects, name),
    }
}

/// What the object declares in whose status the load balancer stands.
fn by_hostname(objects: &Objects, load_balancer: &LoadBalancer) -> Option<Intent> {
    let dns_name = load_balancer.dns_name.to_lowercase();
    let owner = owners(objects).find(|object| !dns_name.is_empty() && object.hostnames().contains(&dns_name))?;
    let name = owner.full_name();
    let declared = match owner.kind.as_str() {
        "Gateway" => gateway::declaration(objects, &name),
        "Service" => service::declaration(objects, &name),
        _ => {
            let group = owner.annotation("alb.ingress.kubernetes.io/group.name");
            ingress::declaration(objects, group.unwrap_or(&name)).or_else(|| ingress::declaration(objects, &name))
        }
    };
    let unread = || Intent::Unread(format!("it stands in the status of {name}, whose class is not known"));
    Some(declared.map_or_else(unread, Intent::Declared))
}

/// Objects that load balancers are made for.
fn owners(objects: &Objects) -> impl Iterator<Item = &Object> {
    ["Ingress", "Gateway", "Service"].into_iter().flat_map(|kind| objects.of_kind(kind))
}

fn guessed(objects: &Objects, fleet: &[LoadBalancer]) -> Result<String> {
    let hostnames: BTreeSet<String> = owners(objects).flat_map(Object::hostnames).collect();
    let clusters = |named: bool| -> BTreeSet<&str> {
        let of = fleet.iter().filter(|one| !named || hostnames.contains(&one.dns_name.to_lowercase()));
        of.filter_map(|one| cluster_of(&one.tags)).collect()
    };
    let (by_status, all) = (clusters(true), clusters(false));
    let found = if by_status.is_empty() { all } else { by_status };
    match found.len() {
        0 => Ok(String::new()),
        1 => Ok(found.into_iter().collect()),
        _ => {
            let names = found.into_iter().collect::<Vec<_>>().join(", ");
            bail!("which cluster is this? its load balancers could be of {names}\nhint: --kubernetes CLUSTER=FILE")
        }
    }
}
