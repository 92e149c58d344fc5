//! SQL over log objects, and over exports of them. The only folder that imports `datafusion`.
//!
//! `engine` sets a session up and runs a statement; `table` and `scan_plan` are what DataFusion sees of a table; `reading`
//! reads objects for them; `export` reads Parquet files; `layered` is a table of both, `source` what there is; `pruning` leaves objects out by name, `row_conditions` rows by what stands in them; `functions` adds Trino's functions, `dialect` all of Athena's SQL; `refused`,
//! `zones`, `days` and `minutes` look at what was written, `single_writer`, `held_rows`, `joins` and `lambdas` at the plan; `tap` shows the rows of a statement to
//! somebody else; `targets` are whose their addresses were; `message` and `words` make
//! errors readable; `catalogue` lists what has a name.

mod absent;
mod attempt;
mod casts;
mod catalogue;
mod days;
mod dialect;
mod durations;
mod elsewhere;
mod engine;
mod export;
mod footers;
pub mod functions;
mod held_rows;
mod joins;
mod lambdas;
mod layered;
mod load_balancers;
mod message;
mod minutes;
mod notices;
mod one_input;
mod own_column;
mod prepare;
mod pruning;
mod reading;
mod refused;
mod rewriting;
mod row_conditions;
mod run;
mod running;
mod scan_plan;
mod single_writer;
mod source;
mod streamed;
mod table;
mod tap;
mod targets;
mod words;
mod zones;

pub use catalogue::TableShape;
pub use dialect::{Dialect, TableNames};
pub use engine::{Engine, Limits, QueryResult};
pub use export::{ExportReport, ExportRun};
pub use footers::Footers;
pub use load_balancers::load_balancers;
pub use message::{Fault, QueryError};
pub use prepare::prepare;
pub use run::{Run, RunOptions};
pub use source::Source;
pub use tap::Observer;
