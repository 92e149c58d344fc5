//! SQL and reports over the logs of AWS Application Load Balancers: the library behind the program.
//!
//! `docs/architecture.md` shows its floors and rooms. What is public is what the program, its benches and its tests use.

// Items are `pub` within private modules, so that the compiler finds what nobody uses.
#![allow(unreachable_pub)]

mod ask;
mod base;
pub mod cli;
mod fleet;
mod lake;
mod output;
mod read;
mod report;
mod serve;

/// What benches and black-box tests look at directly. No promise to anybody else.
#[doc(hidden)]
pub mod inside {
    pub use crate::ask::athena::RawLogs;
    pub use crate::ask::athena::raw;
    pub use crate::ask::query::functions::{Rounding, register};
    pub use crate::base::s3_address::S3Address;
    pub use crate::base::tables::{Table, TableColumn};
    pub use crate::lake::live::{Batch, BatchFile, Snapshot};
}
