//! Load balancers and target groups as ELBv2 describes them. Plain data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::aws::Arn;

/// Tags of a resource.
pub type Tags = BTreeMap<String, String>;

/// What a load balancer is. Only Application Load Balancers write the logs that are read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LoadBalancerType {
    /// An Application Load Balancer.
    Application,
    /// A Network Load Balancer.
    Network,
    /// A Gateway Load Balancer.
    Gateway,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadBalancer {
    pub arn: String,
    pub name: String,
    /// Its DNS name, as AWS writes it.
    pub dns_name: String,
    #[serde(rename = "type")]
    pub kind: LoadBalancerType,
    /// Its tags; empty until they are asked for.
    pub tags: Tags,
}

impl LoadBalancer {
    pub fn account(&self) -> &str {
        Arn::parse(&self.arn).map_or("", |arn| arn.account)
    }

    pub fn region(&self) -> &str {
        Arn::parse(&self.arn).map_or("", |arn| arn.region)
    }

    /// `app/NAME/ID`: what logs call it.
    pub fn elb(&self) -> &str {
        Arn::parse(&self.arn).and_then(|arn| arn.load_balancer()).unwrap_or(&self.arn)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetGroup {
    pub arn: String,
    pub name: String,
    /// `ip`, `instance`, `lambda`, `alb`.
    pub target_type: String,
    /// ARNs of the load balancers that send requests to it.
    pub load_balancers: Vec<String>,
    /// Its tags; empty until they are asked for.
    pub tags: Tags,
}
