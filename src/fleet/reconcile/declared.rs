//! What Kubernetes declares, as a watch asks for it: files that are read anew, or clusters that are watched themselves.

use std::collections::BTreeMap;
use std::fmt::Debug;

use anyhow::Result;
use async_trait::async_trait;

use super::look::Look;
use crate::fleet::cluster::Counts;
use crate::fleet::kubernetes::{Clusters, Intent};

/// What Kubernetes declares, asked for in each cycle.
#[async_trait]
pub trait Declared: Debug + Send + Sync {
    /// What was read by now of the clusters that load balancers may be of.
    ///
    /// # Errors
    /// When something cannot be read: nothing is decided then.
    fn clusters(&self, look: &Look) -> Result<Clusters>;

    /// Waits until something has changed that may change a plan; for ever where nobody tells.
    async fn changed(&self);

    /// Why nothing may be written to a load balancer any more by the intents that were asked for last: something else is
    /// declared about it by now.
    fn objection(&self, look: &Look, intents: &BTreeMap<String, Intent>, arn: &str) -> Option<String>;

    /// How much is known of each cluster that is watched.
    fn standings(&self) -> Vec<Standing>;
}

/// How much is known of a cluster that is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What it is called here: the cluster, or the context.
    pub name: String,
    /// The moment up to which nothing is missing, microseconds since the epoch; `None` if nothing was read yet.
    pub seen: Option<i64>,
    /// Kinds, by how they stand.
    pub counts: Counts,
}
