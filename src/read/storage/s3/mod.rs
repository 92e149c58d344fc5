//! S3 as a place where logs lie: buckets, and finding the objects of a window in them.
//!
//! Responsible for requests to S3's data plane and for what its refusals mean. What is inside an object is `scan`'s
//! business.

mod bucket;
mod endpoint;
mod layout;
mod list;
mod listing_answers;
mod message;
mod opaque;
mod search;
mod stall;
mod whole_listing;

pub use bucket::{Bucket, Stored, Version};
pub use list::may_be_log;
pub use list::{Folder, FolderListing, Others, objects, pages};
pub use message::explain;
pub use search::{Found, search};
