//! `albstats athena`: an export's tables in Athena, as statements to paste or kept in step.

pub(super) mod asking;
mod ddl;
pub(super) mod reporting;
mod sync;

use anyhow::Result;
use clap::{Args, Subcommand};

use super::GlobalArgs;
use crate::ask::athena::Options;
use crate::base::outcome::Outcome;
use crate::base::s3_address::S3Address;

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

/// Where statements run.
#[derive(Debug, Args)]
struct WhereArgs {
    /// Athena's database [default: albstats]
    #[arg(long, value_name = "NAME", help_heading = "Athena")]
    database: Option<String>,
    /// Athena's workgroup [default: primary]
    #[arg(long, value_name = "NAME", help_heading = "Athena")]
    workgroup: Option<String>,
    /// Where Athena puts results, if the workgroup does not say
    #[arg(long, value_name = "s3://…", help_heading = "Athena")]
    output_location: Option<S3Address>,
}

impl WhereArgs {
    fn database(&self) -> &str {
        self.database.as_deref().unwrap_or("albstats")
    }

    fn options(&self) -> Options {
        Options {
            database: self.database().to_owned(),
            workgroup: self.workgroup.clone(),
            output_location: self.output_location.clone(),
        }
    }
}

pub(super) fn run(args: &AthenaArgs, global: &GlobalArgs) -> Result<Outcome> {
    match &args.command {
        AthenaCommand::Ddl(args) => ddl::run(args),
        AthenaCommand::Sync(args) => sync::run(args, global),
    }
}

/// One thread is enough to wait for Athena.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}
