//! A query that this program answers.

use std::time::Instant;

use anyhow::{Result, bail};

use super::QueryArgs;
use crate::ask::sql::{self, Scalar};
use crate::base::config::Config;
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::base::shown::Shown;
use crate::cli::common::answer::{Bound, answer};
use crate::cli::common::engine::{EngineArgs, engine};
use crate::cli::common::printing::Printing;
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
    let selection = args.source.selection().resolve(config, global.quiet)?;
    let source = args.source.prepare(selection, config, &runtime, global.quiet)?;
    let engine = engine(&source, args.dialect.dialect(), &known, config)?;
    let statement = bound(sql, &args.engine)?;
    let answered = answer(&statement, &engine, &runtime, printing, global.quiet);
    // Threads that read may be waiting for standard input: they end with the program.
    runtime.shutdown_background();
    answered?;
    Ok(summary::finish(&source, started.elapsed(), global.quiet))
}

/// Gives the statement's `:name` the values of `--set`.
pub(super) fn bound(sql: &str, engine: &EngineArgs) -> Result<Bound> {
    let values = engine.values();
    if values.is_empty() {
        return Ok(Bound::plain(sql));
    }
    let sql::Bound { sql, names } = sql::bind(sql, |name| format!("${name}"))?;
    if let Some(missing) = names.iter().find(|name| !values.contains_key(*name)) {
        bail!(
            Message::new(format_args!("no value for :{missing}", missing = Shown(missing)))
                .hint(format_args!("--set {missing}=…", missing = Shown(missing)))
        );
    }
    if let Some(unused) = values.keys().find(|name| !names.contains(name)) {
        bail!("--set {unused}=… has no :{unused} in the statement", unused = Shown(unused));
    }
    Ok(Bound { sql, values: values.iter().map(|(name, value)| (name.clone(), Scalar::typed(value))).collect() })
}
