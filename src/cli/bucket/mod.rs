//! `albstats bucket`: whether a bucket takes the logs of load balancers, what it lacks, and who is told of new ones.

mod check;
mod generate;
mod notifications;
mod screen;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};

use super::common::GlobalArgs;
use crate::base::aws::Identity;
use crate::base::outcome::Outcome;

/// Check the bucket that load balancers write to, and print what it lacks
#[derive(Debug, Args)]
pub(super) struct BucketArgs {
    #[command(subcommand)]
    command: BucketCommand,
}

#[derive(Debug, Subcommand)]
enum BucketCommand {
    Check(check::CheckArgs),
    /// Print the bucket's policy with the statements it lacks
    #[command(after_help = generate::POLICY_EXAMPLES)]
    Policy(generate::GenerateArgs),
    /// Print what the bucket lacks as Terraform
    #[command(after_help = generate::TERRAFORM_EXAMPLES)]
    Terraform(generate::GenerateArgs),
    /// Print what has to be set up so that a queue is told of new logs, or check whether it is
    #[command(after_help = notifications::EXAMPLES)]
    Notifications(notifications::NotificationsArgs),
}

pub(super) fn run(args: &BucketArgs, global: &GlobalArgs) -> Result<Outcome> {
    match &args.command {
        BucketCommand::Check(args) => check::run(args, global),
        BucketCommand::Policy(args) => generate::policy(args, global),
        BucketCommand::Terraform(args) => generate::terraform(args, global),
        BucketCommand::Notifications(args) => notifications::run(args, global),
    }
}

/// An account's number.
fn account(text: &str) -> Result<String> {
    if text.len() != 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        bail!("an account is 12 digits");
    }
    Ok(text.to_owned())
}

/// Who asks, in a region if one was named.
fn identity(region: Option<&String>) -> Identity {
    Identity { region: region.cloned(), ..Identity::default() }
}
