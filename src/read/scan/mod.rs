//! Reading: an object's bytes, inflated, through the decoder. Synchronous; callers run it on threads of their own.
//!
//! Responsible for gzip or plain text (decided by content), for what kind of log an oddly named object holds, and for
//! going on after a bad object. Not responsible for which objects are read, or for SQL.

mod inflate;
mod input;
mod object;
mod progress;
mod recognise;
mod report;
mod rows;

pub use input::{Input, Openings};
pub use object::{Failure, ObjectScan, ScanOptions, Scanner, Sink};
pub use progress::Progress;
pub use recognise::{recognise, recognise_remote};
pub use report::{Problem, ScanReport};
pub(crate) use rows::{describe_object, rejected_batch};
