//! What Kubernetes declares about load balancers, read from the JSON that `kubectl get -o json` prints.
//!
//! Responsible for merging it exactly as the AWS Load Balancer Controller does, from its source (version 3.5): which
//! objects make one load balancer, whose word counts, and what is a conflict; and for saying so when that cannot be told.
//! Also the other direction, settings as YAML; and whose the addresses of targets are. Pure; asks neither Kubernetes nor AWS, and decides nothing about logs.

mod annotations;
mod bindings;
mod clusters;
mod gateway;
mod index;
mod ingress;
pub mod intent;
pub mod kubectl;
mod objects;
mod opt_out;
mod owners;
mod service;
mod stack;
mod stream;
mod suggest;
mod targets;

use anyhow::Result;

pub use bindings::Binding;
pub use clusters::Clusters;
pub use intent::Intent;
pub use owners::Owner;
pub use stack::cluster_of;
pub use suggest::suggest;
pub use targets::Endpoint;

use objects::Objects;

/// Objects of one cluster.
#[derive(Debug, Default)]
pub struct Kubernetes {
    objects: Objects,
    /// Why more may be declared than was read, if it may.
    doubt: Option<String>,
    /// Its number among the clusters that are watched; `None` of what was read from a file.
    watched: Option<usize>,
}

impl Kubernetes {
    /// Reads the output of `kubectl get … -A -o json`: a list, single objects, or several of them.
    ///
    /// # Errors
    /// When it is no JSON, or holds no object; the message says where.
    pub fn read(text: &str) -> Result<Self> {
        Ok(Self { objects: Objects::read(text)?, doubt: None, watched: None })
    }

    /// The same, though more may be declared by now, if it may: why.
    #[must_use]
    pub fn in_doubt(self, doubt: Option<String>) -> Self {
        Self { doubt, ..self }
    }

    /// The same, where there may be objects of this kind which could not be read; `IngressClass`. Where it is not said, what was not
    /// read is not there, unless something refers to it.
    #[must_use]
    pub fn hides(mut self, kind: &str) -> Self {
        self.objects.hide(kind);
        self
    }

    /// The same, as what is read of the cluster with this number among those that are watched.
    #[must_use]
    pub fn watched_as(self, number: usize) -> Self {
        Self { watched: Some(number), ..self }
    }

    /// Which target group belongs to which service, as the controller keeps it.
    pub fn bindings(&self) -> Vec<Binding> {
        bindings::bindings(&self.objects)
    }

    /// Which address and port is whose; none if no pods were read.
    pub fn endpoints(&self) -> Option<Vec<Endpoint>> {
        targets::endpoints(&self.objects)
    }
}

#[cfg(test)]
mod tests;
