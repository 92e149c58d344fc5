//! What one look at AWS brought, and who can be asked again. Plain data.

use std::collections::{BTreeMap, BTreeSet};

use super::accounts::{Askable, Problem};
use super::observed::Observed;
use crate::base::message::Message;
use crate::fleet::aws::elbv2::LoadBalancer;
use crate::fleet::kubernetes::{Clusters, Intent};

/// What was seen, who can be asked about it again, and what was not seen.
#[derive(Debug, Default)]
pub struct Look {
    pub observed: Observed,
    /// Whom to ask, by ARN of the load balancer.
    pub askable: Askable,
    /// What could not be asked.
    pub problems: Vec<Problem>,
    /// What was not looked at, and is not needed to go on.
    pub notes: BTreeSet<Message>,
}

impl Look {
    /// The load balancers that were seen.
    pub fn load_balancers(&self) -> impl Iterator<Item = &LoadBalancer> {
        self.observed.load_balancers.iter().map(|seen| &seen.load_balancer)
    }

    /// What is declared about everything that was seen, by ARN of the load balancer.
    pub fn intents(&self, clusters: &Clusters) -> BTreeMap<String, Intent> {
        clusters.intents(self.load_balancers())
    }
}
