//! Taking logs in, continuously: what comes to lie in buckets and folders is in the live store seconds later.
//!
//! Listing is for truth (`places`), a `queue` for speed; both only say that there are objects. What is done about them is decided by
//! [`crate::lake::live::plan`], and carried out by the loop in `life`: batches are made, lines of the manifest written, messages deleted, and hours
//! that are complete go to the export (`handing_over`). What is wrong is said once (`troubles`), and the loop goes on by itself.
//! `counts` is what probes and Prometheus are told, with what was counted of rows (`traffic`); `status` compares a store with its places, from outside.

mod counts;
mod handing_over;
mod input;
mod life;
mod listing;
mod places;
pub mod queue;
mod run;
pub mod status;
mod traffic;
mod troubles;

pub use counts::Counts;
pub use handing_over::Export;
pub use run::{End, Ingest, Said, ingest};
