//! `albstats ingest status`: how far a live store is behind.

use anyhow::Result;
use clap::Args;

use super::super::common::presenting::Output;
use super::super::common::printing::PrintingArgs;
use super::super::common::source::runtime;
use super::super::common::{GlobalArgs, warn};
use super::{StoreArgs, screen};
use crate::base::clock::now;
use crate::base::config::{Overrides, TimeSpan};
use crate::base::outcome::Outcome;
use crate::lake::export::Redaction;
use crate::lake::ingest::status::status;

/// Say how far a live store is behind: what lies in its places and is not taken in; exit 1 if that is too long ago
#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Exit 1 if an object has been there for longer than this and is not taken in
    #[arg(long, value_name = "DURATION", default_value = "10m")]
    max_lag: TimeSpan,
    #[command(flatten)]
    printing: PrintingArgs,
}

pub(super) fn run(args: &StatusArgs, global: &GlobalArgs) -> Result<Outcome> {
    let config = global.load_config(Overrides::default())?;
    let output = Output::open(&args.printing, &config)?;
    let runtime = runtime(&config)?;
    let intake = args.store.intake();
    let opened = intake.open(&config, &runtime, &Redaction::default(), true)?;
    let (now, max_lists) = (now(), intake.max_lists());
    let found = status(&opened.folder, opened.places, max_lists, opened.export.as_deref(), opened.queue.as_ref(), now);
    let found = runtime.block_on(found)?;
    runtime.shutdown_background();
    output.write(&screen::document(&found, &opened.folder.to_string_lossy(), now))?;
    warn(&found.problems);
    let max_lag = i64::try_from(args.max_lag.get().as_micros()).unwrap_or(i64::MAX);
    let is_behind = found.missing().1.is_some_and(|since| now - since > max_lag);
    Ok(match (is_behind, found.problems.is_empty()) {
        (true, _) => Outcome::ConditionHolds,
        (false, true) => Outcome::Done,
        (false, false) => Outcome::Incomplete,
    })
}
