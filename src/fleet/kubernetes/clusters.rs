//! Several clusters, and which of them a load balancer belongs to.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};

use super::index::{Index, is_network};
use super::intent::{Declaration, Intent};
use super::objects::{Object, Objects};
use super::stack::{Maker, Stack, cluster_of};
use super::{Kubernetes, ingress};
use crate::base::message::Message;
use crate::fleet::aws::elbv2::LoadBalancer;

/// What was read of each cluster.
#[derive(Debug, Default)]
pub struct Clusters {
    /// By name; the name is empty where no load balancer carries any, and where it is not known.
    by_name: BTreeMap<String, Kubernetes>,
}

impl Clusters {
    /// Finds out which cluster each file is of, where that was not said: the JSON does not tell. It is the cluster of the
    /// load balancers whose DNS names stand in its objects' status. If no name stands there it may be any, also one that has no load
    /// balancer yet: then nothing is known of those that carry a name.
    ///
    /// # Errors
    /// When it cannot be told, or two files are of one cluster.
    pub fn of(files: Vec<(Option<String>, Kubernetes)>, fleet: &[LoadBalancer]) -> Result<Self> {
        let mut by_name = BTreeMap::new();
        for (named, kubernetes) in files {
            let name = match named {
                Some(name) => name,
                None => guessed(&kubernetes.objects, fleet)?.unwrap_or_else(|| unused(&by_name)),
            };
            if by_name.insert(name.clone(), kubernetes).is_some() {
                bail!(
                    Message::new(format_args!("two files are of one cluster, {name}"))
                        .hint("--kubernetes CLUSTER=FILE")
                );
            }
        }
        Ok(Self { by_name })
    }

    /// Name, objects and number of each cluster that is watched.
    pub(super) fn watched(&self) -> impl Iterator<Item = (&str, &Kubernetes, usize)> {
        self.by_name.iter().filter_map(|(name, of)| Some((name.as_str(), of, of.watched?)))
    }

    /// What is declared about each load balancer, by its ARN. What was read is gone through once, however many there are.
    pub fn intents<'a>(&self, load_balancers: impl IntoIterator<Item = &'a LoadBalancer>) -> BTreeMap<String, Intent> {
        let indexes: Indexes<'_> =
            self.by_name.iter().map(|(name, of)| (name.as_str(), (of, Index::of(&of.objects)))).collect();
        load_balancers.into_iter().map(|one| (one.arn.clone(), intent(&indexes, one))).collect()
    }

    /// What is declared about one load balancer.
    #[cfg(test)]
    pub fn intent(&self, load_balancer: &LoadBalancer) -> Intent {
        self.intents([load_balancer]).remove(&load_balancer.arn).unwrap_or(Intent::NotKubernetes)
    }
}

/// What was read of each cluster, by its name, and its objects as load balancers name them.
type Indexes<'a> = BTreeMap<&'a str, (&'a Kubernetes, Index<'a>)>;

fn intent(indexes: &Indexes<'_>, load_balancer: &LoadBalancer) -> Intent {
    let Some(cluster) = cluster_of(&load_balancer.tags) else {
        // Tags can be taken away; the status still tells whose it is.
        let named = |(kubernetes, index): &(&Kubernetes, Index<'_>)| {
            Some(kubernetes.doubting(index.by_hostname(load_balancer)?))
        };
        return indexes.values().filter_map(named).fold(Intent::NotKubernetes, Intent::with);
    };
    let Some((kubernetes, index)) = indexes.get(cluster) else {
        let why = if indexes.is_empty() {
            "Kubernetes was not read".to_owned()
        } else if indexes.contains_key("") {
            format!(
                "cluster {cluster} was not read, or is the one in which no status names a load balancer: \
                 --kubernetes {cluster}=…"
            )
        } else {
            format!("cluster {cluster} was not read")
        };
        return Intent::Unread(why);
    };
    kubernetes.doubting(index.intent(cluster, load_balancer))
}

impl Kubernetes {
    /// With the doubt about everything that was read.
    fn doubting(&self, intent: Intent) -> Intent {
        match (intent, &self.doubt) {
            (Intent::Declared(declared), doubt) => Intent::Declared(Declaration { doubt: doubt.clone(), ..declared }),
            (Intent::Unread(why), Some(doubt)) => Intent::Unread(format!("{why}; {doubt}")),
            (intent, _) => intent,
        }
    }
}

/// The stack that an object belongs to, if a load balancer is made for it.
pub(super) fn stack_with(objects: &Objects, object: &Object) -> Option<Stack> {
    let name = object.full_name();
    match object.kind.as_str() {
        "Gateway" => Some(Stack::Gateway(maker_of(objects, object), name)),
        "Service" => Some(Stack::Service(name)),
        _ => ingress::stack_of(objects, object).map(|(maker, name)| Stack::Ingress(maker, name)),
    }
}

/// Who makes a gateway's load balancer, by its class.
fn maker_of(objects: &Objects, gateway: &Object) -> Maker {
    let class = gateway.text("/spec/gatewayClassName").ok().flatten();
    let class = class.and_then(|name| objects.get("GatewayClass", "", name));
    let controller = class.and_then(|class| class.text("/spec/controllerName").ok().flatten());
    let is_auto = controller.is_some_and(|controller| Maker::AutoMode.is_of_gateways(controller));
    if is_auto { Maker::AutoMode } else { Maker::Controller }
}

/// Objects that load balancers are made for.
pub(super) fn owners(objects: &Objects) -> impl Iterator<Item = &Object> {
    ["Ingress", "Gateway", "Service"].into_iter().flat_map(|kind| objects.of_kind(kind))
}

/// A name for a cluster of which none is known.
fn unused(taken: &BTreeMap<String, Kubernetes>) -> String {
    let numbered = (2..).map(|number| format!("?{number}"));
    std::iter::once(String::new()).chain(numbered).find(|name| !taken.contains_key(name)).unwrap_or_default()
}

/// The cluster whose load balancers stand in the objects' status; `None` if none stands there.
fn guessed(objects: &Objects, fleet: &[LoadBalancer]) -> Result<Option<String>> {
    // Network Load Balancers are not among those that were found.
    let hostnames = owners(objects).flat_map(Object::hostnames).filter(|name| !is_network(name));
    let hostnames: BTreeSet<String> = hostnames.collect();
    let clusters = |named: bool| -> BTreeSet<&str> {
        let of = fleet.iter().filter(|one| !named || hostnames.contains(&one.dns_name.to_lowercase()));
        of.filter_map(|one| cluster_of(&one.tags)).collect()
    };
    let (by_status, all) = (clusters(true), clusters(false));
    if by_status.is_empty() && !hostnames.is_empty() && !all.is_empty() {
        let names = Vec::from_iter(all).join(", ");
        bail!(
            Message::new(format_args!(
                "which cluster is this? its load balancers are none of those that were found, of {names}"
            ))
            .hint("--kubernetes CLUSTER=FILE")
        )
    }
    match by_status.len() {
        0 => Ok(None),
        1 => Ok(Some(by_status.into_iter().collect())),
        _ => {
            let names = by_status.into_iter().collect::<Vec<_>>().join(", ");
            bail!(
                Message::new(format_args!("which cluster is this? its load balancers could be of {names}"))
                    .hint("--kubernetes CLUSTER=FILE")
            )
        }
    }
}
