//! Who had an address and port, and when: pods and node ports, kept over time.
//!
//! [`TargetHistory`] is what looks at clusters told, merged in any order; `spans` is what follows from it: at no moment has an
//! address more than one holder of a cluster. [`Holders`] finds the one that a row of a log means. Pure, but for the file.

mod cluster;
mod file;
mod history;
mod holders;
mod kept;
mod places;
mod rows;
mod spans;
#[cfg(test)]
mod tests;

pub use cluster::cluster_of;
pub use file::beside;
pub use history::{Target, TargetHistory};
pub use holders::Holders;
pub use kept::KeptTargets;
pub use rows::{COLUMNS, DOC, TARGETS, schema};
