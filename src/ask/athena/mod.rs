//! Athena on top of an export: its tables as DDL, keeping them in step with the export, and asking them.
//!
//! Responsible for everything that is said to Athena and read from it. What is typed and what is printed is decided
//! elsewhere: this folder imports neither `cli` nor `output`, and nothing of the engine that reads logs itself.

mod client;
pub mod ddl;
mod discover;
mod engine;
mod estimate;
mod literal;
mod message;
mod plan;
pub mod raw;
mod results;
mod statement;
pub mod sync;
pub mod views;

pub use client::{Athena, Options};
pub use ddl::Export;
pub use discover::is_day;
pub use engine::{Usage, dollars};
pub use estimate::Estimate;
pub use plan::CatalogChange;
pub use raw::RawLogs;
pub use statement::{Statement, conditions};
