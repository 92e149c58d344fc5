//! A query that this program answers.

use std::time::Instant;

use anyhow::Result;

use super::QueryArgs;
use crate::ask::sql::Scalar;
use crate::base::config::Config;
use crate::base::outcome::Outcome;
use crate::cli::common::answer::{Bound, answer};
use crate::cli::common::engine::{EngineArgs, check, engine};
use crate::cli::common::printing::Printing;
use crate::cli::common::replacing::refuse_over;
use crate::cli::common::source::runtime;
use crate::cli::common::{GlobalArgs, summary};

pub(super) fn run(
    sql: &str,
    args: &QueryArgs,
    config: &Config,
    printing: Printing,
    global: &GlobalArgs,
) -> Result<Outcome> {
    let known = args.target_groups.read(config, global)?;
    let started = Instant::now();
    let runtime = runtime(config)?;
    let statement = bound(sql, &args.engine)?;
    runtime.block_on(check(&statement, args.dialect.dialect(), &known, config))?;
    let selection = args.source.selection().resolve(config, global.quiet)?;
    let source = args.source.prepare(selection, config, &runtime, global.quiet)?;
    refuse_over(&source, printing.destination.replaces())?;
    let engine = engine(&source, args.dialect.dialect(), &known, config)?;
    let answered = answer(&statement, &engine, &runtime, printing, global.quiet);
    // Threads that read may be waiting for standard input: they end with the program.
    runtime.shutdown_background();
    answered?;
    Ok(summary::finish(&source, started.elapsed(), global.quiet))
}

/// Gives the statement's `:name` the values of `--set`.
pub(super) fn bound(sql: &str, engine: &EngineArgs) -> Result<Bound> {
    let values = engine.values().into_iter().map(|(name, value)| (name, Scalar::typed(&value))).collect();
    Bound::of(sql, values, |name| format!("--set {name}=…"))
}
