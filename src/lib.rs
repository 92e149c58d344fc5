//! SQL and reports over the logs of AWS Application Load Balancers.
//!
//! Who may import whom: `cli → query → scan → storage → alblog`; `clap` only in `cli`, `datafusion` only in `query`,
//! standard output only in `output`. See `docs/architecture.md`.

pub mod athena;
pub mod aws;
pub mod bucket;
pub mod cli;
pub mod config;
pub mod export;
pub mod fetch;
pub mod generate;
pub mod iam;
pub mod inventory;
pub mod kubernetes;
pub mod nearest;
pub mod objects;
pub mod outcome;
pub mod output;
pub mod place;
pub mod query;
pub mod reconcile;
pub mod report;
pub mod scan;
pub mod schema_docs;
pub mod sql;
pub mod storage;
pub mod tables;
pub mod target_groups;
pub mod telemetry;
