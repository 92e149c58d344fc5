//! Whether a bucket takes the logs of load balancers, and what it would need for that.
//!
//! Responsible for what AWS demands of a bucket ([`check`], [`verdict`]), for the part of bucket policies that decides
//! whether a log may be written ([`Document`], [`admission`]), and for the statements and Terraform that are missing
//! ([`merge`], [`terraform`]); and what lets a queue be told of new logs ([`Told`]). All pure; `aws::bucket` does the asking, and nothing here or there writes to a bucket.
//!
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html>

mod admission;
mod check;
mod condition;
mod delivery;
mod document;
mod evaluate;
mod finding;
mod generate;
mod notifications;
mod pattern;
mod settings;
mod terraform;

pub use crate::fleet::aws::bucket::Facts;
pub use check::check;
pub use delivery::{Delivery, legacy_account};
pub use document::Document;
pub use evaluate::Decision;
pub use finding::{Finding, Level, Verdict, verdict};
pub use generate::{Grants, Merged, merge};
pub use notifications::Told;
pub use terraform::terraform;

#[cfg(test)]
mod tests;
