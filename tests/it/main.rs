//! Black-box tests of the program: they run it, and look at its exit code, standard output, standard error and files.
//!
//! One file per subcommand or theme; `support` gives each test an empty folder and a clean environment, `s3`,
//! `cloud` and `fake_aws` are servers to be asked instead of AWS, on a common front, `loopback`. `cases` runs the golden cases in `tests/cases/`. Set `ALBSTATS_UPDATE=1` to rewrite
//! golden files instead of comparing them.

// Everything here is a test, helpers included; counts of test logs fit into any number.
#![allow(clippy::unwrap_used, clippy::type_complexity)]
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)]

mod apiserver;
mod architecture;
mod athena;
mod athena_recorded;
mod athena_sql;
mod attack;
mod bad_input;
mod bucket;
mod cache;
mod cases;
mod clocks;
mod cloud;
mod column_table;
mod completions;
mod conditions;
mod config;
mod content;
mod damaged;
mod damaged_export;
mod demo;
mod end_to_end;
mod everywhere;
mod export;
mod export_kills;
mod export_s3;
mod export_status;
mod fake_aws;
mod fetch;
#[cfg(unix)]
mod follow;
mod formats;
mod generate;
mod golden;
mod help;
mod hostile;
mod incidents;
#[cfg(unix)]
mod ingest;
mod inventory;
mod kept_flaws;
mod lake;
mod layers;
mod layouts;
mod limits;
mod logs;
mod loopback;
mod names;
mod objects;
mod odd_lines;
mod output_file;
mod pods;
mod pruning;
mod query;
mod read_export;
mod reconcile;
mod recount;
mod report;
mod reported;
mod s3;
mod s3_read;
mod schema;
#[cfg(unix)]
mod serve;
mod shell;
#[cfg(unix)]
mod signals;
mod slow;
mod sources;
mod sql;
mod support;
mod target_groups;
#[cfg(target_os = "linux")]
mod terminal;
mod verify;
