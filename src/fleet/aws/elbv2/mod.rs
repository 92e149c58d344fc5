//! Elastic Load Balancing (`aws-sdk-elasticloadbalancingv2`): what there is, and the one thing that is ever written.
//!
//! Responsible for paging, for tags in twenties, for the pace, and for the only attributes that may be written: nine keys,
//! three for each kind of log ([`LogSettings`], [`Change`]). Not responsible for whether to write.

mod client;
mod logs;
mod model;
mod tags;

pub use client::Elbv2;
pub use logs::{Change, LogSettings, keys};
pub use model::{LoadBalancer, LoadBalancerType, Tags, TargetGroup};
