//! SQL over exports: Parquet files in folders that say whose rows they hold, and of which day.
//!
//! `run` is what one run reads and has read; `table` is what DataFusion sees of a table; `files` finds its files and
//! leaves out those whose folders and names show that they hold nothing asked for (`records`: what does not count, and what is gone); `conditions` is what the window and
//! the load balancers asked for mean for rows; `unchanged` refuses a file that is written anew meanwhile, and `sealed` one that is damaged. What is in a file is DataFusion's business: it leaves row groups and pages
//! out by their statistics and bloom filters, and reads other columns only of rows that pass.

mod conditions;
mod files;
mod records;
mod run;
mod sealed;
mod table;
mod unchanged;

pub use run::{ExportReport, ExportRun};
pub(super) use table::ExportTable;
