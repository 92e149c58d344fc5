//! Objects of one cluster as load balancers name them: gone through once, and asked about as many load balancers as there are.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::clusters::{owners, stack_with};
use super::intent::{Declaration, Intent, Undeclared};
use super::objects::{Object, Objects};
use super::stack::{Maker, Stack, stack_of};
use super::{gateway, ingress, service};
use crate::fleet::aws::elbv2::LoadBalancer;

/// Objects that load balancers are made for, and what they declare.
pub(super) struct Index<'a> {
    objects: &'a Objects,
    ingresses: ingress::Index<'a>,
    by_stack: BTreeMap<Stack, Vec<&'a Object>>,
    by_hostname: BTreeMap<String, Vec<&'a Object>>,
    /// What was found out of stacks: several load balancers may say that they are of one.
    known: RefCell<BTreeMap<Stack, Known>>,
}

/// What is declared about a stack, and what its load balancer is called in its objects' status.
#[derive(Debug, Clone)]
struct Known {
    declaration: Result<Declaration, Undeclared>,
    hostnames: BTreeSet<String>,
}

impl<'a> Index<'a> {
    pub(super) fn of(objects: &'a Objects) -> Self {
        let ingresses = ingress::Index::of(objects);
        let (mut by_stack, mut by_hostname) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
        for object in owners(objects) {
            if let Some(stack) = stack_with(objects, object) {
                by_stack.entry(stack).or_default().push(object);
            }
            for hostname in object.hostnames() {
                by_hostname.entry(hostname).or_default().push(object);
            }
        }
        Self { objects, ingresses, by_stack, by_hostname, known: RefCell::default() }
    }

    /// The objects that a load balancer is made for, if it is this stack's.
    pub(super) fn of_stack(&self, stack: &Stack) -> impl Iterator<Item = &'a Object> {
        self.by_stack.get(stack).into_iter().flatten().copied()
    }

    /// Those in whose status a load balancer stands.
    pub(super) fn in_status(&self, load_balancer: &LoadBalancer) -> impl Iterator<Item = &'a Object> {
        self.by_hostname.get(&load_balancer.dns_name.to_lowercase()).into_iter().flatten().copied()
    }

    /// What is declared about a load balancer of this cluster, which is called so.
    pub(super) fn intent(&self, cluster: &str, load_balancer: &LoadBalancer) -> Intent {
        let Some(stack) = stack_of(&load_balancer.tags) else {
            let unknown = || format!("its tags do not tell what in cluster {cluster} it was made for");
            return self.by_hostname(load_balancer).unwrap_or_else(|| Intent::Unread(unknown()));
        };
        let Known { declaration, hostnames } = self.known(&stack);
        let declaration = match declaration {
            Ok(declaration) => declaration,
            Err(Undeclared::NotTaken(why)) => return Intent::Unread(why),
            Err(Undeclared::NotRead) => {
                return Intent::Unread(format!("{stack} is not among what was read of cluster {cluster}"));
            }
        };
        // A file of another cluster, or of another day, may well have objects of the same name.
        if !hostnames.is_empty() && !hostnames.contains(&load_balancer.dns_name.to_lowercase()) {
            let others = Vec::from_iter(hostnames).join(", ");
            return Intent::Unread(format!("{stack} in what was read of cluster {cluster} is another one: {others}"));
        }
        Intent::Declared(declaration)
    }

    /// What the stacks declare in whose objects' status the load balancer stands: mostly one, and whatever any of them declares.
    pub(super) fn by_hostname(&self, load_balancer: &LoadBalancer) -> Option<Intent> {
        let stacks: BTreeSet<Stack> =
            self.in_status(load_balancer).filter_map(|object| stack_with(self.objects, object)).collect();
        let declared = stacks.iter().filter_map(|stack| self.known(stack).declaration.ok()).map(Intent::Declared);
        // Other controllers write it into the status of theirs.
        let unread =
            |object: &Object| format!("it stands in the status of {}, whose class is not known", object.full_name());
        let first = self.in_status(load_balancer).next();
        declared.reduce(Intent::with).or_else(|| first.map(|object| Intent::Unread(unread(object))))
    }

    fn known(&self, stack: &Stack) -> Known {
        if let Some(known) = self.known.borrow().get(stack) {
            return known.clone();
        }
        let known = Known { declaration: self.declaration(stack), hostnames: self.hostnames(stack) };
        self.known.borrow_mut().insert(stack.clone(), known.clone());
        known
    }

    fn declaration(&self, stack: &Stack) -> Result<Declaration, Undeclared> {
        match stack {
            Stack::Ingress(maker, name) => ingress::declaration(self.objects, self.ingresses.about(name), *maker, name),
            Stack::Service(name) => service::declaration(self.objects, name),
            Stack::Gateway(maker, name) => gateway::declaration(self.objects, *maker, name),
        }
    }

    /// What the stack's load balancer is called in its objects' status; nothing if it has none yet. Whoever has just come from
    /// another stack has that one's name there.
    fn hostnames(&self, stack: &Stack) -> BTreeSet<String> {
        let has_come = |object: &Object| match stack {
            Stack::Ingress(Maker::Controller, name) => ingress::is_of_another(object, name),
            _ => false,
        };
        self.of_stack(stack).filter(|object| !has_come(object)).flat_map(own_names).collect()
    }

    /// How many ingresses are looked at for a stack.
    #[cfg(test)]
    pub(super) fn cost(&self, stack: &str) -> usize {
        self.ingresses.about(stack).count()
    }
}

/// What the load balancer that is made for an object is called in its status. An ingress's is an Application Load Balancer: one of
/// another type beside or instead of it stands in front of it (`alb.ingress.kubernetes.io/enable-frontend-nlb`).
pub(super) fn own_names(object: &Object) -> Vec<String> {
    let is_own = |name: &String| object.kind != "Ingress" || !is_network(name);
    object.hostnames().into_iter().filter(is_own).collect()
}

/// Whether a DNS name is that of a Network Load Balancer, `….elb.eu-west-1.amazonaws.com`; those of others are
/// `….eu-west-1.elb.amazonaws.com`.
pub(super) fn is_network(name: &str) -> bool {
    let mut labels = name.rsplit('.').skip_while(|label| *label != "amazonaws").skip(1);
    labels.next().is_some_and(|label| label != "elb") && labels.next() == Some("elb")
}
