//! Where log objects are: locations, and listing what lies there.
//!
//! Responsible for turning what a user named (files, folders, globs, standard input) into objects, and for knowing from
//! an object's name what it is. Never reads log lines: content is `scan`'s business.

pub mod cache;
mod copies;
mod download;
mod fetch;
mod filter;
mod list;
mod object;
pub mod s3;
mod settled;
mod standing;

pub use copies::{Copies, look_up, without_copies, without_renamed};
pub use download::Download;
pub use fetch::{Body, FetchAhead, FetchBudget};
pub use filter::{KeyFilter, MAX_LISTS, elb_name, elb_named, is_elb};
pub use list::{Listing, Unseen, add_skipped, list};
pub use object::{Location, LogObject};
pub use s3::may_be_log;
pub use settled::Settled;
pub use standing::Standing;
