//! SQL over log objects. The only folder that imports `datafusion`.
//!
//! `engine` sets a session up and runs a statement; `table` and `scan_plan` are what DataFusion sees of a table; `reading`
//! reads objects for them; `pruning` leaves objects out by name; `functions` adds Trino's functions; `message` makes
//! errors readable.

mod engine;
pub mod functions;
mod message;
mod minutes;
mod prepare;
mod pruning;
mod reading;
mod run;
mod scan_plan;
mod table;

pub use engine::{Engine, Limits, QueryResult};
pub use prepare::prepare;
pub use run::{Run, Window};
