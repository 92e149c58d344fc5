//! Reading: an object's bytes, inflated, through the decoder. Synchronous; callers run it on threads of their own.
//!
//! Responsible for what content is, whatever its name: compressions one in another (`compression`), encodings, lines bare,
//! behind a time or in JSON (`shape`), or something else, which gets a name (`signature`); for going on after a bad
//! object; and for texts that are kept between questions (`kept`). Not responsible for which objects are read, or for SQL.

mod compression;
mod encoding;
mod failure;
mod inflate;
mod input;
mod json;
mod kept;
mod object;
mod other;
mod prefixed;
mod progress;
mod recognise;
mod report;
mod rows;
mod shape;
mod signature;

pub use failure::Failure;
pub use input::{Input, Openings};
pub use kept::KeptTexts;
pub use object::{ObjectScan, ScanOptions, Scanner, Sink};
pub use other::Other;
pub use progress::Progress;
pub use recognise::{Content, recognise, recognise_remote};
pub use report::{Problem, ScanReport};
pub(crate) use rows::{describe_object, rejected_batch};

#[cfg(test)]
mod tests;
