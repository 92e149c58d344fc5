//! `albstats athena`: an export's tables in Athena, as statements to paste or kept in step.

mod ddl;
mod sync;

use anyhow::Result;
use clap::{Args, Subcommand};

use super::common::GlobalArgs;
use crate::base::outcome::Outcome;

/// Athena's tables over an export
#[derive(Debug, Args)]
pub(super) struct AthenaArgs {
    #[command(subcommand)]
    command: AthenaCommand,
}

#[derive(Debug, Subcommand)]
enum AthenaCommand {
    Ddl(ddl::DdlArgs),
    Sync(sync::SyncArgs),
}

pub(super) fn run(args: &AthenaArgs, global: &GlobalArgs) -> Result<Outcome> {
    match &args.command {
        AthenaCommand::Ddl(args) => ddl::run(args),
        AthenaCommand::Sync(args) => sync::run(args, global),
    }
}
