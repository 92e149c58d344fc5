//! AWS's control plane: load balancers (`elbv2`), buckets, CloudWatch and vended logs, and what each says of them.
//!
//! Only this folder, `base::aws` and `ask::athena` name AWS's SDKs.

pub mod bucket;
pub mod cloudwatch;
pub mod elbv2;
pub mod vended;
