//! `albstats bucket notifications`: what has to be set up so that a queue is told of new logs, and whether it is.

use anyhow::{Context, Result};
use clap::Args;

use super::super::common::presenting::Output;
use super::super::common::printing::PrintingArgs;
use super::super::common::source::runtime;
use super::super::common::{GlobalArgs, print};
use super::super::iam::queue_name;
use super::screen::about;
use super::{account, identity};
use crate::base::config::Overrides;
use crate::base::outcome::Outcome;
use crate::base::s3_address::S3Address;
use crate::fleet::aws::bucket::look;
use crate::fleet::bucket::{Level, Told};

pub(super) const EXAMPLES: &str = "\
Prints a queue with its policy, a queue for what is put aside, and the bucket's notification. Nothing
is changed in AWS. With --check, exit code 1 if the queue is not told of new logs, 3 if that could not
be seen.

Examples:
  albstats bucket notifications s3://acme-alb-logs/eks --account 111122223333 --region eu-west-1
  albstats bucket notifications s3://acme-alb-logs --account 111122223333 --region eu-west-1 \\
    --terraform > notifications.tf
  albstats bucket notifications s3://acme-alb-logs --account 111122223333 --region eu-west-1 --check";

/// What is told to whom.
#[derive(Debug, Args)]
pub(super) struct NotificationsArgs {
    /// The bucket, and what stands before AWSLogs in it
    #[arg(value_name = "s3://…")]
    place: S3Address,
    /// Account of the bucket and the queue
    #[arg(long, value_name = "ACCOUNT", value_parser = account)]
    account: String,
    /// Region of the bucket, in which the queue has to be
    #[arg(long, value_name = "REGION")]
    region: String,
    /// Name of the queue
    #[arg(long, value_name = "NAME", value_parser = queue_name, default_value = "alb-logs")]
    queue: String,
    /// Print Terraform in place of JSON
    #[arg(long, conflicts_with = "check")]
    terraform: bool,
    /// Ask AWS what is there, and print nothing else
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    printing: PrintingArgs,
}

pub(super) fn run(args: &NotificationsArgs, global: &GlobalArgs) -> Result<Outcome> {
    let told = Told {
        bucket: args.place.bucket.clone(),
        prefix: args.place.prefix.trim_matches('/').to_owned(),
        account: args.account.clone(),
        region: args.region.clone(),
        queue: args.queue.clone(),
    };
    if args.check {
        return check(args, &told, global);
    }
    print(&if args.terraform { told.to_terraform() } else { told.to_json() })?;
    Ok(Outcome::Done)
}

fn check(args: &NotificationsArgs, told: &Told, global: &GlobalArgs) -> Result<Outcome> {
    let config = global.load_config(Overrides::default())?;
    let output = Output::open(&args.printing, &config)?;
    let facts = runtime(&config)?.block_on(look(&identity(Some(&args.region)), &told.bucket, None));
    let findings = told.check(&facts.context("cannot look at the bucket")?.notifications);
    output.write(&about(args.place.to_string(), &findings))?;
    let is = |level: Level| findings.iter().any(|finding| finding.level == level);
    Ok(match (is(Level::Problem), is(Level::Unknown)) {
        (true, _) => Outcome::ConditionHolds,
        (false, true) => Outcome::Incomplete,
        (false, false) => Outcome::Done,
    })
}
