//! What load balancers and target groups are for, kept over time.
//!
//! Responsible for deriving namespace, service, ingress and route from what AWS and Kubernetes say ([`mod@derive`]), for
//! merging what is seen into what was seen ([`Inventory::merge`]), for the file it is kept in, and for its tables; and for
//! whose the addresses of targets were ([`targets`]), in a file beside it. Logs outlive target groups: nothing is ever taken out. Not responsible for what a target group is called in a report, which
//! [`crate::fleet::inventory::target_groups`] decides with what it gets from here.

mod ask;
mod bindings;
pub mod derive;
mod file;
mod merge;
mod model;
mod moment;
mod rows;
mod screen;
pub mod target_groups;
pub mod targets;

pub use ask::ask;
pub use bindings::Bindings;
pub use file::hold;
pub use model::{Inventory, KnownTargetGroup};
pub use moment::Moment;
pub use rows::LOAD_BALANCERS;
pub use screen::document;
