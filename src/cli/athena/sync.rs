//! `albstats athena sync`: keeps Athena's tables in step with an export.

use anyhow::Result;
use clap::Args;

use crate::ask::athena::CatalogChange;
use crate::ask::athena::sync::{Plan, apply, plan};
use crate::base::aws::Identity;
use crate::base::outcome::Outcome;
use crate::base::s3_address::S3Address;
use crate::cli::common::athena::{DatabaseArgs, connect, runtime};
use crate::cli::common::{GlobalArgs, message, print};
use crate::output::human;

const EXAMPLES: &str = "\
Tables are external: nothing that is done to them touches the export's files.
Credentials and region are those of the environment (AWS_PROFILE, AWS_REGION).

Examples:
  albstats athena sync --location s3://acme-alb-lake/v1
  albstats athena sync --location s3://acme-alb-lake/v1 --views --dry-run";

/// Make or mend Athena's database and tables over an export
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct SyncArgs {
    /// The export
    #[arg(long, value_name = "s3://…")]
    location: S3Address,
    #[command(flatten)]
    database: DatabaseArgs,
    /// Make views for common questions too
    #[arg(long)]
    views: bool,
    /// Change nothing: print the statements, and exit 1 if there are any
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &SyncArgs, global: &GlobalArgs) -> Result<Outcome> {
    let say = |text: std::fmt::Arguments| {
        if !global.quiet {
            message(text);
        }
    };
    runtime()?.block_on(async {
        let athena = connect(&Identity::default(), &args.database, global.quiet).await?;
        let plan = plan(&athena, &args.location, args.views).await?;
        say(format_args!("{}", found(&plan)));
        if plan.changes.is_empty() {
            say(format_args!("database {} is as it should be", args.database.database()));
            return Ok(Outcome::Done);
        }
        if args.dry_run {
            print(&plan.changes.iter().map(script).collect::<Vec<_>>().join("\n"))?;
            return Ok(Outcome::ConditionHolds);
        }
        for change in &plan.changes {
            apply(&athena, change).await?;
            say(format_args!("{}: {}: done", change.name, change.reasons.join("; ")));
        }
        Ok(Outcome::Done)
    })
}

/// `s3://lake/v1: 2 accounts, 1 region, since 2026-11-01`
fn found(plan: &Plan) -> String {
    let export = &plan.export;
    let plural = |count: usize, noun: &str| human::plural(count as u64, noun);
    format!(
        "{}: {}, {}, since {}",
        export.location,
        plural(export.accounts.len(), "account"),
        plural(export.regions.len(), "region"),
        export.first_day
    )
}

/// The statements of a change, with the reasons above them.
fn script(change: &CatalogChange) -> String {
    let reasons = change.reasons.iter().map(|reason| format!("-- {}: {reason}\n", change.name));
    let statements = change.statements.iter().map(|statement| format!("{statement};\n"));
    reasons.chain(statements).collect()
}
