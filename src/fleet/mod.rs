//! The load balancers themselves: as AWS and clusters describe them, what their buckets need, and their logs switched on.

pub mod aws;
pub mod bucket;
pub mod cluster;
pub mod iam;
pub mod inventory;
pub mod kubernetes;
pub mod opt_out;
pub mod reconcile;
