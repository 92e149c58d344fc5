//! Athena on top of an export: its tables as DDL.
//!
//! Responsible for everything that is said to Athena and read from it. What is typed and what is printed is decided
//! elsewhere: this folder imports neither `cli` nor `output`, and nothing of the engine that reads logs itself.

pub mod ddl;
mod literal;
mod place;
pub mod raw;

pub use ddl::Export;
pub use place::{NoPlace, Place};
pub use raw::RawLogs;
